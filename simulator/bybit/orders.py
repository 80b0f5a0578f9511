"""Place, amend and cancel one order, or cancel all.

An acknowledgement means accepted: what becomes of the order shows in the queries.

Source: Bybit v5 docs, "Place Order", "Amend Order", "Cancel Order", "Cancel All Orders".
"""

from random import Random

from simulator.bybit import conditional, errors, ids, lookups, wire
from simulator.bybit.amending import amended
from simulator.bybit.call import SPOT, Call
from simulator.bybit.new_order import read_order
from simulator.orders import Order, Reason, Refused

Ack = dict[str, object]
CANCELLED_AT_ONCE = 500
_FUTURES = ("linear", "inverse")
_EVERY_KIND = ("Order", conditional.STOP, "OpenOrder")


def ack(category: str, order: Order) -> Ack:
    """What create, amend and cancel answer."""
    return {"orderId": ids.spell(category, order.order_id), "orderLinkId": order.client_order_id}


def create(call: Call) -> object:
    """POST /v5/order/create."""
    category = call.category()
    return ack(category, placed(call, category))


def placed(call: Call, category: str) -> Order:
    """Place the order that the parameters describe. Raises: ApiError."""
    ask = read_order(call, category)
    market = call.market(category)
    if category == SPOT and not ask.client_order_id:
        ask.client_order_id = ids.made_up(call.exchange.next_number())
    try:
        order = market.place(ask)
    except Refused as refusal:
        raise refused(refusal.reason, spot=category == SPOT) from refusal
    call.exchange.links.add(call.user, category, ask.client_order_id, order)
    return order


def refused(reason: Reason, *, spot: bool) -> errors.ApiError:
    """The engine's refusal in Bybit's codes."""
    if reason is Reason.NOTHING_TO_REDUCE:
        return errors.nothing_to_reduce()
    if reason is Reason.INSUFFICIENT_BALANCE:
        if spot:
            return errors.ApiError(errors.SPOT_NO_BALANCE, "Insufficient balance.")
        return errors.ApiError(errors.NO_BALANCE, "ab not enough for new order")
    if reason is Reason.NO_LIQUIDITY:
        return errors.ApiError(errors.SPOT_QUANTITY_BELOW, "Order quantity lower than the minimum.")
    # A stop whose price the market has reached meanwhile.
    return errors.ApiError(errors.EXPECTS_RISE, "trigger_price is on the wrong side of the market")


def amend(call: Call) -> object:
    """POST /v5/order/amend."""
    category = call.category()
    return ack(category, amended(call, category))


def cancel(call: Call) -> object:
    """POST /v5/order/cancel."""
    category = call.category()
    return ack(category, cancelled(call, category))


def cancelled(call: Call, category: str) -> Order:
    """Cancel the order that the parameters name. On spot the order filter (`Order` by default) must be its own.

    Raises: ApiError 110001, 170213 when there is no such open order.
    """
    call.tradable(category)
    order = lookups.find(call, category)
    spot = category == SPOT
    if order is None or not order.open or order.instrument.symbol != call.params.text("symbol"):
        raise errors.gone(spot=spot)
    if spot and order.ask.notes["orderFilter"] != (call.params.text("orderFilter") or "Order"):
        raise errors.gone(spot=True)
    take_off(call, category, order)
    return order


def take_off(call: Call, category: str, order: Order) -> None:
    """Cancel an open order at its owner's wish."""
    call.exchange.visibility.keep(order, wire.order_row(category, order))
    order.ask.notes["cancelType"] = wire.BY_USER
    call.market(category).cancel(order)


def cancel_all(call: Call) -> object:
    """POST /v5/order/cancel-all: on futures at most 500, any of them."""
    category, params = call.category(), call.params
    futures = category in _FUTURES
    if futures and not any(map(params.has, ("symbol", "baseCoin", "settleCoin"))):
        raise errors.parameter("params error: symbol, baseCoin or settleCoin is required")
    wanted = {each.symbol for each in call.instruments(category)}
    kinds = _kinds(call, category)
    plain = futures and params.text("stopOrderType") == "Stop"  # not what guards a position
    found = [
        order
        for order in call.market(category).registry.open_orders(call.user)
        if order.instrument.symbol in wanted
        and call.exchange.visibility.shown(order)
        and (kinds is None or (order.ask.notes.get("orderFilter") or "Order") in kinds)
        and not (plain and "stopOrderType" in order.ask.notes)
    ]
    if futures and len(found) > CANCELLED_AT_ONCE:
        found = Random(len(found)).sample(found, CANCELLED_AT_ONCE)  # noqa: S311 - "picked at random", reproducibly
    for order in found:
        take_off(call, category, order)
    return {"list": [ack(category, order) for order in found], "success": "1"}


def _kinds(call: Call, category: str) -> tuple[str, ...] | None:
    """Which orders an orderFilter means; None for every kind. Raises: ApiError 170201, 10001."""
    word = call.params.text("orderFilter")
    if category == SPOT:
        if word and word not in (*conditional.FILTERS, "OcoOrder", "BidirectionalTpslOrder"):
            raise errors.ApiError(errors.SPOT_FILTER, "Invalid orderFilter parameter.")
        return (word or "Order",)
    if word and word not in _EVERY_KIND:
        raise errors.invalid("orderFilter")
    return {"": None, "OpenOrder": ("Order",)}.get(word, (word,))
