"""That the server is about to stop, told to requests that would go on for ever."""

from __future__ import annotations

import asyncio


class Leaving:
    """Set once, by the server, on its own event loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def now(self) -> None:
        """Say so; fit for a signal's handler."""
        self._event.set()

    @property
    def said(self) -> bool:
        """Whether it was said."""
        return self._event.is_set()

    async def wait(self) -> None:
        """Wait for it."""
        await self._event.wait()
