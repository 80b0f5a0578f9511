"""Waits of threads for the ends of commands, when Redis hears what they ask for in another order than it was said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from support.processes import eventually

from router.client import submission
from router.commands import new_order
from router.identity import with_id
from router.journal import Journal
from router.keys import Keys
from router.settings import RouterSettings
from router.waiting import Waiting

SECONDS = 10.0


class Never(Waiting):
    """Does not look by itself, so that what it was not told it does not find out."""

    look_again_seconds = 40.0


@pytest.fixture
def journal(redis_client: redis.Redis) -> Journal:
    return Journal(redis_client, Keys("pointsman"))


@pytest.fixture
def waiting(journal: Journal) -> Iterator[Never]:
    made = Never(journal)
    yield made
    made.close()


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """The requests to listen that are still on their way; whoever calls one lets it arrive."""
    held: list[Callable[[], object]] = []
    real = redis.client.PubSub.subscribe

    def subscribe(self: Any, *channels: str) -> None:  # noqa: ANN401 - redis-py's
        if channels[0].endswith("listening"):
            real(self, *channels)
        else:
            held.append(lambda: real(self, *channels))

    monkeypatch.setattr(redis.client.PubSub, "subscribe", subscribe)
    return held


def accepted(journal: Journal) -> str:
    given = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.01"}
    order = with_id(new_order("market", **given))
    journal.submit(submission(order, RouterSettings()))
    assert order.id is not None
    return order.id


def test_an_end_that_comes_before_redis_listens_is_found_when_it_does(
    journal: Journal, waiting: Never, late: list[Callable[[], object]]
) -> None:
    command_id = accepted(journal)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(waiting.until_final, command_id, None)
        eventually(lambda: late, what="it asks to be told")
        threading.Event().wait(0.1)  # whatever it looks at by itself it has seen by now
        journal.end_unsent(command_id, "failed", "{}")
        late.pop()()
        found = waits.result(SECONDS)
    assert found is not None
    assert found.state == "failed"


def test_who_comes_when_others_listen_already_looks_at_once(journal: Journal, waiting: Never) -> None:
    command_id = accepted(journal)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(waiting.until_final, command_id, SECONDS)
        channel = journal.keys.command(command_id)
        eventually(lambda: journal.client.pubsub_numsub(channel)[0][1] == 1, what="it listens")
        with pytest.raises(TimeoutError, match=r"is still queued after 0\.2 s"):
            waiting.until_final(command_id, 0.2)
        second = pool.submit(waiting.until_final, command_id, SECONDS)
        journal.end_unsent(command_id, "failed", "{}")
        assert [each.state for each in (first.result(), second.result()) if each is not None] == ["failed"] * 2


def test_what_has_ended_or_was_never_known_is_told_without_listening(
    journal: Journal, waiting: Never, late: list[Callable[[], object]]
) -> None:
    command_id = accepted(journal)
    journal.end_unsent(command_id, "failed", "{}")
    found = waiting.until_final(command_id, SECONDS)
    assert found is not None
    assert found.state == "failed"
    assert waiting.until_final("0" * 32, SECONDS) is None
    assert late == []
