"""Tells Redis who is here: which accounts are served, which instruments they trade, and that this worker is alive."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import redis

from router.catalog import ServedAccount
from router.errors import RouterError
from router.journal import Journal
from workers.exchanges.base import BaseExchange
from workers.settings import AccountSettings

log = logging.getLogger("pointsman.presence")
_BEAT_SECONDS: Final = 2.0
_BEAT_LIFE_MS: Final = 10_000
_INSTRUMENTS_SECONDS: Final = 3600.0
_INSTRUMENTS_LIFE_MS: Final = 86_400_000
_TRY_AGAIN_SECONDS: Final = 2.0


class Presence(threading.Thread):
    """A thread of every worker: registers what it serves, keeps clocks measured, and beats."""

    def __init__(
        self, journal: Journal, name: str, exchanges: Mapping[str, BaseExchange], queues: Iterable[str]
    ) -> None:
        super().__init__(name="pointsman-presence", daemon=True)
        self._journal = journal
        self._me = name
        self._exchanges = exchanges
        self._queues = sorted(queues)
        self._stopping = threading.Event()
        self._due: dict[tuple[str, str], float] = {}

    def stop(self) -> None:
        """End, and take the sign of life down."""
        self._stopping.set()
        self.join(timeout=5)
        self._journal.client.delete(self._journal.keys.worker(self._me))

    def run(self) -> None:
        """Beat until stopped; trouble is logged and outlived."""
        while not self._stopping.is_set():
            try:
                self._beat()
                self._refresh()
            except redis.RedisError as error:
                log.warning("cannot give a sign of life: Redis does not answer (%s)", error)
            self._stopping.wait(_BEAT_SECONDS)

    def _beat(self) -> None:
        document = json.dumps({"queues": self._queues, "accounts": sorted(self._exchanges)})
        self._journal.client.set(self._journal.keys.worker(self._me), document, px=_BEAT_LIFE_MS)

    def _refresh(self) -> None:
        """Once per exchange environment and hour: its instruments; more often: its clock, which also probes it."""
        for exchange in self._one_per_environment():
            place = (exchange.name, str(exchange.account.environment))
            if self._stopping.is_set() or time.monotonic() < self._due.get(place, 0.0):
                continue
            try:
                exchange.sync_clock()
                instruments = exchange.get_instruments()
            except RouterError as error:
                log.warning("%s %s does not tell its instruments yet: %s", *place, error.problem)
                self._due[place] = time.monotonic() + _TRY_AGAIN_SECONDS
                continue
            key = self._journal.keys.instruments(*place)
            rows: dict[Any, Any] = {str(instrument.symbol): instrument.model_dump_json() for instrument in instruments}
            with self._journal.client.pipeline(transaction=True) as pipeline:
                pipeline.delete(key)
                pipeline.hset(key, mapping=rows)
                pipeline.pexpire(key, _INSTRUMENTS_LIFE_MS)
                pipeline.execute()
            self._due[place] = time.monotonic() + _INSTRUMENTS_SECONDS

    def _one_per_environment(self) -> list[BaseExchange]:
        return list(
            {(exchange.name, exchange.account.environment): exchange for exchange in self._exchanges.values()}.values()
        )


def register(journal: Journal, accounts: Iterable[AccountSettings]) -> None:
    """Write down which accounts exist, so that producers refuse a misspelt one. Raises: redis.RedisError."""
    rows: dict[Any, Any] = {
        account.name: ServedAccount(exchange=account.exchange, environment=account.environment).model_dump_json()
        for account in accounts
    }
    if rows:
        journal.client.hset(journal.keys.accounts, mapping=rows)
