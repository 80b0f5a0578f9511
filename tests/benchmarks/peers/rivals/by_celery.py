"""Celery as its documentation has it, with Redis as broker and for results, and events for Flower.

``BENCH_PLACE`` names the client its tasks place orders with: ``ccxt`` or ``python_binance``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from benchmarks.peers.driving import RESULT_SECONDS, Taken, paced_by_threads
from benchmarks.peers.orders import Order
from benchmarks.peers.rivals.exchange_clients import place_by_ccxt, place_by_python_binance
from celery import Celery

URL = os.environ["BENCH_REDIS_URL"]
WAYS = {"ccxt": place_by_ccxt, "python_binance": place_by_python_binance}
app = Celery("rival", broker=URL, backend=URL)
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    worker_send_task_events=True,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    result_expires=3_600,
)


@app.task(name="place")
def place(account: str, client_order_id: str) -> str:
    return WAYS[os.environ.get("BENCH_PLACE", "ccxt")](account, client_order_id)


class Sender:
    """One app process; Celery keeps its connections in a pool."""

    def many(self, given: Sequence[Order]) -> None:
        for order in given:
            place.apply_async(tuple(order))

    def steps(self, count: int) -> None:
        order = ("main-0", "0" * 32)
        for _ in range(count):
            place.apply_async(order)

    def paced(self, given: Sequence[Order], gap_seconds: float) -> list[Taken]:
        return paced_by_threads(
            given,
            gap_seconds,
            lambda order: (order.client_order_id, place.apply_async(tuple(order))),
            lambda handle: handle.get(timeout=RESULT_SECONDS),
        )

    def close(self) -> None:
        app.close()


class BareSender(Sender):
    """The same where nobody asks for results, which spares each order a subscription."""

    def steps(self, count: int) -> None:
        order = ("main-0", "0" * 32)
        for _ in range(count):
            place.apply_async(order, ignore_result=True)
