"""A message of the queues, whoever has read it: Celery, or a thread that took it by itself."""

from __future__ import annotations

from base64 import b64decode
from typing import Any, NamedTuple, Self

from pydantic_core import from_json


class Message(NamedTuple):
    """What a worker needs to know of it. ``unknown`` are arguments that no task has, ``shown`` is a line for people."""

    id: str
    task: str
    queue: str
    journaled: bool
    command: object
    unknown: dict[str, object]
    shown: str = ""

    @classmethod
    def read(cls, queue: str, text: bytes) -> Self:
        """One that `router.queues.envelope` has made. Raises: ValueError, KeyError, TypeError for any other."""
        message = from_json(text)
        headers: dict[str, Any] = message["headers"]
        _, arguments, _ = from_json(b64decode(message["body"]))
        command = arguments.pop("command", None)
        journaled, shown = bool(headers["journaled"]), str(headers["kwargsrepr"])
        return cls(headers["id"], headers["task"], queue, journaled, command, arguments, shown)
