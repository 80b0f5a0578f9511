"""Settling a lost reply on Binance spot: what became of the order with this client order id?

A look-up proves absence only in the documented words, and only once the request can no longer execute. Sources lag by
different amounts, so the search reads several. Source: rest-api.md ("Data Sources"), errors.md (-2013).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.commands import CancelOrder, Target
from router.models import Order
from router.symbols import Symbol
from workers.calls.endpoint import Call
from workers.exchanges.binance import endpoints, wire_orders
from workers.exchanges.binance.desk import EARLIER_MS, Cursor, Desk
from workers.exchanges.binance.orders import spell
from workers.exchanges.builders import Reference
from workers.exchanges.reading import rows


class SpotReconcile(Desk):
    """The look-ups of spot."""

    def search_order(self, symbol: Symbol, client_order_id: str, since_ms: int) -> Order | None:
        """Open orders, then all orders since two seconds before ``since_ms``, then the orders behind executions."""
        since_ms -= EARLIER_MS
        whose, spelling = self.whose(symbol), spell(symbol)
        for row in self.probe(self._open_rows_call(symbol)):
            if client_order_id in _ids(row):
                return wire_orders.under_id(wire_orders.to_order(row, whose), client_order_id)
        seen: set[int] = set()
        for row in self.pages(endpoints.ALL_ORDERS, {"symbol": spelling}, since_ms, Cursor("orderId", "orderId")):
            if client_order_id in _ids(row):
                return wire_orders.under_id(wire_orders.to_order(row, whose), client_order_id)
            seen.add(row["orderId"])
        return self._behind_trades(symbol, client_order_id, since_ms, seen)

    def look_up(self, target: Target) -> Order | None:
        """By the name the command used; if an earlier copy of a cancel got through, the order bears the cancel's id."""
        reference = Reference.of(target)
        found = self._exchange.find(reference)
        cancelled_by = target.id if isinstance(target, CancelOrder) else None
        if found is None and cancelled_by is not None and reference.client_order_id is not None:
            found = self._exchange.find(Reference(reference.symbol, client_order_id=cancelled_by[:36]))
            return found and wire_orders.under_id(found, reference.client_order_id)
        return found

    def _behind_trades(self, symbol: Symbol, client_order_id: str, since_ms: int, seen: set[int]) -> Order | None:
        """Executions name no client order id, so each order they show and the history did not is read."""
        trades = self.pages(endpoints.MY_TRADES, {"symbol": spell(symbol)}, since_ms, Cursor("fromId", "id"))
        for order_id in {row["orderId"] for row in trades} - seen:
            found = self._exchange.find(Reference(symbol, order_id=str(order_id)))
            if found is not None and found.client_order_id == client_order_id:
                return found
        return None

    def _open_rows_call(self, symbol: Symbol) -> Call[list[Mapping[str, Any]]]:
        cost = endpoints.open_orders_cost(one_symbol=True)
        return Call(endpoints.OPEN_ORDERS, {"symbol": spell(symbol)}, rows, cost)


def _ids(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """A cancelled order bears its cancel's id and, where it is told, its own as the original."""
    return row["clientOrderId"], row.get("origClientOrderId")
