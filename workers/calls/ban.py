"""A ban of an address: nothing leaves it until the ban ends, and then calls start again gently."""

from __future__ import annotations

from dataclasses import dataclass

THAW_SECONDS = 6  # after a ban: one call in the first second, then twice as many each second
_SECOND_MS = 1_000


@dataclass
class Ban:
    """Of one egress. Not thread-safe: its gate holds the lock. Times are monotonic milliseconds."""

    ends_ms: float = float("-inf")
    _second: int = 0  # since the end
    _passed: int = 0  # in that second

    def impose(self, ends_ms: float) -> None:
        """Ban until then; a ban is never shortened."""
        if ends_ms > self.ends_ms:
            self.ends_ms, self._second, self._passed = ends_ms, 0, 0

    def wait_ms(self, now_ms: float, *, urgent: bool) -> float:
        """0 when a call may pass; else how long to wait. ``urgent`` calls wait for the end of the ban only."""
        if now_ms < self.ends_ms:
            return self.ends_ms - now_ms
        second = self._seconds_since(now_ms)
        if urgent or second >= THAW_SECONDS or second != self._second or self._passed < 2**second:
            return 0
        return self.ends_ms + (second + 1) * _SECOND_MS - now_ms

    def passed(self, now_ms: float) -> None:
        """A call was let through that is not urgent."""
        second = self._seconds_since(now_ms)
        if second < THAW_SECONDS:
            self._passed = self._passed + 1 if second == self._second else 1
            self._second = second

    def _seconds_since(self, now_ms: float) -> int:
        since_ms = min(now_ms - self.ends_ms, THAW_SECONDS * _SECOND_MS)
        return int(since_ms // _SECOND_MS)
