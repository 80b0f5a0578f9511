"""Who waits for room in a budget: those of a lane get it in the order in which they asked."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from itertools import count

from workers.calls.gatekeeper import Charge

RUNG_MS = 250  # who does not come back so long after the time it was told loses its place until it comes
_FORGOTTEN_MS = 60_000  # and who does not come by then will not come any more
LineName = tuple[str, str]  # budget and lane


@dataclass(frozen=True)
class _Place:
    asked: int  # the how manieth who had to wait
    caller: str
    line: LineName
    charge: Charge
    due_ms: float

    def absent(self, now_ms: float) -> bool:
        return now_ms > self.due_ms + RUNG_MS


class WaitingLines:
    """The lines of all budgets. A caller stands in one at a time, and keeps its time of asking when it moves.

    Not thread-safe: its gate holds the lock.
    """

    def __init__(self) -> None:
        self._numbers = count()
        self._places: dict[str, _Place] = {}
        self._lines: defaultdict[LineName, list[_Place]] = defaultdict(list)

    def wanted(self, line: LineName, caller: str, ceiling: int, now_ms: float) -> int:
        """The units wanted by those in the line who asked before this caller, and whom the same room would serve.

        Who waits below a lower ceiling than this caller's waits for something else.
        """
        waiting = self._lines.get(line)
        if not caller or not waiting:
            return 0
        self._forget(waiting, now_ms)
        own = self._places.get(caller)
        earlier = waiting if own is None else waiting[: bisect_left(waiting, own.asked, key=_asked)]
        ours = [each.charge for each in earlier if each.charge.ceiling >= ceiling and not each.absent(now_ms)]
        return sum(charge.cost for charge in ours)

    def stand(self, line: LineName, caller: str, charge: Charge, due_ms: float) -> None:
        """Give the caller its place, and note when it was told to come back."""
        if not caller:
            return
        own = self._places.get(caller)
        asked = next(self._numbers) if own is None else own.asked
        self.leave(caller)
        place = _Place(asked, caller, line, charge, due_ms)
        self._places[caller] = place
        insort(self._lines[line], place, key=_asked)

    def leave(self, caller: str) -> None:
        """It need not wait any more."""
        place = self._places.pop(caller, None)
        if place is not None:
            self._lines[place.line].remove(place)
            if not self._lines[place.line]:
                del self._lines[place.line]

    def _forget(self, waiting: list[_Place], now_ms: float) -> None:
        for place in [place for place in waiting if now_ms > place.due_ms + _FORGOTTEN_MS]:
            waiting.remove(place)
            del self._places[place.caller]


def _asked(place: _Place) -> int:
    return place.asked
