"""Redis' asyncio client with the face of the synchronous one, for code that runs in `bridge.run`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

from redis.asyncio.client import Pipeline
from redis.commands.core import AsyncScript

from router.aio.bridge import run, settled
from router.aio.connecting import connect
from router.settings import RouterSettings


class BridgedScript:
    """A script that is run in the way of redis-py's own."""

    def __init__(self, script: AsyncScript) -> None:
        self._script = script
        self.sha = script.sha

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
        self._clients = connect(settings)
        self.calls, self.news = self._clients.calls, self._clients.news

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
        await self._clients.aclose()
