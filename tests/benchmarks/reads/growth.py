"""The same poll of more and more accounts where no limit binds: time, memory and processor time per account."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.reads.stage import a_stage, cpu_seconds, own_cpu_seconds, reads_worker, redis_bytes, resident_mb


class Figures(NamedTuple):
    """Per account where it says so; megabytes are of the reads' worker, before and after."""

    accounts: int
    answered: int
    seconds: float
    ms_per_account: float
    worker_cpu_ms: float
    asker_cpu_ms: float
    redis_bytes: float
    worker_mb: float
    grown_mb: float


def run(folder: Path, accounts: int) -> Figures:
    """Binance and OKX, with limits a thousand times the real ones."""
    counts = {"binance": accounts - accounts // 2, "bybit": 0, "okx": accounts // 2}
    with a_stage(folder, counts, limits="1000") as (house, _), house.router() as router:
        router.poll_balances(["binance-1", "okx-1"])
        worker = reads_worker(house)
        before, cpu, own, memory = redis_bytes(house), cpu_seconds([worker]), own_cpu_seconds(), resident_mb(worker)
        begun = time.monotonic()
        poll = router.poll_balances(deadline=600)
        seconds = time.monotonic() - begun
        return Figures(
            accounts=accounts,
            answered=accounts - len(poll.missing),
            seconds=seconds,
            ms_per_account=seconds * 1_000 / accounts,
            worker_cpu_ms=(cpu_seconds([worker]) - cpu) * 1_000 / accounts,
            asker_cpu_ms=(own_cpu_seconds() - own) * 1_000 / accounts,
            redis_bytes=(redis_bytes(house) - before) / accounts,
            worker_mb=memory,
            grown_mb=resident_mb(worker) - memory,
        )
