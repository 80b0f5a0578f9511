"""Keeps what is known of an exchange fresh: its clock every few seconds, its markets every hour, for producers too."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final

import redis

from router.errors import RouterError
from router.journal import Journal
from workers.exchanges.base import BaseExchange

log = logging.getLogger("pointsman.upkeep")
_CLOCK_SECONDS: Final = 15.0
_TRY_AGAIN_SECONDS: Final = 2.0
_MARKETS_SECONDS: Final = 3_600.0
_MARKETS_LIFE_MS: Final = 86_400_000


class Upkeep(threading.Thread):
    """One thread per exchange environment and way to it, so that a slow one keeps no other waiting.

    Its clock reads are also what an open breaker is probed with.
    """

    def __init__(self, journal: Journal, exchange: BaseExchange) -> None:
        self._place = (exchange.name, str(exchange.account.environment))
        super().__init__(name=f"pointsman-upkeep-{'-'.join(self._place)}", daemon=True)
        self._journal = journal
        self._exchange = exchange
        self._stopping = threading.Event()
        self._told_at = float("-inf")

    def stop(self) -> None:
        """End soon; a read under way is not waited for."""
        self._stopping.set()

    def run(self) -> None:
        """Look after it until stopped; trouble is logged and outlived."""
        while not self._stopping.is_set():
            try:
                self._exchange.sync_clock()
                self._tell_markets()
                nap = _CLOCK_SECONDS
            except (RouterError, redis.RedisError) as error:
                log.warning("%s %s could not be looked after: %s", *self._place, error)
                nap = _TRY_AGAIN_SECONDS
            self._stopping.wait(nap)

    def _tell_markets(self) -> None:
        if time.monotonic() - self._told_at < _MARKETS_SECONDS:
            return
        markets = self._exchange.get_instruments()
        rows: dict[Any, Any] = {str(market.symbol): market.model_dump_json() for market in markets}
        key = self._journal.keys.instruments(*self._place)
        with self._journal.client.pipeline(transaction=True) as pipeline:
            pipeline.delete(key)
            pipeline.hset(key, mapping=rows)
            pipeline.pexpire(key, _MARKETS_LIFE_MS)
            pipeline.execute()
        self._told_at = time.monotonic()
