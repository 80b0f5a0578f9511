"""Asks before real money moves: an order of a live account wants its name typed, or --yes."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from router import InvalidCommand, OrderRouter
from router.commands import read_command
from router.connection import answering

LIVE: Final = "live"
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask before an order of a live account")]


def confirm(router: OrderRouter, account: str, what: str, *, yes: bool) -> None:
    """Go on, unless the account trades real money and nobody says that this is meant.

    Raises: InvalidCommand when it is not meant, or nobody is there to be asked; QueueUnavailable.
    """
    with answering(router.settings):
        served = router.catalog.find_account(account)
    if yes or served is None or served.environment != LIVE:
        return
    if not sys.stdin.isatty():
        raise InvalidCommand.because("account", account, "trades real money: say --yes where nobody can be asked")
    print(f"Real money: {what} on {served.exchange}, account {account}.", file=sys.stderr)
    typed = typer.prompt("Type the account's name to go on", default="", show_default=False, err=True)
    if typed.strip() != account:
        raise InvalidCommand.because("account", typed.strip(), f"is not {account}: nothing was done")


def confirm_change(router: OrderRouter, command_id: str, what: str, *, yes: bool) -> None:
    """The same for a change of a command. One that is not known is left to whoever wants to change it."""
    if yes:
        return
    with answering(router.settings):
        record = router.journal.record(command_id)
    if record is not None and record.document:
        confirm(router, read_command(record.document).account, what, yes=False)
