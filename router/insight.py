"""What ended badly: messages that nobody could read, and commands that failed or expired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from router.journal import Journal


class Letter(NamedTuple):
    """A message that no worker could carry out; ``id`` starts with the ms (Redis' clock) at which it was put aside."""

    id: str
    queue: str
    reason: str
    message: str


def letters(journal: Journal, count: int) -> list[Letter]:
    """The last dead letters, newest first. Raises: redis.RedisError."""
    rows: Any = journal.client.xrevrange(journal.keys.dead, count=count)
    return [Letter(key.decode(), **_texts(fields)) for key, fields in rows]


def discard(journal: Journal, letter_id: str) -> bool:
    """Throw a letter away; False when there is none of that id. Raises: redis.RedisError."""
    return bool(journal.client.xdel(journal.keys.dead, letter_id))


class Ended(NamedTuple):
    """A command that failed or expired, which can be replayed: its id, state, what was asked and why it ended."""

    id: str
    state: str
    document: str
    result: str


def ended(journal: Journal, count: int) -> list[Ended]:
    """The last commands that failed or expired, newest first. Raises: redis.RedisError."""
    rows: Any = journal.client.zrange(journal.keys.ended, 0, count - 1, desc=True)
    found = [(name.decode(), journal.record(name.decode())) for name in rows]
    return [Ended(name, record.state, record.document, record.result) for name, record in found if record is not None]


def _texts(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode(errors="replace") for name, value in fields.items()}
