"""The same limits kept by what one would take otherwise, so that the gate's figures have something beside them."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.gate.cases import FIXED, ROLLING, Case
from benchmarks.gate.figures import Figures, latest_end_us, measure
from benchmarks.gate.rules import Rules
from benchmarks.gate.share import SETTLE_MS, exchange_us, seen_by, wait_until
from benchmarks.gate.stage import PYTHONPATH, a_stage, stop_all
from celery import Celery
from support.house import House
from support.processes import Process, eventually

PROCESSES = 4
_WAITING = 500
_CELERY = ("celery", "-A", "benchmarks.gate.rival_celery", "worker", "--loglevel", "warning", "--without-gossip")
WAYS = {
    "Celery rate_limit": (*_CELERY, "--without-mingle"),
    "ccxt enableRateLimit": ("benchmarks.gate.rival_ccxt",),
    "limits on Redis": ("benchmarks.gate.rival_limits",),
}


@dataclass(frozen=True)
class Comparison:
    """How one other way did."""

    case: Case
    figures: Figures


def rival_cases() -> list[Case]:
    return [replace(kind, name=way, workers=PROCESSES) for kind in (FIXED, ROLLING) for way in WAYS]


def run(case: Case, seconds: float, folder: Path) -> Comparison:
    """Measure one way of keeping the limit; the case's name says which."""
    windows = case.whole_windows(seconds)
    with a_stage(folder, case) as house:
        rules = Rules(house.simulator.url, house.valkey.url, case.kind, case.limit, case.window_ms, case.workers)
        with _processes(house, case, rules), _fed(rules, case):
            eventually(lambda: seen_by(house.simulator).accepted_us, 60, f"the first order of {case.title}")
            after_us = exchange_us(case) + SETTLE_MS * 1_000
            wait_until(case, latest_end_us(case, after_us, windows))
            found = seen_by(house.simulator)
    return Comparison(case, measure(case, found, after_us, windows))


@contextlib.contextmanager
def _processes(house: House, case: Case, rules: Rules) -> Iterator[None]:
    environment = {**PYTHONPATH, **rules.environment()}
    processes = []
    for number in range(1, case.workers + 1):
        argv = [sys.executable, "-m", *WAYS[case.name]]
        if WAYS[case.name] is WAYS["Celery rate_limit"]:
            argv += ["--hostname", f"rival-{number}@%h"]
        processes.append(Process(f"rival-{number}", argv, house.folder / f"rival-{number}.log", environment))
    try:
        for process in processes:
            process.start()
        yield
    finally:
        stop_all(processes)


@contextlib.contextmanager
def _fed(rules: Rules, case: Case) -> Iterator[None]:
    """Keeps Celery's queue long; the others make their orders themselves."""
    if WAYS[case.name] is not WAYS["Celery rate_limit"]:
        yield
        return
    stopping = threading.Event()
    feeder = threading.Thread(target=_feed, args=(rules, stopping), name="feeder", daemon=True)
    feeder.start()
    try:
        yield
    finally:
        stopping.set()
        feeder.join(10)


def _feed(rules: Rules, stopping: threading.Event) -> None:
    app = Celery("feeder", broker=rules.redis_url)
    with app.connection_for_write() as connection:
        while not stopping.is_set():
            waiting = connection.default_channel.queue_declare("celery").message_count
            for _ in range(_WAITING - waiting):
                app.send_task("post_order", connection=connection)
            stopping.wait(0.2)
