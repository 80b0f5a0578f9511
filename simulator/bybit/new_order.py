"""From parameters to an order the engine understands.

What is left out is refused as such: take profit and stop loss attached to spot and option orders, orders by implied
volatility, BBO prices, slippage tolerance on orders by value.

Source: Bybit v5 docs, "Place Order".
"""

import re

from simulator.bybit import bounds, conditional, decimals, errors, filters, slippage, trading_stop
from simulator.bybit.call import SPOT, Call
from simulator.bybit.params import Params
from simulator.instruments import Instrument
from simulator.orders import NewOrder, PositionSide, SelfTrade, Side, TimeInForce

OPTION = "option"
SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
_FORCES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK, "PostOnly": TimeInForce.GTC}
_SELF_TRADE = {
    "None": SelfTrade.NONE,
    "CancelMaker": SelfTrade.EXPIRE_MAKER,
    "CancelTaker": SelfTrade.EXPIRE_TAKER,
    "CancelBoth": SelfTrade.EXPIRE_BOTH,
}
_LINK = re.compile("[0-9A-Za-z_-]{1,36}", re.ASCII)
_INDEX = {0: PositionSide.NET, 1: PositionSide.LONG, 2: PositionSide.SHORT}
_LEFT_OUT = ("orderIv", "bboSideType", "bboLevel")
_MARKET_BOUND_PERCENT = 5


def read_order(call: Call, category: str) -> NewOrder:
    """Read the parameters of a new order and hold them against the instrument's rules. Raises: ApiError."""
    params = call.params
    instrument = call.tradable(category)
    spot = category == SPOT
    _refuse_left_out(params, category)
    market = _is_market(params, spot=spot)
    force = _force(params, spot=spot, market=market)
    order = NewOrder(
        account=call.user,
        instrument=instrument,
        side=_side(params, spot=spot),
        type_name="Market" if market else "Limit",
        client_order_id=_link(call, category),
        time_in_force=_FORCES[force],
        post_only=force == "PostOnly",
        ends_crossing=True,
        self_trade=_SELF_TRADE[params.choice("smpType", _SELF_TRADE, "None")],
        request_us=call.timestamp_ms * 1000,
        recv_window_us=call.window_ms * 1000,
        hidden_us=call.hidden_us,
        notes={"timeInForce": force},
    )
    _read_position(call, category, order)
    _read_size(params, order, spot=spot)
    if not market:
        order.price = _price(params, instrument, spot=spot)
    conditional.read(call, category, order)
    _check(call, category, order)
    return order


def _refuse_left_out(params: Params, category: str) -> None:
    if category in (SPOT, OPTION) and trading_stop.asked(params):
        if category == SPOT:
            raise errors.ApiError(errors.SPOT_UNSUPPORTED, "This feature is not supported.")
        raise errors.parameter("params error: takeProfit and stopLoss are not supported")
    for name in _LEFT_OUT:
        if params.has(name):
            raise errors.parameter(f"params error: {name} is not supported")


def _side(params: Params, *, spot: bool) -> Side:
    word = params.need("side")
    if word not in SIDES:
        raise errors.ApiError(errors.SPOT_SIDE, "Invalid side.") if spot else errors.parameter("Side invalid")
    return SIDES[word]


def _is_market(params: Params, *, spot: bool) -> bool:
    word = params.need("orderType")
    if word not in ("Market", "Limit"):
        raise errors.ApiError(errors.SPOT_TYPE, "Invalid orderType.") if spot else errors.parameter("OrderType invalid")
    return word == "Market"


def _force(params: Params, *, spot: bool, market: bool) -> str:
    """A market order is always IOC, whatever was sent."""
    word = params.text("timeInForce") or "GTC"
    if market:
        return "IOC"
    if word == "RPI":
        code = errors.SPOT_NO_RPI if spot else errors.NO_RPI
        raise errors.ApiError(code, "RPI orders are restricted to approved market makers only")
    if word not in _FORCES:
        if spot:
            raise errors.ApiError(errors.SPOT_TIME_IN_FORCE, "Invalid timeInForce.")
        raise errors.parameter("timeInForce invalid")
    return word


def _link(call: Call, category: str) -> str:
    """The orderLinkId, empty when none was sent. Raises: ApiError 10001, 3100198, 110072, 170141."""
    link = call.params.text("orderLinkId")
    if not link:
        if category == OPTION:
            raise errors.ApiError(errors.LINK_MISSING, "orderLinkId can not be empty")
        return ""
    if not _LINK.fullmatch(link):
        raise errors.invalid("orderLinkId")
    if call.exchange.links.taken(call.user, category, link):
        raise errors.duplicate(spot=category == SPOT)
    return link


def _read_position(call: Call, category: str, order: NewOrder) -> None:
    """Which position it acts on. Raises: ApiError 10001 when positionIdx and the position mode do not match."""
    params = call.params
    if category == SPOT:
        order.borrow = params.within("isLeverage", 0, 1, 0) == 1
        order.notes["isLeverage"] = "1" if order.borrow else "0"
        return
    index = params.within("positionIdx", 0, 2, 0)
    if call.exchange.modes.hedged(call.user, order.instrument) is (index == 0):
        raise errors.parameter("position idx not match position mode")
    order.position_side = _INDEX[index]
    order.reduce_only = params.flag("reduceOnly")
    order.isolated = call.exchange.modes.of(call.user).isolated
    if order.isolated and category == OPTION:
        raise errors.ApiError(errors.NOT_WHEN_ISOLATED, "isolated margin can not create order")
    order.notes["positionIdx"] = str(index)
    if params.flag("closeOnTrigger"):
        order.reduce_only = True
        order.notes["closeOnTrigger"] = "1"


def _read_size(params: Params, order: NewOrder, *, spot: bool) -> None:
    """A market buy on spot is by value unless marketUnit says otherwise, everything else by quantity."""
    size = params.amount("qty")
    if size is None:
        raise errors.missing("qty")
    if spot and order.type_name == "Market":
        by_value = "quoteCoin" if order.side is Side.BUY else "baseCoin"
        unit = params.choice("marketUnit", ("baseCoin", "quoteCoin"), by_value)
        order.notes["marketUnit"] = unit
        if unit == "quoteCoin":
            filters.check_amount(order.instrument, size)
            order.quote_quantity = size
            return
    order.quantity = size


def _price(params: Params, instrument: Instrument, *, spot: bool) -> int:
    price = params.amount("price")
    if not price:
        if spot:
            raise errors.ApiError(errors.SPOT_EMPTY, "Parameter 'price' was empty.")
        raise errors.parameter("params error: price is required for a Limit order")
    filters.check_price(instrument, price)
    return price


def _check(call: Call, category: str, order: NewOrder) -> None:
    """Quantity, band, value and count, in this order (assumption)."""
    market, instrument = call.market(category), order.instrument
    pit = market.pits[instrument.symbol]
    if order.closes and not order.quantity and order.notes.get("closeOnTrigger"):
        order.quantity = _all_of_it(call, category, order)
    if not order.quote_quantity:
        order.quantity = filters.fit_quantity(instrument, order.quantity, market=order.price is None)
    if order.price is not None:
        settings = call.exchange.modes.of(call.user)
        order.price = bounds.kept(instrument, order.side, order.price, pit.mark, settings)
    else:
        slippage.read(call.params, order, pit.book)
        sign = 1 if order.side is Side.BUY else -1
        edge = pit.mark * (100 + sign * _MARKET_BOUND_PERCENT) // 100
        order.notes["bound"] = decimals.price(instrument, edge - edge % instrument.tick)
    trading_stop.attach(call.params, order, pit.book.last_price)
    filters.check_value(order, pit.book.last_price)
    filters.check_count(order, market, category)
    order.notes["lastPrice"] = decimals.price(instrument, pit.book.last_price)


def _all_of_it(call: Call, category: str, order: NewOrder) -> int:
    """`qty` "0" with reduceOnly and closeOnTrigger closes the position, up to the greatest order."""
    instrument = order.instrument
    positions = call.market(category).positions
    position = positions.get(call.user, instrument, order.position_side, isolated=order.isolated)
    held = position.closable(order.side)
    if not held:
        raise errors.nothing_to_reduce()
    most = instrument.max_market_quantity if order.price is None else instrument.max_quantity
    return min(held, most)
