"""The commands that look at one thing: health, queues, accounts."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from router import OrderRouter, RouterError
from router.connection import answering
from router.queues import queues_of
from router.standing import standing
from router.under_way import waiting
from workers.cli.views import as_json, show_pairs
from workers.exchanges import exchange_names

Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    for command in (healthy, queues, accounts):
        cli.command()(command)


def healthy(
    within: Annotated[float, typer.Option(help="seconds within which a message must have been taken")] = 15.0,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Exit with 0 if a worker of this host takes messages, with 3 if none does; for health checks."""
    with OrderRouter() as router, answering(router.settings):
        workers = standing(router.journal).workers
    here = [beat for name, beat in workers.items() if name.rpartition(":")[0] == socket.gethostname()]
    if not any(beat.quiet_seconds <= within for beat in here):
        raise RouterError(f"no worker on {socket.gethostname()} took a message within {within:.0f} s")
    if json:
        as_json({"quiet_seconds": [beat.quiet_seconds for beat in here]})


def queues(json: Json = False) -> None:  # noqa: FBT002
    """Messages waiting in each queue."""
    with OrderRouter() as router, answering(router.settings):
        depth = waiting(router.journal, [queue for exchange in exchange_names() for queue in queues_of(exchange)])
    show_pairs("messages waiting", depth, json=json)


def accounts(json: Json = False) -> None:  # noqa: FBT002
    """The accounts that workers serve."""
    with OrderRouter() as router, answering(router.settings):
        served = router.catalog.accounts()
    show_pairs("accounts", {name: f"{a.exchange} {a.environment}" for name, a in sorted(served.items())}, json=json)
