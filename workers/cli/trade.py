"""The commands a person trades with: order, cancel, amend, positions, ticker, book."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from router import OrderRouter
from router.models import Model
from router.numbers import plain
from workers.cli.confirm import Yes, confirm, confirm_change
from workers.cli.views import as_json, show_model, show_models

Exchange = Annotated[str, typer.Option("--exchange", "-e", help="binance, ...")]
Account = Annotated[str, typer.Option("--account", "-a", help="the account's name")]
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]
Timeout = Annotated[float, typer.Option(help="seconds to wait for the result")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    for command in (order, cancel, amend, positions, ticker, book):
        cli.command()(command)


def order(  # noqa: PLR0913, PLR0917 - a command line names every field of an order
    side: Annotated[str, typer.Argument(help="buy or sell")],
    symbol: Annotated[str, typer.Argument(help="BTC/USDT, ...")],
    quantity: Annotated[str | None, typer.Argument(help="in base; or give --notional")] = None,
    exchange: Exchange = "binance",
    account: Account = "sim-1",
    type: Annotated[str, typer.Option(help="market, limit, stop, ...; limit if a price is given")] = "",  # noqa: A002
    price: Annotated[str | None, typer.Option(help="in quote")] = None,
    notional: Annotated[str | None, typer.Option(help="size in quote")] = None,
    trigger_price: Annotated[str | None, typer.Option(help="for stop and take-profit orders")] = None,
    time_in_force: Annotated[str | None, typer.Option(help="GTC, IOC or FOK")] = None,
    post_only: Annotated[bool, typer.Option("--post-only", help="never take from the book")] = False,  # noqa: FBT002
    reduce_only: Annotated[bool, typer.Option("--reduce-only", help="never open or turn a position")] = False,  # noqa: FBT002
    position_side: Annotated[str | None, typer.Option(help="long or short, in hedge mode")] = None,
    margin_mode: Annotated[str | None, typer.Option(help="cross or isolated, where orders say it")] = None,
    close_position: Annotated[bool, typer.Option("--close-position", help="a stop of whatever there is")] = False,  # noqa: FBT002
    trigger_by: Annotated[str | None, typer.Option(help="last, mark or index")] = None,
    idempotency_key: Annotated[str | None, typer.Option(help="the same key never places twice")] = None,
    expires_in: Annotated[float, typer.Option(help="seconds within which it must be sent")] = 30.0,
    timeout: Timeout = 15.0,
    json: Json = False,  # noqa: FBT002
    yes: Yes = False,  # noqa: FBT002
) -> None:
    """Place an order and wait for what becomes of it."""
    given = {
        "quantity": quantity,
        "price": price,
        "notional": notional,
        "trigger_price": trigger_price,
        "time_in_force": time_in_force,
        "post_only": post_only or None,
        "reduce_only": reduce_only or None,
        "position_side": position_side,
        "margin_mode": margin_mode,
        "close_position": close_position or None,
        "trigger_by": trigger_by,
        "idempotency_key": idempotency_key,
    }
    fields = {name: value for name, value in given.items() if value is not None}
    kind = type or ("limit" if price else "market")
    with OrderRouter() as router:
        confirm(router, account, f"{side} {quantity or notional or ''} {symbol} {kind} {price or ''}".strip(), yes=yes)
        ticket = router.place_order(
            type=kind, exchange=exchange, account=account, symbol=symbol, side=side, expires_in=expires_in, **fields
        )
        _show(ticket.order(timeout), ticket.id, json=json)


def cancel(
    command_id: Annotated[str, typer.Argument(help="the id that `order` printed")],
    timeout: Timeout = 15.0,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Take an order back; shows it as it ended."""
    with OrderRouter() as router:
        ticket = router.cancel(command_id)
        _show(ticket.order(timeout), ticket.id, json=json)


def amend(
    command_id: Annotated[str, typer.Argument(help="the id that `order` printed")],
    quantity: Annotated[str | None, typer.Option(help="the new total quantity")] = None,
    price: Annotated[str | None, typer.Option(help="the new price")] = None,
    timeout: Timeout = 15.0,
    json: Json = False,  # noqa: FBT002
    yes: Yes = False,  # noqa: FBT002
) -> None:
    """Change an open order."""
    given = {"quantity": quantity, "price": price}
    with OrderRouter() as router:
        confirm_change(router, command_id, f"amend {command_id}", yes=yes)
        ticket = router.amend(command_id, **{name: value for name, value in given.items() if value is not None})
        _show(ticket.order(timeout), ticket.id, json=json)


def positions(
    exchange: Exchange = "binance",
    account: Account = "sim-1",
    symbol: Annotated[str | None, typer.Option("--symbol", "-s", help="of that symbol only")] = None,
    timeout: Timeout = 10.0,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Open positions; none on spot."""
    with OrderRouter() as router:
        found = router.get_positions(exchange=exchange, account=account, symbol=symbol, timeout=timeout)
    show_models("positions", found, json=json)


def ticker(
    symbol: Annotated[str, typer.Argument(help="BTC/USDT, ...")],
    exchange: Exchange = "binance",
    account: Account = "sim-1",
    timeout: Timeout = 10.0,
    json: Json = False,  # noqa: FBT002
) -> None:
    """The top of the book and the last 24 hours."""
    with OrderRouter() as router:
        found = router.get_market_data(exchange=exchange, account=account, symbol=symbol, timeout=timeout)
    show_model(found, json=json)


def book(
    symbol: Annotated[str, typer.Argument(help="BTC/USDT, ...")],
    depth: Annotated[int, typer.Option(help="levels of each side")] = 10,
    exchange: Exchange = "binance",
    account: Account = "sim-1",
    json: Json = False,  # noqa: FBT002
) -> None:
    """The best levels of the book."""
    with OrderRouter() as router:
        found = router.get_orderbook(exchange=exchange, account=account, symbol=symbol, depth=depth)
    if json:
        as_json(found.model_dump(mode="json"))
        return
    table = Table("bid quantity", "bid", "ask", "ask quantity", title=f"{symbol} on {exchange}")
    for bid, ask in zip(found.bids, found.asks, strict=False):
        table.add_row(plain(bid.quantity), plain(bid.price), plain(ask.price), plain(ask.quantity))
    Console().print(table)


def _show(result: Model, command_id: str, *, json: bool) -> None:
    if not json:
        Console().print(f"command [bold]{command_id}[/bold]", highlight=False)
    show_model(result, json=json, extra={"command_id": command_id})
