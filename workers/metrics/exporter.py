"""Serves /metrics: everything is read from Redis at the moment it is asked for, so that any number of these may run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Any

import redis
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from router.errors import ConfigurationError
from router.journal import Journal
from workers.metrics.families import counted, gauge
from workers.metrics.state import state_of
from workers.metrics.tally import Tally

log = logging.getLogger("pointsman.metrics")
_PAUSE_SECONDS = 0.25  # events come in bunches: fewer and larger turns
_FORGET_SECONDS = 3_600.0


class HouseCollector(Collector):
    """One look at the house for each time that Prometheus asks; while Redis does not answer there is only that."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._one_at_a_time = threading.Lock()

    def collect(self) -> Iterable[Metric]:
        """Every metric."""
        with self._one_at_a_time:
            try:
                figures: Any = self._journal.client.hgetall(self._journal.keys.figures)
                found = [*state_of(self._journal), *counted({name.decode(): int(n) for name, n in figures.items()})]
                behind = [((), self._behind_seconds())]
            except redis.RedisError as error:
                log.warning("nothing can be told: Redis does not answer (%s)", error)
                return [gauge("redis_up", "1 while Redis answers.", (), [((), 0.0)])]
        up = gauge("redis_up", "1 while Redis answers.", (), [((), 1.0)])
        return [
            up,
            gauge("events_behind_seconds", "How old the first event is that was not counted yet.", (), behind),
            *found,
        ]

    def _behind_seconds(self) -> float:
        client, keys = self._journal.client, self._journal.keys
        position: Any = client.get(f"{keys.figures}:position")
        after = f"({position.decode()}" if position else "-"
        waiting: Any = client.xrange(keys.events, min=after, count=1)
        if not waiting:
            return 0.0
        seconds, microseconds = client.time()
        return max(seconds + microseconds / 1e6 - int(waiting[0][0].partition(b"-")[0]) / 1_000, 0.0)


def serve(journal: Journal, address: str, port: int) -> int:
    """Begin to answer, on a thread of its own; the port that was taken. Raises: ConfigurationError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HouseCollector(journal))
    try:
        server, _ = start_http_server(port, address, registry)
    except OSError as error:
        rule = f"cannot be listened on at {address}: {error.strerror}"
        raise ConfigurationError.because("port", port, rule) from None
    return int(server.server_port)


def follow(tally: Tally, stopping: threading.Event) -> None:
    """Count events until told to stop; Redis being away is outlived."""
    forget_at = float("-inf")
    while not stopping.is_set():
        try:
            if time.monotonic() > forget_at:
                tally.forget_ended()
                forget_at = time.monotonic() + _FORGET_SECONDS
            tally.turn()
        except redis.RedisError as error:
            log.warning("events are not counted: Redis does not answer (%s)", error)
            stopping.wait(1.0)
        stopping.wait(_PAUSE_SECONDS)
