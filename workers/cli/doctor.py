"""`pointsman doctor`: finds what endangers the promise or stops the work, explains it, and says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from router import OrderRouter
from router.catalog import EXCHANGES
from router.connection import answering
from router.insight import overview, waiting
from router.journal import Journal
from router.queues import queues_of
from workers.cli.views import as_json

_QUIET_SECONDS = 15.0
_FOUND = 3
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]


class Finding(NamedTuple):
    """What is wrong, what it means, and what to do."""

    what: str
    means: str
    do: str


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    cli.command()(doctor)


def doctor(json: Json = False) -> None:  # noqa: FBT002
    """Look for trouble; exit with 0 when there is none, with 3 when there is."""
    with OrderRouter() as router, answering(router.settings):
        findings = [finding for check in CHECKS for finding in check(router.journal)]
    if json:
        as_json([finding._asdict() for finding in findings])
    elif findings:
        table = Table("found", "means", "do", title="Findings", show_lines=True)
        for finding in findings:
            table.add_row(*finding)
        Console().print(table)
    else:
        Console().print("All is well.")
    raise typer.Exit(_FOUND if findings else 0)


def _what_redis_keeps(journal: Journal) -> Iterator[Finding]:
    config: Any = journal.client.config_get("appendonly", "appendfsync", "maxmemory-policy", "maxmemory")
    if config.get("appendonly") != "yes":
        means = "a restart forgets every command: what was sent may be sent again"
        yield Finding("Redis keeps no append-only file", means, "appendonly yes (config/redis.conf)")
    elif config.get("appendfsync") != "always":
        means = "a power cut can lose the last second of claims, and a lost claim can be repeated"
        yield Finding(
            f"Redis writes to disk {config.get('appendfsync')}", means, "appendfsync always (config/redis.conf)"
        )
    if config.get("maxmemory") != "0" and config.get("maxmemory-policy") != "noeviction":
        means = "Redis throws commands away when its memory is full"
        yield Finding(f"Redis evicts by {config.get('maxmemory-policy')}", means, "maxmemory-policy noeviction")


def _who_we_write_to(journal: Journal) -> Iterator[Finding]:
    info: Any = journal.client.info("replication")
    if info.get("role") != "master":
        means = "it takes no commands, or loses them at the next synchronisation"
        yield Finding("this Redis is a replica", means, "point POINTSMAN_REDIS_URL at the primary")


def _who_else_is_there(journal: Journal) -> Iterator[Finding]:
    prefix = f"{journal.keys.prefix}:".encode()
    queues = {queue.encode() for exchange in EXCHANGES for queue in queues_of(exchange)}
    ours = (prefix, b"_kombu.", b"unacked", b"pointsman.canary")
    foreign: set[bytes] = set()
    for key in journal.client.scan_iter(count=1_000):
        name = key if isinstance(key, bytes) else key.encode()
        if not name.startswith(ours) and name not in queues and not name.endswith(b".celery.pidbox"):
            foreign.add(name)
        if len(foreign) > 2:  # noqa: PLR2004 - enough to name
            break
    if foreign:
        shown = ", ".join(sorted(name.decode(errors="replace") for name in foreign))
        means = "other programs use this database; they share its memory, and a FLUSHDB of theirs is ours"
        yield Finding(f"foreign keys: {shown}, ...", means, "give Pointsman a database of its own")


def _who_works(journal: Journal) -> Iterator[Finding]:
    workers = overview(journal).workers
    served = {queue for beat in workers.values() for queue in beat.queues}
    names = [queue for exchange in EXCHANGES for queue in queues_of(exchange)]
    for queue, depth in waiting(journal, names).items():
        if depth and queue not in served:
            means = f"{depth} messages wait and will expire"
            yield Finding(f"nobody serves {queue}", means, f"pointsman worker {queue.partition('.')[0]}")
    for name, beat in workers.items():
        if beat.quiet_seconds > _QUIET_SECONDS:
            means = "it is up but takes nothing; it ends itself after half a minute of it"
            what = f"worker {name} took no message for {beat.quiet_seconds:.0f} s"
            yield Finding(what, means, "see that its supervisor starts it again; read its log")
    if not workers:
        yield Finding("no worker beats", "commands are accepted and wait", "pointsman worker binance")


def _what_lies_about(journal: Journal) -> Iterator[Finding]:
    letters = overview(journal).dead_letters
    if letters:
        means = "somebody sends what we cannot read"
        yield Finding(f"{letters} dead letters", means, "pointsman dead, then pointsman dead discard")


CHECKS: tuple[Callable[[Journal], Iterator[Finding]], ...] = (
    _what_redis_keeps,
    _who_we_write_to,
    _who_else_is_there,
    _who_works,
    _what_lies_about,
)
