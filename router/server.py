"""Whether a Redis is new enough: the scripts run commands that older servers do not have."""

from __future__ import annotations

from typing import Any, Final

import redis

from router.addresses import hide_password
from router.errors import ConfigurationError

_NEWEST: Final = "LMPOP"  # of those that the scripts run; since Redis 7.0, and in every Valkey


def check_server(client: redis.Redis, url: str) -> None:
    """Raises: ConfigurationError for a server that is too old; redis.RedisError."""
    known: Any = client.execute_command("COMMAND INFO", _NEWEST)  # type: ignore[no-untyped-call]
    if known[0] is None:
        rule = f"must be Redis 7.0, Valkey, or newer: this server has no {_NEWEST}"
        raise ConfigurationError.because("redis_url", hide_password(url), rule)
