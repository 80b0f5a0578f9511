"""What it costs a producer that Redis keeps its word: each `appendfsync`, and `durable=True` on top, in turn."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

import pytest
from support.processes import Valkey, running

from router import MarketOrder, OrderRouter, RouterSettings

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]
ROUNDS, ORDERS = int(os.environ.get("ROUNDS", "7")), 200
WAYS = {
    "no append-only file": ("no", "everysec", False),
    "appendfsync no": ("yes", "no", False),
    "appendfsync everysec": ("yes", "everysec", False),
    "everysec, durable=True": ("yes", "everysec", True),
    "appendfsync always": ("yes", "always", False),
}


def submit_ms(router: OrderRouter) -> list[float]:
    spent = []
    for _ in range(ORDERS):
        order = MarketOrder(exchange="binance", account="main", symbol="BTC/USDT", side="buy", quantity="0.01")
        start = time.perf_counter()
        router.submit(order)
        spent.append((time.perf_counter() - start) * 1_000)
    return spent


def test_what_durability_costs(tmp_path: Path) -> None:
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    server = Valkey(tmp_path)
    with running(server):
        client = server.client()
        for _ in range(ROUNDS):
            for way, (appendonly, appendfsync, durable) in WAYS.items():
                client.config_set("appendonly", appendonly)
                client.config_set("appendfsync", appendfsync)
                while client.info("persistence")["aof_rewrite_in_progress"]:
                    time.sleep(0.05)
                with OrderRouter(settings=RouterSettings(redis_url=server.url, durable=durable)) as router:
                    found[way] += submit_ms(router)
        client.close()
    floor = statistics.median(found["no append-only file"])
    print(f"\n{'':<26}{'p50 ms':>8}{'p99 ms':>8}{'ratio':>7}")
    for way, row in found.items():
        cuts = statistics.quantiles(row, n=100)
        print(f"{way:<26}{cuts[49]:>8.2f}{cuts[98]:>8.2f}{cuts[49] / floor:>7.1f}")
