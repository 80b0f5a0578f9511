"""How a poll stands in Redis, step by step, against a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis
from support.gate import a_passage

from router.client import submission
from router.commands import PollAccounts, build
from router.journal import Journal
from router.keys import Keys
from router.poll_steps import Polls, Step, Told, Turn
from router.settings import RouterSettings
from router.snapshots import Place, Snapshots

KEYS = Keys("pointsman")
PLACE = "balances", "okx"
DOCUMENT = '{"exchange":"okx","account":"a","as_of_ms":1,"balances":[{"asset":"BTC","free":"1","locked":"0"}]}'


@pytest.fixture
def polls(redis_client: redis.Redis) -> Iterator[Polls]:
    redis_client.config_set("appendfsync", "no")
    yield Polls(redis_client, KEYS, 60_000)
    redis_client.config_set("appendfsync", "always")


def a_poll(client: redis.Redis, poll_id: str, expires_in: float = 30.0, **fields: object) -> PollAccounts:
    given = {"exchange": "okx", "accounts": ("a", "b"), "id": poll_id, "expires_in": expires_in, **fields}
    command = build(PollAccounts, **given)
    Journal(client, KEYS).submit(submission(command, RouterSettings()))
    return command


def step(polls: Polls, command: PollAccounts, turn: str = "0", owner: str = "me", **more: object) -> Turn:
    return polls.step(Step(command, owner, turn, 1_000, 20, **more))  # type: ignore[arg-type]  # what a test says


def fresh(account: str, as_of_ms: float = 0.0) -> Told:
    return Told(account, "fresh", 1, as_of_ms or time.time() * 1_000, DOCUMENT)


def news(polls: Polls, poll_id: str) -> list[dict[str, str]]:
    return [told for _, told in polls.news({poll_id: "0-0"}, 1).get(poll_id, [])]


def test_an_account_is_told_of_once_and_the_poll_ends_with_the_last(polls: Polls, redis_client: redis.Redis) -> None:
    whole = a_poll(redis_client, "whole")
    polls.open(whole.model_copy(update={"accounts": None}), 2)
    chunk = a_poll(redis_client, "chunk", poll="whole")
    assert step(polls, chunk, told=fresh("a")).what == "mine"
    assert step(polls, chunk, told=Told("a", "failed", 1, problem="{}")).what == "mine"
    assert polls.open(chunk, 2).told == {"a"}
    assert step(polls, chunk, told=Told("b", "failed", 3, problem='{"x":1}'), wish="end").what == "ended"
    assert [(told["account"], told["status"], told["calls"]) for told in news(polls, "whole")] == [
        *(("a", "fresh", "1"), ("b", "failed", "3"))
    ]
    assert {redis_client.hget(KEYS.command(name), "state") for name in ("whole", "chunk")} == {b"done"}
    assert step(polls, chunk).what == "final"


def test_a_chunk_is_one_worker_s_until_its_lease_ends_or_it_is_parked(polls: Polls, redis_client: redis.Redis) -> None:
    chunk = a_poll(redis_client, "alone")
    polls.open(chunk, 2)
    assert step(polls, chunk).what == "mine"
    assert step(polls, chunk, owner="other").what == "busy"
    assert step(polls, chunk, wish="park", park_ms=500, why="rate_limited").what == "parked"
    assert step(polls, chunk, owner="other").what == "early"
    assert news(polls, "alone") == [{"waits": "rate_limited"}]
    assert redis_client.hget(KEYS.command("alone"), "state") == b"waiting"
    redis_client.hset(KEYS.command("alone"), "due", 0)
    assert step(polls, chunk, owner="other").what == "mine"
    redis_client.hset(KEYS.command("alone"), "lease", 0)
    assert step(polls, chunk, owner="third").what == "mine"
    assert step(polls, chunk, owner="other", told=fresh("a")).what == "busy"
    assert polls.open(chunk, 2).told == {"a"}  # its answer counts all the same


def test_the_gate_is_asked_in_the_same_step(polls: Polls, redis_client: redis.Redis) -> None:
    chunk = a_poll(redis_client, "alone")
    polls.open(chunk, 2)
    passage = a_passage(charges=[("pointsman:budget:x", 1, 10, 1, 60_000, 1, 0)])
    first = step(polls, chunk, "1", passage=passage)
    assert (first.what, first.left) == ("go", "0:1:1:60000")
    assert step(polls, chunk, "1", passage=passage).mark == first.mark  # its first reply was lost on the way
    second = step(polls, chunk, "2", passage=passage)
    assert (second.what, second.why, second.budget) == ("wait", "rate_limited", "pointsman:budget:x")
    assert second.wait_ms > 1_000


def test_a_poll_ends_at_its_deadline(polls: Polls, redis_client: redis.Redis) -> None:
    chunk = a_poll(redis_client, "short", expires_in=0.01)
    opened = polls.open(chunk, 2)
    assert opened.known
    time.sleep(0.02)
    assert step(polls, chunk, told=fresh("a")).what == "expired"
    assert polls.open(chunk, 2).told == {"a"}
    assert not polls.open(build(PollAccounts, exchange="okx", id="nobody"), 0).known
    assert step(polls, build(PollAccounts, exchange="okx", id="nobody")).what == "missing"


def test_who_asks_holds_an_account_until_it_is_told_of(polls: Polls, redis_client: redis.Redis) -> None:
    assert polls.hold("one", PLACE, ["a", "b"]) == {"a": "one", "b": "one"}
    one = a_poll(redis_client, "one")
    polls.open(one, 2)
    assert polls.hold("two", PLACE, ["b", "c"]) == {"b": "one", "c": "two"}
    step(polls, one, told=fresh("a"))
    assert polls.hold("three", PLACE, ["a", "b"]) == {"a": "three", "b": "one"}
    step(polls, one, wish="end")
    assert polls.hold("four", PLACE, ["b"]) == {"b": "four"}
    assert redis_client.hexists(KEYS.flights(*PLACE), "a")


def test_an_older_answer_never_replaces_a_younger_one(redis_client: redis.Redis) -> None:
    snapshots, place = Snapshots(redis_client, KEYS), Place("balances", "okx", "a")
    now_ms = time.time() * 1_000
    assert snapshots.read(place) is None
    assert snapshots.keep(place, now_ms, "x", DOCUMENT)
    assert not snapshots.keep(place, now_ms - 50, "late", DOCUMENT.replace('"1"', '"9"'))
    kept = snapshots.read(place)
    assert kept is not None
    assert (kept.source, kept.document.decode()) == ("x", DOCUMENT)
    assert 0 <= kept.age_seconds < 5


def test_only_what_changed_is_told(redis_client: redis.Redis) -> None:
    snapshots, place = Snapshots(redis_client, KEYS), Place("balances.linear", "okx", "a")
    more = DOCUMENT.replace("]}", ',{"asset":"ETH","free":"2","locked":"1"}]}')
    for moment, document in enumerate((DOCUMENT, DOCUMENT.replace('"as_of_ms":1', '"as_of_ms":2'), more, DOCUMENT)):
        snapshots.keep(place, 1_000 + moment, "x", document)
    told = [
        tuple(fields[name].decode() for name in (b"asset", b"before_free", b"free", b"before_locked", b"locked"))
        for _, fields in redis_client.xrange(KEYS.changes)
    ]
    assert told == [("BTC", "", "1", "", "0"), ("ETH", "0", "2", "0", "1"), ("ETH", "2", "0", "1", "0")]
    snapshots.keep(Place("positions", "okx", "a"), 1_000, "x", "[]")
    assert redis_client.xlen(KEYS.changes) == 3
