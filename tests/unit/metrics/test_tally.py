"""Followers of a real event stream: nothing is counted twice, nothing is missed, whoever is stopped."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import redis
from support.processes import Valkey

from router.catalog import ServedAccount
from router.journal import Journal
from router.keys import Keys
from workers.metrics.fold import OTHER
from workers.metrics.tally import Tally

pytestmark = pytest.mark.processes
KEYS = Keys("pointsman")
DOCUMENT = {"kind": "market_order", "exchange": "binance", "account": "main"}
DONE = "commands|binance|main|orders.place|done|"


@pytest.fixture
def journal(redis_client: redis.Redis) -> Journal:
    served = ServedAccount(exchange="binance", environment="testnet").model_dump_json()
    redis_client.hset(KEYS.accounts, "main", served)
    return Journal(redis_client, KEYS)


def tell(journal: Journal, command: str, state: str, detail: object = "") -> None:
    """An event as the journal's scripts write it."""
    text = detail if isinstance(detail, str) else json.dumps(detail)
    fields: dict[Any, Any] = {"id": command, "state": state, "detail": text, "by": ""}
    journal.client.xadd(KEYS.events, fields)


def figures(journal: Journal) -> dict[str, int]:
    return {name.decode(): int(count) for name, count in journal.client.hgetall(KEYS.figures).items()}


def turn_to_the_end(tally: Tally) -> int:
    counted = 0
    while found := tally.turn(wait_ms=1):
        counted += found
    return counted


def test_what_was_there_before_the_first_follower_counts(journal: Journal) -> None:
    tell(journal, "a", "queued", DOCUMENT)
    tell(journal, "a", "done", "{}")
    tally = Tally(journal)
    assert turn_to_the_end(tally) == 2
    assert figures(journal)[DONE] == 1
    assert turn_to_the_end(tally) == turn_to_the_end(Tally(journal)) == 0
    assert figures(journal)[DONE] == 1


def test_another_follower_goes_on_where_one_was_stopped(journal: Journal) -> None:
    tell(journal, "a", "queued", DOCUMENT)
    tell(journal, "a", "unknown", "lost")
    turn_to_the_end(Tally(journal))
    tell(journal, "a", "done", "{}")
    turn_to_the_end(Tally(journal))
    assert figures(journal)[DONE] == 1
    assert figures(journal)["doubts|binance|main|orders.place|found"] == 1
    assert journal.client.hlen(f"{KEYS.figures}:open") == 0


def test_several_followers_at_once_count_each_event_once(journal: Journal, valkey: Valkey) -> None:
    def follow() -> None:
        client = valkey.client()
        tally = Tally(Journal(client, KEYS))
        while not ended.is_set():
            tally.turn(wait_ms=20)
        client.close()

    ended = threading.Event()
    followers = [threading.Thread(target=follow) for _ in range(3)]
    for follower in followers:
        follower.start()
    for number in range(50):
        tell(journal, str(number), "queued", DOCUMENT)
        tell(journal, str(number), "sending")
        tell(journal, str(number), "done", "{}")
    ended.set()
    for follower in followers:
        follower.join()
    turn_to_the_end(Tally(journal))
    assert figures(journal)[DONE] == 50
    buckets = {name: count for name, count in figures(journal).items() if name.startswith("took|") and "|le=" in name}
    assert sum(buckets.values()) == 50


def test_names_that_nobody_serves_do_not_become_labels(journal: Journal) -> None:
    for number in range(20):
        tell(journal, f"a{number}", "queued", {**DOCUMENT, "account": f"made-up-{number}"})
        tell(journal, f"b{number}", "queued", {**DOCUMENT, "exchange": f"made-up-{number}"})
        for command in ("a", "b"):
            tell(journal, f"{command}{number}", "failed", {"kind": f"made up {number}", "message": ""})
    turn_to_the_end(Tally(journal))
    ended = {name: count for name, count in figures(journal).items() if name.startswith("commands|")}
    assert ended == {
        f"commands|binance|{OTHER}|orders.place|failed|other": 20,
        f"commands|{OTHER}|{OTHER}|orders.place|failed|other": 20,
    }


def test_a_command_whose_beginning_is_not_known_is_read_up(journal: Journal) -> None:
    """A replay begins a command again that had ended; its own record tells what it is."""
    fields: dict[Any, Any] = {"exchange": "binance", "account": "main", "task": "orders.place", "state": "done"}
    journal.client.hset(KEYS.command("a"), mapping=fields)
    tell(journal, "a", "unknown", "replayed")
    tell(journal, "a", "done", "{}")
    turn_to_the_end(Tally(journal))
    assert figures(journal)[DONE] == 1


def test_dropped_events_are_told_and_leave_nothing_behind(journal: Journal) -> None:
    tell(journal, "a", "queued", DOCUMENT)
    tally = Tally(journal)
    turn_to_the_end(tally)
    tell(journal, "a", "done", "{}")
    journal.client.xtrim(KEYS.events, maxlen=0, approximate=False)
    tell(journal, "b", "queued", DOCUMENT)
    turn_to_the_end(tally)
    assert figures(journal)["gaps"] == 1
    assert tally.forget_ended() == 2  # neither has a record here
    assert journal.client.hlen(f"{KEYS.figures}:open") == 0
