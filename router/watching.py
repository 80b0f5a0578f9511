"""Follows balances as they change: what the router reads of them, as far as it differs from the last read."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any

import redis

from router.connection import answering
from router.models import Model
from router.numbers import Exact
from router.settings import RouterSettings

_LOOK_SECONDS = 1.0
_AT_ONCE = 500


class BalanceChange(Model):
    """One asset of one account that is not what it was.

    ``id`` is where to go on from (``since``); ``market`` the wallet that was asked of; ``as_of_ms`` of when the new
    balance is, on Redis' clock. What was before is None when nothing was known of the account's wallet yet.
    """

    id: str
    exchange: str
    account: str
    market: str | None
    asset: str
    free: Exact
    locked: Exact
    before_free: Exact | None
    before_locked: Exact | None
    as_of_ms: int


class Changes:
    """The stream of changes. Shareable between threads."""

    def __init__(self, client: redis.Redis, key: str, settings: RouterSettings) -> None:
        self._client = client
        self._key = key
        self._settings = settings

    def follow(
        self, accounts: Collection[str] | None, since: str | None, patience: float | None
    ) -> Iterator[BalanceChange]:
        """Changes after ``since``, of these accounts or of all, as they come. Raises: QueueUnavailable."""
        with answering(self._settings):
            start = self._newest() if since is None else since
        return self._changes(accounts, start, patience)

    def _newest(self) -> str:
        newest: Any = self._client.xrevrange(self._key, count=1)
        return newest[0][0].decode() if newest else "0-0"

    def _changes(self, accounts: Collection[str] | None, last: str, patience: float | None) -> Iterator[BalanceChange]:
        heard_at = time.monotonic()
        while patience is None or time.monotonic() - heard_at < patience:
            with answering(self._settings):
                left = _LOOK_SECONDS if patience is None else min(patience, _LOOK_SECONDS)
                found: Any = self._client.xread({self._key: last}, count=_AT_ONCE, block=max(round(left * 1_000), 1))
            for entry, fields in found[0][1] if found else ():
                last = entry.decode()
                change = _change(last, {name.decode(): value.decode() for name, value in fields.items()})
                if accounts is None or change.account in accounts:
                    yield change
                    heard_at = time.monotonic()


def _change(entry: str, told: dict[str, str]) -> BalanceChange:
    what = told.pop("what").partition(".")[2]
    known = {name: value for name, value in told.items() if value}
    nothing = {"before_free": None, "before_locked": None}
    return BalanceChange.model_validate({**nothing, **known, "id": entry, "market": what or None})
