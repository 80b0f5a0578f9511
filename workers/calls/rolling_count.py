"""A limit counted in rolling windows: no span of their length, wherever it starts, may hold more units than that."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import NamedTuple

from workers.calls.counting import UNANSWERED_MS, Ending, Present
from workers.calls.gatekeeper import Charge, Told

_FORGETS_AFTER = 10  # windows in which no more was seen of others: then one unit less is left to them
_SPARE_MS = 2  # for what no bound covers, such as an exchange that counts in whole milliseconds
_LOOKS_EVERY, _LOOKS_AGAIN, _WORTH_A_LOOK = 20, 5, 10


class _Flight(NamedTuple):
    cost: int
    granted_ms: float
    lead_ms: float


@dataclass
class _Leaving:
    """Units by when they leave the window, those that left lately included."""

    times_ms: list[float] = field(default_factory=list)

    def after(self, ms: float) -> int:
        """How many have not left by then."""
        return len(self.times_ms) - bisect_right(self.times_ms, ms)

    def add(self, ms: float, units: int) -> None:
        for _ in range(units):
            insort(self.times_ms, ms)

    def forget(self, ms: float) -> None:
        """Those that had left by then."""
        del self.times_ms[: bisect_right(self.times_ms, ms)]


@dataclass
class RollingCount:
    """The units that may lie within one window with a call that arrives now.

    A unit leaves the window after the latest arrival that its call's answer proves: it arrived before its answer left,
    and answers take their time too. One without an answer stays until there can be none any more. Whoever always fills
    the window to the brim never sees that others are turned away, so in every twentieth window one unit is left free,
    and in every fifth one more than is left to others already.

    Source: Bybit v5 docs, "Rate limit" (rolling second per account and endpoint). OKX's kind of window is UNCONFIRMED:
    taking it for this one is the safe assumption.
    """

    window_ms: int
    _flights: dict[str, _Flight] = field(default_factory=dict)
    _ours: _Leaving = field(default_factory=_Leaving)
    _others: _Leaving = field(default_factory=_Leaving)
    _expected: int = 0  # units that others were seen to hold, and when that was
    _expected_at_ms: float = 0.0
    _look_ends_ms: float = float("-inf")

    def room(self, charge: Charge, present: Present, *, urgent: bool) -> int:
        """How many units a call of this charge's lane may take now."""
        self._forget(present)
        if not urgent:
            self._look(charge, present)
        held, others = self._taken(present), self._others.after(present.arrives_ms)
        seats = self._seats(charge, present)
        alone = held == 0 and others == 0  # dearer than the whole share: it passes alone, for otherwise it never would
        return max(seats, charge.cost) if alone else seats - held

    def wait_ms(self, charge: Charge, present: Present, wanted: int, *, urgent: bool) -> float:  # noqa: ARG002 - all wait alike
        """In how long there will be room for it, after the ``wanted`` units of those who asked earlier.

        Each of the units that the lane may hold is a seat, and they are taken in the order in which they get free. When
        that is for a call without an answer yet is a guess: as soon as it can be.
        """
        leaving, seats = self._leaving_ms(present), max(self._seats(charge, present), 1)
        turns, seat = divmod(wanted + min(charge.cost, seats) - 1, seats)
        place = seat + len(leaving) - seats
        free_ms = leaving[place] if place >= 0 else present.arrives_ms
        return max(free_ms - present.arrives_ms + turns * self.window_ms, 1)

    def take(self, charge: Charge, present: Present, mark: str) -> None:
        """Count a call that is let through."""
        self._flights[mark] = _Flight(charge.cost, present.now_ms, present.lead_ms)

    def settle(self, charge: Charge, present: Present, ending: Ending, told: Told | None) -> None:
        """Learn what became of it; a call of no cost here may still tell something about the budget."""
        flight = self._flights.get(ending.mark)
        if flight is not None:
            self._land(flight, ending, told)
        if told is not None and flight is not None and present.now_ms - flight.granted_ms <= self.window_ms:
            self._hear(charge, present, flight, told)

    def _land(self, flight: _Flight, ending: Ending, told: Told | None) -> None:
        if ending.sent and ending.answered_ms is None:
            return  # it may yet arrive
        del self._flights[ending.mark]
        refused = told is not None and told.exhausted
        back = flight.cost if refused or not ending.sent else min(told.given_back, flight.cost) if told else 0
        if ending.answered_ms is not None:
            arrived = max(flight.granted_ms + flight.lead_ms, ending.answered_ms - flight.lead_ms)
            self._ours.add(arrived + self.window_ms + _SPARE_MS, flight.cost - back)

    def _hear(self, charge: Charge, present: Present, flight: _Flight, told: Told) -> None:
        """What the exchange has counted and we have not is somebody else's."""
        counted = charge.limit + 1 - flight.cost if told.exhausted else told.used or 0
        arrived_ms = flight.granted_ms + flight.lead_ms
        more = max(counted - self._held(arrived_ms) - self._others.after(arrived_ms), int(told.exhausted))
        if more > 0:
            known = self._others_expected(present)
            self._others.add(present.arrives_ms + self.window_ms, more)
            self._expected = max(known, self._others.after(present.now_ms))
            self._expected_at_ms = present.now_ms

    def _held(self, at_ms: float) -> int:
        return self._ours.after(at_ms) + sum(flight.cost for flight in self._flights.values())

    def _taken(self, present: Present) -> int:
        """The seats that are not free, the one that is left free on purpose included."""
        return self._held(present.arrives_ms) + (self._look_ends_ms > present.arrives_ms)

    def _others_expected(self, present: Present) -> int:
        """Less and less, the longer nothing was seen of them."""
        passed = (present.now_ms - self._expected_at_ms) / self.window_ms
        return max(self._expected - int(passed / _FORGETS_AFTER), 0)

    def _forget(self, present: Present) -> None:
        """What left a window ago is nobody's concern: an answer that tells of it would come too late."""
        self._ours.forget(present.now_ms - self.window_ms)
        self._others.forget(present.now_ms - self.window_ms)
        too_old_ms = present.now_ms - UNANSWERED_MS - self.window_ms
        for mark in [mark for mark, flight in self._flights.items() if flight.granted_ms < too_old_ms]:
            del self._flights[mark]

    def _seats(self, charge: Charge, present: Present) -> int:
        """What this lane may hold beside others."""
        return charge.ceiling - max(self._others_expected(present), self._others.after(present.arrives_ms))

    def _look(self, charge: Charge, present: Present) -> None:
        """Now and then leave the last unit free for a window, to see whether there are others."""
        if charge.ceiling < _WORTH_A_LOOK:
            return
        every = _LOOKS_AGAIN if self._others_expected(present) else _LOOKS_EVERY
        held, before_ms = self._taken(present), (every - 1) * self.window_ms
        last = held and self._seats(charge, present) - held == charge.cost
        if last and present.arrives_ms - self._look_ends_ms >= before_ms:
            self._look_ends_ms = present.arrives_ms + self.window_ms

    def _leaving_ms(self, present: Present) -> list[float]:
        """When each unit will have left that has not yet, the one that is left free included, in order."""
        times = [*self._ours.times_ms, self._look_ends_ms]
        answered = [leaves for leaves in times if leaves > present.arrives_ms]
        flying = [self._guess(flight, present) for flight in self._flights.values() for _ in range(flight.cost)]
        return sorted(answered + flying)

    def _guess(self, flight: _Flight, present: Present) -> float:
        """An answer that is not here yet cannot prove an arrival earlier than a moment ago."""
        answered = max(flight.granted_ms + 2 * flight.lead_ms, present.now_ms)
        given_up = flight.granted_ms + UNANSWERED_MS
        return min(answered - flight.lead_ms, given_up) + self.window_ms + _SPARE_MS + 1
