"""Celery's Redis transport, except that garbage in a queue is put aside instead of ending the worker.

kombu parses a popped item inside its event loop; what is not JSON there raises through the loop, the worker calls it
unrecoverable and exits, and the item is gone (kombu 5.7, `transport/redis.py`, `_brpop_read`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis

Bury = Callable[[str, str, str], None]
_SCHEMES = ("redis", "rediss")


class _Hook:
    """Whom to tell of garbage: queue, reason, item. Set once per worker."""

    bury: Bury | None = None


hook = _Hook()


def _trouble(item: bytes) -> str | None:
    try:
        message = json.loads(item)
        message["properties"]["delivery_tag"]
    except (ValueError, KeyError, TypeError) as error:
        return f"not a Celery message: {type(error).__name__} {error}"
    return None


class CarefulChannel(kombu_redis.Channel):
    """A channel that lets only messages through to Celery."""

    def _get_client(self) -> type[Any]:
        class CarefulClient(super()._get_client()):  # type: ignore[misc]  # its class depends on a key prefix
            def parse_response(self, connection: Any, command_name: str, **options: Any) -> Any:  # noqa: ANN401 - redis-py's
                reply = super().parse_response(connection, command_name, **options)
                if command_name != "BRPOP" or not reply:
                    return reply
                queue, item = reply
                trouble = _trouble(item)
                if trouble is None or hook.bury is None:
                    return reply
                hook.bury(queue.decode(), trouble, item.decode(errors="replace"))
                return None

        return CarefulClient


class CarefulTransport(kombu_redis.Transport):
    """The transport of every redis:// broker in this process."""

    Channel = CarefulChannel


def install(bury: Bury) -> None:
    """Use it for redis:// and rediss:// from now on; what is garbage goes to ``bury``."""
    hook.bury = bury
    for scheme in _SCHEMES:
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{CarefulTransport.__name__}"
