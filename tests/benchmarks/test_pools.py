"""Which Celery pool carries orders best: threads, gevent or prefork; measured in turn, so that a noisy machine is fair.

For each pool, over interleaved rounds: a burst (orders per second, CPU per order of all its processes) and a paced
stream (milliseconds from submit to result), at 0 and 20 ms of exchange latency.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.house import House, a_house
from support.processes import Process, ready_workers

from router import MarketOrder, OrderRouter

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_800)]
POOLS = {
    "threads": ("--pool", "threads", "--concurrency", "16"),
    "gevent": ("--pool", "gevent", "--concurrency", "64"),
    "prefork": ("--pool", "prefork", "--concurrency", "4"),
}
ROUNDS = int(os.environ.get("ROUNDS", "3"))
BURST = int(os.environ.get("BURST", "1000"))
PACED, PACE_SECONDS = 100, 0.02
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Figures:
    per_second: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)


def an_order(number: int) -> MarketOrder:
    side = "buy" if number % 2 else "sell"
    account = f"sim-{number % 9 + 1}"
    return MarketOrder(
        exchange="binance", account=account, symbol="BTC/USDT", side=side, quantity="0.001", expires_in=300
    )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children, living and reaped."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(entry.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


@contextmanager
def a_worker(house: House, pool: str) -> Iterator[Process]:
    argv = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "--loglevel", "warning", "--without-gossip"]
    argv += ["--without-mingle", "-Q", "binance.cancels,binance.orders,binance.queries", *POOLS[pool]]
    worker = Process(pool, argv, house.folder / f"{pool}.log", house.environment)
    client = house.valkey.client()
    for name in ready_workers(client):
        client.delete(name)
    worker.start()
    house.wait_for_workers(1)
    client.close()
    yield worker
    worker.stop()


def burst(router: OrderRouter, worker: Process, figures: Figures) -> None:
    commands = [an_order(number) for number in range(BURST)]
    before, start = cpu_seconds(worker.pid), time.perf_counter()
    for ticket in router.submit_many(commands):
        ticket.result(120)
    figures.per_second.append(BURST / (time.perf_counter() - start))
    figures.cpu_ms.append((cpu_seconds(worker.pid) - before) / BURST * 1_000)


def paced(router: OrderRouter, figures: Figures) -> None:
    for number in range(PACED):
        start = time.perf_counter()
        router.submit(an_order(number)).result(30)
        spent = time.perf_counter() - start
        figures.latency_ms.append(spent * 1_000)
        time.sleep(max(0.0, PACE_SECONDS - spent))


@pytest.mark.parametrize("latency_ms", [0, 20])
def test_pools(tmp_path: Path, latency_ms: int) -> None:
    figures = {pool: Figures() for pool in POOLS}
    with a_house(tmp_path, 0, ("--limits", "off")) as house, house.router() as router:
        if latency_ms:
            house.simulator.fault("stall", when="before", delay_ms=latency_ms, times=None, path="/api/v3/order")
        for _ in range(ROUNDS):
            for pool in POOLS:
                with a_worker(house, pool) as worker:
                    for number in range(10):
                        router.submit(an_order(number)).result(30)
                    burst(router, worker, figures[pool])
                    paced(router, figures[pool])
    print(f"\n{ROUNDS} rounds of {BURST} orders, exchange latency {latency_ms} ms: median (min to max)")
    print(f"{'pool':<10}{'orders/s':>24}{'CPU ms/order':>26}{'p50 ms':>10}{'p99 ms':>10}")
    for pool, found in figures.items():
        latencies = statistics.quantiles(found.latency_ms, n=100)
        spread = [
            f"{statistics.median(row):.2f} ({min(row):.2f} to {max(row):.2f})"
            for row in (found.per_second, found.cpu_ms)
        ]
        print(f"{pool:<10}{spread[0]:>24}{spread[1]:>26}{latencies[49]:>10.1f}{latencies[98]:>10.1f}")
