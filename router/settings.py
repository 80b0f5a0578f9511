"""What a producer is told by its environment; the only secret is the key it may sign with."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from router.environment import PREFIX, told, with_password
from router.errors import ConfigurationError

_SIGNING_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}:[\x21-\x7e]{32,}")
_SECRET = ("signing_key",)


def _readable(url: str) -> str:
    """Refuse what the clients would choke on later, with the password in their complaint."""
    for part in url.split(";"):  # Celery takes several brokers
        try:
            address = urlsplit(part)
            _ = address.port
        except ValueError:
            raise ValueError("is no URL; a password's own / ? # @ : are written %2F %3F %23 %40 %3A") from None
        if "password" in parse_qs(address.query):
            raise ValueError("must have its password before the host, as in redis://:PASSWORD@host")
    return url


def _redis_address(url: str) -> str:
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss:// or unix://")
    return _readable(url)


def _named_key(given: SecretStr) -> SecretStr:
    if not _SIGNING_KEY.fullmatch(given.get_secret_value()):
        raise ValueError("must be the key's name, a colon, and at least 32 characters, as in desk-1:SECRET")
    return given


class RouterSettings(BaseModel):
    """How to reach the journal and the queues, and how long things are kept.

    ``broker_url`` is needed only where the messages do not go through the journal's own Redis. Times are in seconds:
    ``keep_seconds`` for the record of an ended order command, ``keep_query_seconds`` for that of a read,
    ``grace_seconds`` until a queued command without a message is noticed. ``durable`` makes a producer wait until the
    server has the command on disk, whatever its ``appendfsync``. ``signing_key`` (NAME:SECRET) is for a producer whose
    workers ask for signatures, see docs/signatures.md.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    redis_url: Annotated[str, AfterValidator(_redis_address)] = "redis://127.0.0.1:6379/0"
    broker_url: Annotated[str, AfterValidator(_readable)] | None = None
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")] = "pointsman"
    keep_seconds: Annotated[float, Field(ge=60)] = 86_400.0
    keep_query_seconds: Annotated[float, Field(ge=1)] = 300.0
    grace_seconds: Annotated[float, Field(gt=0)] = 3.0
    durable: bool = False
    redis_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    signing_key: Annotated[SecretStr, AfterValidator(_named_key)] | None = None

    @property
    def one_redis(self) -> bool:
        """True when journal and queues share one Redis, so that one script can serve both."""
        return self.broker_url is None or self.broker_url == self.redis_url

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **given: object) -> Self:
        """Read POINTSMAN_REDIS_URL and its like, or POINTSMAN_REDIS_URL_FILE; what is given by name wins.

        POINTSMAN_REDIS_PASSWORD goes into an address of the environment that has no password.
        Raises: ConfigurationError naming the variable, its value and the rule.
        """
        source = os.environ if environment is None else environment
        asked = {name: told(source, PREFIX + name.upper()) for name in cls.model_fields}
        found = {name: value for name, value in asked.items() if value is not None}
        if given.get("redis_url") is None:
            default = str(cls.model_fields["redis_url"].default)
            address = _addressed(found.get("redis_url", default), source)
            found |= {} if address == default else {"redis_url": address}
        try:
            return cls.model_validate({**found, **{name: value for name, value in given.items() if value is not None}})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = str(first["loc"][0])
            shown = name if given.get(name) is not None else PREFIX + name.upper()
            value = "(not shown)" if name in _SECRET else hide_password(str(first["input"]))
            complaint = ConfigurationError.because(shown, value, first["msg"].removeprefix("Value error, "))
        raise complaint  # outside the handler: pydantic's error holds what was given

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """What repr() and str() show: addresses without their passwords."""
        for name, value in super().__repr_args__():
            yield name, hide_password(value) if isinstance(value, str) else value


def _addressed(url: str, source: Mapping[str, str]) -> str:
    """With the password that is set apart; what is no address is left to the check of the field."""
    try:
        return with_password(url, source)
    except ValueError as error:
        if isinstance(error, ConfigurationError):
            raise
        return url


def hide_password(url: str) -> str:
    """An address fit to be shown: redis://user:secret@host becomes redis://***@host, ?password=secret becomes ?***."""
    scheme, found, rest = url.partition("://") if "://" in url else ("", "", url)
    user, at, host = rest.rpartition("@")
    place, query, _ = host.partition("?")
    shown = f"{place}?***" if query else place
    return f"{scheme}{found}***@{'***' if '?' in user else shown}" if at else f"{scheme}{found}{shown}"
