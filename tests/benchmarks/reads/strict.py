"""A thousand accounts on three exchanges under strict limits: time against what the limits allow at best."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.reads.orders import Stream, percentile
from benchmarks.reads.stage import (
    EXCHANGES,
    a_stage,
    cpu_seconds,
    reads_worker,
    refusals,
)

ALLOWED, WINDOW_SECONDS, COST = 0.78 * 6_000, 60.0, 20  # what a poll may use of Binance's weight; an account's balances
BYBIT_ALLOWED, BYBIT_SECONDS = math.ceil(0.78 * 600), 5.0
_QUIET_SECONDS = 60.0
_AFTER_THE_TURN = 2.0


class Figures(NamedTuple):
    """What a poll came to; ``least_seconds`` is what the limits allow at best, ``formula_seconds`` cost by allowance.

    Latencies are without and with the poll.
    """

    accounts: int
    answered: int
    seconds: float
    least_seconds: float
    formula_seconds: float
    calls: int
    refused: int
    worker_cpu_ms: float
    p50_ms: tuple[float, float]
    p99_ms: tuple[float, float]
    orders: tuple[int, int]

    @property
    def ratio(self) -> float:
        return self.seconds / self.least_seconds


def counts_of(accounts: int) -> dict[str, int]:
    """Accounts per exchange, as even as can be."""
    return {name: accounts // 3 + (place < accounts % 3) for place, name in enumerate(EXCHANGES)}


def least(counts: Mapping[str, int], into_window: float) -> tuple[float, float]:
    """The earliest moment at which the last call may be let through, and accounts times cost by allowance; seconds.

    Binance counts from minute to minute, so that two windows' calls may come together at their turn; in Bybit's rolling
    windows a unit is free again five seconds after its use. What OKX counts is counted per account.
    """
    per_window = int(ALLOWED // COST)
    turns = max(math.ceil(counts["binance"] / per_window) - 1, 0)
    binance = turns * WINDOW_SECONDS - into_window if turns else 0.0
    bybit = max(math.ceil(counts["bybit"] / BYBIT_ALLOWED) - 1, 0) * BYBIT_SECONDS
    formula = max(counts["binance"] * COST / ALLOWED * WINDOW_SECONDS, counts["bybit"] / BYBIT_ALLOWED * BYBIT_SECONDS)
    return max(binance, bybit), formula


def into_window() -> float:
    """Seconds since Binance's window turned; the simulator's clock is this machine's."""
    return time.time() % WINDOW_SECONDS


def run(folder: Path, accounts: int) -> Figures:
    """Orders alone for a minute, then the same orders beside the poll."""
    counts = counts_of(accounts)
    with a_stage(folder, counts) as (house, _), house.router() as router:
        router.poll_balances([f"{exchange}-1" for exchange in EXCHANGES])
        router.poll_balances(["binance-1"], value_in="USDT")
        stream = Stream(house.valkey.url, EXCHANGES, per_second=12)
        stream.start()
        time.sleep(5.0)
        quiet = time.monotonic()
        time.sleep(_QUIET_SECONDS)
        time.sleep((WINDOW_SECONDS + _AFTER_THE_TURN - into_window()) % WINDOW_SECONDS)
        cpu = cpu_seconds([reads_worker(house)])
        least_seconds, formula = least(counts, into_window())
        begun = time.monotonic()
        poll = router.poll_balances(deadline=300)
        ended = time.monotonic()
        cpu = cpu_seconds([reads_worker(house)]) - cpu
        stream.stop()
        alone, beside = stream.between(quiet, begun), stream.between(begun, ended)
        return Figures(
            accounts=len(poll.accounts),
            answered=len(poll.accounts) - len(poll.missing),
            seconds=ended - begun,
            least_seconds=least_seconds,
            formula_seconds=formula,
            calls=poll.calls,
            refused=refusals(house),
            worker_cpu_ms=cpu * 1_000 / accounts,
            p50_ms=(percentile(alone, 0.5), percentile(beside, 0.5)),
            p99_ms=(percentile(alone, 0.99), percentile(beside, 0.99)),
            orders=(len(alone), len(beside)),
        )
