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
from workers.calls.gatekeeper import Charge, Grant, Passage, Refusal, Report


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

    def enter(self, passage: Passage) -> Grant | Refusal:
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
        return Grant(passage, str(now_ms))

    def report(self, report: Report) -> None:
        """Learn from a finished call. A count that the exchange tells only ever raises ours: calls are under way."""
        passage, now_ms = report.grant.passage, time.monotonic() * 1_000
        with self._lock:
            for told in report.told:
                window = self._window(told.charge, passage)
                window.used = max(window.used - told.given_back, told.used or 0, 0)
                if told.exhausted:
                    window.used = told.charge.limit
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
            if used and used + charge.cost > charge.ceiling:  # a call dearer than the whole share passes alone
                waits.append(charge.window_ms - int(now_ms) % charge.window_ms)
        return max(waits)

    def _window(self, charge: Charge, passage: Passage) -> _Window:
        return self._windows[charge.key].at(int(_exchange_ms(passage)) // charge.window_ms)


def _exchange_ms(passage: Passage) -> float:
    return time.time_ns() / 1_000_000 + passage.moment.offset_ms
