"""How many commands of one line need to be under way at once to use its limit up, and no more (Little's law)."""

from __future__ import annotations

import math
from collections.abc import Iterable

from workers.calls.gatekeeper import Charge

_FEWEST, _MOST = 4, 16
_OVERHEAD_MS = 10.0  # from one command's end until the next one is in a worker's hands
_WEIGHT = 0.2  # of the last duration in the running mean


class Pace:
    """Learns how long commands of each kind take. Threads may share it: a lost update costs nothing.

    More at once than the limit can use would only keep other accounts' commands waiting for a processor.
    """

    def __init__(self) -> None:
        self._took_ms: dict[str, float] = {}

    def note(self, task: str, took_ms: float) -> None:
        """One command of this kind took so long at the exchange."""
        known = self._took_ms.get(task, took_ms)
        self._took_ms[task] = known + _WEIGHT * (took_ms - known)

    def at_once(self, task: str, charges: Iterable[Charge]) -> int:
        """Twice what the tightest limit needs at present, four at least and sixteen at most.

        In a rolling window each unit becomes free at a moment of its own, and somebody should be waiting for it then.
        """
        tightest = min(charges, key=_per_ms, default=None)
        if tightest is None:
            return _MOST
        needed = 2 * _per_ms(tightest) * (self._took_ms.get(task, 0.0) + _OVERHEAD_MS)
        if tightest.rolling:
            needed = max(needed, tightest.ceiling / max(tightest.cost, 1))
        return _MOST if needed >= _MOST else max(_FEWEST, math.ceil(needed))


def _per_ms(charge: Charge) -> float:
    """How many calls a millisecond the limit allows."""
    return charge.ceiling / (charge.window_ms * max(charge.cost, 1))
