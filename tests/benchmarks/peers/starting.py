"""Item 6: how long imports take, a worker until it consumes, and `pointsman up`."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers.figures import Raw, median
from benchmarks.peers.loads import a_visit
from benchmarks.peers.stage import Checkout, Stage, a_stage, running
from benchmarks.peers.systems import OURS
from benchmarks.peers.told import Told
from support.processes import Process, eventually

Say = Callable[[str], None]
_PATIENCE = 120.0
_IMPORTS = {"nothing": "pass", "router": "import router", "celery": "import celery"}


def run(folder: Path, checkout: Checkout, rounds: int, say: Say) -> Raw:
    """Seconds, round by round."""
    found: dict[str, list[float]] = {}
    with a_stage(folder, checkout) as stage:
        for number in range(rounds):
            for name, statement in _IMPORTS.items():
                found.setdefault(f"import {name}", []).append(_imported(checkout, statement))
            found.setdefault("worker to its first order", []).append(_first_order(stage))
            found.setdefault("up", []).append(_up(folder / f"up-{number}", checkout))
    for name, seconds in found.items():
        say(f"{name:28} {median(seconds):.3f} s ({min(seconds):.3f} to {max(seconds):.3f})")
    return {"rounds": rounds, "seconds": found}


def _imported(checkout: Checkout, statement: str) -> float:
    environment = {**os.environ, **checkout.environment}
    begun = time.monotonic()
    subprocess.run([checkout.python, "-c", statement], check=True, env=environment, cwd=checkout.root)
    return time.monotonic() - begun


def _first_order(stage: Stage) -> float:
    """From the start of the process to the arrival of an order that waited for it."""
    with a_visit(stage, OURS, 1):
        pass
    with Told(OURS.app(stage)) as app:
        app.ask(do="many", count=1, accounts=1)
    stage.venue.reset()
    begun = time.monotonic_ns()
    with running(OURS.workers(stage, 1)):
        stage.venue.wait_for(1, _PATIENCE)
        (arrived,) = stage.venue.arrivals().values()
    return (arrived - begun) / 1e9


def _up(folder: Path, checkout: Checkout) -> float:
    """From `pointsman up` to its word that all of it runs."""
    folder.mkdir(parents=True)
    unset = {"POINTSMAN_REDIS_URL": "", "POINTSMAN_ACCOUNTS": ""}
    argv = [str(checkout.python), "-m", "workers.cli", "up", "--state", str(folder / "state"), "--any-port"]
    process = Process("up", argv, folder / "up.log", {**checkout.environment, **unset})
    begun = time.monotonic()
    process.start()
    try:
        eventually(lambda: "Ctrl-C stops everything" in process.output(), _PATIENCE, "all of it runs")
        return time.monotonic() - begun
    finally:
        process.signal(signal.SIGINT)
        process.stop(30)
