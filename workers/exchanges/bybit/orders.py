"""Our orders in Bybit's parameters (Bybit v5 docs, "Place Order"); sizes and prices are texts, flags and modes are not.

What Bybit has no parameter for is refused by name. Taken to the safe side: the unit of a spot market order and the
price that a trigger watches are always said, since the docs leave their defaults open or have them depend on the side.
"""

from __future__ import annotations

from typing import Any

from router.commands import (
    AnyNewOrder,
    LimitOrder,
    MarketOrder,
    StopLimitOrder,
    StopOrder,
    TakeProfitLimitOrder,
    TriggeredOrder,
)
from router.errors import Unsupported
from router.numbers import plain
from router.terms import MarginMode, PositionSide, PriceSource, Side
from workers.exchanges.naming import client_order_id

Body = dict[str, Any]
STOP_FILTER = "StopOrder"

_LONGEST_ID = 36
_SIDE = {Side.BUY: "Buy", Side.SELL: "Sell"}
_INDEX = {PositionSide.LONG: 1, PositionSide.SHORT: 2}
_WATCHED = {PriceSource.LAST: "LastPrice", PriceSource.MARK: "MarkPrice", PriceSource.INDEX: "IndexPrice"}
_RISES, _FALLS = 1, 2
_ALL_OF_IT = "0"
_PRICED = (LimitOrder, StopLimitOrder, TakeProfitLimitOrder)


def order_body(order: AnyNewOrder, spelling: str) -> Body:
    """Everything but the category. Raises: Unsupported; InvalidCommand for an id that is too long."""
    body: Body = {
        "symbol": spelling,
        "side": _SIDE[order.side],
        "orderType": "Limit" if isinstance(order, _PRICED) else "Market",
        "qty": _size(order),
        "orderLinkId": client_order_id(order, _LONGEST_ID),
    }
    if isinstance(order, _PRICED):
        body |= _priced(order)
    elif order.symbol.is_spot:
        body["marketUnit"] = "quoteCoin" if order.quantity is None else "baseCoin"
    if isinstance(order, TriggeredOrder):
        body |= _triggered(order)
    return body | (_borrowing(order) if order.symbol.is_spot else _position(order))


def _size(order: AnyNewOrder) -> str:
    """Without a quantity a market order is sized in quote, and a triggered one closes all of its position."""
    if order.quantity is not None:
        return plain(order.quantity)
    return plain(order.notional) if isinstance(order, MarketOrder) and order.notional is not None else _ALL_OF_IT


def _priced(order: LimitOrder | StopLimitOrder | TakeProfitLimitOrder) -> Body:
    rests = isinstance(order, LimitOrder) and order.post_only
    return {"price": plain(order.price), "timeInForce": "PostOnly" if rests else str(order.time_in_force)}


def _triggered(order: TriggeredOrder) -> Body:
    """Spot has no direction and watches the last price: the direction follows from where that is."""
    if order.trailing_delta is not None or order.trigger_price is None:
        rule = "is not offered on Bybit, where a trailing stop belongs to a position; name a trigger_price"
        raise Unsupported.because("trailing_delta", order.trailing_delta, rule)
    body: Body = {"triggerPrice": plain(order.trigger_price)}
    watched = order.trigger_by or PriceSource.LAST
    if order.symbol.is_spot:
        if watched is not PriceSource.LAST:
            raise Unsupported.because("trigger_by", str(watched), "must be last on Bybit's spot markets")
        return {**body, "orderFilter": STOP_FILTER}
    body |= {"triggerDirection": _direction(order), "triggerBy": _WATCHED[watched]}
    return {**body, "closeOnTrigger": True} if order.close_position else body


def _direction(order: TriggeredOrder) -> int:
    """A stop waits for the price to run against its side, a take-profit for the other way."""
    stops = isinstance(order, (StopOrder, StopLimitOrder))
    return _RISES if stops == (order.side is Side.BUY) else _FALLS


def _borrowing(order: AnyNewOrder) -> Body:
    if order.margin_mode is MarginMode.ISOLATED:
        raise Unsupported.because("margin_mode", str(order.margin_mode), "must be cross to trade spot on margin")
    about = {"reduce_only": order.reduce_only, "position_side": order.position_side}
    for field, value in {**about, "close_position": order.closes_position}.items():
        if value:
            raise Unsupported.because(field, value, "needs a position, and Bybit's spot markets have none")
    return {} if order.margin_mode is None else {"isLeverage": 1}


def _position(order: AnyNewOrder) -> Body:
    if order.margin_mode is not None:
        rule = "cannot be chosen per order on Bybit: it is the whole account's, see set_margin_mode"
        raise Unsupported.because("margin_mode", str(order.margin_mode), rule)
    if order.position_side is not None and order.symbol.market != "linear":
        rule = f"must be left out: {order.symbol} holds one position only"
        raise Unsupported.because("position_side", str(order.position_side), rule)
    body: Body = {} if order.position_side is None else {"positionIdx": _INDEX[order.position_side]}
    return {**body, "reduceOnly": True} if order.reduce_only or order.closes_position else body
