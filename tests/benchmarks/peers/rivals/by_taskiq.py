"""taskiq with its list broker, which is its fastest (and loses what a killed worker held), and ccxt async on uvloop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

import uvloop
from benchmarks.peers.driving import RESULT_SECONDS, Taken, paced_in_loop
from benchmarks.peers.orders import Order
from benchmarks.peers.rivals.exchange_clients import AsyncCcxt
from taskiq import TaskiqEvents, TaskiqState
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

URL = os.environ["BENCH_REDIS_URL"]
_AT_ONCE = 100
broker = ListQueueBroker(url=URL).with_result_backend(RedisAsyncResultBackend(redis_url=URL, result_ex_time=3_600))
client = AsyncCcxt()


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def end(_: TaskiqState) -> None:
    await client.close()


@broker.task(task_name="place")
async def place(account: str, client_order_id: str) -> str:
    return await client.place(account, client_order_id)


class Sender:
    """One app process: one loop, up to a hundred orders being handed over at a time."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(broker.startup())

    def many(self, given: Sequence[Order]) -> None:
        async def give() -> None:
            for at in range(0, len(given), _AT_ONCE):
                await asyncio.gather(*(place.kiq(*order) for order in given[at : at + _AT_ONCE]))

        self._loop.run_until_complete(give())

    def steps(self, count: int) -> None:
        async def give() -> None:
            for _ in range(count):
                await place.kiq("main-0", "0" * 32)

        self._loop.run_until_complete(give())

    def paced(self, given: Sequence[Order], gap_seconds: float) -> list[Taken]:
        async def give(order: Order) -> Any:  # noqa: ANN401 - taskiq's task
            return await place.kiq(*order)

        async def wait(task: Any) -> None:  # noqa: ANN401 - the same
            await task.wait_result(check_interval=0.001, timeout=RESULT_SECONDS)

        return self._loop.run_until_complete(paced_in_loop(given, gap_seconds, give, wait))

    def close(self) -> None:
        self._loop.run_until_complete(broker.shutdown())
