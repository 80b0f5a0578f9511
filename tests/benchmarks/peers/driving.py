"""How an app is driven: all its orders at once, or one after the other at a pace, whatever becomes of the last one.

A sender hands orders to its queue and waits for results. Times are ns of the machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from benchmarks.peers.orders import Order

_WAITERS = 64
RESULT_SECONDS = 30.0


class Taken(NamedTuple):
    """One order's way: its id at the exchange, when it was given, when the call came back, when the result was here."""

    client_order_id: str
    given_ns: int
    queued_ns: int
    result_ns: int


class Sender(Protocol):
    """What each system brings. ``many`` is its quickest way for a list of orders."""

    def many(self, given: Sequence[Order]) -> None: ...

    def steps(self, count: int) -> None:
        """Hand over so many orders one by one, waiting for none."""

    def paced(self, given: Sequence[Order], gap_seconds: float) -> list[Taken]: ...

    def close(self) -> None: ...


def paced_by_threads(
    given: Sequence[Order],
    gap_seconds: float,
    give: Callable[[Order], tuple[str, Any]],
    wait: Callable[[Any], object],
) -> list[Taken]:
    """One thread gives at the pace; others wait for the results. ``give`` tells the order's id and what to wait by."""

    def taken(name: str, given_ns: int, queued_ns: int, handle: Any) -> Taken:  # noqa: ANN401 - each system's own
        wait(handle)
        return Taken(name, given_ns, queued_ns, time.monotonic_ns())

    futures: list[Future[Taken]] = []
    with ThreadPoolExecutor(_WAITERS) as pool:
        begun = time.monotonic()
        for number, order in enumerate(given):
            time.sleep(max(0.0, begun + number * gap_seconds - time.monotonic()))
            given_ns = time.monotonic_ns()
            name, handle = give(order)
            futures.append(pool.submit(taken, name, given_ns, time.monotonic_ns(), handle))
        return [future.result() for future in futures]


async def paced_in_loop(given: Sequence[Order], gap_seconds: float, give: Any, wait: Any) -> list[Taken]:  # noqa: ANN401 - coroutine functions
    """The same in a loop: a task for each order, so that waiting for one keeps no other back."""

    async def one(order: Order) -> Taken:
        given_ns = time.monotonic_ns()
        handle = await give(order)
        queued_ns = time.monotonic_ns()
        await wait(handle)
        return Taken(order.client_order_id, given_ns, queued_ns, time.monotonic_ns())

    tasks = []
    begun = time.monotonic()
    for number, order in enumerate(given):
        await asyncio.sleep(max(0.0, begun + number * gap_seconds - time.monotonic()))
        tasks.append(asyncio.create_task(one(order)))
    return list(await asyncio.gather(*tasks))
