"""Several looks at a far clock: how far it is ahead of ours, and how far off that may be.

Everything is held against this host's monotonic clock, which no administrator and no time daemon sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

# How fast two clocks may drift apart. Quartz is good for about 50 parts in a million on either side; a time daemon
# that slews this host's clock (up to 500 on Linux) does so for seconds, and the next measurement is soon.
DRIFT = 100e-6
_MS = 1_000_000
_QUICK = 2  # times the smallest round trip: a slower look says little about the middle of its way


class Look(NamedTuple):
    """The far clock showed ``told_ns``, cut to ``resolution_ns``, at a moment between two of our monotonic clock."""

    told_ns: int
    before_ns: int
    after_ns: int
    resolution_ns: int = _MS

    @property
    def earliest_ns(self) -> int:
        """The far clock is ahead of ours by at least this, if it was read just before its answer came back."""
        return self.told_ns - self.after_ns

    @property
    def latest_ns(self) -> int:
        """It is ahead by at most this, if it was read as soon as we asked."""
        return self.told_ns + self.resolution_ns - self.before_ns

    @property
    def middle_ns(self) -> float:
        """The guess that is never off by more than half of both: the round trip and what was cut off."""
        return (self.earliest_ns + self.latest_ns) / 2

    @property
    def round_trip_ns(self) -> int:
        """From asking to being answered."""
        return self.after_ns - self.before_ns


class Reading(NamedTuple):
    """A far clock is ``base_ns`` ahead of our monotonic clock, give or take ``uncertainty_ms``, as of ``at_ns``.

    ``round_trip_ms`` is the smallest that was seen while looking.
    """

    base_ns: int
    uncertainty_ms: float
    round_trip_ms: float
    at_ns: int

    def uncertainty_at(self, now_ns: int) -> float:
        """How far off it may be by now, in ms: the clocks have drifted since."""
        return self.uncertainty_ms + max(now_ns - self.at_ns, 0) * DRIFT / _MS

    def disagreement_ms(self, earlier: Reading) -> float:
        """By how much more two readings of one clock differ than both allow; 0.0 when they agree."""
        allowed_ms = self.uncertainty_ms + earlier.uncertainty_at(self.at_ns)
        return max(abs(self.base_ns - earlier.base_ns) / _MS - allowed_ms, 0.0)


def read(looks: Sequence[Look]) -> Reading:
    """The median of what the quick ones among the agreeing looks say.

    Looks agree when one offset explains them all. The true offset lies within half of the quickest one's round trip
    of its middle, so the bound is that half, what the clock cut off, and the distance from the median to the
    farthest of those it was taken from. Without a majority that agrees, the bound spans everything that was seen.

    Raises: ValueError without a look.
    """
    agreeing = _agreeing(looks)
    trip_ns, at_ns = min(look.round_trip_ns for look in agreeing), min(look.before_ns for look in agreeing)
    if 2 * len(agreeing) <= len(looks):
        low, high = min(look.earliest_ns for look in looks), max(look.latest_ns for look in looks)
        return Reading((low + high) // 2, (high - low) / 2 / _MS, trip_ns / _MS, at_ns)
    quick = [look for look in agreeing if look.round_trip_ns <= _QUICK * trip_ns]
    base_ns = round(median(look.middle_ns for look in quick))
    spread_ns = max(abs(look.middle_ns - base_ns) for look in quick)
    bound_ns = (trip_ns + max(look.resolution_ns for look in quick)) / 2 + spread_ns
    return Reading(base_ns, bound_ns / _MS, trip_ns / _MS, at_ns)


def _agreeing(looks: Sequence[Look]) -> list[Look]:
    """The most looks that one offset explains (Marzullo's algorithm, as in RFC 5905, "Clock Select")."""
    sets = (
        [look for look in looks if look.earliest_ns <= candidate.earliest_ns <= look.latest_ns] for candidate in looks
    )
    return max(sets, key=len)
