"""`pointsman halt` and `pointsman resume`: the kill switch by hand."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from router import Halt, OrderRouter
from workers.cli.status import when
from workers.cli.views import as_json

Exchange = Annotated[str | None, typer.Option("--exchange", "-e", help="all orders on this exchange")]
Account = Annotated[str | None, typer.Option("--account", "-a", help="all orders of this account")]
Symbol = Annotated[str | None, typer.Option("--symbol", "-s", help="this market of the exchange: BTC/USDT, ...")]
By = Annotated[str | None, typer.Option(help="who; user@host unless given")]
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a sentence")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    for command in (halt, resume):
        cli.command()(command)


def halt(
    reason: Annotated[str, typer.Option("--reason", "-r", help="why; whoever finds it halted reads it")],
    exchange: Exchange = None,
    account: Account = None,
    symbol: Symbol = None,
    by: By = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Send no new orders, from the very next call on: of an exchange, an account, a market, or none at all.

    New orders and amendments then end as failed; cancels and reads pass. Halting again changes nothing.
    """
    with OrderRouter() as router:
        standing = router.halt(reason, by=by, exchange=exchange, account=account, symbol=symbol)
    told = "was halted before, since" if standing.stood_before else "is halted since"
    _show(f"{standing.what} {told} {_told(standing)}", standing, json=json)


def resume(
    reason: Annotated[str, typer.Option("--reason", "-r", help="why, for the record")] = "",
    exchange: Exchange = None,
    account: Account = None,
    symbol: Symbol = None,
    by: By = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Lift the halt of exactly that, as it was given to `halt`; others stay."""
    with OrderRouter() as router:
        lifted = router.resume(reason, by=by, exchange=exchange, account=account, symbol=symbol)
        left = ", ".join(each.what for each in router.halts()) or "nothing"
    _show(f"{lifted.what} is resumed; it was halted since {_told(lifted)}\nstill halted: {left}", lifted, json=json)


def _told(halt: Halt) -> str:
    return f"{when(halt.since_ms)} by {halt.by}: {halt.why}"


def _show(sentence: str, halt: Halt, *, json: bool) -> None:
    if json:
        as_json(halt.model_dump(mode="json"))
    else:
        Console().print(sentence, highlight=False, markup=False, soft_wrap=True)
