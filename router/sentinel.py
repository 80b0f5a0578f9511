"""A primary that Sentinels name: every new connection asks them where it is, and asks it whether it is one."""

from __future__ import annotations

from typing import Any

import redis
import redis.asyncio
from redis.sentinel import (
    Sentinel,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from router.addresses import read_sentinel
from router.connection import Greet, tls_options
from router.settings import RouterSettings


class _Greeted(SentinelManagedConnection):
    """A connection over which the primary was asked something before it carries anything else."""

    def __init__(self, greet: Greet | None = None, **options: Any) -> None:  # noqa: ANN401 - whatever redis-py takes
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._greet = greet

    def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's
        super().on_connect_check_health(check_health=check_health)
        if self._greet is not None:
            self._greet(self)


class _GreetedOverTls(_Greeted, SentinelManagedSSLConnection):
    """The same with TLS."""


def primary_of(settings: RouterSettings, options: dict[str, Any], greet: Greet | None) -> redis.Redis:
    """A client of the primary, whichever server that is at the moment.

    Every question to a Sentinel has the time that a command has. Raises: nothing; who cannot be reached shows with
    the first command.
    """
    places, name, asked, told = _told(settings, options)
    sentinels = Sentinel(places, sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    kind = _GreetedOverTls if asked.get("ssl") else _Greeted
    client: redis.Redis = sentinels.master_for(name, redis.Redis, connection_class=kind, greet=greet, **told)  # type: ignore[no-untyped-call]
    return client


def async_primary_of(settings: RouterSettings, options: dict[str, Any]) -> redis.asyncio.Redis:
    """The same for an event loop."""
    places, name, asked, told = _told(settings, options)
    sentinels = redis.asyncio.Sentinel(places, sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    if asked.get("ssl"):
        told["ssl"] = True
    client: redis.asyncio.Redis = sentinels.master_for(name, redis.asyncio.Redis, **told)
    return client


def _told(
    settings: RouterSettings, options: dict[str, Any]
) -> tuple[list[tuple[str, int]], str, dict[str, Any], dict[str, Any]]:
    """Where the Sentinels are, what they call the primary, and what clients of them and of it are told."""
    address = read_sentinel(settings.redis_url)
    secured = tls_options(settings) if address.tls else {}
    sentinel_password = settings.sentinel_password
    asked = {
        **{name: value for name, value in options.items() if name.startswith("socket_")},
        **({"ssl": True} if address.tls else {}),
        **secured,
        "password": sentinel_password.get_secret_value() if sentinel_password else None,
    }
    login = {"username": address.user, "password": address.password, "db": address.db}
    return list(address.places), address.name, asked, {**options, **login, **secured}
