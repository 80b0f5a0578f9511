"""Celery's Redis transport, except that garbage is put aside instead of ending the worker, and canaries are noticed.

kombu parses a popped item inside its event loop, and Celery reads its headers there; what is wrong with either raises
through the loop, the worker calls it unrecoverable and exits, and the item is gone or comes back to end the next worker
(kombu 5.7, `transport/redis.py`, `_brpop_read`; Celery 5.7, `worker/consumer/consumer.py`, `on_task_received`).
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from typing import Any

import redis
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis
from kombu.utils.scheduling import round_robin_cycle

from router.queues import CANARY, PLAIN
from workers.hands import Hands
from workers.slots import Slots, is_lane

Bury = Callable[[str, str, str], None]
log = logging.getLogger("pointsman.transport")


class _Hook:
    """Whom to tell of garbage (queue, reason, item) and of a canary that was taken, and who knows which lanes are open.

    Set once per worker. ``hands`` take from the queues themselves, where there are any; then only what they leave is
    for Celery.
    """

    bury: Bury | None = None
    canary_taken: Callable[[], None] | None = None
    slots: Slots | None = None
    hands: Hands | None = None


hook = _Hook()


def _trouble(item: bytes) -> str | None:
    """Why kombu could not take this item as a message; None when it can."""
    try:
        message = json.loads(item)
        properties = message["properties"]
        _ = (
            properties["delivery_tag"],
            properties["delivery_info"]["exchange"],
            properties["delivery_info"]["routing_key"],
        )
        if properties.get("body_encoding") == "base64":
            base64.b64decode(message["body"], validate=True)
        elif properties.get("body_encoding") is not None:
            return f"not a Celery message: its body encoding is {properties['body_encoding']!r}"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"not a Celery message: {type(error).__name__} {error}"
    return None


class CarefulChannel(kombu_redis.Channel):
    """A channel that lets only messages through to Celery."""

    _publishing: Any = None
    _is_starting = False
    _taking: tuple[Any, int] = (None, 0)  # the socket that waits for messages, and its id at the server

    def _get_client(self) -> type[Any]:
        class CarefulClient(super()._get_client()):  # type: ignore[misc]  # its class depends on a key prefix
            def parse_response(self, connection: Any, command_name: str, **options: Any) -> Any:  # noqa: ANN401 - redis-py's
                reply = super().parse_response(connection, command_name, **options)
                if command_name != "BRPOP" or not reply:
                    return reply
                queue, item = reply = reply[0].removesuffix(PLAIN.encode()), reply[1]
                trouble = _trouble(item)
                if trouble is None or hook.bury is None:
                    return reply
                hook.bury(queue.decode(), trouble, item.decode(errors="replace"))
                return None

        return CarefulClient

    def _create_client(self, asynchronous: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - kombu's
        """One client for all publishing: kombu makes a new one for every message, a tenth of a worker's CPU."""
        if asynchronous:
            return super()._create_client(asynchronous)  # type: ignore[misc]  # its stubs leave it out
        if self._publishing is None:
            self._publishing = super()._create_client()  # type: ignore[misc]  # the same
        return self._publishing

    def _brpop_start(self, timeout: float | None = None) -> None:
        """Wait for messages of the open lanes; kombu does so again after every message, and when woken."""
        if hook.slots is not None:
            self._remember_connection()
            hook.slots.unstarted = self._unstarted
            hook.slots.on_room = self._wake
        self._is_starting = True
        super()._brpop_start(timeout)  # type: ignore[misc]  # its stubs leave it out
        self._is_starting = False

    def _q_for_pri(self, queue: str, pri: int) -> str:
        """The list of a queue; while waiting for messages it is the one that the hands leave to Celery."""
        if queue.endswith(PLAIN):
            return queue  # what lies there has come by its priority before
        key: str = super()._q_for_pri(queue, pri)  # type: ignore[misc]  # its stubs leave it out
        return key + PLAIN if self._is_starting and hook.hands is not None and key == queue and is_lane(queue) else key

    def _unstarted(self) -> int:
        qos: Any = self.qos
        return len(qos._delivered) - len(qos._dirty)  # noqa: SLF001 - what kombu itself counts prefetched messages by

    def _remember_connection(self) -> None:
        connection = self.client.connection
        socket = getattr(connection, "_sock", None)  # a new one after each reconnect, and with it a new id
        if socket is None or socket is not self._taking[0]:
            connection.send_command("CLIENT", "ID")
            client_id = connection.read_response()
            self._taking = getattr(connection, "_sock", None), client_id

    def _wake(self) -> None:
        """End a wait that leaves lanes out, so that the next one has them again. Called from any thread."""
        try:
            self._create_client().client_unblock(self._taking[1])
        except redis.RedisError as error:  # the wait ends by itself within a second
            log.info("could not end a wait for messages: %s", error)


class LaneCycle(round_robin_cycle):  # type: ignore[type-arg]  # generic in the stubs only
    """kombu's order of queues, with the cancels first and without the lanes that are shut at the moment."""

    def consume(self, n: int) -> Any:  # noqa: ANN401 - the stubs say an iterator; it is a list
        """The queues to wait for, the most urgent first."""
        queues = sorted((self.items or [])[:n], key=lambda queue: not queue.endswith(".cancels"))
        lanes = [queue for queue in queues if is_lane(queue)]
        if hook.hands is not None:
            hook.hands.queues = lanes
        opened = queues if hook.slots is None else hook.slots.open(queues)
        return opened + [queue + PLAIN for queue in opened if queue in lanes]


class CarefulTransport(kombu_redis.Transport):
    """The transport of every redis:// broker in this process."""

    Channel = CarefulChannel

    def _deliver(self, message: dict[str, Any], queue: str | None) -> None:
        """Hand a message to Celery; one that Celery stumbles over is put aside and acknowledged."""
        if hook.canary_taken is not None and queue is not None and queue.startswith(CANARY):
            hook.canary_taken()
            return
        try:
            super()._deliver(message, queue)
        except (redis.RedisError, OSError):
            raise  # Celery reconnects; not kombu's own list of connection errors, which counts any KeyError among them
        except Exception as error:
            if hook.bury is None:
                raise
            log.exception("Celery could not take a message of queue %s", queue)
            hook.bury(queue or "", f"Celery could not take it: {type(error).__name__} {error}", json.dumps(message))
            self._acknowledge(message["properties"]["delivery_tag"])

    def _acknowledge(self, delivery_tag: str) -> None:
        for channel in self.channels or ():
            channel.basic_ack(delivery_tag)  # a channel that does not have it does nothing


class CarefulSentinelChannel(CarefulChannel, kombu_redis.SentinelChannel):
    """The same where Sentinels tell which server it is."""


class CarefulSentinelTransport(CarefulTransport):
    """The transport of every sentinel:// broker in this process."""

    default_port = kombu_redis.SentinelTransport.default_port
    Channel = CarefulSentinelChannel


_OURS = {"redis": CarefulTransport, "rediss": CarefulTransport, "sentinel": CarefulSentinelTransport}


def install() -> None:
    """Use ours for every broker of Redis from now on; call it before the first connection, since kombu remembers."""
    for scheme, transport in _OURS.items():
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{transport.__name__}"
