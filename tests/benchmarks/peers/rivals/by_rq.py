"""RQ; its workers are started without a fork for each job, which costs tens of milliseconds."""

from __future__ import annotations

import os
from collections.abc import Sequence

import redis
from benchmarks.peers.driving import RESULT_SECONDS, Taken, paced_by_threads
from benchmarks.peers.orders import Order
from benchmarks.peers.rivals.exchange_clients import place_by_ccxt
from rq import Queue

_AT_ONCE = 500


class Sender:
    """One app process with one connection pool."""

    def __init__(self) -> None:
        self._queue = Queue("orders", connection=redis.Redis.from_url(os.environ["BENCH_REDIS_URL"]))

    def many(self, given: Sequence[Order]) -> None:
        for at in range(0, len(given), _AT_ONCE):
            part = given[at : at + _AT_ONCE]
            self._queue.enqueue_many([Queue.prepare_data(place_by_ccxt, args=tuple(order)) for order in part])

    def steps(self, count: int) -> None:
        for _ in range(count):
            self._queue.enqueue(place_by_ccxt, "main-0", "0" * 32)

    def paced(self, given: Sequence[Order], gap_seconds: float) -> list[Taken]:
        return paced_by_threads(
            given,
            gap_seconds,
            lambda order: (order.client_order_id, self._queue.enqueue(place_by_ccxt, *order)),
            lambda job: job.latest_result(timeout=round(RESULT_SECONDS)),
        )

    def close(self) -> None:
        self._queue.connection.close()
