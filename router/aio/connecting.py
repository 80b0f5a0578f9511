"""An event loop's connections to Redis: to one server, or to the primary that Sentinels name."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, NamedTuple

import redis
from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import ExponentialBackoff

from router.addresses import is_sentinel
from router.connection import made, options_of, tls_of
from router.sentinel import wishes
from router.settings import RouterSettings

_CONNECTIONS = 32  # for calls that are answered at once; more would only queue on the server instead of here


class Clients(NamedTuple):
    """``calls`` share a bounded pool; ``news`` is for reads that wait, each with a connection of its own."""

    calls: Redis
    news: Redis
    sentinels: tuple[Redis, ...] = ()

    async def aclose(self) -> None:
        """Let go of all connections."""
        for client in (self.calls, self.news, *self.sentinels):
            await client.aclose(close_connection_pool=True)


class FairPool(ConnectionPool):
    """Lets so many connections be in use; whoever asks for one next is served in turn, within ``timeout`` seconds.

    In redis-py's own bounded pool whoever comes anew may overtake whoever waits, again and again: of five hundred tasks
    that each ask for the next thing at once, some wait until they are turned away.
    """

    def __init__(self, *args: Any, places: int, timeout: float, **options: Any) -> None:  # noqa: ANN401 - redis-py's
        super().__init__(*args, **options)
        self._places = asyncio.Semaphore(places)
        self._timeout = timeout

    async def get_connection(self, *_: object, **__: object) -> Connection:
        """A connection that is ready. Raises: redis.ConnectionError when no turn came, or none can be made."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._places.acquire()
        except TimeoutError:
            raise redis.ConnectionError("No connection available.") from None
        try:
            connection: Connection = self.get_available_connection()  # type: ignore[no-untyped-call]
        except BaseException:
            self._places.release()
            raise
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: AbstractConnection) -> None:
        """Take it back; the next has its turn."""
        try:
            await super().release(connection)
        finally:
            self._places.release()


class _FairSentinelPool(FairPool, SentinelConnectionPool):
    """The same for connections to the primary that Sentinels name."""


def connect(settings: RouterSettings) -> Clients:
    """Clients that reconnect by themselves. Raises: ConfigurationError for an address that cannot be read."""
    options = {**options_of(settings), "retry": Retry(ExponentialBackoff(cap=0.5, base=0.02), 3)}
    bounds: dict[str, Any] = {"places": _CONNECTIONS, "timeout": settings.redis_timeout_seconds}
    if is_sentinel(settings.redis_url):
        return _to_primary(settings, options, bounds)
    options |= tls_of(settings)
    pool = made(settings, partial(FairPool.from_url, **bounds, **options))
    return Clients(Redis(connection_pool=pool), made(settings, partial(Redis.from_url, **options)))


def _to_primary(settings: RouterSettings, options: dict[str, Any], bounds: dict[str, Any]) -> Clients:
    address, asked, told = wishes(settings, options)
    sentinels = Sentinel(list(address.places), sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    kind = SentinelManagedSSLConnection if address.tls else SentinelManagedConnection
    primary = partial(sentinels.master_for, address.name, Redis, connection_class=kind, **told)
    calls = primary(connection_pool_class=_FairSentinelPool, **bounds)
    return Clients(calls, primary(), tuple(sentinels.sentinels))
