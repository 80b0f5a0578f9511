"""Interleavings that were found to break the promise, each kept as it was found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from support.protocol.house import House
from support.protocol.stage import CHOICES
from support.protocol.time import no_sleep

HIDDEN, UNHEARD = (CHOICES["send"].index(fate) for fate in ("hidden", "unheard"))


@pytest.fixture
def house(redis_client: redis.Redis) -> Iterator[House]:
    with no_sleep():
        made = House(redis_client)
        yield made
        made.close()


def state(house: House, command_id: str | None) -> str:
    record = house.journal.record(command_id or "")
    return record.state if record else "missing"


def test_a_worker_started_again_under_its_old_name_does_not_continue_a_claim(house: House) -> None:
    """In a container it has the host name and process id it had before: its claims must be told apart all the same."""
    order = house.place(60.0, resting=False)
    message = house.take(0)
    house.read(message, 0)
    house.steps(0, [0, UNHEARD])
    house.crash(0)
    house.read(message, 0)
    house.drain()
    assert (state(house, order.id), len(house.venue.of(order.id or ""))) == ("done", 1)


def test_a_cancel_whose_reply_was_lost_ends_when_its_order_never_came_to_be(house: House) -> None:
    order = house.place(2.0, resting=False)
    house.read(house.take(0), 0)
    house.steps(0, [0])  # claimed, and then its worker is gone
    house.crash(0)
    cancel = house.cancel(order.id or "")
    house.read(house.take(0), 1)
    house.steps(0, [0, 0, UNHEARD])  # looked its order up, claimed, sent without an answer
    house.crash(1)
    house.drain()
    assert (state(house, order.id), state(house, cancel.id)) == ("expired", "done")


def test_a_lost_reply_is_settled_although_the_order_could_not_be_sent_any_more(house: House) -> None:
    """Its market has closed meanwhile, say: that is no reason not to ask what became of it."""
    order = house.place(60.0, resting=False)
    house.read(house.take(0), 0)
    house.steps(0, [0, UNHEARD])
    house.crash(0)
    house.venue.closed = True
    house.drain()
    assert state(house, order.id) == "done"


def test_a_cancel_does_not_deny_an_order_that_is_only_not_shown_yet(house: House) -> None:
    """Its own command knows that it exists, so "no such order" can only mean that queries lag behind."""
    order = house.place(60.0, resting=False)
    house.read(house.take(0), 0)
    house.steps(0, [0, HIDDEN, 0, 0])
    cancel = house.cancel(order.id or "")
    house.drain()
    assert (state(house, order.id), state(house, cancel.id)) == ("done", "done")


def test_what_a_paused_worker_has_to_say_of_its_old_attempt_is_not_heard(house: House) -> None:
    order = house.place(60.0, resting=False)
    message = house.take(0)
    house.read(message, 0)
    house.steps(0, [0])  # claimed, and paused before it sends
    house.time.advance(16_000)
    house.sweep()
    house.read(message, 1)
    house.steps(1, [0] * 8)  # proved that nothing came, claimed anew and sent
    assert len(house.venue.of(order.id or "")) == 1
    house.steps(0, [0] * 40)  # "it was certainly not executed": true, of the first attempt
    house.drain()
    assert (state(house, order.id), len(house.venue.of(order.id or ""))) == ("done", 1)
