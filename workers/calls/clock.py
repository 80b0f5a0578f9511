"""The exchange's clock as seen from here: an offset, and how far it may be off."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from threading import Lock
from time import monotonic_ns, time_ns

_SAMPLES = 5


class Clock:
    """Exchange time on a monotonic base, so that a step of the local wall clock does not move it.

    Before the first measurement it is the wall clock, with an uncertainty of None.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._base_ns = time_ns() - monotonic_ns()
        self._uncertainty_ms: float | None = None

    def now_ms(self) -> int:
        """The exchange's present, in milliseconds since 1970."""
        return (monotonic_ns() + self._base_ns) // 1_000_000

    @property
    def offset_ms(self) -> int:
        """Exchange clock minus the local wall clock."""
        return round((monotonic_ns() + self._base_ns - time_ns()) / 1e6)

    @property
    def uncertainty_ms(self) -> float | None:
        """How far the offset may be off: half a median round trip. None until it was measured."""
        return self._uncertainty_ms

    def adopt(self, offset_ms: float, uncertainty_ms: float) -> None:
        """Take over what another worker measured; the offset is exchange clock minus wall clock."""
        with self._lock:
            self._base_ns = time_ns() + int(offset_ms * 1e6) - monotonic_ns()
            self._uncertainty_ms = uncertainty_ms

    def measure(self, ask: Callable[[], tuple[int, int, int]], samples: int = _SAMPLES) -> None:
        """Ask several times and take the median of the offsets, each seen from the middle of its round trip.

        ``ask`` returns (server time in ms, monotonic ns before, monotonic ns after). What it raises passes through
        and the clock stays as it was.
        """
        bases, halves = [], []
        for _ in range(samples):
            server_ms, before_ns, after_ns = ask()
            bases.append(
                server_ms * 1_000_000 + 500_000 - (before_ns + after_ns) // 2
            )  # a full ms was cut to its floor
            halves.append((after_ns - before_ns) / 2e6)
        with self._lock:
            self._base_ns = int(median(bases))
            self._uncertainty_ms = median(halves)
