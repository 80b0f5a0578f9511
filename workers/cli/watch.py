"""The commands that look: status of a command, queues, accounts, dead letters."""

from __future__ import annotations

import json as json_module
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from router import OrderRouter
from router.catalog import EXCHANGES
from router.connection import answering
from router.queues import queues_of
from workers.cli.views import as_json

Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    for command in (status, queues, accounts, dead):
        cli.command()(command)


def status(
    command_id: Annotated[str | None, typer.Argument(help="one command; the whole if none is given")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """How one command stands, or how many there are of each and which workers are here."""
    with OrderRouter() as router:
        if command_id is not None:
            record = router.record(command_id)
            document = {**record._asdict(), "took_ms": record.took_ms}
            _print("command", document, json=json)
            return
        with answering(router.settings):
            _print("status", _overview(router), json=json)


def queues(json: Json = False) -> None:  # noqa: FBT002
    """Messages waiting in each queue."""
    with OrderRouter() as router, answering(router.settings):
        names = [queue for exchange in EXCHANGES for queue in queues_of(exchange)]
        _print("messages waiting", {name: router.journal.client.llen(name) for name in names}, json=json)


def accounts(json: Json = False) -> None:  # noqa: FBT002
    """The accounts that workers serve."""
    with OrderRouter() as router, answering(router.settings):
        served = router.catalog.accounts()
    _print("accounts", {name: f"{a.exchange} {a.environment}" for name, a in sorted(served.items())}, json=json)


def dead(
    count: Annotated[int, typer.Option(help="how many of the last")] = 20,
    json: Json = False,  # noqa: FBT002
) -> None:
    """The last messages that could not be carried out, and why."""
    with OrderRouter() as router, answering(router.settings):
        letters = [
            {"id": key.decode(), **{name.decode(): value.decode() for name, value in fields.items()}}
            for key, fields in router.journal.client.xrevrange(router.journal.keys.dead, count=count)
        ]
    if json:
        as_json(letters)
        return
    table = Table("id", "queue", "reason", "message", title="Dead letters")
    for letter in letters:
        table.add_row(letter["id"], letter["queue"], letter["reason"], letter["message"][:200])
    Console().print(table)


def _overview(router: OrderRouter) -> dict[str, object]:
    client, keys = router.journal.client, router.journal.keys
    workers = {}
    for key in client.scan_iter(keys.worker("*")):
        document = client.get(key)
        if document is not None:
            name = key.decode().removeprefix(keys.worker(""))
            workers[name] = ", ".join(json_module.loads(document)["queues"])
    return {
        "commands not ended": client.zcard(keys.agenda),
        "dead letters": client.xlen(keys.dead),
        **{f"worker {name}": served for name, served in sorted(workers.items())},
    }


def _print(title: str, document: dict[str, object], *, json: bool) -> None:
    if json:
        as_json(document)
        return
    table = Table(title, "", show_header=True)
    for name, value in document.items():
        table.add_row(name, str(value))
    Console().print(table)
