"""Waits of one event loop for any number of commands, by one subscription to the ends of all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

import redis
from redis.exceptions import NoPermissionError

from router.aio.bridge import settled
from router.aio.redis import BridgedRedis
from router.journal import Journal
from router.waiting import Bell, Waits

log = logging.getLogger("pointsman.router")
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

    look_again_seconds: float = 10.0
    is_cheap_to_listen: ClassVar[bool] = True

    def __init__(self, journal: Journal, client: BridgedRedis) -> None:
        super().__init__(journal)
        self._client = client.news
        self._bells: defaultdict[str, set[LoopBell]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._may_listen = True

    def close(self) -> None:
        """Stop listening."""
        while self._listener is not None and not self._listener.done():
            self._listener.cancel()  # what it waits for may keep that to itself: see `bridge.run`
            settled(asyncio.wait([self._listener], timeout=_BREAK_SECONDS))

    def _listen(self, command_id: str) -> Bell:
        bell = LoopBell()
        self._bells[command_id].add(bell)
        if self._may_listen and (self._listener is None or self._listener.done()):
            self._listener = asyncio.get_running_loop().create_task(self._run(), name="pointsman-waiting")
        return bell

    def _forget(self, command_id: str, bell: Bell) -> None:
        bells = self._bells[command_id]
        bells -= {bell}
        if not bells:
            del self._bells[command_id]

    async def _run(self) -> None:
        while self._bells and self._may_listen:
            try:
                await self._hear()
            except NoPermissionError as error:
                log.warning("this user of Redis may not PSUBSCRIBE, so waits only look once a second: %s", error)
                self.look_again_seconds = Waits.look_again_seconds
                self._may_listen = False
                self._ring_all()
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
        if message["type"] != "pmessage":  # the server's word that it listens
            self._ring_all()
            return
        name = message["channel"].decode().removeprefix(self._journal.keys.commands)
        for bell in self._bells.get(name, ()):
            bell.ring()

    def _ring_all(self) -> None:
        for bells in self._bells.values():
            for bell in bells:
                bell.ring()
