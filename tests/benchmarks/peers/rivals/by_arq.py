"""arq with ccxt async on uvloop. It looks for jobs by polling: every 10 ms, not every half second as it comes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any, ClassVar

import uvloop
from arq import create_pool
from arq.connections import RedisSettings
from benchmarks.peers.driving import RESULT_SECONDS, Taken, paced_in_loop
from benchmarks.peers.orders import Order
from benchmarks.peers.rivals.exchange_clients import AsyncCcxt

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
_REDIS = RedisSettings.from_dsn(os.environ["BENCH_REDIS_URL"])
_LOOK_SECONDS = 0.01
_AT_ONCE = 100


async def place(context: dict[str, Any], account: str, client_order_id: str) -> str:
    return await context["client"].place(account, client_order_id)


async def begin(context: dict[str, Any]) -> None:
    context["client"] = AsyncCcxt()


async def end(context: dict[str, Any]) -> None:
    await context["client"].close()


class WorkerSettings:
    """`arq benchmarks.peers.rivals.by_arq.WorkerSettings`."""

    functions: ClassVar = [place]
    redis_settings = _REDIS
    on_startup = begin
    on_shutdown = end
    max_jobs = 100
    poll_delay = _LOOK_SECONDS
    max_tries = 1


class Sender:
    """One app process: one loop, one pool, up to a hundred orders being handed over at a time."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._pool = self._loop.run_until_complete(create_pool(_REDIS))

    def many(self, given: Sequence[Order]) -> None:
        async def give() -> None:
            for at in range(0, len(given), _AT_ONCE):
                part = given[at : at + _AT_ONCE]
                await asyncio.gather(*(self._pool.enqueue_job("place", *order) for order in part))

        self._loop.run_until_complete(give())

    def steps(self, count: int) -> None:
        async def give() -> None:
            for _ in range(count):
                await self._pool.enqueue_job("place", "main-0", "0" * 32)

        self._loop.run_until_complete(give())

    def paced(self, given: Sequence[Order], gap_seconds: float) -> list[Taken]:
        async def give(order: Order) -> Any:  # noqa: ANN401 - arq's Job
            return await self._pool.enqueue_job("place", *order)

        async def wait(job: Any) -> None:  # noqa: ANN401 - the same
            await job.result(timeout=RESULT_SECONDS, poll_delay=0.001)

        return self._loop.run_until_complete(paced_in_loop(given, gap_seconds, give, wait))

    def close(self) -> None:
        self._loop.run_until_complete(self._pool.aclose())
