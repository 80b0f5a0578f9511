"""The gate inside one process, for those who use the exchange layer without Redis."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import dataclass
from threading import Lock

from router.errors import ErrorKind
from workers.calls.breaker import Breaker
from workers.calls.endpoint import Lane
from workers.calls.gatekeeper import Charge, Passage, Refusal, Report

_SHARE = {
    Lane.CANCELS: 1.0,
    Lane.ORDERS: 0.95,
    Lane.QUERIES: 0.8,
}  # of a budget: the rest is kept for more urgent lanes


@dataclass
class _Window:
    number: int = -1
    used: int = 0

    def at(self, number: int) -> _Window:
        """This window as it stands in the numbered span; a new span starts from nothing."""
        if number > self.number:
            self.number, self.used = number, 0
        return self


class LocalGate:
    """Fixed windows aligned to the exchange's clock, bans and breakers. Thread-safe; knows of no other process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: defaultdict[str, _Window] = defaultdict(_Window)
        self._breakers: defaultdict[str, Breaker] = defaultdict(Breaker)
        self._banned_until_ms: dict[str, float] = {}

    def enter(self, passage: Passage) -> Refusal | None:
        """Reserve every charge or none. The reason of a refusal is the value of an ErrorKind."""
        now_ms = time.monotonic() * 1_000
        with self._lock:
            ban_ms = self._banned_until_ms.get(passage.egress, 0) - now_ms
            if ban_ms > 0:
                return Refusal(ErrorKind.BANNED, math.ceil(ban_ms))
            wait_ms = self._budget_wait_ms(passage)
            if wait_ms:
                return Refusal(ErrorKind.RATE_LIMITED, wait_ms)
            if not passage.ignores_breaker:
                may_probe = passage.lane is Lane.QUERIES
                open_ms = self._breakers[passage.way].wait_ms(now_ms, may_probe=may_probe)
                if open_ms:
                    return Refusal(ErrorKind.CIRCUIT_OPEN, math.ceil(open_ms))
            for charge in passage.charges:
                self._window(charge, passage).used += charge.cost
        return None

    def report(self, report: Report) -> None:
        """Learn from a finished call. A count that the exchange tells only ever raises ours: calls are under way."""
        passage, now_ms = report.passage, time.monotonic() * 1_000
        with self._lock:
            for charge, units in report.refunds:
                window = self._window(charge, passage)
                window.used = max(window.used - units, 0)
            for charge, used in report.usage:
                window = self._window(charge, passage)
                window.used = max(window.used, used)
            if report.banned_for_ms is not None:
                until_ms = now_ms + report.banned_for_ms
                self._banned_until_ms[passage.egress] = max(self._banned_until_ms.get(passage.egress, 0), until_ms)
            if report.healthy is not None:
                self._breakers[passage.way].learn(now_ms, healthy=report.healthy)

    def _budget_wait_ms(self, passage: Passage) -> int:
        """0 when every charge fits; else until the latest of the full windows ends."""
        now_ms, waits = _exchange_ms(passage), [0]
        for charge in passage.charges:
            used = self._window(charge, passage).used
            ceiling = math.ceil(charge.limit * _SHARE[passage.lane])
            if used and used + charge.cost > ceiling:  # a call dearer than the whole share passes alone
                waits.append(charge.window_ms - now_ms % charge.window_ms)
        return max(waits)

    def _window(self, charge: Charge, passage: Passage) -> _Window:
        return self._windows[charge.key].at(_exchange_ms(passage) // charge.window_ms)


def _exchange_ms(passage: Passage) -> int:
    return time.time_ns() // 1_000_000 + passage.offset_ms
