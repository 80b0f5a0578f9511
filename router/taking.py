"""The queues, for a thread that takes messages from them by itself, over a connection of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from router.connection import connect
from router.settings import RouterSettings

_PATIENT_SECONDS = 5.0  # for an answer that may wait for a message first


class Taken(NamedTuple):
    """A message that was taken from a queue, as Celery's Redis transport keeps it there."""

    queue: str
    message: bytes


class Taker:
    """Takes for one thread. Every method may raise redis.RedisError."""

    def __init__(self, settings: RouterSettings) -> None:
        patience = max(settings.redis_timeout_seconds, _PATIENT_SECONDS)
        self._client = connect(settings.model_copy(update={"redis_timeout_seconds": patience}), retries=0)

    def take(self, queues: Sequence[str], seconds: int) -> Taken | None:
        """The next message of the first of these queues that has one; None when none came in so many seconds."""
        found: Any = self._client.brpop(list(queues), timeout=seconds)
        return None if found is None else Taken(found[0].decode(), found[1])

    def put(self, queue: str, message: bytes) -> None:
        """Put a message into a queue, behind all others."""
        self._client.lpush(queue, message)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
