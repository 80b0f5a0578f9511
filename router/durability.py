"""What a Redis says of how it keeps what it acknowledges; some of it only to who may read its configuration."""

from __future__ import annotations

from typing import Any, NamedTuple

import redis
from redis.exceptions import NoPermissionError


class Durability(NamedTuple):
    """``appendfsync`` is always, everysec or no, and None where this user may not know; ``replicas`` are online."""

    appendonly: bool
    appendfsync: str | None
    evicts_by: str | None
    replicas: int


def durability(client: redis.Redis) -> Durability:
    """Ask for as much as this user may know. Raises: redis.RedisError."""
    info: Any = client.info()
    evicts = info["maxmemory"] != 0 and info["maxmemory_policy"] != "noeviction"
    return Durability(
        appendonly=bool(info["aof_enabled"]),
        appendfsync=_appendfsync(client),
        evicts_by=info["maxmemory_policy"] if evicts else None,
        replicas=info["connected_slaves"],
    )


def _appendfsync(client: redis.Redis) -> str | None:
    """Who may read one setting may read all of them, the password of replication too: most should not."""
    try:
        config: Any = client.config_get("appendfsync")
    except NoPermissionError:
        return None
    return str(config["appendfsync"])
