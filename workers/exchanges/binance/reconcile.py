"""Settling a lost reply on Binance spot: what became of the order with this client order id?

A look-up proves absence only in the documented words, and only once the request can no longer execute. Sources lag by
different amounts, so the search reads several. Source: rest-api.md ("Data Sources"), errors.md (-2013).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from router.commands import CancelOrder, Target
from router.errors import ErrorKind, NotProcessed, Problem, Rejected
from router.models import Order
from router.symbols import Symbol
from workers.calls.endpoint import Call, Endpoint
from workers.exchanges.base import BaseExchange
from workers.exchanges.binance import endpoints, wire_orders
from workers.exchanges.binance.errors import DOES_NOT_EXIST
from workers.exchanges.binance.orders import spell
from workers.exchanges.builders import Reference
from workers.exchanges.reading import Whose, rows

T = TypeVar("T")
_EARLIER_MS = 2_000  # the exchange may have stamped the order before the moment we think we sent it
_PAGE = 1_000
_PAGES = 20


class BinanceReconcile(BaseExchange):
    """The look-ups; mixed into BinanceExchange."""

    def find(self, reference: Reference) -> Order | None:
        """GET order; None only for -2013 "Order does not exist."."""
        try:
            return self._probe(self.order_call(reference))
        except Rejected as refusal:
            if refusal.problem.code == DOES_NOT_EXIST:
                return None
            raise

    def search_order(self, symbol: Symbol, client_order_id: str, since_ms: int) -> Order | None:
        """Open orders, then all orders since two seconds before ``since_ms``, then the orders behind executions."""
        since_ms -= _EARLIER_MS
        whose = Whose(self.name, self.account.name, symbol)
        for row in self._probe(self._open_rows_call(symbol)):
            if client_order_id in _ids(row):
                return wire_orders.under_id(wire_orders.to_order(row, whose), client_order_id)
        seen: set[int] = set()
        for row in self._all_rows(symbol, since_ms):
            if client_order_id in _ids(row):
                return wire_orders.under_id(wire_orders.to_order(row, whose), client_order_id)
            seen.add(row["orderId"])
        return self._behind_trades(symbol, client_order_id, since_ms, seen)

    def look_up(self, target: Target) -> Order | None:
        """By the name the command used; if an earlier copy of a cancel got through, the order bears the cancel's id."""
        reference = Reference.of(target)
        found = self.find(reference)
        cancelled_by = target.id if isinstance(target, CancelOrder) else None
        if found is None and cancelled_by is not None and reference.client_order_id is not None:
            found = self.find(Reference(reference.symbol, client_order_id=cancelled_by[:36]))
            return found and wire_orders.under_id(found, reference.client_order_id)
        return found

    def _behind_trades(self, symbol: Symbol, client_order_id: str, since_ms: int, seen: set[int]) -> Order | None:
        """Executions name no client order id, so each order they show and the history did not is read."""
        for order_id in {row["orderId"] for row in self._trade_rows(symbol, since_ms)} - seen:
            found = self.find(Reference(symbol, order_id=str(order_id)))
            if found is not None and found.client_order_id == client_order_id:
                return found
        return None

    def _all_rows(self, symbol: Symbol, since_ms: int) -> Iterator[Mapping[str, Any]]:
        """Every order since a moment: the first page by time, further ones by order id."""
        return self._pages(endpoints.ALL_ORDERS, symbol, since_ms, ("orderId", "orderId"))

    def _trade_rows(self, symbol: Symbol, since_ms: int) -> Iterator[Mapping[str, Any]]:
        """Every execution since a moment: the first page by time, further ones by trade id."""
        return self._pages(endpoints.MY_TRADES, symbol, since_ms, ("fromId", "id"))

    def _pages(
        self, endpoint: Endpoint, symbol: Symbol, since_ms: int, cursor: tuple[str, str]
    ) -> Iterator[Mapping[str, Any]]:
        """All rows since a moment; ``cursor`` is the parameter that continues after a row, and that row's field."""
        asked = {"symbol": spell(symbol), "limit": str(_PAGE)}
        place = {"startTime": str(since_ms)}
        for _ in range(_PAGES):
            page = self._probe(Call(endpoint, {**asked, **place}, rows, endpoint.cost))
            yield from page
            if len(page) < _PAGE:
                return
            place = {cursor[0]: str(page[-1][cursor[1]] + 1)}
        message = f"more than {_PAGE * _PAGES} rows since the order was sent: absence cannot be shown"
        raise NotProcessed(Problem(kind=ErrorKind.UNEXPECTED_REPLY, message=message))

    def _open_rows_call(self, symbol: Symbol) -> Call[list[Mapping[str, Any]]]:
        cost = endpoints.open_orders_cost(one_symbol=True)
        return Call(endpoints.OPEN_ORDERS, {"symbol": spell(symbol)}, rows, cost)

    def _probe(self, call: Call[T]) -> T:
        call.probe = True
        return self.send(call)


def _ids(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """A cancelled order bears its cancel's id and, where it is told, its own as the original."""
    return row["clientOrderId"], row.get("origClientOrderId")
