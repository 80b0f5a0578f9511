"""Puts every message aside that cannot be carried out, whichever layer finds out, so that none just disappears."""

from __future__ import annotations

import logging
from typing import Any

import redis
from celery import signals

from router.journal import Journal
from workers import transport

log = logging.getLogger("pointsman.dead_letters")


class DeadLetters:
    """Listens where messages are refused: by the transport, by Celery's decoding, for want of a task of that name."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        transport.hook.bury = self.bury
        signals.task_unknown.connect(self._unknown_task)
        signals.task_rejected.connect(self._unreadable)

    def bury(self, queue: str, reason: str, message: str) -> None:
        """Keep a message with its reason; if even that fails, the log keeps it."""
        try:
            self._journal.bury(queue, reason, message)
        except redis.RedisError:
            log.exception("a dead letter could not be kept: queue %s, %s, %.2000s", queue, reason, message)
            return
        log.warning("a message of queue %s went to the dead letters: %s", queue, reason)

    def _unknown_task(self, message: Any = None, name: str = "", **_: object) -> None:  # noqa: ANN401 - kombu's Message
        self.bury(_queue(message), f"no task is named '{name}'", _text(message))

    def _unreadable(self, message: Any = None, exc: object = None, **_: object) -> None:  # noqa: ANN401 - the same
        reason = f"not a task message: {exc}" if exc else "not a task message: it has no task header"
        self.bury(_queue(message), reason, _text(message))


def _queue(message: Any) -> str:  # noqa: ANN401 - the same
    return str((message.delivery_info or {}).get("routing_key", ""))


def _text(message: Any) -> str:  # noqa: ANN401 - the same
    body = message.body
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body)
