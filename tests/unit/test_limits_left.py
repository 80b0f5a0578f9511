"""What is left of a limit: as the gate has counted it, in the window that is now."""

from __future__ import annotations

import struct

import pytest
import redis

from router.journal import Journal
from router.keys import Keys
from router.limits import Limit, budgets_left, tell_limits

pytestmark = pytest.mark.processes
MINUTE = 60_000


@pytest.fixture
def journal(redis_client: redis.Redis) -> Journal:
    return Journal(redis_client, Keys("pointsman"))


def limit(name: str, *, rolling: bool = False, window_ms: int = MINUTE) -> Limit:
    return Limit("binance", "testnet", "direct", name, "", 100, window_ms, rolling)


def now_ms(journal: Journal) -> float:
    seconds, microseconds = journal.client.time()
    return seconds * 1_000 + microseconds / 1_000


def test_a_window_that_is_over_counts_for_nothing(journal: Journal) -> None:
    tell_limits(journal, {"now": limit("now", window_ms=86_400_000), "over": limit("over"), "never": limit("never")})
    day, minute = int(now_ms(journal) // 86_400_000), int(now_ms(journal) // MINUTE)
    for key, window in (("now", day), ("over", minute - 1)):
        journal.client.set(journal.keys.budget(key), struct.pack("<10d", window, 30, *[0] * 8))
    assert {each.of.name: each.left for each in budgets_left(journal)} == {"now": 70, "over": 100, "never": 100}


def test_of_a_rolling_window_what_has_left_it_counts_for_nothing(journal: Journal) -> None:
    tell_limits(journal, {"rolls": limit("rolls", rolling=True)})
    now = now_ms(journal)
    members = {f"a{at}": now + at for at in (-5_000, 20_000, 30_000)}
    journal.client.zadd(journal.keys.budget("rolls"), members)
    (left,) = budgets_left(journal)
    assert (left.used, left.left, left.share_left) == (2, 98, 0.98)
