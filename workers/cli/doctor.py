"""`pointsman doctor`: finds what endangers the promise or stops the work, explains it, and says what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from router import OrderRouter
from router.connection import answering
from router.durability import durability
from router.queues import PLAIN, queues_of
from router.standing import standing
from router.under_way import under_way, waiting
from workers.cli.account_checks import what_drifts, what_is_scarce, which_keys_are_refused
from workers.cli.exits import REFUSED
from workers.cli.findings import Finding, Look
from workers.cli.status import when
from workers.cli.views import as_json
from workers.exchanges import exchange_names

_QUIET_SECONDS = 15.0
_DOUBT_SECONDS = 120.0  # most are settled within a minute: the fence, the margin and a pause of the look-ups
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    cli.command()(doctor)


def doctor(json: Json = False) -> None:  # noqa: FBT002
    """Look for trouble; exit with 0 when there is none, with 3 when there is."""
    with OrderRouter() as router, answering(router.settings):
        look = Look(router, standing(router.journal))
        findings = [finding for check in CHECKS for finding in check(look)]
    if json:
        as_json([finding._asdict() for finding in findings])
    elif findings:
        table = Table("found", "means", "do", title="Findings", show_lines=True)
        for finding in findings:
            table.add_row(*map(escape, finding))
        Console().print(table)
    else:
        Console().print("All is well.")
    for what in look.left_out:
        print(f"not looked at: {what}", file=sys.stderr)
    raise typer.Exit(REFUSED if findings else 0)


def _what_redis_keeps(look: Look) -> Iterator[Finding]:
    kept = durability(look.journal.client)
    if not kept.appendonly:
        means = "a restart forgets every command: what was sent may be sent again"
        yield Finding("Redis keeps no append-only file", means, "appendonly yes (config/redis.conf)")
    elif kept.appendfsync is None:
        look.left_out.append("appendfsync: this user may not read Redis' configuration")
    elif kept.appendfsync != "always":
        means = "a power cut can lose the last second of claims, and a lost claim can be repeated"
        yield Finding(f"Redis writes to disk {kept.appendfsync}", means, "appendfsync always (config/redis.conf)")
    if kept.evicts_by:
        means = "Redis throws commands away when its memory is full"
        yield Finding(f"Redis evicts by {kept.evicts_by}", means, "maxmemory-policy noeviction")
    wanted = look.router.settings.replicas
    if kept.replicas < wanted:
        means = f"POINTSMAN_REPLICAS is {wanted}: no order is accepted or sent until so many have it"
        yield Finding(f"Redis has {kept.replicas} replicas", means, "start the replicas; see their logs")


def _whether_redis_can_write(look: Look) -> Iterator[Finding]:
    info: Any = look.journal.client.info("persistence")
    if info.get("aof_enabled") and info.get("aof_last_write_status") != "ok":
        means = "it takes no commands until it can write again"
        yield Finding("Redis could not write its append-only file", means, "see its disk and its log")


def _who_we_write_to(look: Look) -> Iterator[Finding]:
    info: Any = look.journal.client.info("replication")
    if info.get("role") != "master":
        means = "it takes no commands, or loses them at the next synchronisation"
        yield Finding("this Redis is a replica", means, "point POINTSMAN_REDIS_URL at the primary")


def _who_else_is_there(look: Look) -> Iterator[Finding]:
    prefix = f"{look.journal.keys.prefix}:".encode()
    named = [queue for exchange in exchange_names() for queue in queues_of(exchange)]
    queues = {name.encode() for queue in named for name in (queue, queue + PLAIN)}
    ours = (prefix, b"_kombu.", b"unacked", b"pointsman.canary")
    foreign: set[bytes] = set()
    for key in look.journal.client.scan_iter(count=1_000):
        name = key if isinstance(key, bytes) else key.encode()
        if not name.startswith(ours) and name not in queues and not name.endswith(b".celery.pidbox"):
            foreign.add(name)
        if len(foreign) > 2:  # noqa: PLR2004 - enough to name
            break
    if foreign:
        shown = ", ".join(sorted(name.decode(errors="replace") for name in foreign))
        means = "other programs use this database; they share its memory, and a FLUSHDB of theirs is ours"
        yield Finding(f"foreign keys: {shown}, ...", means, "give Pointsman a database of its own")


def _who_works(look: Look) -> Iterator[Finding]:
    workers = look.house.workers
    served = {queue for beat in workers.values() for queue in beat.queues}
    names = [queue for exchange in exchange_names() for queue in queues_of(exchange)]
    for queue, depth in waiting(look.journal, names).items():
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


def _what_lies_about(look: Look) -> Iterator[Finding]:
    letters = look.house.dead_letters
    if letters:
        means = "somebody sends what we cannot read"
        yield Finding(f"{letters} dead letters", means, "pointsman dead, then pointsman dead discard")


def _what_holds_calls_back(look: Look) -> Iterator[Finding]:
    for halt in look.house.halts:
        means = f"new orders end as failed; {halt.by} halted it at {when(halt.since_ms)}: {halt.why}"
        yield Finding(f"{halt.what} is halted", means, "pointsman resume, once the reason is gone")
    for ban in look.house.bans:
        what = f"{ban.egress} is banned for {ban.left_seconds:.0f} s more"
        means = "the exchange takes no call from that address; commands wait, and start again by themselves"
        yield Finding(what, means, "wait; then find out who else uses the address, and lower budget_share")
    for breaker in look.house.open_breakers:
        what = f"the way {breaker.way} is broken for {breaker.open_seconds:.0f} s"
        means = f"{breaker.failures} calls in a row failed; orders wait while reads try it, one at a time"
        yield Finding(what, means, "see whether exchange and proxy are reachable; it closes by itself")
    for clock in look.house.clocks:
        if clock.is_reachable is False:
            means = f"it did not answer the last health check: {clock.problem or 'no reason is known'}"
            yield Finding(
                f"{clock.way} is not reachable", means, "see the network, the proxy and the exchange's status"
            )
        if not clock.is_stable:
            means = "new orders wait: their timestamps could be refused, or their deadlines missed"
            yield Finding(f"the clock of {clock.way} is not known well", means, "see the network; it is measured on")


def _what_is_in_doubt(look: Look) -> Iterator[Finding]:
    old = [each for each in under_way(look.journal, ()).in_doubt if each.age_seconds > _DOUBT_SECONDS]
    if old:
        what = f"{len(old)} commands in doubt, the oldest for {old[0].age_seconds:.0f} s"
        means = f"their replies were lost, and the exchange has not yet told what became of them; last: {old[0].why}"
        yield Finding(what, means, "pointsman status; see whether the exchange answers")


CHECKS: tuple[Callable[[Look], Iterator[Finding]], ...] = (
    _what_redis_keeps,
    _whether_redis_can_write,
    _who_we_write_to,
    _who_else_is_there,
    _who_works,
    _what_lies_about,
    _what_holds_calls_back,
    _what_is_in_doubt,
    what_drifts,
    what_is_scarce,
    which_keys_are_refused,
)
