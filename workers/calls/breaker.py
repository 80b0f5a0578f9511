"""A circuit breaker: after enough failures in a row it lets nothing through but one read at a time, to see."""

from __future__ import annotations

from dataclasses import dataclass

FAILURES_TO_OPEN = 5
OPEN_MS = 5_000
PROBE_MS = 10_000  # a probe that has not reported by then is taken for lost


@dataclass
class Breaker:
    """Not thread-safe: its gate holds the lock. Times are monotonic milliseconds."""

    failures: int = 0
    closed_again_ms: float = 0.0

    @property
    def is_open(self) -> bool:
        """True from the last of too many failures until something succeeds."""
        return self.failures >= FAILURES_TO_OPEN

    def wait_ms(self, now_ms: float, *, may_probe: bool) -> float:
        """0 when the call may pass; else how long to wait. A read that passes an open breaker is its only probe."""
        if not self.is_open:
            return 0
        if may_probe and now_ms >= self.closed_again_ms:
            self.closed_again_ms = now_ms + PROBE_MS
            return 0
        return max(self.closed_again_ms - now_ms, 1)

    def learn(self, now_ms: float, *, healthy: bool) -> None:
        """Count a result; anything that succeeds, even a cancel that passed by, closes the breaker."""
        if healthy:
            self.failures = 0
            return
        self.failures += 1
        if self.is_open:
            self.closed_again_ms = now_ms + OPEN_MS
