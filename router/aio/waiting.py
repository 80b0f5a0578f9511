"""Waits of one event loop for any number of commands, by one subscription to the ends of all."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

import redis

from router.aio.bridge import settled
from router.aio.redis import BridgedRedis
from router.journal import Journal
from router.waiting import Bell, Waits

_IDLE_SECONDS = 5.0  # without anybody waiting, after which it stops to listen to everybody's ends
_BREAK_SECONDS = 0.1


class LoopBell:
    """A bell of the event loop, for synchronous code that runs in `bridge.run`."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits."""
        self._event.set()

    def wait(self, timeout: float) -> None:
        """Wait for it, at most so many seconds."""

        async def rung() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._event.wait()

        settled(rung())

    def clear(self) -> None:
        """Make it fit to be waited for again."""
        self._event.clear()


class LoopWaiting(Waits):
    """Hears every command's end by one pattern, so that ten thousand tickets are one subscription.

    Everybody looks when a broken connection is whole again, so a single wait may look more rarely than a thread's.
    """

    look_again_seconds: ClassVar[float] = 10.0
    is_cheap_to_listen: ClassVar[bool] = True

    def __init__(self, journal: Journal, client: BridgedRedis) -> None:
        super().__init__(journal)
        self._client = client.news
        self._bells: defaultdict[str, set[LoopBell]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.cancel()
            settled(asyncio.gather(self._listener, return_exceptions=True))

    def _listen(self, command_id: str) -> Bell:
        bell = LoopBell()
        self._bells[command_id].add(bell)
        if self._listener is None or self._listener.done():
            self._listener = asyncio.get_running_loop().create_task(self._run(), name="pointsman-waiting")
        return bell

    def _forget(self, command_id: str, bell: Bell) -> None:
        bells = self._bells[command_id]
        bells -= {bell}
        if not bells:
            del self._bells[command_id]

    async def _run(self) -> None:
        while self._bells:
            try:
                await self._hear()
            except (redis.RedisError, OSError):  # the waits tell it themselves, when they look
                await asyncio.sleep(_BREAK_SECONDS)

    async def _hear(self) -> None:
        """Ring for each end, until nobody has waited for a while; for all when the subscription begins, also anew.

        The client may connect again by itself, and what was published meanwhile is lost.
        """
        async with self._client.pubsub() as subscription:
            await subscription.psubscribe(f"{self._journal.keys.commands}*")
            waited_for = time.monotonic()
            while time.monotonic() - waited_for < _IDLE_SECONDS:
                message = await subscription.get_message(timeout=_IDLE_SECONDS)
                if message is not None:
                    self._ring(message)
                if self._bells:
                    waited_for = time.monotonic()

    def _ring(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "pmessage":
            name = message["channel"].decode().removeprefix(self._journal.keys.commands)
            bells = list(self._bells.get(name, ()))
        else:  # the server's word that it listens
            bells = [bell for bells in self._bells.values() for bell in bells]
        for bell in bells:
            bell.ring()
