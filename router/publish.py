"""Sends a command's message where the journal's own script cannot: to a broker of another kind or on another server."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property
from typing import TYPE_CHECKING, Protocol

import redis

from router.batches import BATCHES, read_batch
from router.broker import QUORUM, broker_of
from router.commands import read_command
from router.journal import Doorbell
from router.queues import envelope, readable, readable_batch
from router.settings import RouterSettings

if TYPE_CHECKING:
    from celery import Celery
    from kombu import Queue


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

    def __init__(self, settings: RouterSettings) -> None:
        self._broker = broker_of(settings)
        self._patience_seconds = settings.redis_timeout_seconds

    @cached_property
    def _app(self) -> Celery:
        from celery import Celery  # noqa: PLC0415 - most producers never need it, and it is slow to import

        app = Celery("pointsman-producer", broker=self._broker.url, set_as_current=False)
        options = dict(self._broker.options)
        if self._broker.rabbitmq:  # sent means that the broker has it; who is gone without a word is not waited for
            options |= {
                "confirm_publish": True,
                "read_timeout": self._patience_seconds,
                "write_timeout": self._patience_seconds,
            }
        app.conf.update(
            broker_use_ssl=self._broker.tls or False,
            broker_transport_options=options,
            broker_heartbeat=0,  # nobody would send them while nothing is published
            task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
        )
        return app

    @cache  # noqa: B019 - a few names, for as long as the publisher lives
    def _queue(self, name: str) -> str | Queue:
        """RabbitMQ refuses a queue that is declared otherwise than by the workers."""
        if not self._broker.rabbitmq:
            return name
        from kombu import Exchange, Queue  # noqa: PLC0415 - as above

        return Queue(name, Exchange(""), routing_key=name, queue_arguments=QUORUM)

    def ring(self, bells: Iterable[Doorbell]) -> None:
        """Send them over one connection. Raises: kombu.exceptions.OperationalError."""
        with self._app.producer_or_acquire() as producer:
            for bell in bells:
                self._app.send_task(
                    bell.task,
                    kwargs={"command": bell.document},
                    task_id=bell.id,
                    queue=self._queue(bell.queue),  # type: ignore[arg-type]  # Celery takes a Queue, its stubs do not
                    producer=producer,
                    kwargsrepr=_shown(bell),
                    ignore_result=True,
                    headers={"journaled": True},
                )


def publisher(settings: RouterSettings, client: redis.Redis) -> Publisher:
    """The one that fits the settings."""
    return RedisPublisher(client) if settings.one_redis else CeleryPublisher(settings)


def _envelope(bell: Doorbell) -> str:
    return envelope(bell.id, bell.task, bell.queue, bell.document, _shown(bell))


def _shown(bell: Doorbell) -> str:
    if bell.task in BATCHES:
        return readable_batch(read_batch(bell.document).items)
    return readable(read_command(bell.document))
