"""Redis' clock, by which the hosts that share it can tell each other times: their own wall clocks disagree."""

from __future__ import annotations

import logging
import threading
from time import monotonic_ns, time_ns
from typing import Final

import redis

from router.journal import Journal
from workers.calls.looks import Look, Reading, read

log = logging.getLogger("pointsman.clock")
_OLD_NS: Final = 20 * 10**9
_LOOKS: Final = 3
_US: Final = 1_000


class RedisClock:
    """Redis' clock on this host's monotonic base, so that a step of the wall clock does not move it.

    Measured on first use, and by whoever uses it twenty seconds after the last measurement; upkeep measures it more
    often than that, so that no order pays for it. While Redis does not answer the old measurement serves, with
    a growing uncertainty. A step of Redis' own clock (a fail-over to another host) shows with the next measurement.

    Every property raises redis.RedisError when Redis has not answered once yet.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._measuring = threading.Lock()
        self._reading: Reading | None = None
        self._tried_ns = 0

    @property
    def now_ms(self) -> float:
        """Redis' present, in milliseconds since 1970."""
        return (self.reading.base_ns + monotonic_ns()) / 1e6

    @property
    def ahead_ms(self) -> float:
        """Redis' clock minus this host's wall clock, as both stand now."""
        return (self.reading.base_ns + monotonic_ns() - time_ns()) / 1e6

    @property
    def uncertainty_ms(self) -> float:
        """How far off both may be, either way."""
        return self.reading.uncertainty_at(monotonic_ns())

    @property
    def reading(self) -> Reading:
        """The last measurement."""
        known = self._reading
        if known is None:
            return self.measure()
        if monotonic_ns() - self._tried_ns > _OLD_NS and self._measuring.acquire(blocking=False):
            try:
                return self._look()
            except redis.RedisError as error:
                log.warning("the clock of Redis could not be measured again: %s", error)
            finally:
                self._measuring.release()
        return known

    def refresh(self, older_than: float) -> None:
        """Measure it if the last measurement is so many seconds old. Raises: redis.RedisError."""
        if self._reading is None or monotonic_ns() - self._tried_ns > older_than * 1e9:
            self.measure()

    def measure(self) -> Reading:
        """Measure it now. Raises: redis.RedisError; then the old measurement stands."""
        with self._measuring:
            return self._look()

    def _look(self) -> Reading:
        self._tried_ns = monotonic_ns()
        self._reading = reading = read([self._ask() for _ in range(_LOOKS)])
        return reading

    def _ask(self) -> Look:
        before_ns = monotonic_ns()
        seconds, microseconds = self._journal.client.time()
        return Look(seconds * 10**9 + microseconds * _US, before_ns, monotonic_ns(), _US)
