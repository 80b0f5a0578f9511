"""Redis' clock as seen from here, on a real server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis
from support.processes import Valkey, running

from router.journal import Journal
from router.keys import Keys
from workers.redis_clock import RedisClock


@pytest.fixture
def clock(redis_client: redis.Redis) -> RedisClock:
    return RedisClock(Journal(redis_client, Keys("pointsman")))


def redis_ms(client: redis.Redis) -> float:
    seconds, microseconds = client.time()
    return seconds * 1_000 + microseconds / 1_000


def test_it_is_redis_own_time(clock: RedisClock, redis_client: redis.Redis) -> None:
    clock.measure()
    before = redis_ms(redis_client)
    mine = clock.now_ms
    after = redis_ms(redis_client)
    assert before - clock.uncertainty_ms <= mine <= after + clock.uncertainty_ms
    assert 0 < clock.uncertainty_ms < 1_000


def test_a_step_of_the_wall_clock_moves_how_far_redis_is_ahead_and_not_the_time(
    clock: RedisClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hosts with an hour between their wall clocks agree on Redis' time."""
    before = clock.now_ms
    ahead = clock.ahead_ms
    monkeypatch.setattr("workers.redis_clock.time_ns", lambda: time.time_ns() + 3_600 * 10**9)
    assert clock.ahead_ms - ahead == pytest.approx(-3_600_000, abs=1_000)
    assert clock.now_ms - before < 1_000


def test_it_outlives_redis(folder: Path) -> None:
    """What was measured serves while Redis is away; what never was cannot."""
    valkey = Valkey(folder)
    with running(valkey):
        client = valkey.client()
        known, unknown = (RedisClock(Journal(client, Keys("pointsman"))) for _ in range(2))
        known.measure()
    before = known.now_ms
    with pytest.raises(redis.RedisError):
        known.measure()
    assert known.now_ms >= before
    with pytest.raises(redis.RedisError):
        _ = unknown.ahead_ms
    client.close()


def test_an_old_measurement_is_renewed_by_its_next_user(clock: RedisClock) -> None:
    first = clock.reading
    clock._tried_ns -= 60 * 10**9
    assert clock.reading.at_ns > first.at_ns
