"""How things stand, as read from a real server."""

from __future__ import annotations

import json
import time

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.processes import Valkey

from router import OrderRouter
from router.halts import Halts
from router.journal import Journal
from router.keys import Keys
from router.standing import Breaker, standing
from router.under_way import under_way

KEYS = Keys("pointsman")
WAY = "binance:testnet:direct"
QUEUES = ["binance.cancels", "binance.orders", "binance.queries"]


@pytest.fixture
def journal(redis_client: redis.Redis) -> Journal:
    return Journal(redis_client, KEYS)


def now_ms(client: redis.Redis) -> int:
    seconds, microseconds = client.time()
    return int(seconds) * 1_000 + int(microseconds) // 1_000


def test_an_empty_house(journal: Journal) -> None:
    assert standing(journal) == (0, 0, {}, [], [], [], [])
    work = under_way(journal, QUEUES)
    assert (work.not_ended, work.counted, work.in_doubt) == (0, 0, [])
    assert {name: (load.messages, load.states) for name, load in work.queues.items()} == dict.fromkeys(QUEUES, (0, {}))


def test_a_ban_is_told_with_what_is_left_of_it(journal: Journal, redis_client: redis.Redis) -> None:
    redis_client.set(KEYS.ban(WAY), now_ms(redis_client) + 60_000, px=60_000)
    ((egress, left),) = standing(journal).bans
    assert egress == WAY
    assert 0 < left <= 60


def test_a_breaker_is_open_or_only_counting(journal: Journal, redis_client: redis.Redis) -> None:
    redis_client.hset(KEYS.breaker("a"), mapping={"failures": 2})
    redis_client.hset(KEYS.breaker("b"), mapping={"failures": 7, "opened": now_ms(redis_client) - 5_000, "probing": 0})
    redis_client.hset(KEYS.breaker("c"), mapping={"failures": 1, "opened": 0})
    house = standing(journal)
    assert [breaker.way for breaker in house.breakers] == ["a", "b", "c"]
    assert house.breakers[0] == Breaker("a", 2, None)
    (is_open,) = house.open_breakers
    assert (is_open.way, is_open.failures) == ("b", 7)
    assert is_open.open_seconds is not None
    assert is_open.open_seconds >= 5


def test_clocks_are_told_as_far_as_they_are_known(journal: Journal, redis_client: redis.Redis) -> None:
    measured = {"offset_ms": "-12.5", "uncertainty_ms": "3", "round_trip_ms": "6", "stable": "1", "by": "here:1"}
    redis_client.hset(KEYS.clock("a"), mapping={**measured, "measured_ms": now_ms(redis_client) - 2_000})
    redis_client.hset(KEYS.clock("b"), mapping={"stable": "0", "offset_ms": "", "reachable": "0", "problem": "gone"})
    redis_client.set(f"{KEYS.clock('b')}:lease", "here:1")
    known, unknown = standing(journal).clocks
    assert known[:4] == ("a", -12.5, 3.0, 6.0)
    assert (known.is_stable, known.is_reachable, known.problem) == (True, None, None)
    assert known.age_seconds is not None
    assert known.age_seconds >= 2
    assert unknown == ("b", None, None, None, None, False, False, "gone")


def test_halts_workers_and_letters_are_told(journal: Journal, redis_client: redis.Redis) -> None:
    halt = Halts(redis_client, KEYS).set("all", "ann", "now")
    beat = {"queues": ["binance.orders"], "accounts": [], "consumed_at": time.time() - 3}
    redis_client.set(KEYS.worker("here:1"), json.dumps(beat), px=10_000)
    journal.bury("binance.orders", "no reason", "nothing")
    house = standing(journal)
    assert (house.halts, house.dead_letters) == ([halt], 1)
    assert house.workers["here:1"].queues == ["binance.orders"]
    assert house.workers["here:1"].quiet_seconds >= 3


names = st.text("abcdefghijklmnopqrstuvwxyz0123456789:_.-", min_size=1, max_size=30)


@given(name=names)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_one_pattern_finds_what_stands_and_none_of_the_many(redis_client: redis.Redis, name: str) -> None:
    redis_client.flushall()
    wanted = {KEYS.worker(name), KEYS.ban(name), KEYS.breaker(name), KEYS.clock(name)}
    many = {
        KEYS.command(name),
        KEYS.budget(name),
        KEYS.snapshot("balances", name, name),
        KEYS.changes,
        KEYS.accounts,
        KEYS.halts,
    }
    redis_client.mset(dict.fromkeys([*wanted, *many, KEYS.agenda, KEYS.events, KEYS.dead, "other:worker:x"], "x"))
    assert {key.decode() for key in redis_client.scan_iter(KEYS.standing)} == wanted


def test_what_is_under_way_is_counted_by_queue_and_state(
    valkey: Valkey, journal: Journal, redis_client: redis.Redis
) -> None:
    at = {"exchange": "binance", "account": "main"}
    with OrderRouter(valkey.url) as router:
        tickets = [router.buy_market("BTC/USDT", quantity="0.01", expires_in=60, **at) for _ in range(5)]
        router.cancel_all(symbol="BTC/USDT", **at)
    for ticket, age_ms in zip(tickets, (0, 90_000, 30_000), strict=False):
        moved = {"state": "unknown", "attempts": 1, "why": "the reply was lost"}
        redis_client.hset(KEYS.command(ticket.id), mapping={**moved, "created": now_ms(redis_client) - age_ms})
    redis_client.hset(KEYS.command(tickets[3].id), "state", "sending")
    work = under_way(journal, QUEUES)
    assert (work.not_ended, work.counted) == (6, 6)
    assert work.queues["binance.orders"].states == {"unknown": 3, "sending": 1, "queued": 1}
    assert work.queues["binance.orders"].oldest_seconds >= 90
    assert work.queues["binance.cancels"].states == {"queued": 1}
    assert [each.id for each in work.in_doubt] == [tickets[1].id, tickets[2].id, tickets[0].id]
    worst = work.in_doubt[0]
    assert (worst.queue, worst.account, worst.attempts, worst.why) == (
        "binance.orders",
        "main",
        1,
        "the reply was lost",
    )


def test_a_long_agenda_is_counted_as_far_as_asked(journal: Journal, redis_client: redis.Redis) -> None:
    with redis_client.pipeline() as pipeline:
        for number in range(2_500):
            pipeline.hset(
                KEYS.command(str(number)), mapping={"state": "queued", "queue": "binance.orders", "created": 1}
            )
            pipeline.zadd(KEYS.agenda, {str(number): number})
        pipeline.zadd(KEYS.agenda, {"no record": 1})
        pipeline.execute()
    whole, part = under_way(journal, []), under_way(journal, [], at_most=1_200)
    assert (whole.not_ended, whole.counted, whole.queues["binance.orders"].states) == (2_501, 2_500, {"queued": 2_500})
    assert (part.not_ended, part.counted) == (2_501, 1_199)
