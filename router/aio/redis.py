"""Redis' asyncio client with the face of the synchronous one, for code that runs in `bridge.run`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Self

import redis.asyncio
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.commands.core import AsyncScript

from router.addresses import is_sentinel
from router.aio.bridge import run, settled
from router.connection import made, options_of, tls_of
from router.settings import RouterSettings

_CONNECTIONS = 32  # for calls that are answered at once; more would only queue on the server instead of here


class BridgedScript:
    """A script that is run in the way of redis-py's own."""

    def __init__(self, script: AsyncScript) -> None:
        self._script = script
        self.sha: str = script.sha

    def __call__(self, keys: Sequence[str], args: Sequence[Any], client: BridgedPipeline | None = None) -> object:
        """Run it; with a pipeline, queue it there instead."""
        pipeline = None if client is None else client.inner
        return settled(self._script(keys, args, pipeline))


class BridgedPipeline:
    """Commands that are sent together; `transaction` hands one out that is being watched."""

    def __init__(self, inner: Pipeline) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.inner, name)

        def call(*args: object, **options: object) -> object:
            answer = method(*args, **options)
            if answer is self.inner:  # queued
                return self
            return settled(answer) if inspect.isawaitable(answer) else answer

        return call

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        settled(self.inner.aclose())


class BridgedRedis:
    """One event loop's connections: a bounded pool for calls, and one each for reads that wait for news."""

    def __init__(self, settings: RouterSettings) -> None:
        options = {**options_of(settings), "retry": Retry(ExponentialBackoff(cap=0.5, base=0.02), 3)}
        if is_sentinel(settings.redis_url):
            from router.sentinel import async_primary_of  # noqa: PLC0415 - most have one server, and importing it costs

            self.calls = self.news = async_primary_of(settings, options)
            return
        options |= tls_of(settings)
        pool: dict[str, Any] = {"max_connections": _CONNECTIONS, "timeout": settings.redis_timeout_seconds}
        bounded = partial(redis.asyncio.BlockingConnectionPool.from_url, **pool, **options)
        self.calls = redis.asyncio.Redis(connection_pool=made(settings, bounded))
        self.news = made(settings, partial(redis.asyncio.Redis.from_url, **options))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.calls, name)
        return lambda *args, **options: settled(method(*args, **options))

    def pipeline(self, transaction: bool = True) -> BridgedPipeline:  # noqa: FBT001, FBT002 - as redis-py has it
        """Commands to be sent together."""
        return BridgedPipeline(self.calls.pipeline(transaction))

    def register_script(self, text: str) -> BridgedScript:
        """A script to be run often."""
        return BridgedScript(self.calls.register_script(text))

    def xread(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - redis-py's own
        """Read streams; it may wait, and so has a connection of its own."""
        return settled(self.news.xread(*args, **options))

    def transaction(self, change: Callable[[BridgedPipeline], Any], *watches: str, value_from_callable: bool) -> Any:  # noqa: ANN401 - the same
        """Run a change as one MULTI; anew, when somebody else changed what is watched."""

        async def bridged(pipeline: Pipeline) -> object:
            return await run(change, BridgedPipeline(pipeline))

        return settled(self.calls.transaction(bridged, *watches, value_from_callable=value_from_callable))

    def scan_iter(self, *args: Any, **options: Any) -> Iterator[bytes]:  # noqa: ANN401 - the same
        """The names of keys."""

        async def names() -> list[bytes]:
            return [name async for name in self.calls.scan_iter(*args, **options)]

        return iter(settled(names()))

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self.calls.aclose(close_connection_pool=True)
        await self.news.aclose(close_connection_pool=True)
        asked = getattr(self.calls.connection_pool, "sentinel_manager", None)
        if asked is not None:
            await asked.aclose()
