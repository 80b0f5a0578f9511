"""Finding orders: the open and lately closed ones, and the history.

Source: Bybit v5 docs, "Get Open & Closed Orders", "Get Order History".
"""

from collections.abc import Iterable

from simulator.bybit import conditional, errors, ids, wire
from simulator.bybit.call import Call
from simulator.bybit.pages import page
from simulator.bybit.wire import Document
from simulator.instruments import Instrument
from simulator.orders import Order

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
KEPT_CLOSED = 500
ROWS, MOST_ROWS = 20, 50
_FILTERS = ("Order", "StopOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder")
_UNFILLED_ENDS = ("Cancelled", "Rejected", "Deactivated")


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


def realtime(call: Call) -> object:
    """GET /v5/order/realtime: with an id whatever state the order is in, else the open or the last closed ones."""
    category, params = call.category(), call.params
    order_id, link = params.text("orderId"), params.text("orderLinkId")
    closed = params.within("openOnly", 0, 2, 0) > 0
    word = params.choice("orderFilter", _FILTERS)
    if category == "linear" and not any(
        map(params.has, ("orderId", "orderLinkId", "symbol", "baseCoin", "settleCoin"))
    ):
        raise errors.parameter("Missing some parameters that must be filled in: symbol, settleCoin or baseCoin")
    if order_id or link:
        found = named(call, category, order_id, link)
        rows = _known(call, category, [found] if found is not None else [])
    else:
        rows = _of_state(call, category, closed=closed)
    return _listed(call, category, [(order, row) for order, row in rows if _kind_is(word, order)])


def _of_state(call: Call, category: str, *, closed: bool) -> list[tuple[Order, Document]]:
    rows = _known(call, category, _orders(call, category, call.instruments(category)))
    return [(order, row) for order, row in rows if (row["orderStatus"] not in wire.OPEN) is closed]


def _known(call: Call, category: str, orders: Iterable[Order]) -> list[tuple[Order, Document]]:
    """What the real-time query shows of them: the newest first, of the closed ones the latest, since a restart."""
    visibility = call.exchange.visibility
    oldest = _oldest_kept(call, category)
    rows = []
    for order in sorted(orders, key=lambda each: -each.order_id):
        if not visibility.shown(order):
            continue
        former = visibility.former(order)
        if former is None and not order.open and (not visibility.recent(order) or order.updated_us < oldest):
            continue
        rows.append((order, former or wire.order_row(category, order)))
    return rows


def _oldest_kept(call: Call, category: str) -> int:
    """When the five-hundredth last order of the account and category ended (µs); 0 when there are fewer."""
    every = _orders(call, category, call.market(category).instruments.values())
    ended = sorted((order.updated_us for order in every if not order.open), reverse=True)
    return ended[KEPT_CLOSED - 1] if len(ended) > KEPT_CLOSED else 0


def _orders(call: Call, category: str, instruments: Iterable[Instrument]) -> list[Order]:
    orders = call.market(category).registry.orders
    return [order for each in instruments for order in orders.get((call.user, each.symbol), ())]


def history(call: Call) -> object:
    """GET /v5/order/history: closed orders, the unfilled ones of a day. Raises: ApiError 181017, 10001."""
    category, params = call.category(), call.params
    word, state = params.choice("orderFilter", _FILTERS), params.text("orderStatus")
    if state and state not in wire.FINAL:
        raise errors.ApiError(errors.FINAL_STATUS_ONLY, "OrderStatus must be final status")
    start, end = span(call)
    order_id, link = params.text("orderId"), params.text("orderLinkId")
    if order_id or link:
        found = named(call, category, order_id, link)
        orders = [found] if found is not None else []
    else:
        orders = _orders(call, category, call.instruments(category))
    rows = []
    for order in sorted(orders, key=lambda each: -each.order_id):
        if order.open or not call.exchange.visibility.historic(order) or not _kind_is(word, order):
            continue
        row = wire.history_row(category, order)
        if _archived(call, order, row) or not start <= order.accepted_us // 1000 <= end:
            continue
        if not state or row["orderStatus"] == state:
            rows.append((order, row))
    return _listed(call, category, rows)


def _archived(call: Call, order: Order, row: Document) -> bool:
    """What ended without a fill is gone after a day."""
    age = call.now_ms() - order.updated_us // 1000
    return age > DAY_MS and not order.filled and row["orderStatus"] in _UNFILLED_ENDS


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


def _kind_is(word: str, order: Order) -> bool:
    """Whether an order is of the kind that an orderFilter asks for."""
    kind = order.ask.notes.get("orderFilter", "")
    if not word:
        return True
    if word == "Order":
        return kind in ("", "Order")
    return kind == word if word in (conditional.STOP, conditional.TPSL) else False


def _listed(call: Call, category: str, rows: list[tuple[Order, Document]]) -> object:
    chosen, cursor = page(rows, lambda row: row[0].order_id, call.params, ROWS, MOST_ROWS)
    return {"list": [row for _, row in chosen], "nextPageCursor": cursor, "category": category}
