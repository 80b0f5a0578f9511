"""Our orders in Binance spot's parameters (rest-api.md, "New order (TRADE)")."""

from __future__ import annotations

from typing import assert_never

from router.commands import (
    AnyNewOrder,
    LimitOrder,
    MarketOrder,
    StopLimitOrder,
    StopOrder,
    TakeProfitLimitOrder,
    TakeProfitOrder,
    TriggeredOrder,
)
from router.errors import ErrorKind, Problem, UnknownSymbol, Unsupported
from router.models import Side
from router.numbers import plain
from router.symbols import Symbol
from workers.exchanges.naming import client_order_id

_LONGEST_ID = 36  # ^[a-zA-Z0-9-_]{1,36}$: stated for FIX, assumed for REST, where a longer one is refused with -1100
_SIDE = {Side.BUY: "BUY", Side.SELL: "SELL"}


def spell(symbol: Symbol) -> str:
    """Binance's spelling of a spot market. Raises: UnknownSymbol for a derivative."""
    if symbol.settle is not None:
        text, rule = str(symbol), f"is a derivative; this account trades spot, as in {symbol.base}/{symbol.quote}"
        kind, message = ErrorKind.UNKNOWN_SYMBOL, f"symbol '{text}': {rule}"
        raise UnknownSymbol(Problem(kind=kind, message=message, field="symbol", value=text, rule=rule))
    return symbol.base + symbol.quote


def order_parameters(order: AnyNewOrder, spelling: str) -> dict[str, str]:
    """Everything but timestamp and signature; the reply's form is asked for by name, since defaults differ by type.

    Raises: Unsupported for what spot does not have; trading on margin has endpoints and a wallet of its own.
    """
    if order.margin_mode is not None:
        rule = "must be left out: Binance spot is not traded on margin here"
        raise Unsupported.because("margin_mode", str(order.margin_mode), rule)
    parameters = {
        "symbol": spelling,
        "side": _SIDE[order.side],
        "newClientOrderId": client_order_id(order, _LONGEST_ID),
        "newOrderRespType": "FULL",
    }
    parameters.update(_by_type(order))
    return parameters


def _by_type(order: AnyNewOrder) -> dict[str, str]:
    match order:
        case LimitOrder():
            return _limit(order)
        case MarketOrder():
            return _market(order)
        case StopOrder():
            return {"type": "STOP_LOSS", **_triggered(order)}
        case TakeProfitOrder():
            return {"type": "TAKE_PROFIT", **_triggered(order)}
        case StopLimitOrder():
            return {"type": "STOP_LOSS_LIMIT", **_triggered(order), **_priced(order)}
        case TakeProfitLimitOrder():
            return {"type": "TAKE_PROFIT_LIMIT", **_triggered(order), **_priced(order)}
        case _:
            assert_never(order)


def _limit(order: LimitOrder) -> dict[str, str]:
    quantity = plain(order.quantity)
    if order.post_only:
        found = {"type": "LIMIT_MAKER", "quantity": quantity, "price": plain(order.price)}
    else:
        found = {"type": "LIMIT", "quantity": quantity, **_priced(order)}
    if order.visible_quantity is not None:
        found["icebergQty"] = plain(order.visible_quantity)
    return found


def _market(order: MarketOrder) -> dict[str, str]:
    if order.quantity is not None:
        return {"type": "MARKET", "quantity": plain(order.quantity)}
    assert order.notional is not None  # noqa: S101 - the model has exactly one of the two
    return {"type": "MARKET", "quoteOrderQty": plain(order.notional)}


def _triggered(order: TriggeredOrder) -> dict[str, str]:
    if order.quantity is None:
        raise Unsupported.because("close_position", True, "needs a position, and spot markets have none")  # noqa: FBT003
    found = {"quantity": plain(order.quantity)}
    if order.trigger_price is not None:
        found["stopPrice"] = plain(order.trigger_price)
    if order.trailing_delta is not None:
        found["trailingDelta"] = str(order.trailing_delta)
    return found


def _priced(order: LimitOrder | StopLimitOrder | TakeProfitLimitOrder) -> dict[str, str]:
    return {"price": plain(order.price), "timeInForce": str(order.time_in_force)}
