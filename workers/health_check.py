"""Looks after one way to an exchange: is it there, how far away, what time is it, are connections warm?

Its reads are also what an open breaker is probed with: they pass it, and the first that succeeds closes it.
"""

from __future__ import annotations

import logging
from time import monotonic, monotonic_ns
from typing import Final

import redis

from router.errors import ErrorKind, RouterError
from workers.exchanges.base import BaseExchange
from workers.redis_clock import RedisClock
from workers.shared_clock import SharedClock

log = logging.getLogger("pointsman.upkeep")
EVERY_SECONDS: Final = 15.0
_SOON_SECONDS: Final = 2.0
_OLD_NS: Final = round(3 * EVERY_SECONDS * 1e9)
_REDIS_OLD_SECONDS: Final = 5.0
_WARM: Final = 4  # connections; more are opened when so many calls are under way at once
# Our own gate did not let the read through, which says nothing about the exchange.
_NOT_ASKED: Final = (ErrorKind.RATE_LIMITED, ErrorKind.BANNED, ErrorKind.QUEUE)


class HealthCheck:
    """One worker measures and tells; the others take its word for the clock, and keep their own connections warm.

    A worker also measures for itself when nobody does, and when what it is told contradicts what it knows.
    """

    def __init__(self, exchange: BaseExchange, shared: SharedClock, redis_clock: RedisClock) -> None:
        self._exchange = exchange
        self._shared = shared
        self._redis_clock = redis_clock
        self._checked_at = self._settled_at = float("-inf")
        self._failed = False

    def turn(self) -> None:
        """Do what is due; it wants to be called about every second. Trouble is logged and outlived."""
        leads, agrees, suspect = self._talk()
        now = monotonic()
        age, settle = now - self._checked_at, not agrees and now - self._settled_at > EVERY_SECONDS
        hurry = leads and (suspect or self._failed or self._exchange.clock.doubt() is not None)
        if not (settle or age > EVERY_SECONDS or (hurry and age > _SOON_SECONDS)):
            return
        self._checked_at = now
        self._settled_at = now if settle else self._settled_at
        self._check(measure=settle or leads or self._is_on_its_own())

    def _talk(self) -> tuple[bool, bool, bool]:
        """Whether this worker measures for all, whether it agrees with what is told, whether calls have failed.

        Without Redis everyone measures for himself.
        """
        try:
            self._redis_clock.refresh(_REDIS_OLD_SECONDS)
            leads = self._shared.lead()
            return leads, self._shared.exchange(), leads and self._shared.in_doubt()
        except redis.RedisError as error:
            log.warning("what is known of exchanges is not shared: Redis does not answer (%s)", error)
            return True, True, False

    def _check(self, *, measure: bool) -> None:
        exchange = self._exchange
        try:
            exchange.keep_warm(_WARM, measure=measure)
        except RouterError as error:
            self._failed = True
            log.warning("%s %s was not reached: %s", exchange.name, exchange.account.environment, error)
            if measure and error.problem.kind not in _NOT_ASKED:
                self._tell(None, str(error))
            return
        self._failed = False
        if measure and exchange.clock.reading is not None:
            self._tell(exchange.clock.reading.round_trip_ms, "")

    def _tell(self, latency_ms: float | None, problem: str) -> None:
        try:
            self._shared.exchange()
            self._shared.tell_health(latency_ms, problem)
        except redis.RedisError as error:
            log.warning("what was found out is not shared: Redis does not answer (%s)", error)

    def _is_on_its_own(self) -> bool:
        """Nobody measures for us, or not well enough."""
        reading = self._exchange.clock.reading
        old = reading is None or monotonic_ns() - reading.at_ns > _OLD_NS
        return old or self._exchange.clock.doubt() is not None
