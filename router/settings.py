"""What a producer is told by its environment; the only secret is the key it may sign with."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from router.addresses import hide_password, readable, redis_address
from router.environment import FILE, PREFIX, told, with_password
from router.errors import ConfigurationError

FILES: Final = ("tls_ca", "tls_certificate", "tls_key")
"""Settings that are files themselves: NAME and NAME_FILE mean the same, and their content is not read here."""
_SIGNING_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}:[\x21-\x7e]{32,}")
_SECRET = ("signing_key",)


def _a_file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("must be a file that can be read")
    return path


AFile = Annotated[Path, AfterValidator(_a_file)]


TLS_SCHEMES: Final = ("rediss", "sentinels", "amqps")


def _named_key(given: SecretStr) -> SecretStr:
    if not _SIGNING_KEY.fullmatch(given.get_secret_value()):
        raise ValueError("must be the key's name, a colon, and at least 32 characters, as in desk-1:SECRET")
    return given


class RouterSettings(BaseModel):
    """How to reach the journal and the queues, and how long things are kept.

    ``broker_url`` is needed only where the messages do not go through the journal's own Redis. Times are in seconds:
    ``keep_seconds`` for the record of an ended order command, ``keep_query_seconds`` for that of a read,
    ``grace_seconds`` until a queued command without a message is noticed. ``durable`` makes a producer wait until the
    server has the command on disk, whatever its ``appendfsync``.

    ``replicas`` is how many replicas must have an accepted command before a producer hears of it, and a claim before
    its order is sent: what a fail-over may then lose harms nobody. ``tls_ca`` is who signed the certificates of Redis,
    Sentinel and RabbitMQ (the system's own authorities without it), ``tls_certificate`` and ``tls_key`` are ours.
    ``signing_key`` (NAME:SECRET) is for a producer whose workers ask for signatures, see docs/signatures.md.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    redis_url: Annotated[str, AfterValidator(redis_address)] = "redis://127.0.0.1:6379/0"
    broker_url: Annotated[str, AfterValidator(readable)] | None = None
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")] = "pointsman"
    keep_seconds: Annotated[float, Field(ge=60)] = 86_400.0
    keep_query_seconds: Annotated[float, Field(ge=1)] = 300.0
    grace_seconds: Annotated[float, Field(gt=0)] = 3.0
    durable: bool = False
    redis_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    signing_key: Annotated[SecretStr, AfterValidator(_named_key)] | None = None
    replicas: Annotated[int, Field(ge=0, le=10)] = 0
    sentinel_password: SecretStr | None = None
    tls_ca: AFile | None = None
    tls_certificate: AFile | None = None
    tls_key: AFile | None = None

    @model_validator(mode="after")
    def _tls_is_used(self) -> Self:
        """A certificate that nobody asks for would make an unencrypted connection look like a safe one."""
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        speaks = [each.partition("://")[0] for each in (self.redis_url, self.broker_url or "")]
        if (self.tls_ca or self.tls_certificate) and not any(each in TLS_SCHEMES for each in speaks):
            raise ValueError("tls_ca and tls_certificate are for rediss://, sentinels:// and amqps:// only")
        return self

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
        asked = {name: _told(source, name) for name in cls.model_fields}
        found = {name: value for name, value in asked.items() if value is not None}
        if given.get("redis_url") is None:
            default = str(cls.model_fields["redis_url"].default)
            address = _addressed(found.get("redis_url", default), source)
            found |= {} if address == default else {"redis_url": address}
        try:
            return cls.model_validate({**found, **{name: value for name, value in given.items() if value is not None}})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = str(first["loc"][0]) if first["loc"] else "tls_ca"
            shown = name if given.get(name) is not None else PREFIX + name.upper()
            if first["loc"]:
                value = "(not shown)" if name in _SECRET else hide_password(str(first["input"]))
            else:
                value = str(found.get(name) or given.get(name) or "")
            complaint = ConfigurationError.because(shown, value, first["msg"].removeprefix("Value error, "))
        raise complaint  # outside the handler: pydantic's error holds what was given

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """What repr() and str() show: addresses without their passwords."""
        for name, value in super().__repr_args__():
            yield name, hide_password(value) if isinstance(value, str) else value


def _told(source: Mapping[str, str], name: str) -> str | None:
    variable = PREFIX + name.upper()
    if name in FILES:
        return source.get(variable) or source.get(variable + FILE) or None
    return told(source, variable)


def _addressed(url: str, source: Mapping[str, str]) -> str:
    """With the password that is set apart; what is no address is left to the check of the field."""
    try:
        return with_password(url, source)
    except ValueError as error:
        if isinstance(error, ConfigurationError):
            raise
        return url
