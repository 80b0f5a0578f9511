"""How an exchange counts: plain, exact, and at the moment of arrival on its own clock (milliseconds)."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class FixedCounter:
    """From one multiple of the window's length to the next; what is refused is not counted."""

    limit: int
    window_ms: int
    windows: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def arrive(self, at_ms: float, cost: int) -> bool:
        """Count a request, unless it is one too many."""
        number = self.number(at_ms)
        if self.windows[number] + cost > self.limit:
            return False
        self.windows[number] += cost
        return True

    def give_back(self, at_ms: float, cost: int) -> None:
        number = self.number(at_ms)
        self.windows[number] = max(self.windows[number] - cost, 0)

    def used(self, at_ms: float) -> int:
        return self.windows[self.number(at_ms)]

    def number(self, at_ms: float) -> int:
        return math.floor(at_ms / self.window_ms)


@dataclass
class RollingCounter:
    """Whatever lies within the last window, both ends included; what is refused is not counted."""

    limit: int
    window_ms: int
    arrivals: list[tuple[float, int]] = field(default_factory=list)

    def arrive(self, at_ms: float, cost: int) -> bool:
        if self.used(at_ms) + cost > self.limit:
            return False
        self.arrivals.append((at_ms, cost))
        return True

    def give_back(self, at_ms: float, cost: int) -> None:
        """A rolling window counts arrivals, and gives nothing back."""

    def used(self, at_ms: float) -> int:
        """In whole milliseconds, as exchanges stamp arrivals."""
        now = math.floor(at_ms)
        return sum(cost for at, cost in self.arrivals if now - math.floor(at) <= self.window_ms)


Counter = FixedCounter | RollingCounter
