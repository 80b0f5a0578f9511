"""A worker's own threads: each takes the router's messages from the queues by itself, and carries what they ask for.

Through Celery's event loop a message wakes one thread that hands it to another, with some hundred steps in between:
half of a worker's processor time, and most of the time from a queue to the exchange. What the router did not send is
left to Celery, in a list that only Celery takes from.
"""

from __future__ import annotations

import itertools
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import redis

from router.queues import OURS, PLAIN
from router.taking import Taken, Taker
from workers.slots import lane_share

log = logging.getLogger("pointsman.hands")
_WAIT_SECONDS: Final = 1
_PAUSE_SECONDS: Final = 0.5
_HOLD_SECONDS: Final = 60.0

Carry = Callable[[Taken, Callable[[], Sequence[str]]], Taken | None]


class Hands:
    """The threads and what they share.

    ``carry`` carries one message and may take the next one, from the queues that it is told; ``queues`` are those that
    are to be consumed at the moment, as Celery's remote control has it.
    """

    def __init__(self, open_taker: Callable[[], Taker], threads: int, carry: Carry) -> None:
        self.queues: Sequence[str] = ()
        self._open_taker = open_taker
        self._carry = carry
        self._turns = itertools.count()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(place, threads), name=f"pointsman-hand-{place}", daemon=True)
            for place in range(threads)
        ]

    def start(self) -> None:
        """Begin to take messages."""
        for thread in self._threads:
            thread.start()

    def take_no_more(self) -> None:
        """Let each end what it has in hand, and no more."""
        self._stopping.set()

    def stop(self) -> None:
        """Wait until each has ended what it has in hand."""
        self.take_no_more()
        for thread in self._threads:
            thread.join()

    def _run(self, place: int, threads: int) -> None:
        taker = self._open_taker()
        while not self._stopping.is_set():
            try:
                self._turn(taker, place, threads)
            except redis.RedisError as error:
                log.warning("cannot take messages: Redis does not answer (%s)", error)
                self._stopping.wait(_PAUSE_SECONDS)
            except Exception:
                log.exception("a message could not be carried; the sweeper rings again if a command waits")
        taker.close()

    def _turn(self, taker: Taker, place: int, threads: int) -> None:
        def queues() -> Sequence[str]:
            return self._served_by(place, threads)

        served = queues()
        if not served:
            self._stopping.wait(_WAIT_SECONDS)
            return
        taken = taker.take(served, _WAIT_SECONDS)
        if taken is not None and OURS not in taken.message:
            self._leave(taker, taken)
            return
        while taken is not None:
            taken = self._carry(taken, queues)

    def _leave(self, taker: Taker, foreign: Taken) -> None:
        """Put a message where Celery takes it from. No journal knows of it, so Redis has time to come back."""
        give_up = time.monotonic() + _HOLD_SECONDS
        while True:
            try:
                taker.put(foreign.queue + PLAIN, foreign.message)
            except redis.RedisError:
                if time.monotonic() > give_up:
                    log.exception("a message that the router did not send is lost: %s", foreign)
                    return
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    def _served_by(self, place: int, threads: int) -> Sequence[str]:
        """The queues that this thread may take from now: cancels first, the others in turn.

        A part of the threads serves cancels only, and a part no reads, so that an exchange that stalls cannot fill
        every thread with orders.
        """
        if self._stopping.is_set():
            return ()
        orders = _in_turn(tuple(self.queues), place, threads)
        return orders[next(self._turns) % len(orders)]


@lru_cache(maxsize=1024)
def _in_turn(queues: tuple[str, ...], place: int, threads: int) -> Sequence[Sequence[str]]:
    """The orders in which a thread may look at its queues; each but the cancels comes first in one of them."""
    served = [queue for queue in queues if place < math.ceil(threads * lane_share(queue, queues))]
    turned = [served[turn:] + served[:turn] for turn in range(max(len(served), 1))]
    return [sorted(queues, key=lambda queue: not queue.endswith(".cancels")) for queues in turned]
