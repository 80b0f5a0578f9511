"""What a run needs: Valkey, the simulator under its limit, worker processes; all end with the run."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.gate.cases import Case
from support.house import House
from support.processes import ROOT, Process, Simulator, Valkey, eventually, ready_workers, running

PYTHONPATH = {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
_TICKS = os.sysconf("SC_CLK_TCK")
_LAST_WORDS = 30
QUIET = ("--log-level", "warning")


def begin_limited(simulator: Simulator, case: Case) -> None:
    """Put the case's limit, clock and latency in force; before workers start, since they read it then."""
    simulator.limit_orders(case.limit, case.window_ms, case.kind)
    if case.skew_ms:
        simulator.fault("clock_skew", skew_ms=case.skew_ms, times=None)
    for when in ("before", "after") if case.latency_ms else ():
        simulator.fault("stall", delay_ms=case.latency_ms, when=when, times=None)


@contextlib.contextmanager
def a_stage(folder: Path, case: Case) -> Iterator[House]:
    """Valkey and the limited simulator, no workers yet."""
    folder.mkdir(parents=True)
    valkey, simulator = Valkey(folder), Simulator(folder)
    with running(valkey, simulator):
        begin_limited(simulator, case)
        house = House(folder, valkey, simulator)
        try:
            yield house
        finally:
            stop_all(house.workers)


def add_workers(house: House, argv: Sequence[str], count: int) -> None:
    """Start worker processes and wait until all of them show signs of life."""
    for _ in range(count):
        name = f"worker-{len(house.workers) + 1}"
        environment = {**house.environment, **PYTHONPATH}
        worker = Process(name, [sys.executable, "-m", *argv], house.folder / f"{name}.log", environment)
        house.workers.append(worker)  # type: ignore[arg-type]  # a worker started in another way
        worker.start()
    client = house.valkey.client()
    eventually(lambda: _ready(house, len(ready_workers(client))), 90, f"{len(house.workers)} workers beat")
    client.close()


def _ready(house: House, beating: int) -> bool:
    """Raises: RuntimeError with a worker's last words when it has ended."""
    for worker in house.workers:
        if not worker.alive():
            words = "\n".join(worker.output().splitlines()[-_LAST_WORDS:])
            raise RuntimeError(f"{worker.name} has ended:\n{words}")
    return beating >= len(house.workers)


def stop_all(processes: Sequence[Process], seconds: float = 8.0) -> None:
    """Ask all at once; nothing of a run that is over needs to be kept."""
    for process in processes:
        with contextlib.suppress(AssertionError, ProcessLookupError):
            process.signal(signal.SIGTERM)
    end = time.monotonic() + seconds
    for process in processes:
        process.stop(max(0.1, end - time.monotonic()))


def cpu_seconds(processes: Mapping[str, Process]) -> dict[str, float]:
    """User and system time so far; nothing where there is no /proc."""
    found = {}
    for name, process in processes.items():
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            found[name] = (int(fields[11]) + int(fields[12])) / _TICKS
    return found
