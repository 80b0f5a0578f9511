"""GET /v5/order/history: closed orders; those without any fill for a day.

Source: Bybit v5 docs, "Get Order History".
"""

from simulator.bybit import errors, wire
from simulator.bybit.call import Call
from simulator.bybit.lookups import DAY_MS, FILTERS, kind_is, listed, named, newest_first, span
from simulator.bybit.wire import Document
from simulator.orders import Order

_UNFILLED_ENDS = ("Cancelled", "Rejected", "Deactivated")


def history(call: Call) -> object:
    """The newest first. Raises: ApiError 181017 for a status that is not final, 10001."""
    category, params = call.category(), call.params
    word, state = params.choice("orderFilter", FILTERS), params.text("orderStatus")
    if state and state not in wire.FINAL:
        raise errors.ApiError(errors.FINAL_STATUS_ONLY, "OrderStatus must be final status")
    times = span(call)
    rows = []
    for order in _asked(call, category):
        if order.open or not call.exchange.visibility.historic(order) or not kind_is(word, order):
            continue
        row = wire.history_row(category, order)
        if _in_time(call, order, row, times) and state in ("", row["orderStatus"]):
            rows.append((order, row))
    return listed(call, category, rows)


def _asked(call: Call, category: str) -> list[Order]:
    """One order, or those of what symbol, base coin and settle coin ask for."""
    order_id, link = call.params.text("orderId"), call.params.text("orderLinkId")
    if order_id or link:
        order = named(call, category, order_id, link)
        return [order] if order is not None else []
    return list(newest_first(call, category, {each.symbol for each in call.instruments(category)}))


def _in_time(call: Call, order: Order, row: Document, times: tuple[int, int]) -> bool:
    """Created within the span, and not archived: what ended without a fill is gone after a day."""
    age = call.now_ms() - order.updated_us // 1000
    if age > DAY_MS and not order.filled and row["orderStatus"] in _UNFILLED_ENDS:
        return False
    return times[0] <= order.accepted_us // 1000 <= times[1]
