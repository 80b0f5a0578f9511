"""What every order query shares: finding one order, time spans, kinds, pages.

Source: Bybit v5 docs, "Get Open & Closed Orders", "Get Order History".
"""

from collections.abc import Iterator
from heapq import merge

from simulator.bybit import conditional, errors, ids
from simulator.bybit.call import Call
from simulator.bybit.pages import page
from simulator.bybit.wire import Document
from simulator.orders import Order

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
ROWS, MOST_ROWS = 20, 50
FILTERS = ("Order", "StopOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder")


def find(call: Call, category: str) -> Order | None:
    """The caller's order of this orderId, else orderLinkId, if queries know it yet. Raises: ApiError 10001."""
    params = call.params
    order_id, link = params.text("orderId"), params.text("orderLinkId")
    if not order_id and not link:
        raise errors.parameter("params error: orderId or orderLinkId is required")
    order = named(call, category, order_id, link)
    return order if order is not None and call.exchange.visibility.shown(order) else None


def named(call: Call, category: str, order_id: str, link: str) -> Order | None:
    """The caller's order of this orderId; only without one, of this orderLinkId."""
    if not order_id:
        return call.exchange.links.find(call.user, category, link)
    order = call.market(category).registry.by_id.get(ids.read(category, order_id) or 0)
    return order if order is not None and order.account == call.user else None


def newest_first(call: Call, category: str, symbols: set[str] | None = None) -> Iterator[Order]:
    """The caller's orders of some symbols (None: of all), found as they are asked for."""
    orders = call.market(category).registry.orders
    lists = [
        reversed(found)
        for (account, symbol), found in orders.items()
        if account == call.user and (symbols is None or symbol in symbols)
    ]
    return merge(*lists, key=lambda order: -order.order_id)


def span(call: Call) -> tuple[int, int]:
    """Read startTime and endTime (ms), at most seven days apart; without any, the last seven.

    Raises: ApiError 10001.
    """
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    if start is not None and end is not None:
        if end < start or end - start > WEEK_MS:
            raise errors.parameter("The time range between startTime and endTime cannot exceed 7 days")
        return start, end
    if start is not None:
        return start, start + WEEK_MS
    if end is not None:
        return end - WEEK_MS, end
    now = call.now_ms()
    return now - WEEK_MS, now


def kind_is(word: str, order: Order) -> bool:
    """Whether an order is of the kind that an orderFilter asks for."""
    kind = order.ask.notes.get("orderFilter", "")
    if not word:
        return True
    if word == "Order":
        return kind in ("", "Order")
    return kind == word and word in (conditional.STOP, conditional.TPSL)


def listed(call: Call, category: str, rows: list[tuple[Order, Document]]) -> object:
    """A page of them."""
    chosen, cursor = page(rows, lambda row: row[0].order_id, call.params, ROWS, MOST_ROWS)
    return {"list": [row for _, row in chosen], "nextPageCursor": cursor, "category": category}
