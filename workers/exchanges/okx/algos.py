"""Orders that wait for a price: OKX's algo orders, which have ids and calls of their own.

A stop is a `conditional` order with a stop-loss leg, a take-profit one with a take-profit leg: there the direction in
which the price must come is part of what is asked, and a price on the wrong side is refused. A trail is a
`move_order_stop`. None of them obeys `expTime`. Source: OKX v5 docs, "Place algo order", "Cancel algo order".

Their ids are told as ``algo-123``, so that an id says where to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from router.commands import (
    StopLimitOrder,
    StopOrder,
    TakeProfitLimitOrder,
    TakeProfitOrder,
)
from router.errors import Unsupported
from router.instruments import Instrument
from router.numbers import plain
from router.symbols import Symbol
from router.terms import Side, TimeInForce
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.okx import ids
from workers.exchanges.okx.modes import Mode
from workers.exchanges.okx.orders import Body, intent, own_id, size, trimmed

AnyTriggered = StopOrder | StopLimitOrder | TakeProfitOrder | TakeProfitLimitOrder
_PREFIX = "algo-"
AT_MARKET = "-1"
BASIS_POINTS = Decimal(10_000)
LISTED = ("conditional,oco", "trigger", "move_order_stop")
"""What is asked for, one list each, when open orders are read; other kinds are not ours to tell."""


def tell(algo_id: str) -> str:
    """An algo order's id in our words."""
    return _PREFIX + algo_id


def is_algo(order_id: str | None) -> bool:
    """Whether an id of ours is an algo order's."""
    return order_id is not None and order_id.startswith(_PREFIX)


def number(order_id: str) -> str:
    """The id as OKX spells it."""
    return order_id.removeprefix(_PREFIX)


def algo_body(order: AnyTriggered, instrument: Instrument, mode: Mode) -> Body:
    """An order with a trigger. Raises: Unsupported naming field, value and rule."""
    _check_supported(order)
    body = intent(order, instrument, mode) | {"algoClOrdId": own_id(order)} | _size(order, instrument)
    if order.trailing_delta is not None:
        return body | _trail(order)
    leg = "tp" if isinstance(order, (TakeProfitOrder, TakeProfitLimitOrder)) else "sl"
    price = order.price if isinstance(order, (StopLimitOrder, TakeProfitLimitOrder)) else None
    assert order.trigger_price is not None  # noqa: S101 - the model has it where there is no trail
    body |= {"ordType": "conditional", f"{leg}TriggerPx": trimmed(order.trigger_price)}
    body[f"{leg}OrdPx"] = AT_MARKET if price is None else trimmed(price)
    if order.trigger_by is not None:
        body[f"{leg}TriggerPxType"] = str(order.trigger_by)
    return body


def _size(order: AnyTriggered, instrument: Instrument) -> Body:
    """A pair's market order says in which coin it is sized; the whole position is a fraction of one."""
    if order.quantity is None:
        return {"closeFraction": "1"}
    body: Body = {"sz": size(order.quantity, instrument)}
    at_market = isinstance(order, (StopOrder, TakeProfitOrder))
    if at_market and order.symbol.is_spot and order.margin_mode is None:
        body["tgtCcy"] = "base_ccy"
    elif at_market and order.symbol.is_spot and order.side is Side.BUY:
        rule = "a market order that buys on margin is sized in quote on okx, which a trigger cannot say here"
        raise Unsupported.because("quantity", plain(order.quantity), rule)
    return body


def _trail(order: AnyTriggered) -> Body:
    """`activePx` is the price from which on it trails."""
    assert order.trailing_delta is not None  # noqa: S101 - the caller has seen it
    ratio = trimmed(Decimal(order.trailing_delta) / BASIS_POINTS)
    body: Body = {"ordType": "move_order_stop", "callbackRatio": ratio}
    if order.trigger_price is not None:
        body["activePx"] = trimmed(order.trigger_price)
    return body


def _check_supported(order: AnyTriggered) -> None:
    if isinstance(order, (StopLimitOrder, TakeProfitLimitOrder)) and order.time_in_force is not TimeInForce.GTC:
        rule = "must be GTC: a triggered order of okx rests"
        raise Unsupported.because("time_in_force", str(order.time_in_force), rule)
    if order.close_position and order.symbol.is_spot:
        raise Unsupported.because("close_position", order.close_position, "is offered on swaps and futures only")
    if order.trailing_delta is None:
        return
    if not isinstance(order, StopOrder):
        rule = f"must be left out: on okx a trail ends in a market order of type stop, not {order.type}"
        raise Unsupported.because("trailing_delta", order.trailing_delta, rule)
    if order.close_position:
        raise Unsupported.because("close_position", order.close_position, "must have no trail on okx")
    if order.trigger_by is not None:
        raise Unsupported.because("trigger_by", str(order.trigger_by), "must be left out: okx trails the last price")


def acknowledged(row: Mapping[str, Any], symbol: Symbol) -> Acknowledged:
    """That OKX has taken a request about an algo order. Raises: ValueError when it does not say which."""
    if not row["algoId"]:
        raise ValueError("an acknowledgement without an id")
    return Acknowledged(symbol, ids.read(row.get("algoClOrdId") or "") or None, tell(row["algoId"]))


def amendment(row: Mapping[str, Any], new_size: str | None, price: str | None) -> Body:
    """What changes an algo order's size or price (OKX v5 docs, "Amend algo order"); the trigger stays as it is told.

    Raises: Unsupported for a price where it becomes a market order, and for a trail.
    """
    if row["ordType"] not in ("conditional", "trigger"):
        raise Unsupported.because("order_id", tell(row["algoId"]), f"okx amends no {row['ordType']} orders")
    body: Body = {"instId": row["instId"], "algoId": row["algoId"]}
    if new_size is not None:
        body["newSz"] = new_size
    if price is not None:
        body |= _repriced(row, price)
    return body


def _repriced(row: Mapping[str, Any], price: str) -> Body:
    for leg in ("tp", "sl", ""):
        trigger, at = (f"{leg}TriggerPx", f"{leg}OrdPx") if leg else ("triggerPx", "ordPx")
        if row.get(trigger):
            if row[at] in ("", AT_MARKET):
                break
            return {f"new{leg.capitalize()}TriggerPx": row[trigger], f"new{leg.capitalize()}OrdPx": price}
    raise Unsupported.because("price", price, "cannot be amended: the order becomes a market order")
