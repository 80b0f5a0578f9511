"""A limit counted in fixed windows: from one multiple of their length to the next, on the exchange's clock."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from workers.calls.counting import UNANSWERED_MS, Ending, Present
from workers.calls.gatekeeper import Charge, Told

_SEEN_AS_ONE_MS = 300_000  # longer windows leave no room for others in advance
_SCOUT_MS = 20
_FORGETS = 0.75  # what of others' use is still expected after a window that did not show it
_MARGIN = 1.1  # they may use a little more the next time
_LEAST_PART = 0.02  # of a window, to tell from it what others take in a whole one
_LOOKS_EVERY, _WORTH_A_LOOK = 6, 10


class _Flight(NamedTuple):
    """A call under way: what it cost, when it was let through, when it would arrive, and how sure that is."""

    cost: int
    granted_ms: float
    exchange_ms: float
    guard_ms: float
    early: bool  # so near to the window's start that it may still be counted in the one before


class _Span(NamedTuple):
    """The windows in which a call may have been counted; ``last`` is None while it may yet arrive."""

    first: int
    last: int | None


class _Room(NamedTuple):
    """How many units may be taken now; how many later in this window, and in how many milliseconds that is."""

    now: int
    later: int
    later_ms: float


@dataclass
class FixedCount:
    """What is used of the present window, by everybody, and what may be counted in the next one.

    A call that has no answer yet may be counted in this window or in a later one, so it is charged to each until its
    answer tells; and one that leaves within the clock's uncertainty of a window's start is charged to the window before
    as well. ``own`` is our part of ``used``; ``foreign`` is how much others are expected to take of a window, and
    ``scouted`` the last window near whose end the exchange's count was seen exactly. ``solo`` is the mark of the only
    call under way: what its answer tells of the count is exact. Whoever always fills a window to the brim never sees
    that others are turned away, so in every sixth window one unit is left free until its end.

    Source: Binance spot docs, "Rate limits" (windows are aligned to multiples of their length, UTC).
    """

    window_ms: int
    number: int = 0
    used: int = 0
    own: int = 0
    previous: int = 0
    foreign: int = 0
    scouted: int = -9
    solo: str = ""
    _lost: set[str] = field(default_factory=set)  # marks of calls that will get no answer, but may arrive
    _late: int = 0  # answered, but so near to the window's end that the next one may have counted it
    _flights: dict[str, _Flight] = field(default_factory=dict)
    _tail_begins: float = field(init=False)  # from then on others have taken nearly all that they will take

    def __post_init__(self) -> None:
        self._tail_begins = self.window_ms - max(self.window_ms / 20, min(300, self.window_ms / 2))

    def room(self, charge: Charge, present: Present, *, urgent: bool) -> int:
        """How many units a call of this charge's lane may take now. ``urgent`` calls leave nothing to others."""
        self._turn(present)
        return self._look(charge, present, urgent=urgent).now

    def wait_ms(self, charge: Charge, present: Present, wanted: int, *, urgent: bool) -> float:
        """In how long there will be room for it, after the ``wanted`` units of those who asked earlier."""
        room, units = self._look(charge, present, urgent=urgent), wanted + min(charge.cost, charge.ceiling)
        if units <= room.later:
            return room.later_ms
        next_ms = self.window_ms + present.guard_ms - self._into(present)
        return next_ms + self.window_ms * ((units - max(room.later, 0) - 1) // charge.ceiling)

    def take(self, charge: Charge, present: Present, mark: str) -> None:
        """Count a call that is let through."""
        early = self._into(present) < present.guard_ms
        if early:
            self.previous += charge.cost
        self.solo = "" if self._flights else mark
        self.used, self.own = self.used + charge.cost, self.own + charge.cost
        self._flights[mark] = _Flight(charge.cost, present.now_ms, present.exchange_ms, present.guard_ms, early)

    def settle(self, charge: Charge, present: Present, ending: Ending, told: Told | None) -> None:
        """Learn what became of it; a call of no cost here may still tell something about the budget."""
        self._turn(present)
        flight = self._flights.get(ending.mark)
        if flight is None:
            span = _Span(self.number, self.number)
        else:
            span = self._span(flight, ending, present)
            self._land(flight, ending, span, told)
        if told is not None and span == (self.number, self.number):
            self._hear(charge, present, ending, told)
        elif told is not None and told.exhausted and span.first == self.number - 1 and span.last == self.number:
            self.previous = charge.limit  # it may have met the end of the window before: wait until that is over
        if flight is not None and ending.mark == self.solo:
            self.solo = ""

    def _turn(self, present: Present) -> None:
        """Begin the window in which a call that left now would be counted, with what may yet arrive in it."""
        number = math.floor(present.exchange_ms / self.window_ms)
        if number in (self.number, self.number - 1):
            return  # or a caller whose clock is ahead of this one's has turned it already
        for mark in [
            mark for mark, flight in self._flights.items() if flight.granted_ms < present.now_ms - UNANSWERED_MS
        ]:
            del self._flights[mark]
            self._lost.discard(mark)
        flying = sum(flight.cost for flight in self._flights.values())
        if number == self.number + 1:
            carried, self.previous = flying + self._late, self.used
        else:
            carried = self.previous = flying
        passed = max(number - self.number, 1) - (self.scouted == self.number)
        self.foreign = math.floor(self.foreign * _FORGETS**passed)
        self.number, self.used, self.own, self._late = number, carried, carried, 0

    def _look(self, charge: Charge, present: Present, *, urgent: bool) -> _Room:
        into, room = self._into(present), charge.ceiling - self.used
        if into < present.guard_ms and self.previous + charge.cost > charge.limit:
            return _Room(0, room, present.guard_ms - into)  # it may be counted in the window before, which is full
        if charge.cost > charge.ceiling and self.used == 0:
            return _Room(charge.cost, charge.cost, 0)  # dearer than the whole share: it passes alone, or it never would
        looks = charge.limit >= _WORTH_A_LOOK and self.number % _LOOKS_EVERY == 0
        foreign = self.foreign or int(looks)
        if foreign == 0 or urgent or self.window_ms > _SEEN_AS_ONE_MS:
            return _Room(room, room, 0)
        return self._beside_others(charge, into, room, foreign)

    def _beside_others(self, charge: Charge, into: float, room: int, foreign: int) -> _Room:
        """Leave others what they are expected to take; near the window's end, look how much of that they took."""
        until_tail = self._tail_begins - into
        spare = room - max(0, foreign - (self.used - self.own))
        if until_tail > 0 or (charge.cost <= spare and self.scouted != self.number):
            return _Room(spare, room, max(until_tail, _SCOUT_MS))
        if self.scouted == self.number:
            room -= math.ceil(self.foreign * (1 - into / self.window_ms))
            return _Room(room, room, 0)
        # one call alone, whose answer tells what others have left
        return _Room(0 if len(self._flights) > len(self._lost) else min(room, charge.cost), room, _SCOUT_MS)

    def _span(self, flight: _Flight, ending: Ending, present: Present) -> _Span:
        first = math.floor((flight.exchange_ms - flight.guard_ms) / self.window_ms)
        if not ending.sent or ending.answered_ms is None:
            return _Span(first, None)
        latest = flight.exchange_ms + ending.answered_ms - flight.granted_ms - 2 * present.lead_ms
        return _Span(first, math.floor((max(latest, flight.exchange_ms) + flight.guard_ms) / self.window_ms))

    def _land(self, flight: _Flight, ending: Ending, span: _Span, told: Told | None) -> None:
        """Charge a call that is under way no longer to those windows only in which it can have been counted."""
        back = min(told.given_back, flight.cost) if told else 0
        refused = told is not None and told.exhausted
        if not ending.sent or refused or (span.last is not None and span.last < self.number):
            back = flight.cost
        elif span.last is None:
            self._lost.add(ending.mark)
            return
        elif span.last > self.number:
            self._late += flight.cost - back
        if not ending.sent and flight.early and self.number == math.floor(flight.exchange_ms / self.window_ms):
            self.previous -= flight.cost
        del self._flights[ending.mark]
        self.used, self.own = max(self.used - back, 0), max(self.own - back, 0)

    def _hear(self, charge: Charge, present: Present, ending: Ending, told: Told) -> None:
        """What the exchange told of this window. A count that it tells while calls are under way only raises ours."""
        if told.used is not None:
            seen = max(told.used - self.own - told.given_back, 0)  # what it gives back it may have counted still
            if ending.mark == self.solo:
                self.used, self.own = told.used, min(self.own, told.used)
                if self._into(present) >= self._tail_begins:
                    self.foreign, self.scouted = (math.ceil(seen * _MARGIN) + 1 if seen else 0), self.number
            self.used = max(self.used, told.used)
            if seen and not told.exhausted:
                self.foreign = max(self.foreign, self._expected(seen, present))
        if told.exhausted:  # somebody else uses it too, and more than what we left
            self.foreign = max(2 * self.foreign, self._expected(charge.limit - self.own, present))
            self.used, self.scouted = max(self.used, charge.limit), self.number
        self.foreign = min(self.foreign, charge.limit // 2)

    def _expected(self, taken: int, present: Present) -> int:
        """What others may take of a whole window, by what they took so far. Too much is used at the end."""
        return math.ceil(max(taken, 1) / max(self._into(present) / self.window_ms, _LEAST_PART))

    def _into(self, present: Present) -> float:
        return present.exchange_ms - self.number * self.window_ms
