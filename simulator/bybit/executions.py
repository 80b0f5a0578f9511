"""GET /v5/execution/list: the fills of an account. Source: Bybit v5 docs, "Get Trade History"."""

from simulator.bybit import wire
from simulator.bybit.call import Call
from simulator.bybit.lookups import named, span
from simulator.bybit.pages import page
from simulator.orders import Order, Trade

ROWS, MOST_ROWS = 50, 100
_TYPES = (
    "Trade", "AdlTrade", "Funding", "BustTrade", "Delivery", "Settle", "BlockTrade", "MovePosition", "FutureSpread",
    "CorporateAction",
)  # fmt: skip


def executions(call: Call) -> object:
    """The newest first; of an order that does not show yet, none."""
    category, params = call.category(), call.params
    kind = params.choice("execType", _TYPES)
    start, end = span(call)
    chosen = _fills(call, category)
    rows = [
        (trade, order)
        for trade, order in chosen
        if call.exchange.visibility.shown(order) and start <= trade.time_us // 1000 <= end and kind in ("", "Trade")
    ]
    rows.sort(key=lambda row: -row[0].seq)
    rows, cursor = page(rows, lambda row: row[0].seq, params, ROWS, MOST_ROWS)
    rates = call.market(category).listing.rates
    return {
        "list": [wire.execution_row(category, rates, trade, order) for trade, order in rows],
        "nextPageCursor": cursor,
        "category": category,
    }


def _fills(call: Call, category: str) -> list[tuple[Trade, Order]]:
    """Those of one order, or of what symbol, base coin and settle coin ask for."""
    order_id, link = call.params.text("orderId"), call.params.text("orderLinkId")
    if order_id or link:
        order = named(call, category, order_id, link)
        return [(trade, order) for trade in order.trades] if order is not None else []
    fills = call.market(category).registry.fills
    return [row for each in call.instruments(category) for row in fills.get((call.user, each.symbol), ())]
