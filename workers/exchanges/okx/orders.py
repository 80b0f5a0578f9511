"""Our market and limit orders in OKX's parameters (OKX v5 docs, "Place order").

Sizes of contracts are sent in contracts. Of pairs, a market order says by name in which coin it is sized (`tgtCcy`),
and where OKX could shrink it to what the balance allows, it is told not to (`banAmend`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from router.commands import AnyNewOrder, LimitOrder, MarketOrder
from router.errors import Unsupported
from router.instruments import Instrument
from router.numbers import plain
from router.terms import Side, TimeInForce
from workers.exchanges.naming import client_order_id
from workers.exchanges.okx import ids
from workers.exchanges.okx.modes import Mode, position_side, reduces_only, trade_mode

_LONGEST_COMMAND_ID = 64
_TYPES = {TimeInForce.GTC: "limit", TimeInForce.IOC: "ioc", TimeInForce.FOK: "fok"}

Body = dict[str, Any]


def own_id(order: AnyNewOrder) -> str:
    """The client order id as OKX is told it. Raises: InvalidCommand for one that OKX has no spelling for."""
    return ids.spelt(client_order_id(order, _LONGEST_COMMAND_ID), "client_order_id" if order.client_order_id else "id")


def trimmed(value: Decimal) -> str:
    """A number without zeros that say nothing."""
    return plain(value.normalize())


def size(quantity: Decimal, instrument: Instrument) -> str:
    """A quantity as OKX counts it: in base, or in contracts. It has been checked to be a multiple of the lot."""
    return trimmed(instrument.contracts(quantity))


def intent(order: AnyNewOrder, instrument: Instrument, mode: Mode) -> Body:
    """What every kind of order says first. Raises: Unsupported for what the account's modes do not have."""
    body: Body = {"instId": instrument.spelling, "side": str(order.side)}
    body |= trade_mode(order, mode) | position_side(order, mode)
    if reduces_only(order, mode):
        body["reduceOnly"] = True
    return body


def order_body(order: MarketOrder | LimitOrder, instrument: Instrument, mode: Mode) -> Body:
    """An order that works at once. Raises: InvalidCommand naming field, value and rule."""
    body = intent(order, instrument, mode) | {"clOrdId": own_id(order)}
    if isinstance(order, MarketOrder):
        return body | _market(order, instrument)
    if order.visible_quantity is not None:
        raise Unsupported.because("visible_quantity", plain(order.visible_quantity), "icebergs are not offered on okx")
    kind = "post_only" if order.post_only else _TYPES[order.time_in_force]
    return body | {"ordType": kind, "sz": size(order.quantity, instrument), "px": trimmed(order.price)}


def _market(order: MarketOrder, instrument: Instrument) -> Body:
    """On contracts `tgtCcy` would be passed over silently; on margin it is refused, and the side decides."""
    given = order.quantity if order.quantity is not None else order.notional
    assert given is not None  # noqa: S101 - the model has exactly one of the two
    if not order.symbol.is_spot:
        return {"ordType": "market", "sz": size(given, instrument)}
    body: Body = {"ordType": "market", "sz": trimmed(given)}
    return body | (_target(order) if order.margin_mode is None else _on_margin(order))


def _target(order: MarketOrder) -> Body:
    in_base, buys = order.quantity is not None, order.side is Side.BUY
    target = {"tgtCcy": "base_ccy" if in_base else "quote_ccy"}
    return target | ({"banAmend": True} if in_base is buys else {})


def _on_margin(order: MarketOrder) -> Body:
    if order.side is Side.BUY and order.quantity is not None:
        rule = "a market order that buys on margin is sized by notional on okx"
        raise Unsupported.because("quantity", plain(order.quantity), rule)
    if order.side is Side.SELL and order.notional is not None:
        rule = "a market order that sells on margin is sized by quantity on okx"
        raise Unsupported.because("notional", plain(order.notional), rule)
    return {}
