"""The commands that look: status of a command, queues, accounts."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from router import OrderRouter, RouterError
from router.catalog import EXCHANGES
from router.connection import answering
from router.insight import overview, waiting
from router.queues import queues_of
from workers.cli.views import as_json

Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    for command in (status, healthy, queues, accounts):
        cli.command()(command)


def status(
    command_id: Annotated[str | None, typer.Argument(help="one command; the whole if none is given")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """How one command stands, or how many there are and which workers are here."""
    with OrderRouter() as router:
        if command_id is not None:
            record = router.record(command_id)
            _print("command", {**record._asdict(), "took_ms": record.took_ms}, json=json)
            return
        with answering(router.settings):
            whole = overview(router.journal)
    workers = {
        f"worker {name}": f"{', '.join(beat.queues)}; took a message {beat.quiet_seconds:.0f} s ago"
        for name, beat in sorted(whole.workers.items())
    }
    counts = {"commands not ended": whole.not_ended, "dead letters": whole.dead_letters}
    _print("status", {**counts, **workers}, json=json)


def healthy(
    within: Annotated[float, typer.Option(help="seconds within which a message must have been taken")] = 15.0,
) -> None:
    """Exit with 0 if a worker of this host takes messages, with 3 if none does; for health checks."""
    with OrderRouter() as router, answering(router.settings):
        whole = overview(router.journal)
    here = [beat for name, beat in whole.workers.items() if name.rpartition(":")[0] == socket.gethostname()]
    if not any(beat.quiet_seconds <= within for beat in here):
        raise RouterError(f"no worker on {socket.gethostname()} took a message within {within:.0f} s")


def queues(json: Json = False) -> None:  # noqa: FBT002
    """Messages waiting in each queue."""
    with OrderRouter() as router, answering(router.settings):
        depth = waiting(router.journal, [queue for exchange in EXCHANGES for queue in queues_of(exchange)])
    _print("messages waiting", depth, json=json)


def accounts(json: Json = False) -> None:  # noqa: FBT002
    """The accounts that workers serve."""
    with OrderRouter() as router, answering(router.settings):
        served = router.catalog.accounts()
    _print("accounts", {name: f"{a.exchange} {a.environment}" for name, a in sorted(served.items())}, json=json)


def _print(title: str, document: Mapping[str, object], *, json: bool) -> None:
    if json:
        as_json(document)
        return
    table = Table(title, "", show_header=True)
    for name, value in document.items():
        table.add_row(name, str(value))
    Console().print(table)
