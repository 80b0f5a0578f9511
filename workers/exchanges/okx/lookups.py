"""Reading OKX's orders and executions, and what proves that an order does or does not exist.

An order by client order id is the newest of that id, and ids are never used again. The documented words for "no such
order" are codes 51603 and 51063. They prove nothing before the fence: how long an accepted order stays invisible is not
published. After it, lists are read in full: pending orders, history (which has orders that ended without a fill for two
hours), executions. Algo orders are looked up by their own client id. Source: OKX v5 docs, "Get order details", "Get
order list", "Get order history", "Get transaction details", "Get algo order details".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from router.commands import AmendOrder, AnyCommand, GetFills, GetOpenOrders
from router.errors import ErrorKind, NotProcessed, Problem, Rejected
from router.instruments import Instrument
from router.models import Fill, Order
from router.new_orders import TriggeredOrder
from router.symbols import Symbol
from workers.calls.endpoint import Call, Lane
from workers.exchanges.builders import Reference
from workers.exchanges.okx import algos, endpoints, ids, wire_algos, wire_orders
from workers.exchanges.okx.account import OkxAccount
from workers.exchanges.okx.desk import named
from workers.exchanges.okx.errors import NO_SUCH_ORDER
from workers.exchanges.okx.pages import Reading, Source
from workers.exchanges.okx.wire import Doc, only

_EARLIER_MS: Final = 2_000  # the exchange may have stamped the order before the moment we think we sent it
_FILLS_KEPT_MS: Final = 3 * 86_400_000 - 600_000
_AGAIN_MS: Final = 500
_MARGINED: Final = "MARGIN"


class OkxLookups(OkxAccount):
    """Reads; mixed into OkxExchange."""

    def order_call(self, reference: Reference) -> Call[Order]:
        """GET trade/order, or trade/order-algo; a client order id may be either's."""
        symbol = reference.symbol
        if algos.is_algo(reference.order_id):
            return self.algo_call(symbol, {"algoId": algos.number(reference.order_id or "")})
        own = None if reference.client_order_id is None else ids.spelt(reference.client_order_id)
        call = self._placed_call(
            symbol, {"ordId": reference.order_id} if reference.order_id else {"clOrdId": own or ""}
        )
        if reference.order_id is None and symbol.strike is None:
            call.otherwise = lambda no: self.algo_call(symbol, {"algoClOrdId": own or ""}) if _is_unknown(no) else None
        return call

    def _placed_call(self, symbol: Symbol, which: dict[str, str]) -> Call[Order]:
        instrument, whose = self.instruments.get(symbol), self.whose(symbol)

        def parse(document: object) -> Order:
            return wire_orders.to_order(only(document), whose, instrument)

        return self.about(symbol, endpoints.ORDER, parse, parameters=named(instrument.spelling, **which))

    def algo_call(self, symbol: Symbol, which: dict[str, str]) -> Call[Order]:
        """GET trade/order-algo, and once it has been triggered the order that it placed."""
        instrument, whose = self.instruments.get(symbol), self.whose(symbol)
        rows: list[Doc] = []

        def parse(document: object) -> Order:
            rows[:] = [only(document)]
            return wire_algos.to_order(rows[0], whose, instrument)

        def then(algo: Order) -> Call[Order] | None:
            order_id = wire_algos.placed_id(rows[0])
            return None if order_id is None else self._behind_call(algo, order_id)

        call = self.about(symbol, endpoints.ALGO, parse, parameters=which)
        call.then = then
        return call

    def _behind_call(self, algo: Order, order_id: str) -> Call[Order]:
        """The order that an algo order has placed; that it does not show yet must not look as if there were none."""
        plain = self._placed_call(algo.symbol, {"ordId": order_id})

        def not_yet(refusal: Rejected) -> None:
            if _is_unknown(refusal):
                message = f"{algo.order_id} has placed order {order_id}, which is not shown"
                problem = Problem(kind=ErrorKind.UNEXPECTED_REPLY, message=message, retry_after_ms=_AGAIN_MS)
                raise NotProcessed(problem) from refusal

        call = replace(plain, parse=lambda document: wire_algos.as_placed(algo, plain.parse(document)))
        call.otherwise = not_yet
        return call

    def open_orders_call(self, command: GetOpenOrders) -> Call[list[Order]]:
        """GET trade/orders-pending, then the algo orders, kind by kind; markets are told apart here."""

        def make(rows: list[Doc]) -> list[Order]:
            orders = [self.read_order(row) for row in rows]
            return [order for order in orders if command.market in (None, order.symbol.market)]

        return Reading(self.open_sources(command.symbol), make).call()

    def open_sources(self, symbol: Symbol | None, lane: Lane = Lane.QUERIES) -> list[Source]:
        """Where an account's open orders are; options have no algo orders."""
        which = {} if symbol is None else {"instId": self.spelling(symbol)}
        pending, waiting = (replace(each, lane=lane) for each in (endpoints.ORDERS_PENDING, endpoints.ALGOS_PENDING))
        sources = [Source(pending, which, "ordId")]
        if symbol is not None and symbol.strike is not None:
            return sources
        return sources + [Source(waiting, {**which, "ordType": kinds}, "algoId") for kinds in algos.LISTED]

    def read_order(self, row: Doc, instrument: Instrument | None = None) -> Order:
        """A row of any list of orders, of either sort."""
        known = instrument or self.instrument_of(row)
        read = wire_orders.to_order if "accFillSz" in row else wire_algos.to_order
        return read(row, self.whose(known.symbol), known)

    def fills_call(self, command: GetFills) -> Call[list[Fill]]:
        """GET trade/fills, for what is older than three days trade/fills-history; OKX tells the newest first."""
        instrument = self.instruments.get(command.symbol)
        whose, since_ms, limit = self.whose(command.symbol), command.since_ms, command.limit
        which = named(
            instrument.spelling,
            ordId=None if command.order_id is None else algos.number(command.order_id),
            begin=None if since_ms is None else str(since_ms),
        )

        def make(rows: list[Doc]) -> list[Fill]:
            rows = sorted(rows, key=lambda row: int(row["billId"]))
            chosen = rows[-limit:] if since_ms is None else rows[:limit]
            return [wire_orders.to_fill(row, whose, instrument) for row in chosen]

        old = since_ms is not None and since_ms < self.clock.now_ms() - _FILLS_KEPT_MS
        endpoint, kinds = (endpoints.OLD_FILLS, _kinds(command.symbol)) if old else (endpoints.FILLS, [None])
        sources = [Source(endpoint, _with_kind(which, kind), "billId") for kind in kinds]
        return Reading(sources, make, lambda rows: since_ms is None and len(rows) >= limit).call()

    def find(self, reference: Reference) -> Order | None:
        """GET trade/order, for a client order id GET trade/order-algo as well; None only if both know no such order."""
        call = self.order_call(reference)
        call.probe = True
        try:
            return self.send(call)
        except Rejected as refusal:
            if _is_unknown(refusal):
                return None
            raise

    def search_order(self, symbol: Symbol, client_order_id: str, since_ms: int) -> Order | None:
        """Pending orders, those waiting for a trigger, history and executions since two seconds before ``since_ms``."""
        own, instrument = ids.spelt(client_order_id), self.instruments.get(symbol)
        since = {"instId": instrument.spelling, "begin": str(since_ms - _EARLIER_MS)}
        past = [Source(endpoints.ORDERS_HISTORY, _with_kind(since, kind), "ordId") for kind in _kinds(symbol)]
        rows = self._probe([*self.open_sources(symbol), *past, Source(endpoints.FILLS, since, "billId")], own)
        found = next((row for row in rows if own in _ids(row)), None)
        if found is None:
            return None
        return self._behind_fill(symbol, found["ordId"]) if "billId" in found else self.read_order(found, instrument)

    def _behind_fill(self, symbol: Symbol, order_id: str) -> Order:
        """An execution proves the order, whatever a look-up says."""
        order = self.find(Reference(symbol, order_id=order_id))
        if order is None:
            message = f"order {order_id} was filled, and is not shown"
            raise NotProcessed(Problem(kind=ErrorKind.UNEXPECTED_REPLY, message=message, retry_after_ms=_AGAIN_MS))
        return order

    def _probe(self, sources: list[Source], own: str) -> list[Doc]:
        def is_there(rows: list[Doc]) -> bool:
            return any(own in _ids(row) for row in rows)

        call = Reading(sources, lambda rows: rows, is_there).call()
        call.probe = True
        return self.send(call)

    def fence_margin_of(self, command: AnyCommand) -> int:
        """Algo orders obey no `expTime`: their timestamp bounds them, which is good for 30 s, and a quiet time more."""
        waits = isinstance(command, TriggeredOrder)
        changes_waiting = isinstance(command, AmendOrder) and algos.is_algo(command.order_id)
        return ALGO_MARGIN_MS if waits or changes_waiting else self.fence_margin_ms


ALGO_MARGIN_MS: Final = 60_000


def _is_unknown(refusal: Rejected) -> bool:
    return refusal.problem.code in NO_SUCH_ORDER


def _ids(row: Doc) -> tuple[object, object]:
    return row.get("clOrdId"), row.get("algoClOrdId")


def _kinds(symbol: Symbol) -> list[str | None]:
    """Under which instrument types a symbol's orders are listed."""
    if symbol.is_spot:
        return ["SPOT", _MARGINED]
    if symbol.strike is not None:
        return ["OPTION"]
    return ["SWAP" if symbol.expiry is None else "FUTURES"]


def _with_kind(which: dict[str, str], kind: str | None) -> dict[str, str]:
    return which if kind is None else {**which, "instType": kind}
