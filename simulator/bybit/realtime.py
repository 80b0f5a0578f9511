"""GET /v5/order/realtime: the open orders, or the last closed ones, or one order whatever its state.

Of the closed orders of an account and category the latest five hundred are kept (by their creation here), and only
those that ended since the exchange was restarted.

Source: Bybit v5 docs, "Get Open & Closed Orders".
"""

from collections.abc import Iterator
from itertools import islice

from simulator.bybit import errors, wire
from simulator.bybit.call import Call
from simulator.bybit.lookups import FILTERS, kind_is, listed, named, newest_first
from simulator.bybit.wire import Document
from simulator.orders import Order

KEPT_CLOSED = 500
_NARROWING = ("orderId", "orderLinkId", "symbol", "baseCoin", "settleCoin")


def realtime(call: Call) -> object:
    """An id leads, and then the state asked for does not matter. Raises: ApiError 10001."""
    category, params = call.category(), call.params
    order_id, link = params.text("orderId"), params.text("orderLinkId")
    closed = params.within("openOnly", 0, 2, 0) > 0
    word = params.choice("orderFilter", FILTERS)
    if category == "linear" and not any(map(params.has, _NARROWING)):
        raise errors.parameter("Missing some parameters that must be filled in: symbol, settleCoin or baseCoin")
    if order_id or link:
        found = _one(call, category, order_id, link)
    else:
        symbols = {each.symbol for each in call.instruments(category)}
        found = _closed(call, category, symbols) if closed else _open(call, category, symbols)
    rows = [(order, _row(call, category, order)) for order in found if kind_is(word, order)]
    return listed(call, category, rows)


def _row(call: Call, category: str, order: Order) -> Document:
    """What still stands for it while a command has not shown yet, else what it is."""
    return call.exchange.visibility.former(order) or wire.order_row(category, order)


def _one(call: Call, category: str, order_id: str, link: str) -> list[Order]:
    order = named(call, category, order_id, link)
    if order is None or not call.exchange.visibility.shown(order):
        return []
    if order.open or call.exchange.visibility.former(order) is not None:
        return [order]
    return [order] if order in _kept(call, category) else []


def _open(call: Call, category: str, symbols: set[str]) -> list[Order]:
    visibility = call.exchange.visibility
    still = visibility.lingering(call.user)
    found = [*call.market(category).registry.open_orders(call.user), *(each for each in still if not each.open)]
    chosen = [each for each in found if each.instrument.symbol in symbols and visibility.shown(each)]
    wanted = call.market(category).registry.by_id
    return sorted((each for each in chosen if each.order_id in wanted), key=lambda each: -each.order_id)


def _closed(call: Call, category: str, symbols: set[str]) -> list[Order]:
    former = call.exchange.visibility.former
    return [each for each in _kept(call, category) if each.instrument.symbol in symbols and former(each) is None]


def _kept(call: Call, category: str) -> Iterator[Order]:
    """The closed orders that the query still knows, the newest first."""
    visibility = call.exchange.visibility
    ended = (order for order in newest_first(call, category) if not order.open)
    return (each for each in islice(ended, KEPT_CLOSED) if visibility.shown(each) and visibility.recent(each))
