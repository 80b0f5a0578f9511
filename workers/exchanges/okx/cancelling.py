"""Cancelling everything of a symbol: what is open is listed, cancelled in batches, and read from the history.

OKX has no call for it (mass-cancel is for market makers in options). Source: OKX v5 docs, "Cancel multiple orders",
"Cancel algo order", "Get order history".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from router.errors import ErrorKind, Rejected
from router.symbols import Symbol
from workers.calls.endpoint import Call, Endpoint, Lane
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.builders import Placed
from workers.exchanges.okx import algos, endpoints
from workers.exchanges.okx.batches import OkxBatches, acknowledged
from workers.exchanges.okx.errors import TABLE, verdict
from workers.exchanges.okx.orders import Body
from workers.exchanges.okx.pages import Reading, Source
from workers.exchanges.okx.wire import Doc, data

_HISTORY: Final = replace(endpoints.ORDERS_HISTORY, lane=Lane.CANCELS)


@dataclass
class Emptying:
    """One symbol's open orders on their way out; each call gives the next one."""

    desk: OkxBatches
    symbol: Symbol
    _plain: list[Doc] = field(default_factory=list)
    _waiting: list[Doc] = field(default_factory=list)
    _kinds: set[str] = field(default_factory=set)
    _cancelled: list[Acknowledged] = field(default_factory=list)

    def call(self) -> Call[Sequence[Placed]]:
        """The first call, which reads what is open."""
        return Reading(self.desk.open_sources(self.symbol, Lane.CANCELS), self._note, afterwards=self._next).call()

    def _note(self, rows: list[Doc]) -> Sequence[Placed]:
        self._plain = [row for row in rows if "accFillSz" in row]
        self._waiting = [row for row in rows if "accFillSz" not in row]
        self._kinds = {row["instType"] for row in self._plain}
        self._cancelled = []
        return []

    def _next(self) -> Call[Sequence[Placed]] | None:
        """The next batch, or the look at what the orders came to."""
        if self._plain:
            part, self._plain = self._plain[: endpoints.BATCH], self._plain[endpoints.BATCH :]
            bucket = endpoints.BATCH_CANCELS if len(part) > 1 else endpoints.CANCELS
            body = [{"instId": row["instId"], "ordId": row["ordId"]} for row in part]
            return self._batch(endpoints.CANCEL_BATCH, body, {bucket: len(part)})
        if self._waiting:
            part, self._waiting = self._waiting[: endpoints.ALGO_BATCH], self._waiting[endpoints.ALGO_BATCH :]
            body = [{"instId": row["instId"], "algoId": row["algoId"]} for row in part]
            # The docs count calls here, a client that measured found that orders count.
            return self._batch(endpoints.CANCEL_ALGOS, body, {endpoints.ALGO_CANCELS: len(part)})
        return self._look() if self._kinds and self._cancelled else None

    def _batch(self, endpoint: Endpoint, body: list[Body], cost: endpoints.Cost) -> Call[Sequence[Placed]]:
        def parse(document: object) -> Sequence[Placed]:
            for row in data(document):
                self._take(row)
            return list(self._cancelled)

        def had_ended(refusal: Rejected) -> Call[Sequence[Placed]] | None:
            """The only one of a batch had ended before, which is no reason to stop."""
            return self._next() if refusal.problem.kind is ErrorKind.ORDER_NOT_FOUND else None

        call = self.desk.about(self.symbol, endpoint, parse, body=body, cost=cost)
        call.then, call.otherwise = lambda _: self._next(), had_ended
        return call

    def _take(self, row: Doc) -> None:
        """One order's verdict. Raises: what stands in the way, but that it had ended is nothing to complain of."""
        refused = verdict(row)
        if refused is None:
            read = acknowledged if row.get("ordId") else algos.acknowledged
            self._cancelled.append(read(row, self.symbol))
            return
        error = TABLE.error(refused)
        if error.problem.kind is not ErrorKind.ORDER_NOT_FOUND:
            raise error

    def _look(self) -> Call[Sequence[Placed]]:
        """One list tells how all of them ended; those that it does not have yet are read one by one."""
        wanted = {each.order_id for each in self._cancelled}
        spelling = self.desk.spelling(self.symbol)

        def make(rows: list[Doc]) -> Sequence[Placed]:
            ended = {row["ordId"]: row for row in rows if row["ordId"] in wanted}
            return [
                self.desk.read_order(ended[each.order_id]) if each.order_id in ended else each
                for each in self._cancelled
            ]

        def enough(rows: list[Doc]) -> bool:
            return wanted <= {row["ordId"] for row in rows}

        which = {"instId": spelling, "state": "canceled"}
        sources = [Source(_HISTORY, {**which, "instType": kind}, "ordId") for kind in sorted(self._kinds)]
        return Reading(sources, make, enough).call()
