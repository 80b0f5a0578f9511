"""Orders that go out together: at most twenty, each with a verdict of its own.

A batch has a bucket of its own, five times as large as that of single orders; its orders are carried out in turn, and
at level 4 all or none (54004). Source: OKX v5 docs, "Place multiple orders", "Cancel multiple orders".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from router.commands import AnyNewOrder, CancelOrder, LimitOrder, MarketOrder
from router.symbols import Symbol
from workers.calls.endpoint import Budget, Call, Endpoint
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.builders import Batch, Item, NewItem, Reference
from workers.exchanges.okx import algos, endpoints, ids
from workers.exchanges.okx.errors import TABLE, verdict
from workers.exchanges.okx.lookups import OkxLookups
from workers.exchanges.okx.orders import Body, order_body
from workers.exchanges.okx.wire import Doc, data


class OkxBatches(OkxLookups):
    """Batches; mixed into OkxExchange."""

    def batch_of(self, command: AnyNewOrder | CancelOrder) -> Batch | None:
        """Orders and cancels of one instrument (of options: one family); none that wait for a trigger."""
        symbol = command.symbol
        if symbol is None or algos.is_algo(getattr(command, "order_id", None)):
            return None
        if isinstance(command, CancelOrder):
            share: endpoints.Cost = {endpoints.BATCH_CANCELS: 1}
            return Batch(f"cancel {endpoints.counted_under(symbol)}", endpoints.BATCH, share, share, apart=True)
        if not isinstance(command, (MarketOrder, LimitOrder)):
            return None
        share = endpoints.changing_cost(endpoints.BATCH_PLACES, symbol)
        return Batch(f"place {endpoints.counted_under(symbol)}", endpoints.BATCH, share, share, apart=True)

    def place_batch_call(self, items: Sequence[NewItem]) -> Call[list[Item]]:
        """POST trade/batch-orders."""
        bodies = [self._body(item) for item in items]
        symbols = [item.order.symbol for item in items]
        bucket = endpoints.BATCH_PLACES if len(items) > 1 else endpoints.PLACES
        cost = endpoints.changing_cost(bucket, symbols[0], len(items))
        return self._batch_call(endpoints.PLACE_BATCH, symbols, bodies, cost)

    def _body(self, item: NewItem) -> Body:
        order = item.order
        if not isinstance(order, (MarketOrder, LimitOrder)):
            raise self.unsupported("type", str(order.type), "goes alone: a batch takes no orders with a trigger")
        return self.by_mode(lambda mode: order_body(order, item.instrument, mode))

    def cancel_batch_call(self, commands: Sequence[CancelOrder]) -> Call[list[Item]]:
        """POST trade/cancel-batch-orders."""
        references = [Reference.of(command) for command in commands]
        bodies = [self.cancel_body(reference) for reference in references]
        bucket = endpoints.BATCH_CANCELS if len(commands) > 1 else endpoints.CANCELS
        symbols = [reference.symbol for reference in references]
        return self._batch_call(endpoints.CANCEL_BATCH, symbols, bodies, {bucket: len(commands)})

    def cancel_body(self, reference: Reference) -> Body:
        """Names an ordinary order, by the exchange's id if that is known."""
        body: Body = {"instId": self.spelling(reference.symbol)}
        if reference.order_id is not None:
            return body | {"ordId": reference.order_id}
        return body | {"clOrdId": ids.spelt(reference.client_order_id or "")}

    def _batch_call(
        self, endpoint: Endpoint, symbols: Sequence[Symbol], bodies: list[Body], cost: Mapping[Budget, int]
    ) -> Call[list[Item]]:
        def parse(document: object) -> list[Item]:
            rows = _in_order(data(document), bodies)
            return [to_item(row, symbol) for row, symbol in zip(rows, symbols, strict=True)]

        return self.about(symbols[0], endpoint, parse, body=bodies, cost=cost)


def to_item(row: Doc, symbol: Symbol) -> Item:
    """What became of one order of a batch."""
    refused = verdict(row)
    return acknowledged(row, symbol) if refused is None else TABLE.error(refused)


def acknowledged(row: Doc, symbol: Symbol) -> Acknowledged:
    """That OKX has taken a request about an order. Raises: ValueError when it does not say which."""
    if not row["ordId"]:
        raise ValueError("an acknowledgement without an order id")
    return Acknowledged(symbol, ids.read(row["clOrdId"]) or None, row["ordId"])


def _in_order(rows: list[Doc], bodies: list[Body]) -> list[Doc]:
    """Verdicts are paired by id; the docs' examples have them in the order of the request, but do not promise it.

    An id that was sent twice names no one of them.
    """
    for name in ("clOrdId", "ordId"):
        asked = [body.get(name) for body in bodies]
        told = {row[name]: row for row in rows}
        if set(told) == set(asked) and len(told) == len(rows) == len(asked):
            return [told[each] for each in asked]
    return rows
