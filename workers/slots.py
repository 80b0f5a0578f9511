"""Which queues a worker process may take from now: a part of its threads is kept for cancels, and a part for orders."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from router.queues import LANES

# How far each lane may fill a worker's threads, while a more urgent lane is served by the same worker.
_SHARES = {"queries": 0.5, "orders": 0.75}
_URGENT = {"queries": ("orders", "cancels"), "orders": ("cancels",)}


def is_lane(queue: str) -> bool:
    """Whether it is a queue of commands, and not a canary's."""
    return queue.rpartition(".")[2] in LANES


def lane_share(queue: str, queues: Sequence[str]) -> float:
    """How far a queue of commands may fill the threads of a worker that serves these queues; 1.0 for all of them."""
    lane = queue.rpartition(".")[2]
    lanes = {other.rpartition(".")[2] for other in queues}
    return _SHARES[lane] if any(urgent in lanes for urgent in _URGENT.get(lane, ())) else 1.0


class Slots:
    """Counts a worker's busy threads and shuts lanes while too few are free. Thread-safe.

    An exchange that stalls would otherwise fill every thread with orders, and the cancels would stand behind them.
    ``unstarted`` tells how many messages wait for a thread already; ``on_room`` is called, from the thread that has
    become free, when a lane that was shut is open again.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.unstarted: Callable[[], int] = lambda: 0
        self.on_room: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._running = 0
        self._opens_below: float = 0  # the fewest busy threads at which nothing more opens; 0: nothing is shut

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While a command is being carried."""
        with self._lock:
            self._running += 1
        try:
            yield
        finally:
            self._give_back()

    def open(self, queues: Sequence[str]) -> list[str]:
        """Those of the queues that may be taken from now."""
        with self._lock:
            most = {queue: self._most(queue, queues) for queue in queues}
            busy = self._running + self.unstarted()
            shut = [most[queue] for queue in queues if busy >= most[queue]]
            self._opens_below = max(shut) if shut else 0
            return [queue for queue in queues if busy < most[queue]]

    def _most(self, queue: str, queues: Sequence[str]) -> float:
        return math.ceil(self.threads * lane_share(queue, queues)) if is_lane(queue) else math.inf  # the canary

    def _give_back(self) -> None:
        with self._lock:
            self._running -= 1
            room = self._running + self.unstarted() < self._opens_below
            if room:
                self._opens_below = 0
        if room and self.on_room is not None:
            self.on_room()
