"""Knows whether this worker still consumes: a canary goes through a queue of its own, over the same connection.

A worker whose consumer stalls after a blip of Redis goes on heartbeating and takes no message (Celery issues 8030,
8091 and 10205). Here it notices that its canary was not taken while Redis answers, and ends, so that its supervisor
starts it anew. Where the broker is not Redis no canary is sent, and the beat alone is the sign of life.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Final

import redis

from router.journal import Journal
from router.queues import CANARY, envelope

log = logging.getLogger("pointsman.pulse")
_EVERY_SECONDS: Final = 2.0
_STALLED_SECONDS: Final = 30.0
_QUEUE_LIFE_MS: Final = 60_000
STALLED_EXIT_CODE: Final = 70


def end_process() -> None:
    """Leave at once: a stalled consumer does not answer a polite request."""
    os._exit(STALLED_EXIT_CODE)


class Pulse(threading.Thread):
    """Sends the canaries and beats for as long as they come back.

    ``end`` is called when the consumer has stalled; None sends no canary. The beat is a key with what is served and
    when the canary was last taken (``consumed_at``, seconds since 1970).
    """

    def __init__(
        self,
        journal: Journal,
        name: str,
        serves: dict[str, list[str]],
        stalled_seconds: float = _STALLED_SECONDS,
        end: Callable[[], None] | None = end_process,
    ) -> None:
        super().__init__(name="pointsman-pulse", daemon=True)
        self._journal = journal
        self._key = journal.keys.worker(name)
        self.queue = canary_queue(name)
        self._serves = serves
        self._stalled_seconds = stalled_seconds
        self._end = end
        self._stopping = threading.Event()
        self._taken_at = time.monotonic()
        self._has_taken = False
        self._answering_since: float | None = None

    def taken(self) -> None:
        """The canary was just taken from its queue."""
        self._taken_at, self._has_taken = time.monotonic(), True

    def consumes(self, within_seconds: float) -> bool:
        """Whether a canary was taken lately; where none is sent, whether this beats."""
        return self._has_taken and time.monotonic() - self._taken_at < within_seconds

    def stop(self) -> None:
        """End, and take the beat and the queue down."""
        self._stopping.set()
        self.join(timeout=5)
        try:
            self._journal.client.delete(self._key, self.queue)
        except redis.RedisError as error:
            log.warning("the sign of life stays up for a while: Redis does not answer (%s)", error)

    def run(self) -> None:
        """Send and beat until stopped; Redis being away is outlived, not consuming is not."""
        while not self._stopping.is_set():
            try:
                self._turn()
            except redis.RedisError as error:
                self._answering_since = None
                log.warning("cannot give a sign of life: Redis does not answer (%s)", error)
            self._stopping.wait(_EVERY_SECONDS)

    def _turn(self) -> None:
        now = time.monotonic()
        if self._end is None:
            self._taken_at, self._has_taken = now, True
        elif self._has_stalled(now):
            log.critical("no canary was taken for %.0f s although Redis answers: ending", self._stalled_seconds)
            self._end()
            return
        beat = {**self._serves, "consumed_at": round(time.time() - (now - self._taken_at), 3)}
        self._journal.client.set(self._key, json.dumps(beat), px=round(1_000 * 5 * _EVERY_SECONDS))

    def _has_stalled(self, now: float) -> bool:
        self._send_canary()
        if self._answering_since is None:
            self._answering_since = now
        return now - max(self._taken_at, self._answering_since) > self._stalled_seconds

    def _send_canary(self) -> None:
        message = envelope(CANARY, CANARY, self.queue, "", "is this worker consuming?")
        with self._journal.client.pipeline(transaction=False) as pipeline:
            pipeline.delete(self.queue)  # one at a time: a stalled worker must not pile them up
            pipeline.lpush(self.queue, message)
            pipeline.pexpire(self.queue, _QUEUE_LIFE_MS)
            pipeline.execute()


def canary_queue(name: str) -> str:
    """The queue that only this worker consumes."""
    return f"{CANARY}.{name}"
