"""The exchange's clock: measured, doubted, believed again, and left alone by the wall clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import cycle

import pytest

from router.errors import NotProcessed
from workers.calls.clock import Clock
from workers.calls.looks import Reading

MS = 1_000_000
HOUR_MS = 3_600_000


class Exchange:
    """A clock that is ahead of this host's monotonic one, behind a way of its own; it may be set, slow or gone."""

    def __init__(self, ahead_ms: int = 5_000, ways_ms: tuple[tuple[int, int], ...] = ((5, 5),)) -> None:
        self.ahead_ms = ahead_ms
        self.ways_ms: Iterator[tuple[int, int]] = cycle(ways_ms)
        self.asked = 0
        self.on_asked: Callable[[int], None] = lambda _: None
        self._wall_ns = time.time_ns() - time.monotonic_ns()

    def ask(self) -> tuple[int, int, int]:
        self.asked += 1
        self.on_asked(self.asked)
        there_ms, back_ms = next(self.ways_ms)
        before_ns = time.monotonic_ns()
        told_ns = before_ns + self._wall_ns + (self.ahead_ms + there_ms) * MS
        return told_ns // MS, before_ns, before_ns + (there_ms + back_ms) * MS


def off_by(clock: Clock, ahead_ms: float) -> float:
    return abs(clock.offset_ms - ahead_ms)


def measured(exchange: Exchange) -> Clock:
    clock = Clock()
    clock.measure(exchange.ask)
    return clock


def aged(clock: Clock, seconds: float) -> None:
    """Let so much time pass since it was measured."""
    reading = clock.reading
    assert reading is not None
    clock.take(reading._replace(at_ns=reading.at_ns - round(seconds * 1e9)))


def refuse(_: int) -> None:
    raise NotProcessed("not now")


def test_before_it_is_measured_it_is_the_wall_clock_and_no_one_should_rely_on_it() -> None:
    clock = Clock()
    assert abs(clock.now_ms() - time.time() * 1_000) < 1_000
    assert (clock.uncertainty_ms, clock.round_trip_ms, clock.reading, clock.stable) == (None, None, None, False)
    assert clock.doubt() == "it was not measured yet"


def test_it_takes_the_median_of_the_quick_looks_and_drops_the_one_that_disagrees() -> None:
    exchange = Exchange(ways_ms=((5, 5), (8, 12), (10, 0), (0, 10), (5, 5)))

    def one_is_wrong(number: int) -> None:
        exchange.ahead_ms = 60_000 if number == 3 else 5_000

    exchange.on_asked = one_is_wrong
    clock = measured(exchange)
    assert clock.stable
    assert clock.uncertainty_ms is not None
    assert off_by(clock, 5_000) <= clock.uncertainty_ms
    assert 5.0 <= clock.uncertainty_ms < 12.0
    assert clock.round_trip_ms == 10.0


def test_a_failed_measurement_leaves_the_clock_alone() -> None:
    clock, exchange = Clock(), Exchange()
    clock.adopt(123, 4.5)
    exchange.on_asked = refuse
    with pytest.raises(NotProcessed):
        clock.measure(exchange.ask)
    assert off_by(clock, 123) < 1
    assert clock.uncertainty_ms == pytest.approx(4.5, abs=0.1)


def test_what_was_seen_before_the_asking_failed_is_used() -> None:
    """A budget that is spent half way must not cost the whole measurement."""
    exchange = Exchange()

    def fail_at_third(number: int) -> None:
        if number == 3:
            refuse(number)

    exchange.on_asked = fail_at_third
    clock = measured(exchange)
    assert clock.stable
    assert off_by(clock, 5_000) <= (clock.uncertainty_ms or 0)


def test_a_step_of_the_wall_clock_does_not_move_the_exchanges_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    clock.adopt(0, 1)
    before = clock.now_ms()
    monkeypatch.setattr("workers.calls.clock.time_ns", lambda: time.time_ns() + HOUR_MS * MS)
    assert abs(clock.now_ms() - before) < 1_000
    assert abs(clock.offset_ms + HOUR_MS) < 1_000
    assert clock.stable


def test_a_clock_that_was_set_is_followed_when_a_second_measurement_confirms_it() -> None:
    exchange = Exchange()
    clock = measured(exchange)
    exchange.ahead_ms = 65_000
    clock.measure(exchange.ask)
    assert clock.stable
    assert off_by(clock, 65_000) < 20
    assert exchange.asked == 15, "five looks, then twice five"


def test_a_clock_that_is_somewhere_else_each_time_is_not_stable_until_two_measurements_agree() -> None:
    exchange = Exchange()
    clock = measured(exchange)

    def wander(number: int) -> None:
        if number in (6, 11):
            exchange.ahead_ms += 1_200

    exchange.on_asked = wander
    clock.measure(exchange.ask)
    assert not clock.stable
    assert "last two measurements differ by 11" in (clock.doubt() or "")
    assert off_by(clock, 7_400) < 20, "the newest is the best guess all the same"
    clock.measure(exchange.ask)
    assert clock.stable


def test_a_step_that_cannot_be_confirmed_is_doubted() -> None:
    exchange = Exchange()
    clock = measured(exchange)

    def step_and_go(number: int) -> None:
        exchange.ahead_ms = 65_000
        if number > 10:
            refuse(number)

    exchange.on_asked = step_and_go
    clock.measure(exchange.ask)
    assert not clock.stable
    assert off_by(clock, 65_000) < 20


def test_time_makes_it_uncertain_and_then_unreliable() -> None:
    clock = measured(Exchange())
    fresh = clock.uncertainty_ms or 0
    aged(clock, 100)
    assert clock.uncertainty_ms == pytest.approx(fresh + 10, abs=0.5)
    assert clock.stable
    aged(clock, 201)
    assert "last measured 301 s ago" in (clock.doubt() or "")


@pytest.mark.parametrize(
    ("uncertainty_ms", "window_ms", "stable"),
    [(499, 5_000, True), (501, 5_000, False), (499, 1_000, True), (49, 100, True), (51, 100, False)],
)
def test_how_far_off_it_may_be_depends_on_the_receive_window(
    uncertainty_ms: int, window_ms: int, *, stable: bool
) -> None:
    """Half of what the exchange bears: a timestamp a second ahead, or as old as the receive window."""
    clock = Clock()
    clock.take(Reading(0, uncertainty_ms, 1.0, time.monotonic_ns()))
    assert (clock.doubt(window_ms) is None) is stable
    if not stable:
        most = min(window_ms, 1_000) // 2
        assert f"within {uncertainty_ms} ms, and {most} ms is the most" in (clock.doubt(window_ms) or "")


def test_a_way_as_long_as_half_around_the_world_and_back_is_stable() -> None:
    assert measured(Exchange(ways_ms=((300, 300),))).stable


def test_a_way_that_may_hide_half_a_second_is_not() -> None:
    assert not measured(Exchange(ways_ms=((510, 510),))).stable


def test_the_smallest_round_trip_is_remembered_for_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = measured(Exchange(ways_ms=((5, 5),)))
    clock.note_round_trip(6 * MS)
    clock.note_round_trip(40 * MS)
    assert clock.round_trip_ms == 6.0
    monkeypatch.setattr("workers.calls.clock.monotonic_ns", lambda: time.monotonic_ns() + 121 * 10**9)
    assert clock.round_trip_ms == 10.0, "without a recent one, that of the measurement it goes by"


def test_what_is_adopted_without_a_round_trip_claims_none() -> None:
    clock = Clock()
    clock.adopt(5_000, 3.0)
    assert (clock.round_trip_ms, clock.stable) == (0.0, True)
    clock.note_round_trip(7 * MS)
    assert clock.round_trip_ms == 7.0


def test_many_who_want_a_measurement_at_once_share_one() -> None:
    """Each order that was refused for its timestamp asks for one."""
    exchange, clock, first_asks = Exchange(), Clock(), threading.Event()
    others = [threading.Thread(target=clock.measure, args=(exchange.ask,)) for _ in range(20)]

    def hold(_: int) -> None:
        if not first_asks.is_set():
            first_asks.set()
            for other in others:
                other.start()
            time.sleep(0.2)  # until they all wait

    exchange.on_asked = hold
    clock.measure(exchange.ask)
    for other in others:
        other.join()
    assert exchange.asked <= 50, "one more serves all who had asked by then: ten reads, not a hundred and five"
