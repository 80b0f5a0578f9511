"""What each way in costs, in one run on one worker: threads, 500 asyncio waiters, 200 HTTP clients; and a long fuzzing.

The crowds run one after another for SECONDS each (60 unless set), so that each has the machine to itself, and then the
two large ones at once; a lost result is a failure, figures are only printed. Then single orders, in turn by router and
by HTTP, for what HTTP adds.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import statistics
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from support.house import House, a_house
from support.http import TRADER, HttpServer, assert_only_valid, fuzz

from router import AsyncOrderRouter, OrderRouter, RouterSettings

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3_600)]
SECONDS = float(os.environ.get("SECONDS", "60"))
CASES = int(os.environ.get("CASES", "10000"))
VARIED = 4  # operations of which there are always more cases; of the others there are fewer than are asked for
THREADS, WAITERS, CLIENTS, SINGLE = 32, 500, 200, 500
PAGE = os.sysconf("SC_PAGE_SIZE")
LIVES = 120


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), options=("--limits", "off")) as built:
        yield built


@pytest.fixture(scope="module")
def server(house: House) -> Iterator[HttpServer]:
    made = HttpServer(house, http_rate="1000000", http_burst="1000000", http_longest_wait_seconds=str(LIVES))
    try:
        made.start()
        yield made
    finally:
        ended = made.stop()
    assert ended == 0
    assert "Traceback" not in made.output()


def an_order(number: int) -> dict[str, object]:
    side = "buy" if number % 2 else "sell"
    at = {"exchange": "binance", "account": f"sim-{number % 2 + 1}", "symbol": "BTC/USDT"}
    return {"kind": "market_order", "side": side, "quantity": "0.001", "expires_in": LIVES, **at}


def megabytes(pid: int | str) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


class Crowd:
    """The latencies of one crowd in ms, with the memory of a process as it began to be busy and as it ended."""

    def __init__(self, name: str, pid: int | str = "self") -> None:
        self.name, self._pid = name, pid
        self.took: list[float] = []
        self.end = time.monotonic() + SECONDS
        self._first = 0.0

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self.end

    def add(self, begun: float, state: object) -> None:
        assert state == "done", state
        self.took.append((time.monotonic() - begun) * 1_000)
        if not self._first and time.monotonic() > self.end - SECONDS * 0.75:
            self._first = megabytes(self._pid)

    def tell(self) -> None:
        cuts = statistics.quantiles(self.took, n=100)
        memory = f"{self._first:.0f} MB, then {megabytes(self._pid):.0f} MB"
        rate = len(self.took) / SECONDS
        print(f"{self.name:22} {rate:7.0f}/s  p50 {cuts[49]:8.1f} ms  p99 {cuts[98]:8.1f} ms  {memory}")


def in_threads(house: House) -> Crowd:
    crowd = Crowd(f"{THREADS} threads")
    with house.router() as router:

        def one(number: int) -> None:
            while crowd.goes_on:
                begun = time.monotonic()
                ticket = router.submit(an_order(number))
                ticket.result(LIVES)
                crowd.add(begun, ticket.state())

        threads = [threading.Thread(target=one, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return crowd


async def together(count: int, crowd: Crowd, one: Callable[[int], Awaitable[object]]) -> Crowd:
    async def again_and_again(number: int) -> None:
        while crowd.goes_on:
            begun = time.monotonic()
            crowd.add(begun, await one(number))

    await asyncio.gather(*(again_and_again(number) for number in range(count)))
    return crowd


async def waiting(house: House, count: int) -> Crowd:
    settings = RouterSettings.from_environment({}, redis_url=house.valkey.url)
    async with AsyncOrderRouter(settings=settings) as router:

        async def one(number: int) -> str:
            ticket = await router.submit(an_order(number))
            await ticket.result(LIVES)
            return "done"

        return await together(count, Crowd(f"{count} asyncio waiters"), one)


async def over_http(server: HttpServer) -> Crowd:
    headers = {"Authorization": f"Bearer {TRADER}"}
    limit = aiohttp.TCPConnector(limit=CLIENTS)
    async with aiohttp.ClientSession(server.url, headers=headers, connector=limit) as session:

        async def one(number: int) -> str:
            async with session.post(f"/v1/orders?wait={LIVES}", json=an_order(number)) as reply:
                return str((await reply.json())["state"])

        return await together(CLIENTS, Crowd(f"{CLIENTS} HTTP clients", server.pid), one)


async def at_once(house: House, server: HttpServer) -> list[Crowd]:
    return await asyncio.gather(waiting(house, WAITERS), over_http(server))


def test_crowds(house: House, server: HttpServer) -> None:
    in_threads(house).tell()
    for count in (THREADS, WAITERS):
        asyncio.run(waiting(house, count)).tell()
    asyncio.run(over_http(server)).tell()
    print("at once:")
    for crowd in asyncio.run(at_once(house, server)):
        crowd.tell()


def test_what_http_adds(house: House, server: HttpServer) -> None:
    took: dict[str, list[float]] = {"router": [], "http": []}
    with house.router() as router, closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as client:
        for number in range(SINGLE):
            took["router"].append(timed(lambda n=number: by_router(router, n)))
            took["http"].append(timed(lambda n=number: by_http(client, n)))
    cuts = {name: statistics.quantiles(each[SINGLE // 10 :], n=100) for name, each in took.items()}  # the first warm up
    for name, each in cuts.items():
        print(f"by {name:7} p50 {each[49]:.2f} ms, p99 {each[98]:.2f} ms")
    print(f"HTTP adds {cuts['http'][49] - cuts['router'][49]:.2f} ms at p50")


def by_router(router: OrderRouter, number: int) -> object:
    return router.submit(an_order(number)).result(10)


def by_http(client: http.client.HTTPConnection, number: int) -> object:
    """With the standard library's client, so that little of the time is the client's own."""
    headers = {"Authorization": f"Bearer {TRADER}", "Content-Type": "application/json"}
    client.request("POST", "/v1/orders?wait=10", json.dumps(an_order(number)), headers)
    reply = client.getresponse()
    assert reply.status == 200
    return json.loads(reply.read())["result"]


def timed(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return (time.monotonic() - begun) * 1_000


def test_fuzzing_for_long(house: House, server: HttpServer) -> None:
    with house.router() as router:
        since = router.newest_event()
        said = fuzz(house, server.url, examples=CASES // VARIED + 1)
        cases = int(re.findall(r"(\d+) generated", said)[-1])
        print(f"{cases} cases, no 500; {assert_only_valid(router, since)} commands were enqueued, and each is valid")
        assert cases >= CASES
