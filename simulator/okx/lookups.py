"""Finding orders and fills: one, the pending ones, those of the past.

Source: OKX v5 docs, "Get order details", "Get order list", "Get order history", "Get transaction details". An order
that ended without a fill is listed for two hours; that its details disappear then as well is an assumption.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from simulator.okx import wire
from simulator.okx.call import Call, Row
from simulator.okx.errors import NO_SUCH_ORDER, error
from simulator.okx.names import KINDS, family_of
from simulator.okx.params import Params
from simulator.orders import Order, Trade

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
UNFILLED_KEPT_US = 2 * HOUR_US
WEEK_US, THREE_DAYS_US, THREE_MONTHS_US = 7 * DAY_US, 3 * DAY_US, 92 * DAY_US
MAX_ROWS = 100
T = TypeVar("T")


def get(call: Call) -> list[Row]:
    """GET /trade/order. Raises: ApiError 50014, 51003, 51001, 51603."""
    params = call.params
    inst_id = params.need("instId")
    order_id, client_id = params.text("ordId"), params.text("clOrdId")
    if not order_id and not client_id:
        raise error("51003")
    call.venue.find(inst_id)
    order = call.venue.order(call.user, order_id, client_id)
    if order is None or order.instrument.symbol != inst_id or not shown(call, order) or _forgotten(call, order):
        raise error(NO_SUCH_ORDER)
    return [wire.order_row(call.venue, order)]


def shown(call: Call, order: Order) -> bool:
    """Whether an order has become visible to queries (the fault `invisible` delays it)."""
    return order.visible_from_us <= call.received_us


def _forgotten(call: Call, order: Order) -> bool:
    return not order.open and not order.filled and call.received_us - order.updated_us > UNFILLED_KEPT_US


def pending(call: Call) -> list[Row]:
    """GET /trade/orders-pending."""
    params = call.params
    states, wanted = params.words("state", 2), _filter(params)
    orders = [
        order
        for order in call.venue.open_orders(call.user)
        if shown(call, order) and wanted(order) and (not states or wire.state(order) in states)
    ]
    return [wire.order_row(call.venue, order) for order in page(params, orders, lambda order: order.order_id)]


def history(call: Call) -> list[Row]:
    """GET /trade/orders-history: seven days, of those without a fill two hours."""
    return _past(call, WEEK_US, unfilled=True)


def archive(call: Call) -> list[Row]:
    """GET /trade/orders-history-archive: three months, never those without a fill."""
    return _past(call, THREE_MONTHS_US, unfilled=False)


def _past(call: Call, kept_us: int, *, unfilled: bool) -> list[Row]:
    params = call.params
    params.need("instType")
    wanted = _filter(params)
    wanted_state = params.choice("state", (wire.FILLED, wire.CANCELED, "mmp_canceled"))
    begin, end = params.number("begin") or 0, params.number("end") or 2**63
    found = [
        order
        for order in call.venue.orders(call.user)
        if not order.open
        and shown(call, order)
        and call.received_us - order.updated_us <= (kept_us if order.filled else UNFILLED_KEPT_US)
        and (unfilled or order.filled)
        and wanted(order)
        and wanted_state in ("", wire.state(order))
        and begin <= order.accepted_us // 1000 <= end
    ]
    found.sort(key=lambda order: order.order_id)
    return [wire.order_row(call.venue, order) for order in page(params, found, lambda order: order.order_id)]


def fills(call: Call) -> list[Row]:
    """GET /trade/fills: three days."""
    return _fills(call, THREE_DAYS_US, mandatory=False)


def fills_history(call: Call) -> list[Row]:
    """GET /trade/fills-history: three months."""
    return _fills(call, THREE_MONTHS_US, mandatory=True)


def _fills(call: Call, kept_us: int, *, mandatory: bool) -> list[Row]:
    params = call.params
    if mandatory:
        params.need("instType")
    order_id, wanted = params.text("ordId"), _filter(params)
    begin, end = params.number("begin") or 0, params.number("end") or 2**63
    found: list[tuple[Order, Trade]] = [
        (order, trade)
        for order in call.venue.orders(call.user)
        if order.trades and shown(call, order) and wanted(order) and order_id in ("", str(order.order_id))
        for trade in order.trades
        if call.received_us - trade.time_us <= kept_us and begin <= trade.time_us // 1000 <= end
    ]
    found.sort(key=lambda pair: wire.bill_id(*pair))
    return [wire.fill_row(*pair) for pair in page(params, found, lambda pair: wire.bill_id(*pair))]


def _filter(params: Params) -> Callable[[Order], bool]:
    """The filters that all lists have. Raises: ApiError 51000."""
    kind = params.choice("instType", KINDS)
    inst_id = params.text("instId")
    family = params.text("instFamily") or params.text("uly")
    types = params.words("ordType", MAX_ROWS)

    def passes(order: Order) -> bool:
        symbol = order.instrument.symbol
        return (
            kind in ("", order.ask.notes["instType"])
            and inst_id in ("", symbol)
            and family in ("", family_of(symbol))
            and (not types or order.ask.type_name in types)
        )

    return passes


def page(params: Params, rows: Iterable[T], number: Callable[[T], int]) -> list[T]:
    """Newest first; `after` asks for what is older than a number, `before` for what is newer, both without it.

    `rows` come oldest first. Raises: ApiError 51000.
    """
    after, before = params.number("after"), params.number("before")
    limit = params.number("limit")
    if limit is not None and not 1 <= limit <= MAX_ROWS:
        limit = MAX_ROWS
    chosen = [
        row for row in rows if (after is None or number(row) < after) and (before is None or number(row) > before)
    ]
    chosen.reverse()
    return chosen[: limit or MAX_ROWS]
