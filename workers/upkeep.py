"""Keeps what is known of an exchange fresh: its clock and health all the time, its markets every hour."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final

import redis

from router.errors import RouterError
from router.journal import Journal
from workers.exchanges.base import BaseExchange
from workers.health_check import HealthCheck
from workers.redis_clock import RedisClock
from workers.shared_clock import SharedClock

log = logging.getLogger("pointsman.upkeep")
_TURN_SECONDS: Final = 1.0
_TRY_AGAIN_SECONDS: Final = 2.0
_MARKETS_SECONDS: Final = 3_600.0
_PART_SECONDS: Final = 30.0
_MARKETS_LIFE_MS: Final = 86_400_000


class Upkeep(threading.Thread):
    """One thread per exchange environment and way to it, so that a slow one keeps no other waiting."""

    def __init__(self, journal: Journal, exchange: BaseExchange, redis_clock: RedisClock, name: str) -> None:
        self._place = (exchange.name, str(exchange.account.environment))
        super().__init__(name=f"pointsman-upkeep-{'-'.join(self._place)}", daemon=True)
        self._journal = journal
        self._exchange = exchange
        way = exchange.passage(exchange.server_time_call()).way
        shared = SharedClock(journal, way, exchange.clock, redis_clock, name)
        self._health = HealthCheck(exchange, shared, redis_clock)
        self._stopping = threading.Event()
        self._looked = threading.Event()
        self._tell_markets_at = float("-inf")

    def wait_for_first_look(self, seconds: float) -> None:
        """Give the exchange so long to answer for the first time: a clock known by then delays no order."""
        self._looked.wait(seconds)

    def stop(self) -> None:
        """End soon; a read under way is not waited for."""
        self._stopping.set()

    def run(self) -> None:
        """Look after it until stopped."""
        while not self._stopping.is_set():
            try:
                self._health.turn()
                self._looked.set()
                self._keep_markets()
            except Exception:
                # Without this thread the clock grows old, and new orders would wait for it in vain.
                log.exception("%s %s could not be looked after", *self._place)
            self._stopping.wait(_TURN_SECONDS)

    def _keep_markets(self) -> None:
        now = time.monotonic()
        if now < self._tell_markets_at:
            return
        try:
            told = self._tell_markets()
            self._tell_markets_at = now + (_MARKETS_SECONDS if told else _PART_SECONDS)
        except (RouterError, redis.RedisError) as error:
            log.warning("the markets of %s %s are not told: %s", *self._place, error)
            self._tell_markets_at = now + _TRY_AGAIN_SECONDS

    def _tell_markets(self) -> bool:
        """False while a part of them could not be read: a producer would take its markets for unlisted ones."""
        if not self._exchange.instruments.complete:
            self._exchange.instruments.renew(_PART_SECONDS)
        markets = self._exchange.get_instruments()
        if not self._exchange.instruments.complete:
            return False
        rows: dict[Any, Any] = {str(market.symbol): market.model_dump_json() for market in markets}
        key = self._journal.keys.instruments(*self._place)
        with self._journal.client.pipeline(transaction=True) as pipeline:
            pipeline.delete(key)
            pipeline.hset(key, mapping=rows)
            pipeline.pexpire(key, _MARKETS_LIFE_MS)
            pipeline.execute()
        return True
