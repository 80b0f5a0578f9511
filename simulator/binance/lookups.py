"""Finding orders: one, the open ones, all of them.

Source: Binance spot docs, `rest-api.md`, "Query order", "Current open orders", "All orders".
"""

from simulator.binance import errors, wire
from simulator.binance.call import Call
from simulator.orders import Order, Status

DAY_MS = 86_400_000
DEFAULT_ROWS, MAX_ROWS = 500, 1000
_FIRST_MICROSECOND = 10**14


def find(call: Call, symbol: str, order_id: int | None, client_id: str | None) -> Order | None:
    """Find one of the caller's orders. With both given the number leads and the client id must belong to it.

    A former client id (before a cancel or an amendment renamed the order) still finds it, and an id used several
    times finds the newest: both are assumptions, the documents leave it open. Raises: ApiError -2039.
    """
    registry = call.market.registry
    if order_id is None:
        return registry.by_client(call.user, symbol, client_id or "")
    order = registry.number(call.user, symbol, order_id)
    if (
        order is not None
        and client_id is not None
        and client_id not in (order.client_order_id, order.ask.client_order_id)
    ):
        raise errors.ApiError(-2039, "Client Order ID is not correct for this order ID.")
    return order


def get(call: Call) -> object:
    """GET /api/v3/order."""
    symbol = call.instrument().symbol
    order_id, client_id = call.params.integer("orderId"), call.params.text("origClientOrderId")
    if order_id is None and client_id is None:
        raise errors.missing_either("orderId", "origClientOrderId")
    call.params.finish()
    order = find(call, symbol, order_id, client_id)
    if order is None or not call.shown(order):
        raise errors.ApiError(errors.NO_SUCH_ORDER, "Order does not exist.")
    if _archived(call, order):
        raise errors.ApiError(
            -2026, "Order was canceled or expired with no executed qty over 90 days ago and has been archived."
        )
    return wire.query(call, order)


def _archived(call: Call, order: Order) -> bool:
    """Only a clock that was shifted far ahead gets here; the rule is kept because clients must know its code."""
    ended_unfilled = not order.open and order.status is not Status.FILLED and not order.filled
    return ended_unfilled and call.market.clock.now_us() - order.updated_us > 90 * DAY_MS * 1000


def open_orders(call: Call) -> object:
    """GET /api/v3/openOrders."""
    symbol = call.instrument().symbol if call.params.has("symbol") else None
    call.params.finish()
    orders = call.market.registry.open_orders(call.user, symbol)
    return [wire.query(call, order) for order in orders if call.shown(order)]


def all_orders(call: Call) -> object:
    """GET /api/v3/allOrders: from an order number on, within a time span of a day, or the newest."""
    symbol = call.instrument().symbol
    first, limit = call.params.integer("orderId"), rows(call)
    start, end = time_span(call)
    call.params.finish()
    orders = [order for order in call.market.registry.orders[call.user, symbol] if call.shown(order)]
    if first is not None:
        orders = [order for order in orders if order.order_id >= first][:limit]
    elif start is not None:
        orders = [order for order in orders if start <= order.accepted_us <= end][:limit]
    else:
        orders = [order for order in orders if order.accepted_us <= end][-limit:]
    return [wire.query(call, order) for order in orders]


def rows(call: Call) -> int:
    """The `limit` of a list."""
    limit = call.params.integer("limit")
    if limit is None:
        return DEFAULT_ROWS
    if limit < 1:
        raise errors.invalid_data("limit")
    return min(limit, MAX_ROWS)


def time_span(call: Call) -> tuple[int | None, int]:
    """Read startTime (None without) and endTime in microseconds, at most 24 hours apart. Raises: ApiError -1127."""
    start, end = (micros(call.params.integer(name)) for name in ("startTime", "endTime"))
    if start is not None and end is not None and end - start > DAY_MS * 1000:
        raise errors.ApiError(-1127, "More than 24 hours between startTime and endTime.")
    if start is not None and end is None:
        end = start + DAY_MS * 1000
    return start, end if end is not None else 2**63


def micros(stamp: int | None) -> int | None:
    """A time in milliseconds or microseconds, told apart by its size, as microseconds."""
    if stamp is None or stamp >= _FIRST_MICROSECOND:
        return stamp
    return stamp * 1000
