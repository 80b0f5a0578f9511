"""How much of the allowance the gate uses, and whether it ever oversteps it: real workers under an endless backlog."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gate.cases import Case
from benchmarks.gate.figures import Figures, Seen, latest_end_us, measure, misses
from benchmarks.gate.foreign import Foreigner
from benchmarks.gate.producer import ACCOUNT, Backlog
from benchmarks.gate.stage import QUIET, a_stage, add_workers, cpu_seconds
from support.house import House
from support.processes import Process, Simulator, eventually

_WORKER = {
    "fixed": ("workers.cli", "worker", "binance", *QUIET),
    "rolling": ("benchmarks.gate.rolling_worker", "worker", "binance", *QUIET),
}
SETTLE_MS = 2_000  # workers have just started; the first window that begins after that is the first measured


@dataclass(frozen=True)
class Outcome:
    """A case's figures, the fewest orders that were waiting, and how many cores the workers and Valkey used."""

    case: Case
    figures: Figures
    fewest: int
    worker_cores: float
    valkey_cores: float

    @property
    def misses(self) -> list[str]:
        found = misses(self.case, self.figures)
        if self.fewest < self.case.limit:
            found.append(f"the backlog ran low ({self.fewest}), so this says nothing about the gate")
        return found


def run(case: Case, seconds: float, depth: int, folder: Path) -> Outcome:
    """Measure one case over the whole windows of so many seconds."""
    windows = case.whole_windows(seconds)
    with a_stage(folder, case) as house, house.router() as router, contextlib.ExitStack() as others:
        add_workers(house, _WORKER[case.kind], case.workers)
        foreigner = others.enter_context(Foreigner(house.simulator.url, case)) if case.foreign else None
        with Backlog(router, depth) as backlog:
            eventually(lambda: seen_by(house.simulator).accepted_us, 60, "the first order is accepted")
            after_us = exchange_us(case) + SETTLE_MS * 1_000
            with _cores(house) as cores:
                wait_until(case, latest_end_us(case, after_us, windows))
        found = seen_by(house.simulator, foreigner.accepted_us if foreigner else ())
    figures = measure(case, found, after_us, windows)
    return Outcome(case, figures, backlog.fewest, sum(cores.values()) - cores.get("valkey", 0), cores.get("valkey", 0))


def exchange_us(case: Case) -> int:
    """The simulator's clock, which is ours plus its skew."""
    return time.time_ns() // 1_000 + case.skew_ms * 1_000


def wait_until(case: Case, moment_us: int) -> None:
    """Sleep until that moment of the exchange's clock."""
    time.sleep(max(0.0, (moment_us - exchange_us(case)) / 1e6))


def seen_by(simulator: Simulator, foreign_us: Iterator[int] | tuple[int, ...] | list[int] = ()) -> Seen:
    """What the exchange counted and refused of our account, its address included."""
    report = simulator.limits()["binance"]
    account = report["accounts"].get(ACCOUNT, {"accepted_us": [], "refused_us": []})  # type: ignore[attr-defined]
    addresses = report["addresses"].values()  # type: ignore[attr-defined]
    refused = sorted([*account["refused_us"], *(at for address in addresses for at in address["refused_us"])])
    return Seen(account["accepted_us"], refused, tuple(foreign_us))


@contextlib.contextmanager
def _cores(house: House) -> Iterator[dict[str, float]]:
    """How many cores each process used on average; known when the context ends."""
    processes: dict[str, Process] = {worker.name: worker for worker in house.workers} | {"valkey": house.valkey}
    used: dict[str, float] = {}
    before, begun = cpu_seconds(processes), time.monotonic()
    yield used
    spent = time.monotonic() - begun
    after = cpu_seconds(processes)
    used.update({name: (after[name] - before[name]) / spent for name in before if name in after})
