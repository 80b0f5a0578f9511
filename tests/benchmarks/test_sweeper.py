"""What 100,000 parked commands cost the sweeper, and how late it wakes what is due."""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Iterator
from itertools import islice

import pytest
import redis

from router import LimitOrder, RouterSettings
from router.client import submission
from router.identity import with_id
from router.journal import Journal
from router.keys import Keys
from router.publish import RedisPublisher
from workers.sweeper import Sweeper

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(900)]
PARKED, DUE, WITHIN_MS, IDLE_SECONDS = 100_000, 1_000, 10_000, 10.0
SETTINGS = RouterSettings()


def commands(count: int) -> Iterator[LimitOrder]:
    for _ in range(count):
        fields = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT", "side": "buy"}
        yield with_id(LimitOrder(**fields, quantity="1", price="1", expires_in=None))  # type: ignore[misc]


def park(journal: Journal, count: int, delays_ms: Iterator[int]) -> dict[str, float]:
    """Submit without a message and park; when each is due, in seconds since 1970."""
    due: dict[str, float] = {}
    source = commands(count)
    while batch := list(islice(source, 500)):
        journal.submit(*(submission(command, SETTINGS, with_message=False) for command in batch))
        for command in batch:
            delay_ms = next(delays_ms)
            journal.park_unsent(command.id or "", delay_ms, "benchmark")
            due[command.id or ""] = time.time() + delay_ms / 1_000
    return due


def test_sweeping_among_many(redis_client: redis.Redis) -> None:
    journal = Journal(redis_client, Keys("pointsman"))
    before = redis_client.info("memory")["used_memory"]
    park(journal, PARKED, iter(lambda: 3_600_000, None))
    per_command = (redis_client.info("memory")["used_memory"] - before) / PARKED
    sweeper = Sweeper(journal, RedisPublisher(redis_client), "bench", 3_000)
    cpu, server = time.process_time(), redis_client.info("cpu")["used_cpu_user"]
    sweeper.start()
    time.sleep(IDLE_SECONDS)
    share = (time.process_time() - cpu) / IDLE_SECONDS
    server_share = (redis_client.info("cpu")["used_cpu_user"] - server) / IDLE_SECONDS
    due = park(journal, DUE, iter(lambda: random.randint(2_000, WITHIN_MS), None))
    late: dict[str, float] = {}
    while len(late) < DUE:
        popped = redis_client.brpop(["binance.orders"], timeout=20)
        assert popped is not None
        name = json.loads(popped[1])["headers"]["id"]
        late.setdefault(name, (time.time() - due[name]) * 1_000)  # nobody begins it here, so it is rung again later
    sweeper.stop()
    cuts = statistics.quantiles(late.values(), n=100)
    print(f"\n{PARKED} parked: {share:.1%} of a core in the worker, {server_share:.1%} in the server")
    print(f"{per_command:.0f} bytes each; {DUE} due: woken after {cuts[49]:.0f} ms p50, {cuts[98]:.0f} ms p99")
