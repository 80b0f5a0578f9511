"""Counts each account's orders against one limit, in fixed or rolling windows, and remembers when each arrived."""

from array import array
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeGuard

from simulator.clock import Clock
from simulator.limits import Meter

US = 1_000
SECOND_MS, DAY_MS = 1_000, 86_400_000


class RuleError(ValueError):
    """A limit that makes no sense; the message names field, value and rule."""


class Window(StrEnum):
    """Whether a window ends with the clock's next multiple of its length, or now."""

    FIXED = "fixed"
    ROLLING = "rolling"


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `limit` orders in a window of `window_ms`."""

    limit: int
    window_ms: int
    kind: Window = Window.FIXED

    def document(self) -> dict[str, object]:
        """The rule as the control API reads and shows it."""
        return {"limit": self.limit, "window_ms": self.window_ms, "kind": self.kind}


def read_rule(wish: object) -> Rule:
    """Check a rule's document field by field; whole seconds, because an exchange tells its windows in those.

    Raises: RuleError.
    """
    if not isinstance(wish, dict):
        raise RuleError(f"orders: {wish!r} must be an object of limit, window_ms and kind")
    unknown = sorted(wish.keys() - {"limit", "window_ms", "kind"})
    if unknown:
        raise RuleError(f"orders.{unknown[0]}: unknown field; allowed are kind, limit, window_ms")
    limit, window_ms, kind = wish.get("limit"), wish.get("window_ms"), wish.get("kind", Window.FIXED)
    if not _is_whole(limit) or limit < 1:
        raise RuleError(f"orders.limit: {limit!r} must be a whole number above zero")
    if not _is_whole(window_ms) or not SECOND_MS <= window_ms <= DAY_MS or window_ms % SECOND_MS:
        raise RuleError(f"orders.window_ms: {window_ms!r} must be whole seconds, from {SECOND_MS} to {DAY_MS}")
    if kind not in list(Window):
        raise RuleError(f"orders.kind: {kind!r} must be fixed or rolling")
    return Rule(limit, window_ms, Window(kind))


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


class _Rolling:
    """The window that ends now, both ends included: the strictest reading. It counts arrivals: none is given back."""

    def __init__(self, window_us: int) -> None:
        self._length = window_us
        self.arrived: defaultdict[str, deque[int]] = defaultdict(deque)

    def used(self, account: str, now_us: int) -> int:
        arrived = self.arrived[account]
        while arrived and arrived[0] < now_us - self._length:
            arrived.popleft()
        return len(arrived)

    def add(self, account: str, amount: int, now_us: int) -> int:
        self.arrived[account].extend([now_us] * amount)
        return self.used(account, now_us)


def _times() -> "array[int]":
    return array("q")


@dataclass(slots=True)
class Arrivals:
    """When orders arrived (µs since the epoch, the exchange's clock): those counted in, and those refused."""

    accepted_us: "array[int]" = field(default_factory=_times)
    refused_us: "array[int]" = field(default_factory=_times)

    def document(self, window_ms: int) -> dict[str, object]:
        """Both, also per aligned window that saw any."""
        length = window_ms * US
        accepted, refused = (Counter(at // length for at in times) for times in (self.accepted_us, self.refused_us))
        windows = [
            {"start_ms": number * window_ms, "accepted": accepted[number], "refused": refused[number]}
            for number in sorted(accepted.keys() | refused.keys())
        ]
        counts = {"accepted": len(self.accepted_us), "refused": len(self.refused_us), "windows": windows}
        return {**counts, "accepted_us": self.accepted_us.tolist(), "refused_us": self.refused_us.tolist()}


class OrderCount:
    """One limit on every account's orders."""

    def __init__(self, rule: Rule, clock: Clock) -> None:
        self.rule = rule
        self._clock = clock
        self._length = rule.window_ms * US
        self._fixed = Meter(rule.limit, self._length)  # it takes its times in the unit of its window
        self._rolling = _Rolling(self._length)
        self._meter = self._fixed if rule.kind is Window.FIXED else self._rolling
        self.arrivals: defaultdict[str, Arrivals] = defaultdict(Arrivals)

    def used(self, account: str) -> int:
        """What counts now."""
        return self._meter.used(account, self._clock.now_us())

    def full(self, account: str) -> bool:
        """Whether one more would be too many."""
        return self.used(account) >= self.rule.limit

    def refuse(self, account: str) -> None:
        """Remember that an order was turned away; it does not count."""
        self.arrivals[account].refused_us.append(self._clock.now_us())

    def add(self, account: str) -> None:
        """Count an order in."""
        now_us = self._clock.now_us()
        self._meter.add(account, 1, now_us)
        self.arrivals[account].accepted_us.append(now_us)

    def give_back(self, account: str, amount: int) -> None:
        """Count some less; a rolling window counts arrivals and gives nothing back."""
        self._meter.add(account, -amount, self._clock.now_us())

    def wait_seconds(self, account: str) -> int:
        """Whole seconds, rounded up, until one more fits if no other takes the place; 0 when one does now."""
        if not self.full(account):
            return 0
        now_us = self._clock.now_us()
        ends_us = (now_us // self._length + 1) * self._length
        if self.rule.kind is Window.ROLLING:
            ends_us = self._rolling.arrived[account][-self.rule.limit] + self._length + 1
        return -(-(ends_us - now_us) // 1_000_000)
