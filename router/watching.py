"""Follows balances as they change: what the router reads of them, as far as it differs from the last read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import redis

from router.connection import answering
from router.models import Model
from router.numbers import Exact
from router.portions import Portions
from router.settings import RouterSettings

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


class Wanted(NamedTuple):
    """Whose changes, after which one, and for how long without any; None stands for all, now and ever."""

    accounts: Collection[str] | None
    since: str | None
    patience: float | None


class Changes(Portions[BalanceChange]):
    """Changes after ``since`` (None: from now on), of these accounts or of all, as they come."""

    def __init__(self, client: redis.Redis, key: str, settings: RouterSettings, wanted: Wanted) -> None:
        super().__init__(settings, wanted.patience)
        self._client = client
        self._key = key
        self._accounts = wanted.accounts
        with answering(settings):
            self._last = self._newest() if wanted.since is None else wanted.since

    def _newest(self) -> str:
        newest: Any = self._client.xrevrange(self._key, count=1)
        return newest[0][0].decode() if newest else "0-0"

    def _more(self, seconds: float) -> list[BalanceChange]:
        found: Any = self._client.xread({self._key: self._last}, count=_AT_ONCE, block=max(round(seconds * 1_000), 1))
        rows = found[0][1] if found else []
        changes = [
            _change(name.decode(), {key.decode(): value.decode() for key, value in row.items()}) for name, row in rows
        ]
        self._last = rows[-1][0].decode() if rows else self._last
        return [change for change in changes if self._accounts is None or change.account in self._accounts]


def _change(entry: str, told: dict[str, str]) -> BalanceChange:
    what = told.pop("what").partition(".")[2]
    known = {name: value for name, value in told.items() if value}
    nothing = {"before_free": None, "before_locked": None}
    return BalanceChange.model_validate({**nothing, **known, "id": entry, "market": what or None})
