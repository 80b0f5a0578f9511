"""`python -m benchmarks.peers.followers COUNT`: an app with so many followers of the stream of events, on one loop.

Each takes one event after another from `AsyncOrderRouter.events` and throws it away. Says READY when all follow.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from router import AsyncOrderRouter, Event

READY = "all follow"


async def _follow(events: AsyncIterator[Event]) -> None:
    async for _ in events:
        pass


async def follow(count: int) -> None:
    """Until ended."""
    async with AsyncOrderRouter() as router:
        followers = [await router.events().begin() for _ in range(count)]
        print(READY, flush=True)
        await asyncio.gather(*map(_follow, followers))


if __name__ == "__main__":
    asyncio.run(follow(int(sys.argv[1])))
