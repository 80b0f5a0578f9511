"""A circuit breaker: after enough failures in a row it lets nothing through but one read at a time, to see."""

from __future__ import annotations

import logging
from dataclasses import dataclass

logger = logging.getLogger("pointsman.calls")
FAILURES_TO_OPEN = 5
COOL_DOWN_MS, LONGEST_COOL_DOWN_MS = 2_000, 30_000
PROBE_MS = 10_000  # a probe that has not reported by then is taken for lost
_AGAIN_MS = 250  # how soon to ask again while a probe is under way


@dataclass
class Breaker:
    """Of one way to an exchange. Not thread-safe: its gate holds the lock. Times are monotonic milliseconds.

    Each probe that fails doubles the cool-down; anything that succeeds, even a cancel that passed by, closes it.
    """

    way: str
    failures: int = 0
    opened_ms: float | None = None
    cool_down_ms: float = COOL_DOWN_MS
    probing_till_ms: float = 0.0

    def wait_ms(self, now_ms: float, *, may_probe: bool) -> float:
        """0 when the call may pass; else how long to wait."""
        if self.opened_ms is None:
            return 0
        again_ms = self.opened_ms + self.cool_down_ms
        if may_probe and now_ms >= again_ms and now_ms >= self.probing_till_ms:
            return 0
        return max(again_ms - now_ms, _AGAIN_MS)

    def passed(self, now_ms: float) -> None:
        """A call was let through that was not allowed to ignore the breaker: while it is open, that is its probe."""
        if self.opened_ms is not None:
            self.probing_till_ms = now_ms + PROBE_MS

    def learn(self, now_ms: float, granted_ms: float, *, healthy: bool) -> None:
        """Count the result of a call that was let through at ``granted_ms``.

        A failure of one that was under way when it opened, or that passed by since, says nothing new.
        """
        if healthy:
            self._close()
            return
        self.failures += 1
        if self.opened_ms is None:
            if self.failures >= FAILURES_TO_OPEN:
                logger.warning("breaker of %s opened after %d failures in a row", self.way, self.failures)
                self._open(now_ms, COOL_DOWN_MS)
        elif granted_ms >= self.opened_ms and now_ms >= self.opened_ms + self.cool_down_ms:
            self._open(now_ms, min(2 * self.cool_down_ms, LONGEST_COOL_DOWN_MS))

    def _open(self, now_ms: float, cool_down_ms: float) -> None:
        self.opened_ms, self.cool_down_ms, self.probing_till_ms = now_ms, cool_down_ms, 0.0

    def _close(self) -> None:
        if self.opened_ms is not None:
            logger.warning("breaker of %s closed", self.way)
        self.failures, self.opened_ms, self.probing_till_ms = 0, None, 0.0
