"""Sends a command's message where the journal's own script cannot: to a broker of another kind or on another server."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import redis

from router.batches import BATCHES, read_batch
from router.commands import read_command
from router.journal import Doorbell
from router.queues import envelope, readable, readable_batch
from router.settings import RouterSettings

if TYPE_CHECKING:
    from celery import Celery


class Publisher(Protocol):
    """Rings doorbells."""

    def ring(self, bells: Iterable[Doorbell]) -> None:
        """Send each command's message."""


class RedisPublisher:
    """Pushes messages onto the queues' lists in the journal's own Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def ring(self, bells: Iterable[Doorbell]) -> None:
        """Push them all in one round trip. Raises: redis.RedisError."""
        with self._client.pipeline(transaction=False) as pipeline:
            for bell in bells:
                pipeline.lpush(bell.queue, _envelope(bell))
            pipeline.execute()


class CeleryPublisher:
    """Sends messages through Celery, to whatever broker it is configured for."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url

    @cached_property
    def _app(self) -> Celery:
        from celery import Celery  # noqa: PLC0415 - most producers never need it, and it is slow to import

        return Celery("pointsman-producer", broker=self._broker_url, set_as_current=False)

    def ring(self, bells: Iterable[Doorbell]) -> None:
        """Send them over one connection. Raises: kombu.exceptions.OperationalError."""
        with self._app.producer_or_acquire() as producer:
            for bell in bells:
                self._app.send_task(
                    bell.task,
                    kwargs={"command": bell.document},
                    task_id=bell.id,
                    queue=bell.queue,
                    producer=producer,
                    kwargsrepr=_shown(bell),
                    ignore_result=True,
                    headers={"journaled": True},
                )


def publisher(settings: RouterSettings, client: redis.Redis) -> Publisher:
    """The one that fits the settings."""
    return RedisPublisher(client) if settings.one_redis else CeleryPublisher(settings.broker_url or "")


def _envelope(bell: Doorbell) -> str:
    return envelope(bell.id, bell.task, bell.queue, bell.document, _shown(bell))


def _shown(bell: Doorbell) -> str:
    if bell.task in BATCHES:
        return readable_batch(read_batch(bell.document).items)
    return readable(read_command(bell.document))
