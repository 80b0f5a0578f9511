"""Turns of schedules on a clock of the test's own: each slot is one worker's, and what was missed is over."""

from __future__ import annotations

import json

import pytest
import redis

from router.catalog import Catalog
from router.journal import Journal
from router.keys import Keys
from router.poll_steps import Polls
from router.publish import RedisPublisher
from router.settings import RouterSettings
from router.snapshots import Place, Snapshots
from workers.chunk_run import Bureau
from workers.records import Records
from workers.redis_clock import RedisClock
from workers.scheduler import Scheduler
from workers.schedules import Schedule, spread, to_schedules
from workers.shared_gate import SharedGate

KEYS = Keys("pointsman")
NAMES = [f"a-{number}" for number in range(30)]
EXCHANGES = {name: "okx" if number % 3 else "bybit" for number, name in enumerate(NAMES)}
START_MS = 1_790_000_010_000.0  # a multiple of the period


@pytest.fixture
def schedule() -> Schedule:
    return to_schedules({"all": {"accounts": "all", "every": "10s"}}, EXCHANGES)[0]


def a_scheduler(client: redis.Redis, schedule: Schedule, name: str = "one") -> Scheduler:
    journal, settings = Journal(client, KEYS), RouterSettings()
    polls = Polls(client, KEYS, 60_000)
    parts = Records(journal, settings), polls, SharedGate(journal), Catalog(client, KEYS)
    bureau = Bureau(*parts, RedisPublisher(client), settings)
    return Scheduler(bureau, [schedule], EXCHANGES, RedisClock(journal), name)


def asked(client: redis.Redis) -> list[str]:
    documents = [client.hget(key, "document") for key in client.scan_iter("pointsman:command:*")]
    return sorted(name for text in documents for name in json.loads(text or b"{}")["accounts"])


def test_a_period_asks_everybody_once_whichever_worker_is_first(redis_client: redis.Redis, schedule: Schedule) -> None:
    workers = [a_scheduler(redis_client, schedule, name) for name in ("one", "two")]
    for tick in range(40):
        workers[tick // 4 % 2].turn(START_MS + 250 * tick)
        workers[1 - tick // 4 % 2].turn(START_MS + 250 * tick)
    assert asked(redis_client) == sorted(NAMES)
    owners = {redis_client.get(KEYS.schedule("all", round(START_MS // 1_000) + slot)) for slot in range(10)}
    assert owners == {b"one", b"two"}


def test_slots_in_which_nobody_looked_are_over(redis_client: redis.Redis, schedule: Schedule) -> None:
    worker, turns = a_scheduler(redis_client, schedule), spread(schedule, NAMES)
    worker.turn(START_MS)
    worker.turn(START_MS + 7_300)
    assert asked(redis_client) == sorted([*turns[0], *turns[7]])


def test_who_was_just_read_or_is_being_asked_is_left_out(redis_client: redis.Redis, schedule: Schedule) -> None:
    worker, due = a_scheduler(redis_client, schedule), sorted(spread(schedule, NAMES)[0])
    seconds = redis_client.time()[0]
    place = Place("balances", EXCHANGES[due[0]], due[0])
    Snapshots(redis_client, KEYS).keep(place, seconds * 1_000, "x", '{"balances":[]}')
    worker.turn(START_MS)
    assert asked(redis_client) == due[1:]
    worker.turn(START_MS + 10_000)  # the polls of a period ago have not ended
    assert asked(redis_client) == due[1:]


def test_it_looks_again_when_the_next_slot_begins(redis_client: redis.Redis, schedule: Schedule) -> None:
    assert a_scheduler(redis_client, schedule).turn(START_MS + 800) == pytest.approx(0.2)
    assert a_scheduler(redis_client, schedule).turn(START_MS + 100) == 0.5
