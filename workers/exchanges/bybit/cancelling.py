"""Taking orders back on Bybit: one, or all of a symbol (Bybit v5 docs, "Cancel Order", "Cancel All Orders").

An answer only says that the cancel was taken. Spot keeps three kinds of orders apart, and a cancel reaches those of the
kind that it names: plain ones unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from router.commands import CancelAll, CancelOrder
from router.errors import ErrorKind, Rejected
from router.models import Order
from router.symbols import Symbol
from workers.calls.endpoint import Call
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.builders import Placed, Reference
from workers.exchanges.bybit import endpoints, wire
from workers.exchanges.bybit.orders import STOP_FILTER
from workers.exchanges.bybit.paging import Query, Reading, Told
from workers.exchanges.bybit.reconcile import BybitReconcile, by_id
from workers.exchanges.bybit.wire_orders import acknowledged, to_acknowledged, to_order
from workers.exchanges.reading import rows

_WAITING = (STOP_FILTER, "tpslOrder")
_KINDS = ("Order", *_WAITING)


class BybitCancelling(BybitReconcile):
    """The cancels; mixed into BybitExchange."""

    def cancel_call(self, command: CancelOrder) -> Call[Placed]:
        """POST order/cancel. One that waits for its trigger on spot is not found so; see `ended_order`."""
        return self._cancel_call(Reference.of(command))

    def ended_order(self, command: CancelOrder) -> Order | None:
        """As ever, but a spot order that waits for its trigger is open: it has to be cancelled as what it is."""
        reference = Reference.of(command)
        found = self.find(reference) if reference.symbol.is_spot else None
        if found is None or found.status.is_final or found.trigger_price is None:
            return super().ended_order(command)
        for kind in _WAITING:
            try:
                taken = self.send(self._cancel_call(reference, kind))
            except Rejected as refusal:
                if refusal.problem.kind is not ErrorKind.ORDER_NOT_FOUND:
                    raise
            else:
                return cast("Order", self._confirmed(command, taken))
        return super().ended_order(command)

    def cancel_all_call(self, command: CancelAll) -> Call[Sequence[Placed]]:
        """POST order/cancel-all, again while there may be more (500 at a time), then what they ended as."""
        return self._cancel_all(command.symbol, _KINDS if command.symbol.is_spot else ("",), [])

    def _cancel_call(self, reference: Reference, kind: str = "") -> Call[Placed]:
        endpoint, symbol = endpoints.CANCEL[reference.symbol.market], reference.symbol
        body = {**self._named(symbol), **by_id(reference), **({"orderFilter": kind} if kind else {})}
        return Call(endpoint, {}, lambda document: to_acknowledged(document, symbol), endpoint.cost, body=body)

    def _cancel_all(self, symbol: Symbol, kinds: tuple[str, ...], before: list[Acknowledged]) -> Call[Sequence[Placed]]:
        endpoint, (kind, *others) = endpoints.CANCEL_ALL[symbol.market], kinds
        taken: list[Acknowledged] = []

        def parse(document: object) -> Sequence[Placed]:
            taken[:] = [acknowledged(row, symbol) for row in rows(wire.result(document)["list"])]
            return [*before, *taken]

        def then(_: Sequence[Placed]) -> Call[Sequence[Placed]] | None:
            so_far = [*before, *taken]
            if len(taken) >= endpoints.CANCELLED_AT_ONCE:
                return self._cancel_all(symbol, kinds, so_far)
            if others:
                return self._cancel_all(symbol, tuple(others), so_far)
            return self._ended(symbol, so_far) if so_far else None

        body: dict[str, Any] = {**self._named(symbol), **({"orderFilter": kind} if kind else {})}
        return Call(endpoint, {}, parse, endpoint.cost, body=body, then=then)

    def _ended(self, symbol: Symbol, taken: list[Acknowledged]) -> Call[Sequence[Placed]]:
        """The closed orders of the symbol, until all that were cancelled are among them; the rest stays as it is."""
        wanted, whose = {each.order_id for each in taken}, self._whose(symbol)

        def ours(told: list[Told]) -> dict[str, Order]:
            orders = [to_order(row, whose) for _, row in told if row["orderId"] in wanted]
            return {str(order.order_id): order for order in orders if order.status.is_final}

        def finish(told: list[Told]) -> Sequence[Placed]:
            ended = ours(told)
            return [ended.get(str(each.order_id), each) for each in taken]

        def enough(told: list[Told], _: bool) -> bool:  # noqa: FBT001 - a callable's shape
            return len(ours(told)) == len(wanted)

        asked = {**self._named(symbol), "openOnly": "1", "limit": str(endpoints.ORDERS_PAGE)}
        return Reading([Query(endpoints.REALTIME[symbol.market], asked)], finish, enough).call()
