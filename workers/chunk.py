"""Which account of a poll's chunk is asked next, and which ones must wait a while. Nothing here asks."""

from __future__ import annotations

import heapq
import itertools
import json
import math
from collections import Counter, deque
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

CHUNKS: Final = 32
"""A poll is taken apart into about so many chunks or more: as many calls can be under way at once."""

LARGEST: Final = 25
ALONE: Final = 2
"""So few accounts are not worth a further message."""


def chunk_size(accounts: int) -> int:
    """How many accounts one message carries."""
    return min(max(math.ceil(accounts / CHUNKS), 1), LARGEST)


class Chunk:
    """Accounts that are not done with: ready, or set aside until a moment (seconds of any one clock).

    ``attempts`` and ``calls`` count what was tried and spent on each; ``why`` is what the last one set aside waits for.
    ``memory`` is another chunk's `remembered`, of the same accounts or more of them.
    """

    def __init__(self, accounts: Iterable[str], memory: str = "") -> None:
        self._ready: deque[str] = deque()
        self._later: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self.attempts: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.why = ""
        self._recall(list(accounts), json.loads(memory) if memory else {})

    def _recall(self, accounts: Sequence[str], known: Mapping[str, tuple[int, int, float]]) -> None:
        for account in accounts:
            if account not in known:
                self._ready.append(account)
                continue
            self.attempts[account], self.calls[account], until = known[account]
            heapq.heappush(self._later, (until, next(self._order), account))

    def remembered(self) -> str:
        """Of those set aside: attempts, calls and until when; JSON."""
        aside = {account: (self.attempts[account], self.calls[account], until) for until, _, account in self._later}
        return json.dumps(aside) if aside else ""

    def next(self, now: float) -> str | None:
        """Take the account whose turn it is; None when none is ready."""
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])
        return self._ready.popleft() if self._ready else None

    def set_aside(self, account: str, until: float, why: str, alike: Container[str] = ()) -> None:
        """Ask an account again later, and none of those that are ``alike`` before that."""
        self.why = why
        also = [other for other in self._ready if other in alike]
        self._ready = deque(other for other in self._ready if other not in alike)
        for each in (account, *also):
            heapq.heappush(self._later, (until, next(self._order), each))

    def wait(self, now: float) -> float | None:
        """In how many seconds one is ready; None when there is none left at all."""
        if self._ready:
            return 0.0
        return max(self._later[0][0] - now, 0.0) if self._later else None
