"""Item 4: how far from the floor, and where the time between an app's call and its result goes, hop by hop."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.peers.figures import Raw, percentile
from benchmarks.peers.loads import Load, a_visit
from benchmarks.peers.stage import Checkout, a_stage
from benchmarks.peers.systems import FLOOR, OURS

Say = Callable[[str], None]
_WAY = (
    ("given", "the app calls place_order"),
    ("message", "checked, in the journal, its message in a worker's hands"),
    ("task", "read"),
    ("begin", "its call prepared"),
    ("begin done", "claimed, through the gate: one script"),
    ("send", "checked, signed"),
    ("arrived", "on the wire, at the exchange"),
    ("send done", "answered"),
    ("finish", "understood, written as JSON"),
    ("finish done", "written down and announced: one script"),
    ("result", "heard and read by the app"),
)
"""The moments an order passes, in their order, and what happened since the last."""


def run(folder: Path, checkout: Checkout, count: int, rounds: int, say: Say) -> Raw:
    """Paced orders by us and by the floor in turn, and one more visit whose worker notes the hops."""
    load = Load(count, 0.0, 1, 50.0)
    measured: list[Raw] = []
    for number in range(rounds):
        for system in (OURS, FLOOR):
            with a_stage(folder / f"{system.name}-{number}", checkout) as stage, a_visit(stage, system, 1) as visit:
                measured.append(visit.carry(load))
                say(
                    f"{system.name:10} to exchange {measured[-1]['to_exchange_p50_ms']:.2f} ms, "
                    f"to result {measured[-1]['to_result_p50_ms']:.2f} ms, CPU {measured[-1]['worker_cpu_ms']:.2f} ms"
                )
    hops = _hops(folder / "hops", checkout, load)
    for hop in hops:
        say(f"{hop['about']:60} {hop['p50_us']:8.0f} µs  {hop['p99_us']:8.0f} µs")
    return {"measured": measured, "hops": hops}


def _hops(folder: Path, checkout: Checkout, load: Load) -> list[Raw]:
    file = folder / "hops.json"
    noting = replace(OURS, worker=("-m", "benchmarks.peers.hops_worker", str(file), *OURS.worker[2:]))
    with a_stage(folder, checkout) as stage, a_visit(stage, noting, 1) as visit:
        taken = visit.taken(load)
        arrivals = stage.venue.arrivals()
    passed: Mapping[str, dict[str, int]] = json.loads(file.read_text())
    return _told(taken, arrivals, passed)


def _told(
    taken: Sequence[Sequence[Any]], arrivals: Mapping[str, int], passed: Mapping[str, dict[str, int]]
) -> list[Raw]:
    """The time between one moment and the next that was noted, over all orders that passed every one of them."""
    whole = [
        {**passed[name], "given": given, "result": result, "arrived": arrivals[name]}
        for name, given, _, result in taken
        if name in passed and name in arrivals
    ]
    noted = [(hop, about) for hop, about in _WAY if all(hop in moments for moments in whole)]
    rows: list[Raw] = []
    for (before, _), (hop, about) in itertools.pairwise(noted):
        spent = [(moments[hop] - moments[before]) / 1e3 for moments in whole]
        rows.append(
            {
                "hop": hop, "about": about, "orders": len(whole), "p50_us": percentile(spent, 0.5),
                "p99_us": percentile(spent, 0.99),
            }
        )  # fmt: skip
    return rows
