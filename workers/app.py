"""The Celery app: queues, settings, and a worker's start and stop."""

from __future__ import annotations

import gc
import logging
import os
import sys
from functools import partial
from typing import Any

from celery import Celery, signals
from kombu import Exchange, Queue

from router.broker import QUORUM, broker_of
from router.errors import RouterError
from router.queues import queues_of
from router.taking import Taker
from workers import tasks, transport
from workers.configuration import WorkerSettings
from workers.exchanges import exchange_names
from workers.hands import Hands
from workers.logs import LogFormat, configure
from workers.runtime import Runtime
from workers.slots import Slots

log = logging.getLogger("pointsman.app")
_SWITCH_SECONDS = 0.001  # a thread with an order in hand must not wait five ms for one that reads a long list


_HEARTBEAT_SECONDS = 10.0  # a RabbitMQ that is gone without a word is noticed within two of them


def build_app(settings: WorkerSettings) -> Celery:
    """The app for these settings; docs/celery.md has the reason for each line."""
    transport.install()
    broker = broker_of(settings)
    arguments = QUORUM if broker.rabbitmq else None
    names = [name for exchange in exchange_names() for name in queues_of(exchange)]
    app = Celery("pointsman", broker=broker.url)
    app.conf.update(
        task_queues=[Queue(name, Exchange(""), routing_key=name, queue_arguments=arguments) for name in names],
        broker_use_ssl=broker.tls or False,
        broker_heartbeat=_HEARTBEAT_SECONDS,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=False,
        worker_pool="threads",
        worker_concurrency=settings.concurrency,
        worker_prefetch_multiplier=1,
        worker_send_task_events=True,
        worker_consumer="workers.consumer:PatientConsumer",
        worker_redirect_stdouts=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "ack_emulation": False,
            "socket_keepalive": True,
            "socket_timeout": 10,
            "queue_order_strategy": "workers.transport:LaneCycle",
            **broker.options,
        },
        enable_utc=True,
    )
    app.events.dispatcher_cls = "workers.consumer:PatientDispatcher"
    tasks.register(app)
    return app


app = build_app(WorkerSettings.from_environment())


@signals.setup_logging.connect
def _log(loglevel: int | str | None = None, **_: object) -> None:
    """As `pointsman worker` does; with a receiver of this signal Celery leaves logging alone."""
    level = logging.getLevelName(loglevel) if isinstance(loglevel, int) else loglevel
    configure(level or "info", os.environ.get("POINTSMAN_LOG_FORMAT") or LogFormat.TEXT)


@signals.worker_init.connect
def _prepare(sender: Any, **_: object) -> None:  # noqa: ANN401 - Celery's worker, which has no public type
    sys.setswitchinterval(_SWITCH_SECONDS)
    tasks.office.queues = list(sender.app.amqp.queues.consume_from)
    tasks.office.runtime = runtime = _runtime()
    transport.hook.canary_taken = runtime.pulse.taken
    transport.hook.slots = tasks.office.slots = Slots(sender.concurrency)
    if runtime.settings.one_redis:  # elsewhere no canary is sent, and RabbitMQ refuses a queue that nobody declared
        sender.app.amqp.queues.select_add(Queue(runtime.pulse.queue, no_declare=True))
    if runtime.settings.one_redis and sender.pool_cls.__module__ == "celery.concurrency.thread":
        hands = Hands(partial(Taker, runtime.settings), sender.concurrency, tasks.follow)
        transport.hook.hands = tasks.office.hands = hands


@signals.worker_process_init.connect
def _prepare_child(**_: object) -> None:
    """A prefork child has connections and locks of its own; the parent sweeps and beats for all."""
    tasks.office.runtime = _runtime()


def _runtime() -> Runtime:
    """Celery logs what a signal's receiver raises and goes on, so that the worker would take orders it cannot carry.

    Raises: SystemExit, which does end it: 2 for wrong settings, 3 when Redis does not answer.
    """
    try:
        return Runtime(WorkerSettings.from_environment(), tasks.office.queues)
    except RouterError as error:
        log.critical("the worker cannot start: %s", error.problem.message)
        raise SystemExit(2 if isinstance(error, ValueError) else 3) from None
    except Exception:
        log.critical("the worker cannot start", exc_info=True)
        raise SystemExit(1) from None


@signals.worker_ready.connect
def _start(sender: Any, **_: object) -> None:  # noqa: ANN401 - Celery's consumer, which has no public type
    tasks.office.tell = sender.tell
    if tasks.office.runtime is not None:
        tasks.office.runtime.start()
    gc.collect()
    gc.freeze()  # what is here now stays: looking through it again holds up every order for a twentieth of a second
    if tasks.office.hands is not None:
        tasks.office.hands.start()


@signals.worker_shutting_down.connect
def _take_no_more(**_: object) -> None:
    if tasks.office.hands is not None:
        tasks.office.hands.take_no_more()


@signals.worker_shutdown.connect
def _stop(**_: object) -> None:
    if tasks.office.hands is not None:
        tasks.office.hands.stop()
    if tasks.office.runtime is not None:
        tasks.office.runtime.stop()
