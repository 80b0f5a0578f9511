"""How a call is sent and its result understood: the part of an exchange that the executor works with."""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Self, TypeVar, cast

from router.commands import AnyCommand, AnySetting, CancelAll, CancelOrder, GetOpenOrders, Market, Target
from router.errors import ErrorKind, InvalidCommand, NotProcessed, OutcomeUnknown, Problem, Rejected, RouterError
from router.models import Order
from router.results import Result
from router.symbols import Symbol
from workers.calls.chain import carry
from workers.calls.classify import Dialect
from workers.calls.endpoint import Budget, Call, Trace
from workers.calls.gatekeeper import Grant, Passage, Report
from workers.calls.retry import Patience, patiently
from workers.calls.sign import Signer
from workers.exchanges.acknowledged import PAUSES_SECONDS, Acknowledged, is_settled
from workers.exchanges.builders import Reference
from workers.exchanges.line import Area, Line
from workers.exchanges.listing import Instruments, Listing
from workers.exchanges.preparation import Preparation
from workers.exchanges.settings_told import as_asked
from workers.guards import Guards, Sight
from workers.settings import AccountSettings, Environment

T = TypeVar("T")
logger = logging.getLogger("pointsman.exchanges")
_AGAIN_MS = 500


class Core(Preparation):
    """Sends and understands.

    A subclass sets the class attributes: ``hosts`` are the environments' addresses, ``live_hosts`` every host name that
    trades real money (an account with an address of its own must not reach one by mistake), ``dialect`` how errors and
    limits are told, ``areas`` the parts that have these of their own, ``parts`` what its markets are read in
    (see `listing_call`), ``budgets_declared`` every budget its endpoints touch, ``fence_margin_ms`` how long after
    a request's receive window it may still execute, ``lookups_after_fence`` how many look-ups must then find nothing.
    ``demo_by_header`` says that the demo is on the live hosts, and every request to it says that it is meant.
    """

    hosts: ClassVar[Mapping[Environment, str]]
    live_hosts: ClassVar[frozenset[str]]
    demo_by_header: ClassVar[bool] = False
    dialect: ClassVar[Dialect]
    areas: ClassVar[Mapping[str, Area]] = {}
    parts: ClassVar[tuple[str, ...]] = ("",)
    budgets_declared: ClassVar[tuple[Budget, ...]]
    fence_margin_ms: ClassVar[int]
    lookups_after_fence: ClassVar[int] = 2

    def __init__(self, account: AccountSettings, line: Line, instruments: Instruments | None = None) -> None:
        self.account = account
        self.clock = line.clock
        self.tariff = line.tariff
        self.instruments = instruments or Instruments(*(partial(self._read_listing, part) for part in self.parts))
        self._line = line
        self.guards = Guards(account.name, account.guards, Sight(self._recent_price, self._open_orders, self.look_up))

    @classmethod
    @abstractmethod
    def signer(cls, account: AccountSettings) -> Signer:
        """The function that signs this account's requests. Raises: workers.calls.keys.BadKey."""

    def connect(self) -> None:
        """Measure the exchange's clock and read its rules and limits. Calling it again refreshes them."""
        self.sync_clock()
        self.instruments.refresh()

    def disconnect(self) -> None:
        """Close every connection; a later call opens new ones."""
        self._line.close()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    def sync_clock(self) -> None:
        """Measure the offset of the exchange's clock anew. Raises what a read raises; then the clock is kept."""
        self.clock.measure(self._ask_time)

    def keep_warm(self, connections: int, *, measure: bool = False) -> int:
        """Read the exchange's time over those of so many connections that rest or are missing; how many were read.

        ``measure`` makes it a measurement of the clock, over the connections that rested longest. Raises what a read
        of the main part raises; another's trouble is its own.
        """
        try:
            with self._line.tended[""](connections) as cold:
                if measure:
                    self.sync_clock()
                    return connections
                for _ in range(cold):
                    _, sent_ns, answered_ns = self._ask_time()
                    self.clock.note_round_trip(answered_ns - sent_ns)
                return cold
        finally:
            for area in self.areas:
                self._tend(area, connections, least=int(measure))

    def _tend(self, area: str, connections: int, least: int) -> None:
        """Keep another part's connections warm; whoever measures reads at least once, which closes its breaker."""
        with self._line.tended[area](connections) as cold:
            try:
                for _ in range(max(cold, least)):
                    self._ask_time(area)
            except RouterError as trouble:
                logger.warning("%s %s was not reached: %s", self.name, area, trouble)

    def send(self, call: Call[T]) -> T:
        """Carry one call out, once, with those that complete it.

        Raises: NotProcessed, Rejected or OutcomeUnknown.
        """
        return carry(call, self._line.send)

    def perform(self, command: AnyCommand, call: Call[T]) -> T:
        """Send a command's call. An order that a cancel no longer finds open is looked up and returned as it ended."""
        return self._settled(command, lambda: self.send(call))

    def _settled(self, command: AnyCommand, tell: Callable[[], T]) -> T:
        """What ``tell`` tells of a command, believed or looked into; the guards learn of it."""
        try:
            result = self._believed(command, tell)
        except (NotProcessed, Rejected) as error:
            self.guards.release(command, error)
            raise
        self.guards.learn(command, result)
        return result

    def _believed(self, command: AnyCommand, tell: Callable[[], T]) -> T:
        try:
            return self._confirmed(command, tell())
        except Rejected as refusal:
            fulfilled = self._fulfilled(command, refusal)
            if fulfilled is None:
                raise
        return cast("T", fulfilled)  # what the command's call gives

    def _fulfilled(self, command: AnyCommand, refusal: Rejected) -> Result | None:
        """What was asked for may be so without the exchange's doing: it then says no, and all is well."""
        if refusal.problem.kind is ErrorKind.UNCHANGED:
            if isinstance(command, AnySetting):
                return as_asked(command)
            return self.look_up(command) if isinstance(command, Target) else None
        if refusal.problem.kind is not ErrorKind.ORDER_NOT_FOUND:
            return None
        if isinstance(command, CancelAll):
            return []  # there was nothing to cancel
        return self.ended_order(command) if isinstance(command, CancelOrder) else None

    def _confirmed(self, command: AnyCommand, reply: T) -> T:
        """What was only acknowledged is read until it shows. Raises: OutcomeUnknown when it does not."""
        if isinstance(reply, Acknowledged):
            return cast("T", self.confirm(command, reply))
        if isinstance(reply, list) and any(isinstance(each, Acknowledged) for each in reply):
            return cast("T", [self._confirmed(command, each) for each in reply])
        return reply

    def confirm(self, command: AnyCommand, acknowledged: Acknowledged) -> Order:
        """The order that an acknowledgement is about, as it stands once that shows.

        Raises: OutcomeUnknown when it does not show soon, or cannot be read: the request itself was accepted.
        """
        reference = Reference(*acknowledged)
        for pause in PAUSES_SECONDS:
            time.sleep(pause)
            try:
                found = self.find(reference)
            except RouterError as trouble:
                raise OutcomeUnknown(acknowledged.problem(str(trouble.problem))) from trouble
            if found is not None and is_settled(command, found):
                return found
        raise OutcomeUnknown(acknowledged.problem("it is not shown yet"))

    def execute(self, command: AnyCommand) -> Result:
        """Carry a command out, with patience: what certainly did nothing is tried again until the command expires.

        Raises: InvalidCommand, NotProcessed, Rejected, OutcomeUnknown.
        """
        result: Result = self._carry_out(command)
        return result

    def fence_margin_of(self, command: AnyCommand) -> int:
        """As ``fence_margin_ms``; longer for a command that the exchange takes without a receive window."""
        del command
        return self.fence_margin_ms

    def passage(self, call: Call[Any]) -> Passage:
        """What a call asks of the gate."""
        return self.tariff.passage(call)

    def report_of(self, call: Call[Any], grant: Grant) -> Report:
        """What a finished call taught, for the owner of a granted call to give to the gate."""
        return self.tariff.report(call, grant)

    def budgets(self) -> dict[str, Budget]:
        """Every budget by the key the gate uses; each limit is our share of what the exchange allows at present."""
        tariff = self.tariff
        return {
            tariff.key(budget): Budget(budget.name, tariff.limit(budget), budget.window_ms, budget.scope)
            for budget in self.budgets_declared
        }

    def ended_order(self, command: CancelOrder) -> Order | None:
        """The order that could not be cancelled, as it ended; None when the exchange does not know it.

        Raises: NotProcessed when it is still shown as open, since what is asked and what is told then disagree: cancel
        again shortly.
        """
        found = self.look_up(command)
        if found is not None and not found.status.is_final:
            message = f"the cancel found no open order, yet it is shown as {found.status}"
            raise NotProcessed(Problem(kind=ErrorKind.ORDER_NOT_FOUND, message=message, retry_after_ms=_AGAIN_MS))
        return found

    @abstractmethod
    def find(self, reference: Reference) -> Order | None:
        """Read one order, once, past the breaker.

        Returns: None ONLY when the exchange says, in its documented words, that no such order exists.
        Raises: for any other trouble, which proves nothing.
        """

    def look_up(self, target: Target) -> Order | None:
        """Read the order a command names; as `find`."""
        return self.find(Reference.of(target))

    def _carry_out(self, command: AnyCommand) -> Any:  # noqa: ANN401 - each command has a result of its own
        """Prepare once, so that every attempt carries the same client order id."""
        patience = Patience(total=command.expires_in or Patience.total)
        call = patiently(lambda: self.prepare(command), self._mend, patience)
        mend = partial(self._mend, area=call.endpoint.area)
        return patiently(lambda: self.perform(command, anew(call)), mend, patience)

    def _ask(self, call: Call[T]) -> T:
        return patiently(lambda: self.send(anew(call)), partial(self._mend, area=call.endpoint.area), Patience())

    def _mend(self, error: NotProcessed, area: str = "") -> None:
        """A clock error wants a new measurement, an open breaker a read that shows whether the exchange is back."""
        try:
            if error.problem.kind is ErrorKind.CLOCK:
                self.sync_clock()
            elif error.problem.kind is ErrorKind.CIRCUIT_OPEN:
                self._ask_time(area)
        except RouterError as trouble:  # the next attempt will tell the caller
            logger.warning("%s did not answer: %s", self.name, trouble)

    def _ask_time(self, area: str = "") -> tuple[int, int, int]:
        call = self.server_time_call(area)
        call.probe = True
        server_ms = self.send(call)
        return server_ms, call.trace.sent_ns or 0, call.trace.answered_ns or 0

    def _recent_price(self, symbol: Symbol) -> Decimal | None:
        return self._line.prices.get(symbol, lambda: self._glance(self.ticker_call(symbol)))

    def _open_orders(self, market: Market) -> list[Order]:
        asked = GetOpenOrders(exchange=self.name, account=self.account.name, market=market)
        return self._glance(self.open_orders_call(asked))

    def _glance(self, call: Call[T]) -> T:
        """A read that an order waits for. Other reads must not starve it, so it may use more of a limit than they."""
        try:
            return self.send(call)
        except NotProcessed as refusal:
            if refusal.problem.kind is not ErrorKind.RATE_LIMITED or call.trace.sent_ns is not None:
                raise
        call.probe = True  # the breaker, which that passes too, has just let the first try pass
        return self.send(anew(call))

    def _read_listing(self, part: str) -> Listing:
        call = self.listing_call(part)
        if not self.tariff.limits:
            call.cost = {}  # or the limits that were declared could keep a new worker from learning the true ones
        listing = self.send(call)
        self.tariff.learn(listing.limits)
        return listing

    def _symbol(self, symbol: Symbol | str) -> Symbol:
        try:
            return Symbol.parse(symbol) if isinstance(symbol, str) else symbol
        except ValueError as error:
            raise InvalidCommand.because("symbol", symbol, str(error)) from None


def anew(call: Call[T]) -> Call[T]:
    """The same call for another attempt: nothing of the last one must be reported twice."""
    call.trace = Trace()
    return call
