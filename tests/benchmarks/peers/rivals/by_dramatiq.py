"""dramatiq with its Redis broker and results in Redis."""

from __future__ import annotations

import os
from collections.abc import Sequence

import dramatiq
from benchmarks.peers.driving import RESULT_SECONDS, Taken, paced_by_threads
from benchmarks.peers.orders import Order
from benchmarks.peers.rivals.exchange_clients import place_by_ccxt
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

URL = os.environ["BENCH_REDIS_URL"]
broker = RedisBroker(url=URL)
broker.add_middleware(Results(backend=RedisBackend(url=URL), store_results=True))
dramatiq.set_broker(broker)


@dramatiq.actor(max_retries=0)
def place(account: str, client_order_id: str) -> str:
    return place_by_ccxt(account, client_order_id)


class Sender:
    """One app process with the broker's own connection pool."""

    def many(self, given: Sequence[Order]) -> None:
        for order in given:
            place.send(*order)

    def steps(self, count: int) -> None:
        order = ("main-0", "0" * 32)
        for _ in range(count):
            place.send(*order)

    def paced(self, given: Sequence[Order], gap_seconds: float) -> list[Taken]:
        return paced_by_threads(
            given,
            gap_seconds,
            lambda order: (order.client_order_id, place.send(*order)),
            lambda handle: handle.get_result(block=True, timeout=round(RESULT_SECONDS * 1_000)),
        )

    def close(self) -> None:
        broker.close()
