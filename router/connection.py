"""How Redis is reached: bounded waits, a few quick retries, and our own error when it does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar

import redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import NoPermissionError
from redis.retry import Retry

from router.addresses import hide_password, is_sentinel
from router.direct import DirectPool, DirectRedis, packing
from router.errors import AccessDenied, ConfigurationError, QueueUnavailable
from router.settings import RouterSettings

Greet = Callable[[redis.Connection], None]
"""What is asked of a primary over each new connection to it, before anything else; it may refuse by an exception."""
_ERRORS: Final = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError)

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


def connect(settings: RouterSettings, *, retries: int = 3, greet: Greet | None = None) -> redis.Redis:
    """A client that reconnects by itself, with Sentinels to whichever server is the primary by then.

    Every script it sends may be repeated without harm, so a lost reply is retried ``retries`` times. ``greet`` is for
    the primaries of Sentinels only: there the server behind an address can change.
    Raises: ConfigurationError for an address that cannot be read.
    """
    retry = Retry(ExponentialBackoff(cap=0.5, base=0.02), retries)
    options = {"retry": retry, **packing(), **options_of(settings)}
    if is_sentinel(settings.redis_url):
        from router.sentinel import primary_of  # noqa: PLC0415 - most have one server, and importing it costs

        return primary_of(settings, options, greet)
    return DirectRedis.from_pool(made(settings, partial(DirectPool.from_url, **options, **tls_of(settings))))


def options_of(settings: RouterSettings) -> dict[str, Any]:
    """What clients of either kind are told, wherever the server is."""
    return {
        "socket_timeout": settings.redis_timeout_seconds,
        "socket_connect_timeout": settings.redis_timeout_seconds,
        "socket_keepalive": True,
        "health_check_interval": 0,
        "retry_on_error": list(_ERRORS),
    }


def hang_up(client: redis.Redis) -> None:
    """Let go of a client's connections, those to Sentinels among them; it may be used again."""
    client.close()
    asked = getattr(client.connection_pool, "sentinel_manager", None)
    if asked is not None:
        asked.close()


def tls_options(settings: RouterSettings) -> dict[str, Any]:
    """Who may answer, and who we are, as Redis' client takes it; nothing where the settings leave it to the URL."""
    given = {"ssl_ca_certs": settings.tls_ca, "ssl_certfile": settings.tls_certificate, "ssl_keyfile": settings.tls_key}
    return {name: str(path) for name, path in given.items() if path is not None}


def tls_of(settings: RouterSettings) -> dict[str, Any]:
    """The same, where the journal's own address is one of TLS."""
    return tls_options(settings) if settings.redis_url.startswith("rediss://") else {}


def patience_ms(settings: RouterSettings) -> int:
    """How long a replica or the disk may take to have a write: less than we wait for the reply about it."""
    return round(settings.redis_timeout_seconds * 500)


@contextmanager
def answering(settings: RouterSettings) -> Iterator[None]:
    """Turn Redis's own errors into QueueUnavailable, which says what the caller may do, or AccessDenied."""
    try:
        yield
    except NoPermissionError as error:
        text = f"Redis at {hide_password(settings.redis_url)} does not let this user do that ({error})"
        raise AccessDenied(text) from error
    except redis.RedisError as error:
        where = hide_password(settings.redis_url)
        text = f"Redis at {where} does not take commands ({error}); submitting the same command again is safe"
        raise QueueUnavailable(text) from error


def is_denied(error: BaseException) -> bool:
    """Whether Redis answered that this user may not do that, be it told by Celery in words of its own."""
    return isinstance(error, NoPermissionError) or isinstance(error.__cause__, NoPermissionError)
