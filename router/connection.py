"""How Redis is reached: bounded waits, a few quick retries, and our own error when it does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from router.errors import ConfigurationError, QueueUnavailable
from router.settings import RouterSettings, hide_password

T = TypeVar("T")


def made(settings: RouterSettings, client: Callable[[str], T]) -> T:
    """A client, made from the journal's address.

    Raises: ConfigurationError for an address that it cannot read.
    """
    try:
        return client(settings.redis_url)
    except ValueError:
        rule = "is no address that Redis' client can read"  # its own complaint may show the password
        complaint = ConfigurationError.because("redis_url", hide_password(settings.redis_url), rule)
    raise complaint


def connect(settings: RouterSettings, *, retries: int = 3) -> redis.Redis:
    """A client that reconnects by itself.

    Every script it sends may be repeated without harm, so a lost reply is retried ``retries`` times.
    Raises: ConfigurationError for an address that cannot be read.
    """
    retry = Retry(ExponentialBackoff(cap=0.5, base=0.02), retries)
    return made(settings, partial(redis.Redis.from_url, retry=retry, **options_of(settings)))


def options_of(settings: RouterSettings) -> dict[str, Any]:
    """What clients of either kind are told."""
    return {
        "socket_timeout": settings.redis_timeout_seconds,
        "socket_connect_timeout": settings.redis_timeout_seconds,
        "socket_keepalive": True,
        "health_check_interval": 0,
        "retry_on_error": [redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError],
    }


@contextmanager
def answering(settings: RouterSettings) -> Iterator[None]:
    """Turn Redis's own errors into QueueUnavailable, which says what the caller may do."""
    try:
        yield
    except redis.RedisError as error:
        where = hide_password(settings.redis_url)
        text = f"Redis at {where} does not take commands ({error}); submitting the same command again is safe"
        raise QueueUnavailable(text) from error
