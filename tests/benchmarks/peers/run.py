"""Runs the parts that are asked for, keeps what they measured as JSON, and writes the page from it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.peers import end_to_end, growth, hops, page, side_by_side, starting
from benchmarks.peers.figures import Raw
from benchmarks.peers.stage import ARQ, PEERS, PERSISTENCE, Checkout, versions
from benchmarks.peers.systems import SYSTEMS
from support.processes import ROOT

RAW, PAGE = ROOT / "benchmarks" / "raw", ROOT / "docs" / "performance.md"
_NAMED = (
    *("arq", "ccxt", "celery", "dramatiq", "gevent", "hiredis", "pybit", "python-binance", "python-okx", "redis"),
    *("rq", "taskiq", "taskiq-redis"),
)
DELAYS_MS = [0, 20]
PER_SECOND = 50.0
_SIZES = {
    "backlogs": [1_000, 10_000, 100_000, 1_000_000],
    "accounts": [1, 10, 100, 1_000, 10_000],
    "workers": [1, 2, 4, 8],
    "followers": [0, 10, 100, 1_000, 10_000],
    "connected": [10, 100, 1_000, 10_000],
}


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _burst(given: argparse.Namespace, folder: Path) -> Raw:
    loads = end_to_end.bursts(given.orders, given.delays, (1, 10))
    return end_to_end.run(folder, given.checkout, given.systems, loads, given.rounds, say)


def _paced(given: argparse.Namespace, folder: Path) -> Raw:
    loads = end_to_end.paced(given.paced, PER_SECOND, given.delays)
    return end_to_end.run(folder, given.checkout, given.systems, loads, given.rounds, say)


def _client(given: argparse.Namespace, folder: Path) -> Raw:
    return side_by_side.client(folder, given.checkout, given.small_rounds, given.steps, say)


def _enqueue(given: argparse.Namespace, folder: Path) -> Raw:
    return side_by_side.enqueue(folder, given.checkout, given.small_rounds, given.steps, say)


def _floor(given: argparse.Namespace, folder: Path) -> Raw:
    return hops.run(folder, given.checkout, given.paced, given.rounds, say)


def _growth(given: argparse.Namespace, folder: Path) -> Raw:
    sizes = {
        "backlog": given.backlogs,
        "accounts": given.accounts,
        "workers": given.workers,
        "followers": given.followers,
        "connected": given.connected,
    }
    return growth.run(folder, given.checkout, sizes, given.orders, say)


def _start(given: argparse.Namespace, folder: Path) -> Raw:
    return starting.run(folder, given.checkout, given.rounds, say)


PARTS: dict[str, Callable[[argparse.Namespace, Path], Raw]] = {
    "client": _client,
    "enqueue": _enqueue,
    "burst": _burst,
    "paced": _paced,
    "floor": _floor,
    "growth": _growth,
    "start": _start,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Returns: 0 when all was measured, 1 when a system failed."""
    given = _arguments(argv)
    folder, begun = Path(tempfile.mkdtemp(prefix="bench-peers-")), time.monotonic()
    failed: list[str] = []
    told_versions = _versions(given)
    try:
        for part in given.parts:
            say(f"\n{part}")
            raw = PARTS[part](given, folder / part)
            failed += raw.get("failed", [])
            _keep(given.raw, part, raw, told_versions)
    except BaseException:
        say(f"\nlogs of this run are in {folder}")
        raise
    if given.page is not None:
        page.write(given.raw, given.page)
    if failed:
        say(f"\nlogs of this run are in {folder}")
    else:
        shutil.rmtree(folder)
    say(f"\n{(time.monotonic() - begun) / 60:.1f} minutes; what was measured is in {given.raw}")
    return 1 if failed else 0


def _versions(given: argparse.Namespace) -> dict[str, str]:
    """What is measured beside what; ours is told by its commit."""
    found: dict[str, str] = {}
    for python in (ARQ, PEERS):  # the others' redis-py is the one that is told of; arq's is named in its requirements
        found |= versions(python, _NAMED) if python.exists() else {}
    git = ["git", "-C", str(given.checkout.root), "describe", "--always", "--dirty"]
    done = subprocess.run(git, check=False, capture_output=True, text=True)
    return {**found, "pointsman": done.stdout.strip() or "unknown"}


def _keep(folder: Path, part: str, raw: Raw, told_versions: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.machine()}
    about = {"part": part, "measured_on": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine}
    text = json.dumps({**about, "persistence": PERSISTENCE, "versions": told_versions, **raw}, indent=1)
    (folder / f"{part}.json").write_text(text + "\n")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("make bench ARGS=", description="Pointsman beside its peers, in one run.")
    parser.add_argument("--parts", type=_some(PARTS), default=list(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--systems", type=_some(SYSTEMS), default=list(SYSTEMS), help=f"some of {','.join(SYSTEMS)}")
    parser.add_argument("--rounds", type=int, default=3, help="of the parts burst and paced")
    parser.add_argument("--small-rounds", type=int, default=30, help="of the parts client and enqueue")
    parser.add_argument("--steps", type=int, default=100, help="orders in each of these small rounds")
    parser.add_argument("--orders", type=int, default=5_000, help="of a burst")
    parser.add_argument("--paced", type=int, default=500, help="orders at 50 a second")
    for name, sizes in _SIZES.items():
        parser.add_argument(f"--{name}", type=_sizes, default=sizes, help="sizes of the part growth")
    parser.add_argument("--checkout", type=_checkout, default=Checkout(), help="whose code is measured as ours")
    parser.add_argument("--delays", type=_sizes, default=DELAYS_MS, help="of the exchange in bursts and paced, ms")
    parser.add_argument("--raw", type=Path, default=RAW, help="where the JSON files go")
    parser.add_argument("--without-peers", action="store_true", help="leave the peers out, also where they are")
    parser.add_argument("--page", type=Path, help="the page to write; docs/performance.md where --raw is not given")
    parser.add_argument(
        "--quick", action="store_true", help="warm nothing and wait for nothing: the figures are worthless"
    )
    given = parser.parse_args(argv)
    if given.page is None and given.raw == RAW:
        given.page = PAGE
    given.checkout = replace(given.checkout, peers=not given.without_peers)
    if given.quick:
        given.checkout = replace(given.checkout, warm=5, settle_seconds=0.1, forked=True)
    return given


def _sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def _checkout(text: str) -> Checkout:
    root = Path(text).resolve()
    if not (root / "workers" / "app.py").exists():
        raise argparse.ArgumentTypeError(f"{text!r} must be a checkout of Pointsman")
    return Checkout(root)


def _some(known: Sequence[str] | dict[str, object]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        given = text.split(",")
        for name in given:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} must be one of {', '.join(known)}")
        return given

    return names
