"""How long the script that claims a command and passes the gate keeps Redis busy.

Where it is allowed to, it raises Valkey's priority: a script that waits for a processor is not busy.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gate.cases import Case
from benchmarks.gate.figures import percentile
from benchmarks.gate.stage import PYTHONPATH, a_stage
from support.house import House
from support.processes import ROOT

ALL, ORDINARY = 50, 4
WANTED_US = 100
_URGENT = -15
_PLENTY, _NEXT_TO_NONE = (1_000_000, 10_000), (1, 10_000)
_NO_WAKE_UPS = {"POINTSMAN_GRACE_SECONDS": "600"}


@dataclass(frozen=True)
class Times:
    """How long each call of the script took, in µs on the server, and what the machine made of a script of nothing."""

    what: str
    taken_us: list[int]
    yardstick_us: list[int]
    bounded: bool = True

    @property
    def misses(self) -> list[str]:
        p99 = percentile(self.taken_us, 99)
        return [f"p99 {p99:.0f} µs, under {WANTED_US} wanted"] if self.bounded and not p99 < WANTED_US else []


def run(orders: int, folder: Path) -> list[Times]:
    """All on one Valkey: first orders that touch all budgets, so that these exist for the others."""
    case = Case("", "fixed", *_PLENTY)
    with a_stage(folder, case) as house:
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, house.valkey.pid, _URGENT)
        found = [
            Times(f"let through, {ALL} budgets touched", *_child(house, ALL, orders)),
            Times(f"let through, {ORDINARY} budgets among {ALL}", *_child(house, ORDINARY, orders)),
        ]
        house.simulator.limit_orders(*_NEXT_TO_NONE, "fixed")
        told = f"told to wait, {ORDINARY} budgets, up to {orders} in line"
        return [*found, Times(told, *_child(house, ORDINARY, orders), bounded=False)]


def _child(house: House, budgets: int, orders: int) -> tuple[list[int], list[int]]:
    """Raises: RuntimeError with what the child said when it failed."""
    argv = [sys.executable, "-m", "benchmarks.gate.script_child", str(budgets), str(orders)]
    environment = {**os.environ, **house.environment, **PYTHONPATH, **_NO_WAKE_UPS}
    done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv[2:])} failed:\n{done.stderr}")
    told = json.loads(done.stdout)
    return told["begin"], told["yardstick"]
