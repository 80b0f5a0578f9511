"""What this process has counted and timed since it last told: whole numbers under bounded names, for /metrics."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping
from functools import cache
from time import monotonic_ns
from typing import Final

BOUNDS_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SUM, BOUND, ENDLESS = "sum", "le=", "le=+Inf"
BETWEEN: Final = "|"  # in no name of an exchange, account, endpoint, task or error kind
CALLS, HOPS = "calls", "hops"


def field(name: str, *labels: str) -> str:
    """The field under which a figure is added up in Redis: ``calls|binance|main|GET /api/v3/time|ok``."""
    return BETWEEN.join((name, *labels))


@cache
def _histogram(labels: tuple[str, ...]) -> tuple[list[str], str]:
    """The fields of a histogram's buckets, and of its sum; kept, since labels are few and calls are many."""
    buckets = [field(*labels, f"{BOUND}{bound}") for bound in BOUNDS_SECONDS]
    return [*buckets, field(*labels, ENDLESS)], field(*labels, SUM)


def timed(name: str, seconds: float, *labels: str) -> dict[str, int]:
    """One measurement as a histogram counts it: its bucket (not cumulated), and its microseconds in the sum."""
    buckets, total = _histogram((name, *labels))
    return {buckets[bisect_left(BOUNDS_SECONDS, seconds)]: 1, total: max(round(seconds * 1e6), 0)}


class Figures:
    """Counters of one process; safe to share between threads. Nothing in it grows with the number of calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._last = threading.local()

    def count(self, name: str, *labels: str) -> None:
        """One more of it."""
        named = BETWEEN.join((name, *labels))
        with self._lock:
            self._counts[named] = self._counts.get(named, 0) + 1

    def time(self, name: str, seconds: float, *labels: str) -> None:
        """One measurement more."""
        buckets, total = _histogram((name, *labels))
        bucket, microseconds = buckets[bisect_left(BOUNDS_SECONDS, seconds)], max(round(seconds * 1e6), 0)
        with self._lock:
            self._counts[bucket] = self._counts.get(bucket, 0) + 1
            self._counts[total] = self._counts.get(total, 0) + microseconds

    def answered(self, answered_ns: int, *labels: str) -> None:
        """This thread has just got an answer (monotonic ns) whose outcome it will write down."""
        self._last.answer = answered_ns, labels

    def written(self) -> None:
        """The outcome of this thread's last answer is in the journal; without an answer of its own there is no hop."""
        answered_ns, labels = getattr(self._last, "answer", None) or (None, ())
        self._last.answer = None
        if answered_ns is not None:
            self.time(HOPS, (monotonic_ns() - answered_ns) / 1e9, *labels, "answered_result")

    def take(self) -> dict[str, int]:
        """What was counted since the last time; it counts from zero again."""
        with self._lock:
            counts, self._counts = self._counts, {}
        return counts

    def put_back(self, counts: Mapping[str, int]) -> None:
        """What could not be told is told with the next."""
        with self._lock:
            for name, amount in counts.items():
                self._counts[name] = self._counts.get(name, 0) + amount


figures: Final = Figures()
"""Those of this process. Like a logger: whatever is counted in it goes nowhere until somebody takes it."""
