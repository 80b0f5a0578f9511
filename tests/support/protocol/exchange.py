"""What the real executor sees of the tiny exchange: it stops before every call, and replies may be lost."""

from __future__ import annotations

from types import SimpleNamespace

from router.commands import AnyCommand, CancelOrder, NewOrder
from router.errors import ErrorKind, InvalidCommand, NotProcessed, OutcomeUnknown, Problem, Rejected
from router.models import Order
from router.symbols import Symbol
from support.protocol.stage import pause
from support.protocol.venue import RESTING_PRICE, Execution, Refused, Request, Venue, as_order
from workers.calls.gatekeeper import Grant

WINDOW_MS = 3_000
HIDDEN_MS = 9_000  # how long a new order may not show in queries


def problem(kind: ErrorKind) -> Problem:
    return Problem(kind=kind, message=str(kind))


_REFUSALS = {
    "clock": NotProcessed(problem(ErrorKind.CLOCK)),
    "duplicate": Rejected(problem(ErrorKind.DUPLICATE_ORDER)),
}


class Exchange:
    """One worker's view; ``error_ms`` is by how much its idea of the exchange's clock is wrong."""

    name = "binance"
    fence_margin_ms = 11_000
    lookups_after_fence = 2

    def __init__(self, venue: Venue, error_ms: int) -> None:
        self._venue = venue
        self._error_ms = error_ms
        self.account = SimpleNamespace(receive_window_ms=WINDOW_MS)
        self.clock = SimpleNamespace(now_ms=self._now_ms, uncertainty_ms=1.0, stable=True)

    def fence_margin_of(self, command: AnyCommand) -> int:  # noqa: ARG002 - the shape of an exchange's
        return self.fence_margin_ms

    def prepare(self, command: AnyCommand) -> SimpleNamespace:
        if self._venue.closed and isinstance(command, NewOrder):
            raise InvalidCommand.because("symbol", str(command.symbol), "is not trading now")
        return SimpleNamespace(timestamp_ms=0, window_ms=0, granted=False)

    def passage(self, _call: SimpleNamespace) -> SimpleNamespace:
        """The gate is open here."""
        return SimpleNamespace(charges=())

    def report_of(self, call: SimpleNamespace, grant: Grant) -> None:
        """Nothing is learnt."""

    def sync_clock(self) -> None:
        self._error_ms = 0

    def perform(self, command: AnyCommand, call: SimpleNamespace) -> Order:
        """Send; the answer is decided at once, and heard one stop later, if by then there is anybody to hear it."""
        fate = pause("send")
        if isinstance(command, CancelOrder):
            return self._cancel(command, fate)
        assert isinstance(command, NewOrder)
        if self._now_ms() > call.timestamp_ms + call.window_ms:
            raise NotProcessed(problem(ErrorKind.EXPIRED))
        resting = getattr(command, "price", None) == RESTING_PRICE
        request = Request(command.id or "", call.timestamp_ms, call.window_ms, resting)
        try:
            made = self._place(request, fate)
        except Refused as refused:
            pause("nap")
            raise _REFUSALS[str(refused)] from refused
        pause("nap")
        if made is None:
            raise OutcomeUnknown(problem(ErrorKind.TIMEOUT))
        return as_order(made, command)

    def find_order(self, symbol: Symbol, client_order_id: str) -> Order | None:
        """One look-up; a single one may miss what is there, once per order."""
        fate = pause("look")
        if fate == "failed":
            raise NotProcessed(problem(ErrorKind.CONNECTION))
        found = self._venue.seen(client_order_id)
        if found is not None and fate == "blind" and not found.hidden_once:
            found.hidden_once = True
            return None
        return found and self._told(found, symbol)

    def search_order(self, symbol: Symbol, client_order_id: str, _since_ms: int) -> Order | None:
        if pause("look") == "failed":
            raise NotProcessed(problem(ErrorKind.CONNECTION))
        found = self._venue.seen(client_order_id)
        return found and self._told(found, symbol)

    def look_up(self, target: CancelOrder) -> Order | None:
        name = self._named(target)
        return self.find_order(target.symbol, name) if name else None

    def _place(self, request: Request, fate: str) -> Execution | None:
        if fate == "limited":
            raise NotProcessed(problem(ErrorKind.RATE_LIMITED))
        if fate == "flying":
            self._venue.on_the_way.append(request)
        if fate in ("flying", "dropped"):
            return None
        self._venue.enter(request)
        if fate == "poor":
            raise Rejected(problem(ErrorKind.INSUFFICIENT_BALANCE))
        if fate == "in_engine":
            self._venue.on_the_way.append(request)
            return None
        made = self._venue.execute(request, HIDDEN_MS if fate == "hidden" else 0)
        return None if fate == "unheard" else made

    def _cancel(self, command: CancelOrder, fate: str) -> Order:
        made, was_open = None, False
        if fate == "limited":
            raise NotProcessed(problem(ErrorKind.RATE_LIMITED))
        if fate != "dropped":
            was_open = any(each.open for each in self._venue.of(self._named(command)))
            made = self._venue.cancel(self._named(command))
        pause("nap")
        if fate not in ("executed", "hidden", "poor"):
            raise OutcomeUnknown(problem(ErrorKind.TIMEOUT))
        if made is None or not (was_open or self._venue.seen(made.client_order_id)):
            raise Rejected(problem(ErrorKind.ORDER_NOT_FOUND))
        return as_order(made, command)

    def _named(self, target: CancelOrder) -> str:
        numbers = {str(each.number): each.client_order_id for each in self._venue.executions}
        return target.client_order_id or numbers.get(target.order_id or "", "")

    def _told(self, found: Execution, symbol: Symbol) -> Order:
        asked = CancelOrder(exchange="binance", account="main", symbol=symbol, order_id=str(found.number))
        return as_order(found, asked)

    def _now_ms(self) -> int:
        return self._venue.time.now_ms + self._error_ms
