"""What people look at: how much is under way, who works, what could not be read."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from router.journal import Journal


class Letter(NamedTuple):
    """A message that no worker could carry out; ``id`` starts with the ms (Redis' clock) at which it was put aside."""

    id: str
    queue: str
    reason: str
    message: str


class Beat(NamedTuple):
    """A worker's sign of life: the queues it serves and how many seconds ago its canary was taken."""

    queues: list[str]
    quiet_seconds: float


class Overview(NamedTuple):
    """Commands that have not ended, letters kept, and each worker that beats."""

    not_ended: int
    dead_letters: int
    workers: dict[str, Beat]


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


def overview(journal: Journal) -> Overview:
    """How things stand. Raises: redis.RedisError."""
    client, keys = journal.client, journal.keys
    workers: dict[str, Beat] = {}
    for key in client.scan_iter(keys.worker("*"), count=1000):
        document: Any = client.get(key)
        if document is not None:
            beat = json.loads(document)
            name = key.decode().removeprefix(keys.worker(""))
            workers[name] = Beat(beat["queues"], max(0.0, time.time() - beat["consumed_at"]))
    return Overview(int(client.zcard(keys.agenda)), int(client.xlen(keys.dead)), workers)


def waiting(journal: Journal, queues: list[str]) -> dict[str, int]:
    """Messages in each queue that no worker has taken yet; Redis brokers only. Raises: redis.RedisError."""
    return {queue: int(journal.client.llen(queue)) for queue in queues}


def _texts(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode(errors="replace") for name, value in fields.items()}
