"""Several orders in one call (Bybit v5 docs, "Batch Place Order", "Batch Cancel Order"): each stands or falls alone.

The answer holds two lists of the same length and order, one with the ids, one with a code for each; it says yes even
when every order failed. Where the orders count one by one, a batch that finds too little room left is carried out in
part: the rest fails with the code of the limit (taken for 10006, which is UNCONFIRMED).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from router.commands import AnyNewOrder, CancelOrder, NewOrder
from router.symbols import Symbol
from workers.calls.endpoint import Call, Endpoint
from workers.calls.error_table import Fault
from workers.exchanges.builders import Batch, Item, NewItem, Reference
from workers.exchanges.bybit import endpoints, wire
from workers.exchanges.bybit.errors import TABLE
from workers.exchanges.bybit.orders import order_body
from workers.exchanges.bybit.reconcile import BybitReconcile, by_id
from workers.exchanges.bybit.wire_orders import acknowledged
from workers.exchanges.reading import mapping, rows
from workers.settings import Environment

_DEMO = ("linear", "option")


class BybitBatches(BybitReconcile):
    """The batches; mixed into BybitExchange."""

    def batch_of(self, command: AnyNewOrder | CancelOrder) -> Batch | None:
        """All of a category, ten at a time: the order pages allow twenty contracts, the rate limit page ten orders.

        Demo trading has batches of linear contracts and options only (docs, "Demo Trading Service").
        """
        symbol, is_demo = command.symbol, self.account.environment is Environment.DEMO
        if symbol is None or (is_demo and symbol.market not in _DEMO):
            return None
        category, places = symbol.market, isinstance(command, NewOrder)
        endpoint = (endpoints.PLACE_BATCH if places else endpoints.CANCEL_BATCH)[category]
        first, more = endpoints.batch_cost(endpoint, category, 1), endpoints.batch_more(endpoint, category)
        return Batch(f"{'place' if places else 'cancel'} {category}", endpoints.BATCH, first, more, apart=True)

    def place_batch_call(self, items: Sequence[NewItem]) -> Call[list[Item]]:
        """POST order/create-batch."""
        symbols = [item.order.symbol for item in items]
        asked = [order_body(order, rules.spelling) for order, rules in items]
        return _call(endpoints.PLACE_BATCH[symbols[0].market], symbols, asked)

    def cancel_batch_call(self, commands: Sequence[CancelOrder]) -> Call[list[Item]]:
        """POST order/cancel-batch. On spot it reaches plain orders only; the others come back as not found."""
        references = [Reference.of(command) for command in commands]
        symbols = [reference.symbol for reference in references]
        asked = [{**self._spelled(each.symbol), **by_id(each)} for each in references]
        return _call(endpoints.CANCEL_BATCH[symbols[0].market], symbols, asked)

    def _spelled(self, symbol: Symbol) -> dict[str, str]:
        return {"symbol": self.instruments.get(symbol).spelling}


def _call(endpoint: Endpoint, symbols: list[Symbol], asked: Sequence[dict[str, Any]]) -> Call[list[Item]]:
    category = symbols[0].market

    def parse(document: object) -> list[Item]:
        ids, codes = rows(wire.result(document)["list"]), rows(mapping(mapping(document)["retExtInfo"])["list"])
        return [_outcome(*each) for each in zip(symbols, ids, codes, strict=True)]

    cost = endpoints.batch_cost(endpoint, category, len(asked))
    return Call(endpoint, {}, parse, cost, body={"category": category, "request": asked})


def _outcome(symbol: Symbol, ids: wire.Row, told: wire.Row) -> Item:
    if str(told["code"]) == "0":
        return acknowledged(ids, symbol)
    return TABLE.error(Fault(str(told["code"]), str(told.get("msg", ""))))
