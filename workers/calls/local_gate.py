"""The gate inside one process, for those who use the exchange layer without Redis."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from threading import Lock

from router.errors import ErrorKind
from workers.calls.ban import Ban
from workers.calls.breaker import Breaker
from workers.calls.counting import Count, Ending, Present
from workers.calls.endpoint import Lane
from workers.calls.fixed_count import FixedCount
from workers.calls.gatekeeper import Charge, Grant, Passage, Refusal, Report
from workers.calls.rolling_count import RollingCount
from workers.calls.waiting_line import WaitingLines


def _monotonic_ms() -> float:
    return time.monotonic_ns() / 1e6


def _wall_ms() -> float:
    return time.time_ns() / 1e6


@dataclass(frozen=True)
class Clocks:
    """This process' clocks, in milliseconds: one that never steps, and the wall clock that offsets are told against."""

    monotonic_ms: Callable[[], float] = _monotonic_ms
    wall_ms: Callable[[], float] = _wall_ms


class _Mark(str):
    """When a call was let through, and the exchange's clock minus the monotonic one, as both stood then.

    To everybody else it is the text that tells calls apart, as the shared gate's is.
    """

    __slots__ = ("ahead_ms", "granted_ms")
    granted_ms: float
    ahead_ms: float

    @classmethod
    def of(cls, number: int, granted_ms: float, ahead_ms: float) -> _Mark:
        mark = cls(number)
        mark.granted_ms, mark.ahead_ms = granted_ms, ahead_ms
        return mark


class LocalGate:
    """A Gatekeeper that keeps the same rules as the shared one and knows of no other process. Thread-safe."""

    def __init__(self, clocks: Clocks | None = None) -> None:
        self._clocks = clocks or Clocks()
        self._lock = Lock()
        self._marks = count()
        self._counts: dict[tuple[str, int, bool], Count] = {}
        self._lines = WaitingLines()
        self._breakers: dict[str, Breaker] = {}
        self._bans: dict[str, Ban] = {}
        self._halts: dict[str, str] = {}

    def enter(self, passage: Passage) -> Grant | Refusal:
        """Reserve every charge or none. The reason of a refusal is the value of an ErrorKind."""
        with self._lock:
            mark = self._mark(passage)
            present = _present(passage, mark, mark.granted_ms)
            counts = [self._count(charge) for charge in passage.charges]
            refusal = self._stopped(passage, present.now_ms) or self._short(passage, present, counts)
            return refusal or self._let_through(passage, present, counts, mark)

    def report(self, report: Report) -> None:
        """Learn from a finished call."""
        with self._lock:
            self._settle(report)

    def halt(self, name: str, by: str, why: str) -> None:
        """Let no more calls through under this name, one of those in `Passage.halts`; the first halt stands."""
        order = json.dumps({"by": by, "why": why, "since_ms": round(self._clocks.wall_ms())})
        with self._lock:
            self._halts.setdefault(name, order)

    def resume(self, name: str) -> bool:
        """Let calls through again; False when nothing was halted under this name."""
        with self._lock:
            return self._halts.pop(name, None) is not None

    def _mark(self, passage: Passage) -> _Mark:
        now_ms = self._clocks.monotonic_ms()
        return _Mark.of(next(self._marks), now_ms, self._clocks.wall_ms() + passage.moment.offset_ms - now_ms)

    def _stopped(self, passage: Passage, now_ms: float) -> Refusal | None:
        """What stops a call whatever it costs."""
        for name in passage.halts:
            if name in self._halts:
                return Refusal(ErrorKind.HALTED, -1, self._halts[name])
        wait_ms = self._ban(passage).wait_ms(now_ms, urgent=passage.lane is Lane.CANCELS)
        if wait_ms:
            return Refusal(ErrorKind.BANNED, wait_ms)
        if passage.ignores_breaker:
            return None
        wait_ms = self._breaker(passage).wait_ms(now_ms, may_probe=passage.lane is Lane.QUERIES)
        return Refusal(ErrorKind.CIRCUIT_OPEN, wait_ms) if wait_ms else None

    def _short(self, passage: Passage, present: Present, counts: list[Count]) -> Refusal | None:
        """What a budget says that has no room; the caller then has its place in that budget's line."""
        urgent, now_ms = passage.lane is Lane.CANCELS, present.now_ms
        for charge, counted in zip(passage.charges, counts, strict=True):
            line = charge.key, passage.lane
            wanted = self._lines.wanted(line, passage.caller, charge.ceiling, now_ms)
            if wanted + charge.cost <= counted.room(charge, present, urgent=urgent):
                continue
            if charge.refuses:
                return Refusal(ErrorKind.GUARD, -1, charge.key)
            wait_ms = max(counted.wait_ms(charge, present, wanted, urgent=urgent), 1)
            self._lines.stand(line, passage.caller, charge, now_ms + wait_ms)
            return Refusal(ErrorKind.RATE_LIMITED, wait_ms)
        return None

    def _let_through(self, passage: Passage, present: Present, counts: list[Count], mark: _Mark) -> Grant:
        self._lines.leave(passage.caller)
        for charge, counted in zip(passage.charges, counts, strict=True):
            counted.take(charge, present, mark)
        if passage.lane is not Lane.CANCELS:
            self._ban(passage).passed(present.now_ms)
        if not passage.ignores_breaker:
            self._breaker(passage).passed(present.now_ms)
        return Grant(passage, mark)

    def _settle(self, report: Report) -> None:
        (passage, mark), now_ms = report.grant, self._clocks.monotonic_ms()
        if not isinstance(mark, _Mark):
            raise TypeError("a report must give back the grant that this gate gave")
        present = _present(passage, mark, now_ms)
        answered_ms = None if report.answered_ms_ago is None else now_ms - report.answered_ms_ago
        ending = Ending(mark, report.sent, answered_ms)
        told = {each.charge.key: each for each in report.told}
        for charge in passage.charges:
            self._count(charge).settle(charge, present, ending, told.pop(charge.key, None))
        for each in told.values():  # what it was not charged for
            self._count(each.charge).settle(each.charge, present, ending, each)
        if report.banned_for_ms:
            self._ban(passage).impose(now_ms + report.banned_for_ms)
        if report.healthy is not None:
            self._breaker(passage).learn(now_ms, mark.granted_ms, healthy=report.healthy)

    def _count(self, charge: Charge) -> Count:
        name = charge.key, charge.window_ms, charge.rolling
        known = self._counts.get(name)
        if known is None:
            known = (RollingCount if charge.rolling else FixedCount)(charge.window_ms)
            self._counts[name] = known
        return known

    def _ban(self, passage: Passage) -> Ban:
        return self._bans.get(passage.egress) or self._bans.setdefault(passage.egress, Ban())

    def _breaker(self, passage: Passage) -> Breaker:
        return self._breakers.get(passage.way) or self._breakers.setdefault(passage.way, Breaker(passage.way))


def _present(passage: Passage, mark: _Mark, now_ms: float) -> Present:
    """A call that left now, as its caller sees the exchange's clock; a step of the wall clock since moves nothing."""
    moment = passage.moment
    return Present(now_ms, now_ms + mark.ahead_ms + moment.lead_ms, moment.guard_ms, moment.lead_ms)
