"""How an account trades contracts, by hand: leverage, margin mode, position mode, the exchange's countdown."""

from __future__ import annotations

from typing import Annotated

import typer

from router import OrderRouter, Ticket
from router.models import Model
from workers.cli.trade import Account, Exchange, Json, Timeout
from workers.cli.views import show_model

Symbol = Annotated[str, typer.Argument(help="BTC/USDT:USDT, ...")]
OfSymbol = Annotated[str | None, typer.Option("--symbol", "-s", help="where the exchange sets it per symbol")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    for command in (settings, leverage, margin_mode, position_mode, cancel_after):
        cli.command(command.__name__.replace("_", "-"))(command)


def settings(
    symbol: Symbol,
    exchange: Exchange = "binance",
    account: Account = "sim-1",
    timeout: Timeout = 10.0,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Leverage and modes that hold for a symbol."""
    with OrderRouter() as router:
        found = router.get_trading_settings(exchange=exchange, account=account, symbol=symbol, timeout=timeout)
    show_model(found, json=json)


def leverage(
    symbol: Symbol,
    amount: Annotated[str, typer.Argument(help="10 for tenfold")],
    exchange: Exchange = "binance",
    account: Account = "sim-1",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Set a symbol's leverage."""
    with OrderRouter() as router:
        _show(router.set_leverage(exchange=exchange, account=account, symbol=symbol, leverage=amount), json=json)


def margin_mode(
    mode: Annotated[str, typer.Argument(help="cross or isolated")],
    symbol: OfSymbol = None,
    exchange: Exchange = "binance",
    account: Account = "sim-1",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Set how positions are margined."""
    with OrderRouter() as router:
        _show(router.set_margin_mode(exchange=exchange, account=account, symbol=symbol, margin_mode=mode), json=json)


def position_mode(
    mode: Annotated[str, typer.Argument(help="one_way or hedge")],
    symbol: OfSymbol = None,
    exchange: Exchange = "binance",
    account: Account = "sim-1",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Hold one position per symbol, or a long and a short one side by side."""
    with OrderRouter() as router:
        ticket = router.set_position_mode(exchange=exchange, account=account, symbol=symbol, position_mode=mode)
        _show(ticket, json=json)


def cancel_after(
    seconds: Annotated[int, typer.Argument(help="0 stops the countdown")],
    symbol: OfSymbol = None,
    exchange: Exchange = "binance",
    account: Account = "sim-1",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Have the exchange cancel open orders unless asked again in time."""
    with OrderRouter() as router:
        _show(router.cancel_after(exchange=exchange, account=account, symbol=symbol, seconds=seconds), json=json)


def _show(ticket: Ticket, *, json: bool, timeout: float = 15.0) -> None:
    result = ticket.result(timeout)
    assert isinstance(result, Model)  # noqa: S101 - what these commands end with
    show_model(result, json=json, extra={"command_id": ticket.id})
