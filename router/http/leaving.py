"""That the server is about to stop, told to requests that would take longer than it has left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_FOR_WAITING: Final = 0.8  # of the time for requests under way; the rest is for their answers


class Leaving:
    """Said once, on the server's event loop; requests under way then have ``drain_seconds`` at most."""

    def __init__(self, drain_seconds: float) -> None:
        self._left = drain_seconds * _FOR_WAITING
        self._limits: dict[asyncio.Timeout, float] = {}
        self.said = False

    def now(self) -> None:
        """Say so."""
        self.said = True
        now = asyncio.get_running_loop().time()
        for limit, left in self._limits.items():
            if not limit.expired():
                end = limit.when()
                limit.reschedule(now + left if end is None else min(end, now + left))

    @asynccontextmanager
    async def limit(self, seconds: float | None = None, left: float | None = None) -> AsyncIterator[None]:
        """Do what is inside for ``seconds`` at most, and for ``left`` (else the server's own time) when it leaves.

        Raises: TimeoutError, which says so when the server leaves.
        """
        left = self._left if left is None else left
        if self.said:
            seconds = left if seconds is None else min(seconds, left)
        try:
            async with asyncio.timeout(seconds) as limit:
                self._limits[limit] = left
                try:
                    yield
                finally:
                    del self._limits[limit]
        except TimeoutError:
            if not self.said:
                raise
            raise TimeoutError("the server is about to stop; ask again") from None
