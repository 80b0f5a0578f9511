"""`python -m benchmarks.peers.compare REVISION`: instructions of the hot path there and here (`make bench-compare`).

callgrind counts instructions, which no other work on the machine disturbs. Each side runs twice, with few and with more
orders, and the difference is what the orders took: start-up falls out. What is counted: an app's `place_order`, and a
whole worker, from a message in its queue to the result in Redis, against the fast exchange on a local socket.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.peers import ending
from benchmarks.peers.callgrind import Counted, counted_app, counted_worker
from benchmarks.peers.stage import Checkout
from support.processes import ROOT

MOST = 1.10


def main(argv: Sequence[str] | None = None) -> int:
    """Returns: 0, or 1 when one of the two costs over a tenth more here than there; 2 when it cannot be told."""
    given = _arguments(argv)
    if shutil.which("valgrind") is None:
        sys.stdout.write("Stopped: bench-compare needs valgrind (Debian: apt-get install valgrind)\n")
        return 2
    begun, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix="bench-compare-"))
    with _at(given.base, folder / "base") as base:
        sides = {given.base: Checkout(base), "here": Checkout()}
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda side: _counted(folder, side, given.few, given.more), sides.items()))
    shutil.rmtree(folder, ignore_errors=True)
    lines, is_dearer = verdict(given.base, *found)
    sys.stdout.write("\n".join([*lines, f"{time.monotonic() - begun:.0f} s; more than {MOST:.2f} is too much"]) + "\n")
    return int(is_dearer)


def verdict(base: str, there: dict[str, float], here: dict[str, float]) -> tuple[list[str], bool]:
    """The table, and whether anything costs over a tenth more here."""
    lines = [f"{'instructions per order':28}{base[:20]:>16}{'here':>16}{'ratio':>8}"]
    ratios = {what: here[what] / count for what, count in there.items()}
    for what, ratio in ratios.items():
        lines.append(f"{what:28}{there[what]:>16,.0f}{here[what]:>16,.0f}{ratio:>8.3f}")
    return lines, max(ratios.values()) > MOST


def _counted(folder: Path, side: tuple[str, Checkout], few: int, more: int) -> dict[str, float]:
    name, checkout = side
    found = {}
    ways: dict[str, Counted] = {"place_order": counted_app, "worker, message to result": counted_worker}
    for what, counted in ways.items():
        place = folder / f"{name.replace('/', '-')}-{what.replace(' ', '-').replace(',', '')}"
        counts = [counted(place / str(orders), checkout, orders) for orders in (few, more)]
        found[what] = (counts[1] - counts[0]) / (more - few)
    return found


@contextlib.contextmanager
def _at(revision: str, folder: Path) -> Iterator[Path]:
    """The repository as it was at a revision, in a work tree of its own that is removed again."""
    git = ["git", "-C", str(ROOT)]
    subprocess.run([*git, "worktree", "add", "--quiet", "--detach", str(folder), revision], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "worktree", "remove", "--force", str(folder)], check=True)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("make bench-compare BASE=", description="Instructions of the hot path, two ways.")
    parser.add_argument("base", help="a revision of this repository")
    parser.add_argument("--few", type=int, default=40, help="orders of the run that is subtracted")
    parser.add_argument("--more", type=int, default=140, help="orders of the run it is subtracted from")
    given = parser.parse_args(argv)
    if given.more <= given.few:
        parser.error(f"--more {given.more} must be greater than --few {given.few}")
    return given


if __name__ == "__main__":
    ending.when_asked()
    sys.exit(main())
