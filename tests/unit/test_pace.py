"""How many commands of a line are called at once."""

from __future__ import annotations

import pytest

from workers.calls.gatekeeper import Charge
from workers.pace import Pace


def a_limit(units: int, window_ms: int, cost: int = 1, *, rolling: bool = False) -> Charge:
    return Charge("k", units, units, window_ms, cost, rolling)


@pytest.mark.parametrize(
    ("charges", "took_ms", "at_once"),
    [
        ([a_limit(100, 10_000)], 30, 1),  # Binance: ten a second need half a call at a time
        ([a_limit(100, 10_000)], 300, 7),
        ([a_limit(60, 2_000)], 100, 7),  # OKX
        ([a_limit(60, 2_000), a_limit(6_000, 60_000, 20)], 100, 2),  # the tightest counts, by what the call costs
        ([a_limit(1_000_000, 1_000)], 1, 48),
        ([a_limit(1_000_000, 1_000)], 1_000, 32),  # slow: others need threads, too
        ([a_limit(10, 1_000, rolling=True), a_limit(200_000, 86_400_000)], 1, 10),  # Bybit: one for each unit
        ([], 1, 48),
        ([], 1_000, 32),
    ],
)
def test_as_many_as_the_limit_can_use(charges: list[Charge], took_ms: float, at_once: int) -> None:
    pace = Pace()
    pace.note("orders.place", took_ms)
    assert pace.at_once("orders.place", charges) == at_once


def test_a_slower_exchange_is_noticed_and_forgotten_again() -> None:
    pace, limit = Pace(), [a_limit(100, 10_000)]
    for took_ms, at_once in ((10, 1), (1_000, 9), (10, 1)):
        for _ in range(10):
            pace.note("orders.place", took_ms)
        assert abs(pace.at_once("orders.place", limit) - at_once) <= 10
    assert pace.at_once("orders.place", limit) < 5
    assert pace.at_once("orders.cancel", limit) == 1
