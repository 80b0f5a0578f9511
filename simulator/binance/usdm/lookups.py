"""Finding futures orders, their amendments and their trades.

Source: Binance futures docs, "Query Order", "Current All Open Orders", "All Orders", "Account Trade List".
"""

from simulator.binance import errors
from simulator.binance.call import Call
from simulator.binance.usdm import wire
from simulator.binance.usdm.codes import refuse
from simulator.orders import Order

DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US
UNFILLED_KEPT_US, KEPT_US = 3 * DAY_US, 90 * DAY_US
DEFAULT_ROWS, MAX_ROWS = 500, 1000


def named(call: Call) -> Order | None:
    """The order that orderId or origClientOrderId names; the number prevails. Raises: ApiError -1102, -1121."""
    symbol = call.instrument().symbol
    params, registry = call.params, call.market.registry
    order_id, client_id = params.integer("orderId"), params.text("origClientOrderId")
    if order_id is None and client_id is None:
        raise errors.missing_either("orderid", "origclientorderid")
    if order_id is not None:
        return registry.number(call.user, symbol, order_id)
    return registry.by_client(call.user, symbol, client_id or "")


def visible(call: Call, order: Order) -> bool:
    """Whether queries show an order: not yet, or no longer.

    Ended without a fill it is kept for three days, everything for 90 (`fapi SDK`, "Query Order").
    """
    if not call.shown(order):
        return False
    age = call.market.clock.now_us() - order.updated_us
    return order.open or age <= (KEPT_US if order.filled else UNFILLED_KEPT_US)


def get(call: Call) -> object:
    """GET /fapi/v1/order."""
    order = named(call)
    call.params.finish()
    if order is None or not visible(call, order):
        raise refuse(-2013)
    return wire.found(call, order)


def get_open(call: Call) -> object:
    """GET /fapi/v1/openOrder: like /order, but what has ended does not exist here."""
    order = named(call)
    call.params.finish()
    if order is None or not order.open or not visible(call, order):
        raise refuse(-2013)
    return wire.found(call, order)


def open_orders(call: Call) -> object:
    """GET /fapi/v1/openOrders; algo orders are not among them."""
    symbol = call.instrument().symbol if call.params.has("symbol") else None
    call.params.finish()
    return [wire.found(call, each) for each in call.market.registry.open_orders(call.user, symbol) if call.shown(each)]


def all_orders(call: Call) -> object:
    """GET /fapi/v1/allOrders: from a number on, within a week, or the newest. The symbol is optional since 2026-08."""
    symbols = [call.instrument().symbol] if call.params.has("symbol") else list(call.market.instruments)
    first, limit = call.params.integer("orderId"), rows(call)
    start, end = span(call)
    call.params.finish()
    held = call.market.registry.orders
    orders = [each for symbol in symbols for each in held[call.user, symbol] if visible(call, each)]
    orders.sort(key=lambda each: each.order_id)
    if first is not None:
        orders = [each for each in orders if each.order_id >= first][:limit]
    else:
        within = [each for each in orders if start <= each.accepted_us <= end]
        orders = within[:limit] if start else within[-limit:]
    return [wire.found(call, each) for each in orders]


def amendments(call: Call) -> object:
    """GET /fapi/v1/orderAmendment: the newest first."""
    order = named(call)
    limit = min(call.params.integer("limit") or 50, 100)
    start, end = span(call)
    call.params.finish()
    if order is None:
        raise refuse(-2013)
    numbered = [row for row in enumerate(order.amendments, start=1) if start <= row[1].time_us <= end]
    return [wire.amendment(call, order, number, record) for number, record in reversed(numbered[-limit:])]


def user_trades(call: Call) -> object:
    """GET /fapi/v1/userTrades: of the last week, within a week, from a trade on, or of one order."""
    params = call.params
    symbol = call.instrument().symbol
    order_id, from_id, limit = params.integer("orderId"), params.integer("fromId"), rows(call)
    if from_id is not None and (params.has("startTime") or params.has("endTime")):
        raise errors.ApiError(-1128, "Combination of optional parameters invalid.")
    start, end = span(call)
    params.finish()
    fills = [
        (trade, order)
        for trade, order in call.market.registry.fills[call.user, symbol]
        if call.shown(order)
        and order_id in (None, order.order_id)
        and trade.trade_id >= (from_id or 0)
        and start <= trade.time_us <= end
    ]
    chosen = fills[:limit] if from_id is not None or start else fills[-limit:]
    return [wire.trade_row(call, trade, order) for trade, order in chosen]


def rows(call: Call) -> int:
    """The `limit` of a list."""
    limit = call.params.integer("limit")
    if limit is None:
        return DEFAULT_ROWS
    if limit < 1:
        raise errors.invalid_data("limit")
    return min(limit, MAX_ROWS)


def span(call: Call) -> tuple[int, int]:
    """Read startTime (0 without) and endTime in microseconds, at most a week apart. Raises: ApiError -1127."""
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    if start is not None and end is not None and (end - start) * 1000 > WEEK_US:
        raise errors.ApiError(-1127, "More than 7 days between startTime and endTime.")
    if start is not None and end is None:
        end = start + WEEK_US // 1000
    return (start or 0) * 1000, 2**63 if end is None else end * 1000 + 999
