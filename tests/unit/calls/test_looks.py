"""From looks at a far clock to an offset: whatever the network does, the bound is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.calls.looks import DRIFT, Look, Reading, read

MS = 1_000_000
trips = st.tuples(st.integers(0, 400 * MS), st.integers(0, 400 * MS))  # there and back, as uneven as they come
pauses = st.integers(0, 50 * MS)


def looks_at(base_ns: int, ways: list[tuple[int, int]], pause_ns: int = MS, resolution_ns: int = MS) -> list[Look]:
    """What one sees of a clock that is truly ``base_ns`` ahead, when requests and replies take so long."""
    found, now_ns = [], 10**12
    for there_ns, back_ns in ways:
        told_ns = (now_ns + there_ns + base_ns) // resolution_ns * resolution_ns
        found.append(Look(told_ns, now_ns, now_ns + there_ns + back_ns, resolution_ns))
        now_ns += there_ns + back_ns + pause_ns
    return found


@given(
    st.integers(-(10**18), 10**18), st.lists(trips, min_size=1, max_size=9), pauses, st.sampled_from([1_000, MS, 10**9])
)
def test_the_truth_lies_within_the_bound(base: int, ways: list[tuple[int, int]], pause: int, resolution: int) -> None:
    reading = read(looks_at(base, ways, pause, resolution))
    assert abs(reading.base_ns - base) / MS <= reading.uncertainty_ms + 1e-3
    assert reading.round_trip_ms == min(sum(way) for way in ways) / MS


@given(
    st.integers(-(10**18), 10**18), st.lists(trips, min_size=4, max_size=8), st.integers(1, 3_600), st.integers(0, 7)
)
def test_one_look_at_a_wrong_clock_moves_nothing(
    base: int, ways: list[tuple[int, int]], wrong_seconds: int, at: int
) -> None:
    """A load balancer now and then asks a machine whose clock is seconds off."""
    looks = looks_at(base, ways)
    wrong = looks[at % len(looks)]
    looks[at % len(looks)] = wrong._replace(told_ns=wrong.told_ns + wrong_seconds * 10**9)
    reading = read(looks)
    assert abs(reading.base_ns - base) / MS <= reading.uncertainty_ms + 1e-3


@given(st.lists(st.sampled_from([(2, 2), (0, 4), (4, 0), (0, 7), (7, 0), (1, 6)]), min_size=1, max_size=7))
def test_the_bound_covers_the_way_from_the_quickest_look_to_the_median(ways_ms: list[tuple[int, int]]) -> None:
    """Most looks may be uneven to one side, and the quickest one to the other."""
    reading = read(looks_at(0, [(there_ms * MS, back_ms * MS) for there_ms, back_ms in ways_ms], resolution_ns=1_000))
    assert abs(reading.base_ns) / MS <= reading.uncertainty_ms + 1e-3


@given(st.lists(trips, min_size=1, max_size=9))
def test_the_bound_is_never_below_half_of_the_smallest_round_trip(ways: list[tuple[int, int]]) -> None:
    reading = read(looks_at(0, ways))
    assert reading.uncertainty_ms >= reading.round_trip_ms / 2 + 0.5 - 1e-6


def test_slow_looks_do_not_loosen_what_a_quick_one_knows() -> None:
    quick = (2 * MS, 2 * MS)
    reading = read(looks_at(0, [quick, (900 * MS, MS), quick, (MS, 900 * MS), quick]))
    assert reading.uncertainty_ms <= 2 + 0.5 + 1.0


def test_without_a_majority_the_bound_spans_all_that_was_seen() -> None:
    """Half of the machines behind an address are two seconds ahead of the others."""
    even = looks_at(0, [(MS, MS)] * 2) + looks_at(2_000 * MS, [(MS, MS)] * 2)
    reading = read(even)
    for base in (0, 2_000 * MS):
        assert abs(reading.base_ns - base) / MS <= reading.uncertainty_ms
    assert reading.uncertainty_ms > 1_000


def test_the_bound_grows_with_time() -> None:
    reading = Reading(0, 2.0, 3.0, at_ns=10**9)
    assert reading.uncertainty_at(10**9) == 2.0
    assert reading.uncertainty_at(61 * 10**9) == pytest.approx(2.0 + 60_000 * DRIFT)
    assert reading.uncertainty_at(0) == 2.0


@pytest.mark.parametrize(("apart_ms", "expected"), [(0, 0.0), (5, 0.0), (8, 2.0), (-8, 2.0)])
def test_readings_disagree_by_what_neither_allows(apart_ms: int, expected: float) -> None:
    earlier, later = Reading(0, 2.0, 3.0, 10**9), Reading(apart_ms * MS, 4.0, 3.0, 10**9)
    assert later.disagreement_ms(earlier) == pytest.approx(expected)


def test_no_look_is_no_reading() -> None:
    with pytest.raises(ValueError, match="max"):
        read([])
