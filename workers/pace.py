"""How many commands of one line need to be under way at once to use its limit up, and no more (Little's law)."""

from __future__ import annotations

import math
from collections.abc import Iterable

from workers.calls.gatekeeper import Charge

_FEWEST, _MOST = 1, 48
_SLOW_MS, _MOST_OF_SLOW = 500.0, 32  # one that stalls shall leave threads to other accounts
_OVERHEAD_MS = 10.0  # from one command's end until the next one is in a worker's hands
_SHORT_MS = 60_000  # a longer window, such as a day's, may be used up at any pace
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
        """Twice what the tightest limit needs at present, one at least and forty-eight at most.

        In a rolling window each unit becomes free at a moment of its own, and somebody should be waiting for it then.
        """
        took_ms = self._took_ms.get(task, 0.0)
        most = _MOST if took_ms < _SLOW_MS else _MOST_OF_SLOW
        short = [charge for charge in charges if charge.window_ms <= _SHORT_MS]
        if not short:
            return most
        needed = 2 * min(map(_per_ms, short)) * (took_ms + _OVERHEAD_MS)
        for charge in short:
            if charge.rolling:
                needed = max(needed, charge.ceiling / max(charge.cost, 1))
        return most if needed >= most else max(_FEWEST, math.ceil(needed))


def _per_ms(charge: Charge) -> float:
    """How many calls a millisecond the limit allows."""
    return charge.ceiling / (charge.window_ms * max(charge.cost, 1))
