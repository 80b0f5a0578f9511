"""Settling a lost reply on Bybit: what became of the order with this id?

Each of three lists shows an empty page for an order that it does not know, and each may be late or have forgotten: the
real-time query loses closed orders when Bybit restarts, the history lags, only executions show what has filled for
sure. So an order is absent only when all three are empty, twice, a second apart, past the fence. That proof holds for
a day: then the history forgets orders that were cancelled without a fill.
Source: Bybit v5 docs, "Get Open & Closed Orders", "Get Order History", "Get Trade History". How long an id stays
taken after its order has ended is UNCONFIRMED; so an order is always looked for before it is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

from router.errors import ErrorKind, NotProcessed, Problem, Rejected
from router.models import Order
from router.symbols import Symbol
from workers.calls.endpoint import Call
from workers.exchanges.builders import Reference
from workers.exchanges.bybit import endpoints, wire, wire_fills, wire_orders
from workers.exchanges.bybit.paging import Query, Reading
from workers.exchanges.bybit.reads import BybitReads

_AGAIN_SECONDS = 1.0
_PROVABLE_MS = 23 * 3_600_000
_PAGE = {"limit": "50"}


class BybitReconcile(BybitReads):
    """The look-ups; mixed into BybitExchange."""

    def order_call(self, reference: Reference) -> Call[Order]:
        """Real-time query, then history, then executions. Raises: Rejected (order_not_found) if all are empty."""

        def missing() -> Order:
            name = reference.order_id or reference.client_order_id
            text = f"no list of Bybit's shows an order {name}"
            raise Rejected(Problem(kind=ErrorKind.ORDER_NOT_FOUND, message=text))

        return cast("Call[Order]", self._sought(reference, missing))  # it raises where None would be

    def find(self, reference: Reference) -> Order | None:
        """The same; None only when all three lists are empty."""
        call: Call[Order | None] = self._sought(reference, lambda: None)
        call.probe = True
        return self.send(call)

    def search_order(self, symbol: Symbol, client_order_id: str, since_ms: int) -> Order | None:
        """Look a second time, a second later. Raises: NotProcessed once the history may have forgotten the order."""
        if self.clock.now_ms() - since_ms > _PROVABLE_MS:
            text = "sent about a day ago: Bybit's history no longer shows that there was no such order"
            raise NotProcessed(Problem(kind=ErrorKind.UNEXPECTED_REPLY, message=text))
        time.sleep(_AGAIN_SECONDS)
        return self.find(Reference(symbol, client_order_id=client_order_id))

    def _sought(self, reference: Reference, missing: Callable[[], Order | None]) -> Call[Order | None]:
        market, asked = reference.symbol.market, {**self._named(reference.symbol), **by_id(reference)}
        realtime, history = endpoints.REALTIME[market], endpoints.HISTORY[market]

        def in_orders(document: object) -> Order | None:
            found = _matching(wire.page(document).rows, reference)
            return wire_orders.to_order(found[0], self._whose(reference.symbol)) if found else None

        def by_fills() -> Call[Order | None]:
            query = Query(endpoints.EXECUTIONS[market], {**asked, "limit": str(endpoints.FILLS_PAGE)})
            return Reading([query], lambda told: self._behind([row for _, row in told], reference) or missing()).call()

        def in_history(found: Order | None) -> Call[Order | None] | None:
            if found is not None:
                return None
            return Call(history, {**asked, **_PAGE}, in_orders, history.cost, then=in_executions)

        def in_executions(found: Order | None) -> Call[Order | None] | None:
            return None if found is not None else by_fills()

        return Call(realtime, {**asked, **_PAGE}, in_orders, realtime.cost, then=in_history)

    def _behind(self, rows: list[wire.Row], reference: Reference) -> Order | None:
        """The order that executions show to exist."""
        found = [row for row in _matching(rows, reference) if wire_fills.is_trade(row)]
        return wire_fills.to_order(found, self._whose(reference.symbol)) if found else None


def by_id(reference: Reference) -> dict[str, str]:
    """By which id it is asked for: where both are known the exchange's own, which leads there anyway."""
    if reference.order_id is not None:
        return {"orderId": reference.order_id}
    return {"orderLinkId": reference.client_order_id or ""}


def _matching(rows: list[wire.Row], reference: Reference) -> list[wire.Row]:
    """The rows about this order. Raises: ValueError when there are others only: that does not answer the question."""
    ((field, name),) = by_id(reference).items()
    found = [row for row in rows if row[field] == name]
    if rows and not found:
        raise ValueError(f"asked for {field} {name}, told of {rows[0][field]}")
    return found
