"""The benchmark's own arithmetic; what it measures is measured by `make bench-gate`."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from benchmarks.gate.cases import FIXED, ROLLING, cases
from benchmarks.gate.figures import Seen, measure, misses, most_in_a_window, percentile

SECOND = 1_000_000


def every(step_us: int, start_us: int, seconds: float) -> list[int]:
    return list(range(start_us, start_us + int(seconds * SECOND), step_us))


def test_percentiles_are_values_that_occur() -> None:
    assert [percentile([3, 1, 2], p) for p in (0, 50, 99, 100)] == [1, 2, 3, 3]
    assert percentile(range(1, 101), 99) == 99
    assert math.isnan(percentile([], 50))


def test_fixed_windows_are_counted_from_the_next_aligned_one() -> None:
    times = [*range(97), *range(10 * SECOND, 10 * SECOND + 100), *range(20 * SECOND, 20 * SECOND + 50)]
    found = measure(FIXED, Seen(times, [5 * SECOND, 20 * SECOND, 29 * SECOND]), SECOND, 2)
    assert (found.accepted, found.share, found.windows) == (150, 0.75, 2)
    assert (found.refused, found.refused_by_window, found.refused_most, found.crowded) == (3, (0, 2), 2, 100)
    assert (found.gap_p50_ms, found.gap_p99_ms) == (0.001, 0.001)
    assert found == measure(FIXED, Seen(times, [5 * SECOND, 20 * SECOND, 29 * SECOND]), 10 * SECOND, 2)


@pytest.mark.parametrize("phase", range(0, 1_000_000, 50_000))
def test_a_rolling_share_does_not_hang_on_where_bursts_fall(phase: int) -> None:
    bursts = [second * (SECOND + 500) + n for second in range(70) for n in range(10)]
    assert measure(ROLLING, Seen(bursts, []), 2 * SECOND + phase, 60).share == 1
    assert measure(ROLLING, Seen(every(100_000, 0, 70), []), 2 * SECOND + phase, 60).share == 1


def test_what_others_took_is_no_part_of_what_was_left() -> None:
    foreign = every(500_000, 250_000, 30)
    ours = every(125_000, 0, 30)
    found = measure(FIXED, Seen(sorted(foreign + ours), [], foreign), 0, 3)
    assert (found.foreign, found.accepted, found.share) == (60, 240, 1.0)
    assert not misses(replace(FIXED, foreign=0.2), replace(found, share=0.9, refused=9, refused_by_window=(1, 0)))
    assert len(misses(replace(FIXED, foreign=0.2), replace(found, share=0.89, refused_by_window=(2,)))) == 2


def test_a_rolling_window_has_both_ends() -> None:
    assert most_in_a_window(ROLLING, [0, 1, SECOND, SECOND + 2]) == 3
    assert most_in_a_window(FIXED, [0, 1, 10 * SECOND - 1, 10 * SECOND]) == 3


def test_every_way_to_fall_short_is_told() -> None:
    good = measure(FIXED, Seen([*range(99), *range(10 * SECOND, 10 * SECOND + 98)], []), 0, 2)
    assert not misses(FIXED, good)
    bad = replace(good, share=0.979, refused=1, crowded=101)
    assert [text.split(",")[0] for text in misses(FIXED, bad)] == [
        "97.9% of the allowance",
        "1 refusals",
        "the exchange let 101 into a window",
    ]


def test_the_cases_of_the_promise_are_all_there() -> None:
    found = cases()
    assert {(case.kind, case.workers) for case in found} == {(k, n) for k in ("fixed", "rolling") for n in (1, 2, 4, 8)}
    assert {(case.foreign, case.skew_ms, case.latency_ms) for case in found} == {
        (0, 0, 0), (0.2, 0, 0), (0, 200, 0), (0, -200, 0), (0, 0, 25),
    }  # fmt: skip
    assert len({case.title for case in found}) == len(found) == 16
