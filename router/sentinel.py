"""A primary that Sentinels name: every new connection asks them where it is, and asks it whether it is one."""

from __future__ import annotations

from typing import Any, NamedTuple

import redis
from redis.sentinel import (
    Sentinel,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from router.addresses import SentinelAddress, read_sentinel
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


class Wishes(NamedTuple):
    """What a client that asks Sentinels is told: whom to ask and how, and how to talk to the primary that they name."""

    address: SentinelAddress
    asked: dict[str, Any]
    told: dict[str, Any]


def wishes(settings: RouterSettings, options: dict[str, Any]) -> Wishes:
    """The settings and these options, for clients of either kind. Every question has the time that a command has."""
    address = read_sentinel(settings.redis_url)
    tls = {"ssl": True, **tls_options(settings)} if address.tls else {}
    sentinel_password = settings.sentinel_password
    asked = {
        **{name: value for name, value in options.items() if name.startswith("socket_")},
        **tls,
        "password": sentinel_password.get_secret_value() if sentinel_password else None,
    }
    login = {"username": address.user, "password": address.password, "db": address.db}
    secured = {name: value for name, value in tls.items() if name != "ssl"}
    return Wishes(address, asked, {**options, **login, **secured})


def primary_of(settings: RouterSettings, options: dict[str, Any], greet: Greet | None) -> redis.Redis:
    """A client of the primary, whichever server that is at the moment.

    Raises: nothing; who cannot be reached shows with the first command.
    """
    address, asked, told = wishes(settings, options)
    sentinels = Sentinel(list(address.places), sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    kind = _GreetedOverTls if address.tls else _Greeted
    told = {**told, "connection_class": kind, "greet": greet}
    client: redis.Redis = sentinels.master_for(address.name, redis.Redis, **told)  # type: ignore[no-untyped-call]
    return client
