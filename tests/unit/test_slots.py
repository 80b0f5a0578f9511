"""A worker's threads: which lanes may be taken from while how many are busy."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from workers.slots import Slots

ALL = ["binance.cancels", "binance.orders", "binance.queries", "pointsman.canary.here:1"]
TRADING = [ALL[0], ALL[1], ALL[3]]


@pytest.mark.parametrize(
    ("busy", "unstarted", "opened"),
    [
        (0, 0, ALL),
        (3, 0, ALL),
        (3, 1, TRADING),
        (4, 0, TRADING),
        (6, 0, [ALL[0], ALL[3]]),
        (4, 2, [ALL[0], ALL[3]]),
        (8, 0, [ALL[3]]),
    ],
)
def test_each_lane_leaves_threads_to_the_more_urgent_ones(busy: int, unstarted: int, opened: list[str]) -> None:
    slots = Slots(8)
    slots.unstarted = lambda: unstarted
    with ExitStack() as stack:
        for _ in range(busy):
            stack.enter_context(slots.taken())
        assert slots.open(ALL) == opened


def test_nothing_is_kept_for_lanes_that_the_worker_does_not_serve() -> None:
    slots = Slots(2)
    with slots.taken():
        assert slots.open(["binance.queries"]) == ["binance.queries"]
        assert slots.open(["binance.orders", "binance.queries"]) == ["binance.orders"]


def test_it_is_told_when_a_shut_lane_opens_again_and_only_then() -> None:
    slots, told = Slots(4), []
    slots.on_room = lambda: told.append("room")
    with slots.taken():
        with slots.taken():
            assert slots.open(ALL) == TRADING
        assert told == ["room"]
    assert told == ["room"]
    slots.open(ALL)
    with slots.taken():
        pass
    assert told == ["room"]


def test_one_thread_serves_every_lane_in_turn() -> None:
    slots = Slots(1)
    assert slots.open(ALL) == ALL
    with slots.taken():
        assert slots.open(ALL) == [ALL[3]]
