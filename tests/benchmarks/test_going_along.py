"""What it gains that waiting orders share calls: orders per second of one account's backlog, with and without.

Two rounds of each in turn on a fresh house; the limits are those of the exchange's documentation.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import pytest
from benchmarks.gate.stage import add_workers
from support.house import a_house
from support.processes import eventually

from router import LimitOrder

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(900)]
MARKETS = {
    "okx swap": ("okx", "sim-okx-1", "BTC/USDT:USDT", "0.01", "57000"),
    "bybit spot": ("bybit", "sim-bybit-1", "BTC/USDT", "0.001", "57600"),
}
WAYS = {"single calls only": "benchmarks.single_calls", "going along": "workers.cli"}
ORDERS, SETTLE_SECONDS, SECONDS, ROUNDS = 3_000, 3.0, 10.0, 2


def per_second(folder: Path, market: tuple[str, ...], module: str) -> tuple[float, int]:
    """Orders the exchange accepted per second, and how many requests it refused for their number."""
    exchange, account, symbol, quantity, price = market
    order = {"exchange": exchange, "account": account, "symbol": symbol, "side": "buy", "time_in_force": "IOC"}
    with a_house(folder, workers=0, exchanges=exchange) as house, house.router() as router:
        add_workers(house, (module, "worker", exchange, "--log-level", "warning"), 2)
        router.submit_many(LimitOrder(**order, quantity=quantity, price=price, expires_in=120) for _ in range(ORDERS))
        eventually(house.simulator.orders, 60, "the first order is there")
        time.sleep(SETTLE_SECONDS)
        before, begun = len(house.simulator.orders()), time.monotonic()
        time.sleep(SECONDS)
        placed, took = len(house.simulator.orders()) - before, time.monotonic() - begun
        refused = sum(house.simulator.ledger()["counts"]["refused"].values())  # type: ignore[index]
    return placed / took, refused


def test_gain_of_going_along(tmp_path: Path) -> None:
    for name, market in MARKETS.items():
        found: dict[str, list[tuple[float, int]]] = {way: [] for way in WAYS}
        for number in range(ROUNDS):
            for place, (way, module) in enumerate(WAYS.items()):
                folder = tmp_path / f"{market[0]}-{number}-{place}"
                folder.mkdir()
                found[way].append(per_second(folder, market, module))
        speeds = {way: statistics.median(rate for rate, _ in each) for way, each in found.items()}
        for way, each in found.items():
            told = ", ".join(f"{rate:.1f}" for rate, _ in each)
            sys.stdout.write(f"\n{name}, {way}: {speeds[way]:.1f} orders/s ({told}), {sum(n for _, n in each)} refused")
        alone, along = speeds.values()
        sys.stdout.write(f"\n{name}: {along / alone:.1f} times as many\n")
        assert along > alone
