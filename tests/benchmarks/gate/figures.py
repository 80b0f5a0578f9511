"""From arrival times at the exchange to figures."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.gate.cases import Case

WANTED_SHARE, WANTED_SHARE_BESIDE_OTHERS = 0.98, 0.90
_US = 1_000


@dataclass(frozen=True)
class Seen:
    """What the exchange saw of one account: times in µs of its clock, in order. ``foreign_us`` is part of accepted."""

    accepted_us: Sequence[int]
    refused_us: Sequence[int]
    foreign_us: Sequence[int] = ()


@dataclass(frozen=True)
class Figures:
    """``share`` of what others left of the allowance; refusals of the whole run; gaps between accepted orders in ms.

    ``refused_by_window`` has one number per measured window, ``crowded`` is the most orders that any window let in:
    were it above the limit, the exchange would have counted wrongly.
    """

    windows: int
    accepted: int
    foreign: int
    share: float
    refused: int
    refused_by_window: tuple[int, ...]
    crowded: int
    gap_p50_ms: float
    gap_p99_ms: float

    @property
    def refused_most(self) -> int:
        return max(self.refused_by_window)


def percentile(values: Sequence[float], hundredths: float) -> float:
    """The smallest value that so many hundredths of all do not exceed; NaN of nothing."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(len(values) * hundredths / 100) - 1)]


def within(times: Sequence[int], start: int, end: int) -> Sequence[int]:
    """Those from start up to, but not at, the end."""
    return times[bisect_left(times, start) : bisect_left(times, end)]


def first_window_us(case: Case, seen: Seen, after_us: int) -> int:
    """Where measuring starts: the next fixed window; or, of a rolling one, an order that no burst stands before.

    A span that cuts a burst in two counts up to one window's orders too few. So it starts at the order with the longest
    pause before it, among those of the first window.
    """
    length = case.window_ms * _US
    if case.kind == "fixed":
        return -(-after_us // length) * length
    early = [*within(seen.accepted_us, after_us - length, after_us + length)]
    pauses = [(now - before, now) for before, now in itertools.pairwise(early) if now >= after_us]
    return max(pauses)[1] if pauses else after_us


def latest_end_us(case: Case, after_us: int, windows: int) -> int:
    """When so many whole windows have surely passed, of which the first begins after a moment."""
    length = case.window_ms * _US
    begun = first_window_us(case, Seen([], []), after_us) if case.kind == "fixed" else after_us + length
    return begun + windows * length


def measure(case: Case, seen: Seen, after_us: int, windows: int) -> Figures:
    """The figures of so many whole windows, the first of them not before ``after_us``."""
    length = case.window_ms * _US
    start = first_window_us(case, seen, after_us)
    end = start + windows * length
    accepted, foreign = within(seen.accepted_us, start, end), within(seen.foreign_us, start, end)
    gaps = [(now - before) / _US for before, now in itertools.pairwise(accepted)]
    refused = tuple(len(within(seen.refused_us, at, at + length)) for at in range(start, end, length))
    left = case.limit * windows - len(foreign)
    return Figures(
        windows=windows,
        accepted=len(accepted) - len(foreign),
        foreign=len(foreign),
        share=(len(accepted) - len(foreign)) / left,
        refused=len(seen.refused_us),
        refused_by_window=refused,
        crowded=most_in_a_window(case, seen.accepted_us),
        gap_p50_ms=percentile(gaps, 50),
        gap_p99_ms=percentile(gaps, 99),
    )


def most_in_a_window(case: Case, times: Sequence[int]) -> int:
    """The most orders in any one window, as the exchange counts them: a rolling one has both ends."""
    length = case.window_ms * _US
    if case.kind == "fixed":
        starts = {at // length * length for at in times}
        return max((len(within(times, at, at + length)) for at in starts), default=0)
    return max((len(within(times, at, at + length + 1)) for at in times), default=0)


def misses(case: Case, figures: Figures) -> list[str]:
    """What falls short of what is promised for such a case; nothing when all is well."""
    found = []
    wanted = WANTED_SHARE_BESIDE_OTHERS if case.foreign else WANTED_SHARE
    if figures.share < wanted:
        found.append(f"{figures.share:.1%} of the allowance, {wanted:.0%} wanted")
    if case.foreign and figures.refused_most > 1:
        told = " ".join(map(str, figures.refused_by_window))
        found.append(f"{figures.refused_most} refusals in a window, at most one allowed (by window: {told})")
    if not case.foreign and figures.refused:
        found.append(f"{figures.refused} refusals, none allowed")
    if figures.crowded > case.limit:
        found.append(f"the exchange let {figures.crowded} into a window")
    return found
