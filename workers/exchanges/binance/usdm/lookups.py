"""Finding orders on Binance futures: an order, or a conditional one, which another endpoint knows by ids of its own.

A conditional order that has been triggered places an order under the same client order id. Asked by its own id, it is
told with what became of that order; asked by client order id, the order it has become is told. CANCELED and EXPIRED
ones without a fill vanish after three days. Source: Binance futures docs, "Query Order", "Query Algo Order"; -2013 is
the documented "no such order".
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from router.commands import GetFills, GetOpenOrders
from router.errors import ErrorKind, Rejected
from router.models import Fill, Order
from router.symbols import Symbol
from workers.calls.endpoint import Call
from workers.exchanges.binance.desk import EARLIER_MS, Cursor, Desk, named
from workers.exchanges.binance.usdm import endpoints
from workers.exchanges.binance.usdm.orders import spell
from workers.exchanges.binance.usdm.rules import PART
from workers.exchanges.binance.usdm.wire_orders import ALGO, actual_order_id, to_algo, to_order, to_trade
from workers.exchanges.builders import Reference
from workers.exchanges.reading import Whose, mapping, rows

logger = logging.getLogger("pointsman.exchanges")
Row = Mapping[str, Any]


class Lookups(Desk):
    """Reads of orders and executions."""

    def order_call(self, reference: Reference) -> Call[Order]:
        """GET order, else GET algoOrder; by a conditional order's own id the latter alone."""
        if _is_algo(reference):
            return self._algo_call(reference)
        endpoint, whose = endpoints.GET_ORDER, self.whose(reference.symbol)
        asked = named(reference, spell(reference.symbol))
        call = Call(endpoint, asked, lambda document: to_order(document, whose), endpoint.cost)
        if reference.order_id is None:
            call.otherwise = lambda refusal: self._algo_call(reference) if _is_unknown(refusal) else None
        return call

    def open_orders_call(self, command: GetOpenOrders) -> Call[list[Order]]:
        """GET openOrders, then GET openAlgoOrders."""
        symbol = command.symbol
        asked = {} if symbol is None else {"symbol": spell(symbol)}
        cost = endpoints.open_cost(one_symbol=symbol is not None)

        def plain(document: object) -> list[Order]:
            return [to_order(row, whose) for row, whose in self.listed(document)]

        def conditional(document: object) -> list[Order]:
            return [to_algo(row, whose) for row, whose in self.listed(document)]

        def then(found: list[Order]) -> Call[list[Order]]:
            return Call(endpoints.OPEN_ALGOS, asked, lambda document: found + conditional(document), cost)

        return Call(endpoints.OPEN_ORDERS, asked, plain, cost, then=then)

    def fills_call(self, command: GetFills) -> Call[list[Fill]]:
        """GET userTrades: of an order (a conditional one is asked first which that is), or since a moment."""
        order_id = command.order_id
        if order_id is None or not order_id.startswith(ALGO):
            return self._trades_call(command, order_id)
        became: dict[str, str | None] = {}

        def parse(document: object) -> list[Fill]:
            became["order"] = actual_order_id(document)
            return []

        def then(_: list[Fill]) -> Call[list[Fill]] | None:
            return self._trades_call(command, became["order"]) if became["order"] else None

        asked = {"algoId": order_id.removeprefix(ALGO)}
        return Call(endpoints.GET_ALGO, asked, parse, endpoints.GET_ALGO.cost, then=then)

    def search_order(self, symbol: Symbol, client_order_id: str, since_ms: int) -> Order | None:
        """Open orders and conditional ones, then the histories of both, then the orders behind executions."""
        since_ms -= EARLIER_MS
        asked, whose, seen = {"symbol": spell(symbol)}, self.whose(symbol), set[int]()
        for row in self._conditional_rows(asked, since_ms):
            if row["clientAlgoId"] == client_order_id:
                return self._exchange.find(Reference(symbol, order_id=f"{ALGO}{row['algoId']}"))
        for row in self._plain_rows(asked, since_ms):
            if row["clientOrderId"] == client_order_id:
                return to_order(row, whose)
            seen.add(row["orderId"])
        trades = self.pages(endpoints.USER_TRADES, asked, since_ms, Cursor("fromId", "id"))
        for order_id in {row["orderId"] for row in trades} - seen:
            found = self._exchange.find(Reference(symbol, order_id=str(order_id)))
            if found is not None and found.client_order_id == client_order_id:
                return found
        return None

    def _plain_rows(self, asked: dict[str, str], since_ms: int) -> Iterator[Row]:
        cost = endpoints.open_cost(one_symbol=True)
        yield from self.probe(Call(endpoints.OPEN_ORDERS, asked, rows, cost))
        yield from self.pages(endpoints.ALL_ORDERS, asked, since_ms, Cursor("orderId", "orderId"))

    def _conditional_rows(self, asked: dict[str, str], since_ms: int) -> Iterator[Row]:
        cost = endpoints.open_cost(one_symbol=True)
        yield from self.probe(Call(endpoints.OPEN_ALGOS, asked, rows, cost))
        yield from self.pages(endpoints.ALL_ALGOS, asked, since_ms, Cursor("algoId", "algoId"))

    def _trades_call(self, command: GetFills, order_id: str | None) -> Call[list[Fill]]:
        """Takes an order or a moment, not both; the moment then sifts what came."""
        parameters = {"symbol": spell(command.symbol), "limit": str(command.limit)}
        since_ms, whose = command.since_ms or 0, self.whose(command.symbol)
        if order_id is not None:
            parameters["orderId"] = order_id
        elif since_ms:
            parameters["startTime"] = str(since_ms)

        def parse(document: object) -> list[Fill]:
            return [to_trade(row, whose) for row in rows(document) if row["time"] >= since_ms]

        return Call(endpoints.USER_TRADES, parameters, parse, endpoints.USER_TRADES.cost)

    def _algo_call(self, reference: Reference) -> Call[Order]:
        """GET algoOrder, then what became of the order it placed, if it did."""
        whose, told = self.whose(reference.symbol), dict[str, Row]()
        if reference.order_id is not None:
            asked = {"algoId": reference.order_id.removeprefix(ALGO)}
        else:
            asked = {"clientAlgoId": reference.client_order_id or ""}

        def parse(document: object) -> Order:
            told["algo"] = mapping(document)
            return to_algo(document, whose)

        def then(_: Order) -> Call[Order] | None:
            order_id = actual_order_id(told["algo"])
            return None if order_id is None else self._fate_call(reference.symbol, told["algo"], order_id)

        return Call(endpoints.GET_ALGO, asked, parse, endpoints.GET_ALGO.cost, then=then)

    def _fate_call(self, symbol: Symbol, algo: Row, order_id: str) -> Call[Order]:
        """The order behind a conditional one, by a list: that it does not show yet is then no "no such order"."""
        whose = self.whose(symbol)

        def parse(document: object) -> Order:
            became = [to_order(row, whose) for row in rows(document) if str(row["orderId"]) == order_id]
            return to_algo(algo, whose, became[0] if became else None)

        asked = {"symbol": spell(symbol), "orderId": order_id, "limit": "1"}
        return Call(endpoints.ALL_ORDERS, asked, parse, endpoints.ALL_ORDERS.cost)

    def listed(self, document: object) -> Iterator[tuple[Row, Whose]]:
        """Rows of any contract with whose they are; what we have no name for (see `rules.to_symbol`) is left out."""
        for row in rows(document):
            try:
                symbol = self.instruments.symbol(row["symbol"], PART)
            except ValueError:
                logger.warning("binance tells of %s, which has no unified symbol: it is left out", row["symbol"])
            else:
                yield row, self.whose(symbol)


def _is_algo(reference: Reference) -> bool:
    return reference.order_id is not None and reference.order_id.startswith(ALGO)


def _is_unknown(refusal: Rejected) -> bool:
    return refusal.problem.kind is ErrorKind.ORDER_NOT_FOUND
