"""A tiny exchange: it executes what arrives in time, at most shows it late, and forgets nothing.

Its assumptions are those of the reconciler, per exchange: a request enters only within its window (a lead of under a
second is forgiven), and what enters is executed and visible at the latest ``ENGINE_MS`` after the window's end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from router.commands import CancelOrder, NewOrder
from router.models import Order, OrderStatus, Side
from router.symbols import Symbol
from support.protocol.time import Time

ENGINE_MS, LEAD_MS = 10_000, 1_000
RESTING_PRICE = Decimal(1)


class Refused(Exception):
    """The exchange says no; the argument is why."""


@dataclass
class Execution:
    """One order that exists; ``entered_ms`` is when the exchange let its request in."""

    client_order_id: str
    number: int
    entered_ms: int
    visible_ms: int
    open: bool
    cancelled: bool = False
    hidden_once: bool = False


@dataclass
class Request:
    """A placement on its way, or waiting in the engine since ``entered_ms``."""

    client_order_id: str
    timestamp_ms: int
    window_ms: int
    resting: bool
    entered_ms: int | None = None

    @property
    def fence_ms(self) -> int:
        return self.timestamp_ms + self.window_ms


@dataclass
class Venue:
    """The orders that exist, and the requests that still may become some."""

    time: Time
    executions: list[Execution] = field(default_factory=list)
    on_the_way: list[Request] = field(default_factory=list)
    closed: bool = False

    def enter(self, request: Request) -> None:
        """The check of the timestamp, on receipt and again before execution. Raises: Refused."""
        now = self.time.now_ms
        if request.timestamp_ms >= now + LEAD_MS or now > request.fence_ms:
            raise Refused("clock")
        request.entered_ms = now

    def execute(self, request: Request, lag_ms: int = 0) -> Execution:
        """Raises: Refused for a client order id in use by an open order, which is all that Binance looks at."""
        if any(each.open for each in self.of(request.client_order_id)):
            raise Refused("duplicate")
        assert request.entered_ms is not None
        now = self.time.now_ms
        visible = max(now, min(now + lag_ms, request.fence_ms + ENGINE_MS))
        made = Execution(
            request.client_order_id, len(self.executions) + 1, request.entered_ms, visible, request.resting
        )
        self.executions.append(made)
        return made

    def later(self, request: Request, lag_ms: int) -> None:
        """What was on the way gets there now, if it still may."""
        self.on_the_way.remove(request)
        try:
            if request.entered_ms is None:
                self.enter(request)
            elif self.time.now_ms > request.fence_ms + ENGINE_MS:
                return
            self.execute(request, lag_ms)
        except Refused:
            return

    def cancel(self, client_order_id: str) -> Execution | None:
        """Cancel it if it is open; None when there is none."""
        found = next(iter(self.of(client_order_id)), None)
        if found is not None and found.open:
            found.open, found.cancelled = False, True
        return found

    def of(self, client_order_id: str) -> list[Execution]:
        return [each for each in self.executions if each.client_order_id == client_order_id]

    def seen(self, client_order_id: str) -> Execution | None:
        """What a query shows now."""
        shown = (each for each in self.of(client_order_id) if each.visible_ms <= self.time.now_ms)
        return next(shown, None)


def as_order(made: Execution, command: NewOrder | CancelOrder) -> Order:
    status = OrderStatus.NEW if made.open else OrderStatus.CANCELLED if made.cancelled else OrderStatus.FILLED
    return Order(
        exchange=command.exchange,
        account=command.account,
        symbol=command.symbol or Symbol.parse("BTC/USDT"),
        client_order_id=made.client_order_id,
        order_id=str(made.number),
        side=Side.BUY,
        type="limit",
        status=status,
        quantity=Decimal(1),
        filled_quantity=Decimal(1) if status is OrderStatus.FILLED else Decimal(0),
        fees=[],
        fills=[],
    )
