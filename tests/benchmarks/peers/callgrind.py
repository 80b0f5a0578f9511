"""Runs our app or our worker under callgrind and tells how many instructions it took."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers import ending
from benchmarks.peers.stage import Checkout, Child, Stage, a_stage, check_alive, running
from benchmarks.peers.systems import OURS
from benchmarks.peers.told import Told
from support.processes import Process, eventually, ready_workers

Counted = Callable[[Path, Checkout, int], int]
_TOTAL = re.compile(r"Collected : (\d+)")
_SLOW_SECONDS = 1_800.0
_TOOL = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=no")
_STEADY = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "POINTSMAN_GRACE_SECONDS": "3600"}
_APP = "import sys; from benchmarks.peers.ours import Sender; s = Sender(); s.steps(int(sys.argv[1])); s.close()"


def counted_app(folder: Path, checkout: Checkout, orders: int) -> int:
    """An app that places so many orders one by one, with accounts and markets known in Redis."""
    with a_stage(folder, checkout, 1) as stage:
        _told_of_markets(stage)
        app = _under(stage, "app", ["-c", _APP, str(orders)])
        with running([app]):
            _slowly(lambda: not app.alive(), "the app has placed its orders")
        return _total(app)


def counted_worker(folder: Path, checkout: Checkout, orders: int) -> int:
    """A worker that finds so many orders waiting and carries them, one at a time, until all have a result."""
    with a_stage(folder, checkout, 1) as stage:
        _told_of_markets(stage)
        with Told(OURS.app(stage)) as app:
            app.ask(do="many", count=orders, accounts=1)
        stage.venue.reset()
        worker = _under(stage, "worker", [*OURS.worker, "--concurrency", "1", "--lanes", "orders"])
        with running([worker]):
            _slowly(lambda: stage.venue.count() >= orders or check_alive([worker]), "every order has come")
            with contextlib.closing(stage.client()) as client:
                _slowly(lambda: not client.zcard("pointsman:agenda"), "every order has its result")
            worker.stop(120)
        return _total(worker)


def _told_of_markets(stage: Stage) -> None:
    client = stage.client()
    with running(OURS.workers(stage, 1)):
        eventually(lambda: ready_workers(client), 60, "a worker beats")
        eventually(lambda: client.keys("pointsman:instruments:*"), 60, "the markets are told")
    time.sleep(0.1)
    client.close()


def _slowly(holds: Callable[[], object], what: str) -> None:
    """Wait for what takes fifty times as long as it would; look twice a second. Raises: TimeoutError, SystemExit."""
    end = time.monotonic() + _SLOW_SECONDS
    while not holds():
        if ending.asked.is_set():
            raise SystemExit(1)
        if time.monotonic() > end:
            raise TimeoutError(f"not within {_SLOW_SECONDS:.0f} s: {what}")
        time.sleep(0.5)


def _under(stage: Stage, name: str, argv: list[str]) -> Child:
    child = stage.process(name, argv, **_STEADY)
    child.argv = [*_TOOL, *child.argv]
    return child


def _total(process: Process) -> int:
    """Raises: RuntimeError with what was printed when there is no count."""
    found = _TOTAL.search(process.output())
    if found is None:
        raise RuntimeError(f"callgrind told no count:\n{process.output()[-2_000:]}")
    return int(found[1])
