"""OKX: our commands in its parameters, its replies in our words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, cast

from router.commands import AmendOrder, AnyCommand, AnyNewOrder, CancelAll, CancelOrder, LimitOrder, MarketOrder
from router.errors import ErrorKind, Rejected, Unsupported
from router.instruments import Instrument
from router.models import Order
from workers.calls.classify import Dialect
from workers.calls.endpoint import Call
from workers.calls.sign import Signer
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.builders import Placed, Reference
from workers.exchanges.completion import completed
from workers.exchanges.contracts import CancelTimer
from workers.exchanges.okx import algos, endpoints, ids
from workers.exchanges.okx.batches import OkxBatches, acknowledged
from workers.exchanges.okx.cancelling import Emptying
from workers.exchanges.okx.desk import named
from workers.exchanges.okx.errors import TABLE, fault
from workers.exchanges.okx.limits import SIGNS
from workers.exchanges.okx.orders import order_body, size, trimmed
from workers.exchanges.okx.rules import NAME
from workers.exchanges.okx.signer import OkxSigner
from workers.exchanges.okx.wire import Doc, only
from workers.settings import AccountSettings, Environment

_GLOBAL: Final = "https://openapi.okx.com"


class OkxExchange(OkxBatches):
    """One trading account of OKX, of any level.

    Accounts opened in the EEA, the US, Australia or Turkey have hosts of their own, named as ``base_url``:
    https://eea.okx.com, https://us.okx.com (or app.okx.com), https://tr.okx.com. Demo trading is on the same hosts; a
    header and keys of its own tell it apart.

    Placing, amending and cancelling are answered with an acceptance; what became of it is then read.
    ``fence_margin_ms``: `expTime` is checked when an order is processed, but where exactly is UNCONFIRMED, and so is
    how long an accepted order may not show; two seconds are the least that is advised, ten are taken, as elsewhere.
    What obeys no `expTime` has a longer one (`fence_margin_of`).
    """

    name = NAME
    hosts: ClassVar = {Environment.LIVE: _GLOBAL, Environment.DEMO: _GLOBAL}
    live_hosts = frozenset(f"{host}.okx.com" for host in ("openapi", "www", "aws", "eea", "my", "us", "app", "tr"))
    demo_by_header = True
    dialect = Dialect(TABLE, SIGNS, fault)
    budgets_declared = endpoints.BUDGETS
    fence_margin_ms = 10_000
    cancel_timer = CancelTimer(market=None, longest=120)  # "Cancel All After"

    @classmethod
    def signer(cls, account: AccountSettings) -> Signer:
        """Signs with the account's secret and passphrase."""
        return OkxSigner(account)

    def place_call(self, order: AnyNewOrder, instrument: Instrument) -> Call[Placed]:
        """POST trade/order, or trade/order-algo for what waits for a price."""
        if not isinstance(order, (MarketOrder, LimitOrder)):
            return self._place_algo_call(order, instrument)
        body = self.by_mode(lambda mode: order_body(order, instrument, mode))
        cost = endpoints.changing_cost(endpoints.PLACES, order.symbol)
        return self.about(
            order.symbol, endpoints.PLACE, lambda doc: acknowledged(only(doc), order.symbol), body=body, cost=cost
        )

    def _place_algo_call(self, order: algos.AnyTriggered, instrument: Instrument) -> Call[Placed]:
        body = self.by_mode(lambda mode: algos.algo_body(order, instrument, mode))
        return self.about(
            order.symbol, endpoints.PLACE_ALGO, lambda doc: algos.acknowledged(only(doc), order.symbol), body=body
        )

    def cancel_call(self, command: CancelOrder) -> Call[Placed]:
        """POST trade/cancel-order; what it does not know under a client order id may be waiting for its trigger."""
        reference = Reference.of(command)
        if algos.is_algo(reference.order_id):
            return self._cancel_algo_call(reference)
        symbol = reference.symbol
        call: Call[Placed] = self.about(
            symbol, endpoints.CANCEL, lambda doc: acknowledged(only(doc), symbol), body=self.cancel_body(reference)
        )
        if reference.order_id is None and symbol.strike is None:
            call.otherwise = lambda refusal: self._cancel_algo_call(reference) if _is_gone(refusal) else None
        return call

    def _cancel_algo_call(self, reference: Reference) -> Call[Placed]:
        """POST trade/cancel-algos, which takes a list."""
        symbol = reference.symbol
        own = reference.client_order_id
        which = named(
            self.spelling(symbol),
            algoId=None if reference.order_id is None else algos.number(reference.order_id),
            algoClOrdId=None if own is None or reference.order_id is not None else ids.spelt(own),
        )
        return self.about(
            symbol, endpoints.CANCEL_ALGOS, lambda doc: algos.acknowledged(only(doc), symbol), body=[which]
        )

    def ended_order(self, command: CancelOrder) -> Order | None:
        """As everywhere; but an order that was placed by a trigger is open under an id that the cancel did not name."""
        found = self.look_up(command)
        if found is None or found.status.is_final or found.order_id in (None, command.order_id):
            return found if found is None or found.status.is_final else super().ended_order(command)
        named_so = command.model_copy(update={"order_id": found.order_id, "client_order_id": None})
        try:
            taken = self.send(self.cancel_call(named_so))
        except Rejected as refusal:
            if not _is_gone(refusal):
                raise
            return super().ended_order(command)
        return taken if isinstance(taken, Order) else self.confirm(named_so, taken)

    def amend_call(self, command: AmendOrder) -> Call[Placed]:
        """POST trade/amend-order: the whole quantity, fills included, the price, or both."""
        reference = Reference.of(command)
        instrument = self.instruments.get(reference.symbol)
        changes = _changes(command, instrument)
        if algos.is_algo(reference.order_id):
            return self._amend_algo_call(reference, {"algoId": algos.number(reference.order_id or "")}, changes)
        symbol = reference.symbol
        body = self.cancel_body(reference) | {f"new{name}": text for name, text in changes.items()}
        if command.id is not None and ids.fits(command.id):
            body["reqId"] = command.id
        cost = endpoints.changing_cost(endpoints.AMENDS, symbol)
        call: Call[Placed] = self.about(
            symbol, endpoints.AMEND, lambda doc: acknowledged(only(doc), symbol), body=body, cost=cost
        )
        if reference.order_id is None and symbol.strike is None:
            which = {"algoClOrdId": ids.spelt(reference.client_order_id or "")}
            call.otherwise = lambda no: self._amend_algo_call(reference, which, changes) if _is_gone(no) else None
        return call

    def _amend_algo_call(self, reference: Reference, which: dict[str, str], changes: dict[str, str]) -> Call[Placed]:
        """GET trade/order-algo, since a price is amended together with its trigger, then POST trade/amend-algos."""
        symbol, rows = reference.symbol, list[Doc]()

        def parse(document: object) -> Placed:
            rows[:] = [only(document)]
            return algos.acknowledged(rows[0], symbol)

        def then(_: Placed) -> Call[Placed]:
            """Raises: Rejected for what the order, now that it is known, turns out not to have."""
            try:
                body = algos.amendment(rows[0], changes.get("Sz"), changes.get("Px"))
            except Unsupported as refusal:
                raise Rejected(refusal.problem) from None
            return self.about(
                symbol, endpoints.AMEND_ALGO, lambda doc: algos.acknowledged(only(doc), symbol), body=body
            )

        call: Call[Placed] = self.about(symbol, endpoints.ALGO, parse, parameters=which)
        call.then = then
        return call

    def confirm(self, command: AnyCommand, acknowledged: Acknowledged) -> Order:
        """The order as it stands, with its executions as soon as all of them show."""
        return cast("Order", completed(self, super().confirm(command, acknowledged)))

    def cancel_all_call(self, command: CancelAll) -> Call[Sequence[Placed]]:
        """Reads what is open, cancels it in batches, and reads how it ended: OKX has no call for it."""
        return Emptying(self, command.symbol).call()


def _changes(command: AmendOrder, instrument: Instrument) -> dict[str, str]:
    """The new size and price. Raises: InvalidCommand, naming the nearest valid values."""
    changes: dict[str, str] = {}
    if command.quantity is not None:
        instrument.quantity.check("quantity", command.quantity)
        changes["Sz"] = size(command.quantity, instrument)
    if command.price is not None:
        instrument.price.check("price", command.price)
        changes["Px"] = trimmed(command.price)
    return changes


def _is_gone(refusal: Rejected) -> bool:
    return refusal.problem.kind is ErrorKind.ORDER_NOT_FOUND
