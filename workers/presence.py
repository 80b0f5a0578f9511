"""Tells Redis who is here: which accounts are served, and that this worker is alive."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable
from typing import Any, Final

import redis

from router.catalog import ServedAccount
from router.journal import Journal
from workers.settings import AccountSettings

log = logging.getLogger("pointsman.presence")
_BEAT_SECONDS: Final = 2.0
_BEAT_LIFE_MS: Final = 10_000


class Presence(threading.Thread):
    """A thread of every worker that beats; its key is gone ten seconds after the last beat."""

    def __init__(self, journal: Journal, name: str, accounts: Iterable[str], queues: Iterable[str]) -> None:
        super().__init__(name="pointsman-presence", daemon=True)
        self._journal = journal
        self._key = journal.keys.worker(name)
        self._document = json.dumps({"queues": sorted(queues), "accounts": sorted(accounts)})
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End, and take the sign of life down."""
        self._stopping.set()
        self.join(timeout=5)
        try:
            self._journal.client.delete(self._key)
        except redis.RedisError as error:
            log.warning("the sign of life stays up for ten seconds: Redis does not answer (%s)", error)

    def run(self) -> None:
        """Beat until stopped; trouble is logged and outlived."""
        while not self._stopping.is_set():
            try:
                self._journal.client.set(self._key, self._document, px=_BEAT_LIFE_MS)
            except redis.RedisError as error:
                log.warning("cannot give a sign of life: Redis does not answer (%s)", error)
            self._stopping.wait(_BEAT_SECONDS)


def register(journal: Journal, accounts: Iterable[AccountSettings]) -> None:
    """Write down which accounts exist, so that producers refuse a misspelt one. Raises: redis.RedisError."""
    rows: dict[Any, Any] = {
        account.name: ServedAccount(exchange=account.exchange, environment=account.environment).model_dump_json()
        for account in accounts
    }
    if rows:
        journal.client.hset(journal.keys.accounts, mapping=rows)
