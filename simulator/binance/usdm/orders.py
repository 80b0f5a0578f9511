"""Placing, testing, changing and cancelling futures orders.

Source: Binance futures docs, "Trade". Assumptions: a change that a post-only order cannot make without taking cancels
it and says so in the reply; an order count is spent even when the engine refuses.
"""

from simulator.binance import errors
from simulator.binance.call import Call
from simulator.binance.usdm import contracts, filters, wire
from simulator.binance.usdm.codes import from_engine, refuse
from simulator.binance.usdm.limits import limits_of
from simulator.binance.usdm.lookups import named
from simulator.binance.usdm.new_order import Wish, read_order, read_price, read_side
from simulator.orders import Order, Reason, Refused, TimeInForce

MAX_AMENDMENTS = 10_000


def place(call: Call) -> object:
    """POST /fapi/v1/order."""
    wish = read_order(call)
    call.params.finish()
    limits_of(call).take_orders(call.user)
    document = submit(call, wish)
    call.headers.update(call.limits.order_headers(call.user))
    return document


def submit(call: Call, wish: Wish) -> wire.Document:
    """Hold an order against every rule and hand it to the engine. Raises: ApiError."""
    ask, market = wish.ask, call.market
    _check(call, wish)
    if market.registry.taken(ask.account, ask.instrument.symbol, ask.client_order_id):
        raise refuse(-4116)
    if ask.time_in_force is TimeInForce.FOK:
        pit = market.pits[ask.instrument.symbol]
        if not market.matcher.can_fill(Order(ask, 0, 0, 0), pit.book):
            raise refuse(-5021)
    try:
        order = market.place(ask)
    except Refused as refusal:
        raise from_engine(refusal.reason) from refusal
    at_once = ask.price is None or ask.time_in_force is not TimeInForce.GTC
    return wire.placed(call, order, final=wish.result and at_once)


def _check(call: Call, wish: Wish) -> None:
    filters.check(wish.ask, call.market)
    if wish.ask.price is None:
        filters.check_take_bound(wish.ask, call.market)
    filters.check_position(wish.ask, call.market)


def test(call: Call) -> object:
    """POST /fapi/v1/order/test: every check but the engine's; nothing is placed."""
    wish = read_order(call)
    call.params.finish()
    _check(call, wish)
    return wire.tested(call, wish.ask)


def cancel(call: Call) -> object:
    """DELETE /fapi/v1/order."""
    order = named(call)
    call.params.finish()
    return cancel_one(call, order)


def cancel_one(call: Call, order: Order | None) -> wire.Document:
    """Cancel an order; it keeps its client id. Raises: ApiError -2011."""
    if order is None or not order.open:
        raise refuse(-2011)
    call.market.cancel(order)
    return wire.placed(call, order, final=True)


def cancel_all(call: Call) -> object:
    """DELETE /fapi/v1/allOpenOrders: regular orders only, fine with none."""
    symbol = call.instrument().symbol
    call.params.finish()
    cancel_every(call, symbol)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def cancel_every(call: Call, symbol: str) -> None:
    """Cancel all of an account's open orders in a symbol."""
    for order in call.market.registry.open_orders(call.user, symbol):
        if order.open:
            call.market.cancel(order)


def countdown(call: Call) -> object:
    """POST /fapi/v1/countdownCancelAll: cancel all open orders of a symbol unless told again in time; 0 stops it."""
    symbol = call.instrument().symbol
    call.params.need("countdownTime")
    length = call.params.integer("countdownTime") or 0
    call.params.finish()
    timers, key = call.market.pool.timers, ("binance usdm countdown", call.user, symbol)
    if length:
        timers.set(key, call.market.clock.now_us() + length * 1000, lambda: cancel_every(call, symbol))
    else:
        timers.clear(key)
    return {"symbol": symbol, "countdownTime": str(length)}


def modify(call: Call) -> object:
    """PUT /fapi/v1/order."""
    limits_of(call).take_orders(call.user)
    document = change(call)
    call.headers.update(call.limits.order_headers(call.user))
    return document


def change(call: Call) -> wire.Document:
    """Give a LIMIT order another price and quantity; it loses its place.

    Raises: ApiError -2013, -5025, -5026, -5027, or what its filters say; the order then stays as it was.
    """
    params = call.params
    instrument, order, side = call.instrument(), named(call), read_side(call.params)
    params.need("quantity")
    quantity = params.amount("quantity") or 0
    price, match = read_price(call, instrument, side, "LIMIT")
    if price is None:
        raise errors.missing("price")
    number = params.text("modifyId")
    params.finish()
    if order is None or not order.open:
        raise refuse(-2013)
    if order.ask.notes.get("placedType", order.ask.type_name) != "LIMIT":
        raise refuse(-5025)
    if side is not order.side:
        raise errors.ApiError(-1117, "Invalid side.")
    _check_change(call, order, price, quantity)
    order.ask.notes["priceMatch"] = match
    try:
        call.market.replace(order, price, quantity)
    except Refused as refusal:
        if refusal.reason is not Reason.WOULD_TAKE:
            raise from_engine(refusal.reason) from refusal
        call.market.cancel(order)
    document = wire.placed(call, order, final=True)
    return document if number is None else {**document, "modifyId": number}


def _check_change(call: Call, order: Order, price: int, quantity: int) -> None:
    each = order.instrument
    if (price, quantity) == (order.price, order.quantity):
        raise refuse(-5027)
    if len(order.amendments) >= MAX_AMENDMENTS:
        raise refuse(-5026)
    price_places, quantity_places = contracts.places(each)
    filters.check_quantity(each, quantity, each.max_quantity, quantity_places)
    filters.check_price(each, price, price_places)
    filters.check_percent(call.market, each, order.side, price)
    filters.check_notional(order.ask, each.value(price, quantity))
