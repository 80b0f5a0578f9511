"""An event loop's connections to Redis: to one server, or to the primary that Sentinels name."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from redis.asyncio import BlockingConnectionPool, Redis
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
        for client in self:
            for each in client if isinstance(client, tuple) else (client,):
                await each.aclose(close_connection_pool=True)


class _BlockingSentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Waits for one of its connections, as the pool of one server does."""


def connect(settings: RouterSettings) -> Clients:
    """Clients that reconnect by themselves. Raises: ConfigurationError for an address that cannot be read."""
    options = {**options_of(settings), "retry": Retry(ExponentialBackoff(cap=0.5, base=0.02), 3)}
    bounds: dict[str, Any] = {"max_connections": _CONNECTIONS, "timeout": settings.redis_timeout_seconds}
    if is_sentinel(settings.redis_url):
        return _to_primary(settings, options, bounds)
    options |= tls_of(settings)
    pool = made(settings, partial(BlockingConnectionPool.from_url, **bounds, **options))
    return Clients(Redis(connection_pool=pool), made(settings, partial(Redis.from_url, **options)))


def _to_primary(settings: RouterSettings, options: dict[str, Any], bounds: dict[str, Any]) -> Clients:
    address, asked, told = wishes(settings, options)
    sentinels = Sentinel(list(address.places), sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    kind = SentinelManagedSSLConnection if address.tls else SentinelManagedConnection
    primary = partial(sentinels.master_for, address.name, Redis, connection_class=kind, **told)
    calls = primary(connection_pool_class=_BlockingSentinelPool, **bounds)
    return Clients(calls, primary(), tuple(sentinels.sentinels))
