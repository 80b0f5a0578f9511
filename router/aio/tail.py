"""The stream of events for everybody on one event loop: read once, however many follow it there."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

import redis

from router.aio.bridge import settled
from router.aio.redis import BridgedRedis
from router.events import Entry
from router.following import AT_ONCE, Stream, order_of
from router.keys import Keys

_KEPT = 10_000  # entries, some megabytes: a follower that is further behind reads for itself until it has caught up


class _Turn:
    """What all who wait are waiting for: more entries, or the trouble with reading them."""

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self._trouble: redis.RedisError | None = None

    def end(self, trouble: redis.RedisError | None = None) -> None:
        self._trouble = trouble
        self._over.set()

    async def wait(self) -> None:
        await self._over.wait()
        if self._trouble is not None:
            raise copy.copy(self._trouble)  # each its own: an exception gathers the places that it went through


class Tail:
    """The newest entries. It reads as long as somebody waits, on one connection."""

    def __init__(self, client: BridgedRedis, keys: Keys, block_seconds: float) -> None:
        self._client = client.news
        self._name = keys.events
        self.block_seconds = block_seconds
        self._entries: deque[Entry] = deque()
        self._from = self._to = ""  # it has all that came after the one, up to the other
        self._turn = _Turn()
        self._waiting = 0
        self._reader: asyncio.Task[None] | None = None

    async def after(self, place: str, seconds: float) -> list[Entry] | None:
        """The entries behind a place, waiting for the first of them; None for a place that is older than what it has.

        Raises: redis.RedisError.
        """
        if not self._is_read() and (not self._to or order_of(place) > order_of(self._to)):
            self._entries.clear()
            self._from = self._to = place
        if order_of(place) < order_of(self._from):
            return None
        self._waiting += 1
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while order_of(self._to) <= order_of(place):
                        self._read()
                        await self._turn.wait()
        finally:
            self._waiting -= 1
        return None if order_of(place) < order_of(self._from) else self._behind(place)

    async def close(self) -> None:
        """Read no more."""
        while self._reader is not None and self._is_read():
            self._reader.cancel()
            await asyncio.wait([self._reader], timeout=0.1)

    def _behind(self, place: str) -> list[Entry]:
        """Most followers are at the end or near it, so it is looked for from there."""
        behind: list[Entry] = []
        for entry in reversed(self._entries):
            if order_of(entry.id) <= order_of(place):
                break
            behind.append(entry)
        return behind[: -AT_ONCE - 1 : -1]

    def _is_read(self) -> bool:
        return self._reader is not None and not self._reader.done()

    def _read(self) -> None:
        if not self._is_read():
            self._reader = asyncio.get_running_loop().create_task(self._run(), name="pointsman-tail")

    async def _run(self) -> None:
        try:
            while self._waiting:
                found: Any = await self._client.xread(
                    {self._name: self._to}, count=AT_ONCE, block=round(self.block_seconds * 1_000)
                )
                if found:
                    await self._take([Entry.read(*row) for row in found[0][1]])
                    self._tell()
        except redis.RedisError as trouble:
            self._tell(trouble)

    def _tell(self, trouble: redis.RedisError | None = None) -> None:
        turn, self._turn = self._turn, _Turn()
        turn.end(trouble)

    async def _take(self, entries: Sequence[Entry]) -> None:
        if len(entries) == AT_ONCE and await self._was_trimmed():
            self._entries.clear()
            self._from, *entries = entries[0].id, *entries[1:]
        self._entries.extend(entries)
        self._to = self._entries[-1].id
        while len(self._entries) > _KEPT:
            self._from = self._entries.popleft().id

    async def _was_trimmed(self) -> bool:
        """Whether some that came after our last one are gone."""
        first: Any = await self._client.xrange(self._name, count=1)
        return bool(first) and order_of(first[0][0].decode()) > order_of(self._to)


class LoopStream(Stream):
    """A place in the stream, for synchronous code that runs in `bridge.run`; what is new comes from the tail."""

    longest_seconds = 20.0  # a wait here can be cancelled

    def __init__(self, client: BridgedRedis, keys: Keys, since: str | None, tail: Tail) -> None:
        super().__init__(cast("redis.Redis", client), keys, since)
        self._tail = tail

    def read(self, seconds: float) -> list[Entry]:
        """As `Stream.read`."""
        entries = settled(self._tail.after(self.last, seconds))
        return super().read(min(seconds, self._tail.block_seconds)) if entries is None else entries
