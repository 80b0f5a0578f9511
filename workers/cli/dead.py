"""The dead letters: messages nobody could read, and commands that failed or expired; look, discard, replay."""

from __future__ import annotations

import json as json_module
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from router import InvalidCommand, OrderRouter
from router.commands import read_command
from router.connection import answering
from router.insight import Ended, Letter, discard, ended, letters
from router.queues import readable
from workers.cli.confirm import Yes, confirm_change
from workers.cli.views import as_json, show_model

Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]
_SHOWN = 120
dead = typer.Typer(
    help="Messages that could not be read, and commands that failed or expired.", invoke_without_command=True
)


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    dead.callback(invoke_without_command=True)(show)
    dead.command("discard")(discard_letter)
    dead.command("replay")(replay)
    cli.add_typer(dead, name="dead")


def show(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, help="how many of the last")] = 20,
    json: Json = False,  # noqa: FBT002
) -> None:
    """List them, newest first."""
    if context.invoked_subcommand is not None:
        return
    with OrderRouter() as router, answering(router.settings):
        unread, over = letters(router.journal, count), ended(router.journal, count)
    if json:
        as_json({"messages": [each._asdict() for each in unread], "commands": [each._asdict() for each in over]})
        return
    Console().print(_messages(unread))
    Console().print(_commands(over))


def discard_letter(
    letter_id: Annotated[str, typer.Argument(help="a message's id in the list")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Throw an unreadable message away."""
    with OrderRouter() as router, answering(router.settings):
        if not discard(router.journal, letter_id):
            raise InvalidCommand.because("id", letter_id, "no message of that id is kept")
    if json:
        as_json({"discarded": letter_id})


def replay(
    command_id: Annotated[str, typer.Argument(help="a command's id in the list")],
    expires_in: Annotated[float, typer.Option(min=0.001, help="seconds of its fresh deadline")] = 30.0,
    timeout: Annotated[float, typer.Option(help="seconds to wait for the result")] = 30.0,
    json: Json = False,  # noqa: FBT002
    yes: Yes = False,  # noqa: FBT002
) -> None:
    """Take a failed or expired command up again; a placement is looked up at the exchange first."""
    with OrderRouter() as router:
        confirm_change(router, command_id, f"replay {command_id}", yes=yes)
        show_model(router.replay(command_id, expires_in=expires_in).order(timeout), json=json)


def _messages(unread: list[Letter]) -> Table:
    table = Table("id", "queue", "reason", "message", title="Messages nobody could read")
    for letter in unread:
        table.add_row(letter.id, letter.queue, letter.reason, letter.message[:_SHOWN])
    return table


def _commands(over: list[Ended]) -> Table:
    table = Table("id", "state", "command", "why", title="Commands that failed or expired")
    for each in over:
        shown = readable(read_command(each.document)) if each.document else ""
        table.add_row(each.id, each.state, shown, json_module.loads(each.result)["message"])
    return table
