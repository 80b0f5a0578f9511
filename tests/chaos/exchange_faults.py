"""What the exchange is told to do wrong, once each; how often it really did is asked of it."""

from __future__ import annotations

import collections
import time
from dataclasses import dataclass
from random import Random

from support.processes import Simulator

from chaos.markets import VENUES

_STATUSES = (500, 502, 503, 504)


@dataclass(frozen=True)
class Skew:
    """The exchange's clock was ``skew_ms`` off from ``since`` to ``until`` (seconds since 1970)."""

    since: float
    until: float
    skew_ms: int


class Exchange:
    """The simulator's control API, and the count of what struck."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.struck: collections.Counter[str] = collections.Counter()
        self.skews: list[Skew] = []
        self._kinds: dict[int, str] = {}

    def once(self, kind: str, luck: float) -> None:
        """Install a fault of the schedule; it strikes the next request that it fits."""
        first, *rest = _wishes(kind, Random(luck))
        self._add(kind, first)
        for wish in rest:
            self._add("", wish)  # comes with the first and is not counted by itself

    def skewed(self, skew_ms: int, seconds: float) -> None:
        since = time.time()
        number = self._add("", {"kind": "clock_skew", "skew_ms": skew_ms})
        time.sleep(seconds)
        self._clear(number)
        self.skews.append(Skew(since, time.time(), skew_ms))
        self.struck["clock_jump"] += 1

    def banned(self, exchange: str, seconds: int) -> None:
        self._add("ban", {"kind": "ban", "exchange": exchange, "duration_s": seconds})

    def in_maintenance(self, exchange: str, seconds: float) -> None:
        number = self._add("", {"kind": "maintenance", "exchange": exchange, "times": None})
        time.sleep(seconds)
        self._clear(number)
        self.struck["maintenance"] += 1

    def count(self) -> None:
        """Take used-up faults out, so that they cost the simulator nothing more; count those that struck."""
        for fault in self._simulator._call("GET", "/_sim/faults")["faults"]:
            kind = self._kinds.get(fault["id"])
            if fault["times"] == 0 and kind is not None:
                self._clear(fault["id"])
                self.struck[kind] += bool(kind)

    def _add(self, kind: str, wish: dict[str, object]) -> int:
        number = int(self._simulator._call("POST", "/_sim/faults", wish)["id"])
        self._kinds[number] = kind
        return number

    def _clear(self, number: int) -> None:
        self._simulator._call("DELETE", f"/_sim/faults?id={number}")


def _wishes(kind: str, random: Random) -> list[dict[str, object]]:
    venue = random.choice(list(VENUES.values()))
    order, target = venue.target(random, new=True), venue.target(random, new=random.random() < 0.8)
    hidden = {"kind": "invisible", "delay_ms": random.randint(500, 10_000), **order}
    error = {"kind": kind, "status": random.choice(_STATUSES), **random.choice(venue.codes), **target}
    read = {"exchange": venue.name, "method": "GET"}
    stall = {"kind": "stall", "when": kind.removeprefix("stall_"), "delay_ms": random.randint(300, 2_500), **target}
    special: dict[str, list[dict[str, object]]] = {
        "error_after": [error],
        "error_before": [error],
        "stall_before": [stall],
        "stall_after": [stall],
        "late_execute": [{"kind": kind, "delay_ms": random.randint(50, 2_000), **order}],
        "invisible": [hidden],
        "invisible_and_lost": [hidden, {"kind": "lose_reply", **order}],
        "lost_read": [{"kind": random.choice(["lose_reply", "error_before", "rate_limit"]), **read}],
        "duplicate": [{"kind": kind, **order}],
    }
    return special.get(kind, [{"kind": kind, **target}])
