"""`python -m benchmarks.reads`: run it by `make bench-reads`; what it found stands in docs/reads-benchmark.md."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from benchmarks.reads import coalesced, growth, rivals, strict

WITHIN, SLOWER_MS = 1.05, 5.0
PARTS = ("strict", "coalesced", "growth", "rivals")


def main(argv: Sequence[str] | None = None) -> int:
    """Returns: 0 when everything promised was reached, 1 when something was missed."""
    given = _arguments(argv)
    signal.signal(signal.SIGTERM, _stop)
    folder, begun = Path(tempfile.mkdtemp(prefix="bench-reads-")), time.monotonic()
    run: dict[str, Callable[[], list[str]]] = {
        "strict": lambda: strict_part(folder, given.accounts),
        "coalesced": lambda: coalesced_part(folder, given.seconds),
        "growth": lambda: growth_part(folder, given.sizes),
        "rivals": lambda: rivals_part(folder, given.accounts),
    }
    missed: list[str] = []
    try:
        for part in given.parts:
            missed += run[part]()
    except BaseException:
        say(f"\nlogs and data of this run are in {folder}")
        raise
    shutil.rmtree(folder)
    say(f"\n{(time.monotonic() - begun) / 60:.1f} minutes, {os.cpu_count()} cores")
    for miss in missed:
        say(f"MISSED  {miss}")
    return 1 if missed else 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def row(*cells: object) -> None:
    say("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(title: str, *cells: str) -> None:
    say(f"\n{title}\n")
    row(*cells)
    row(*["---"] * len(cells))


def strict_part(folder: Path, accounts: int) -> list[str]:
    told = strict.run(folder / "strict", accounts)
    head(f"{accounts} accounts on three exchanges, strict limits", "figure", "value")
    row("accounts that answered", f"{told.answered} of {told.accounts}")
    row("time ÷ the limits' own minimum", f"{told.ratio:.3f} ({told.seconds:.2f} s ÷ {told.least_seconds:.2f} s)")
    row("time ÷ (accounts × cost ÷ allowance)", f"{told.seconds / told.formula_seconds:.3f}")
    row("calls, refusals", f"{told.calls}, {told.refused}")
    row("the reads worker's CPU per account", f"{told.worker_cpu_ms:.2f} ms")
    row("an order's p50 without, with the poll", f"{told.p50_ms[0]:.1f} ms, {told.p50_ms[1]:.1f} ms")
    row("an order's p99 without, with the poll", f"{told.p99_ms[0]:.1f} ms, {told.p99_ms[1]:.1f} ms")
    row("orders measured without, with", f"{told.orders[0]}, {told.orders[1]}")
    promises = {
        f"{told.accounts - told.answered} accounts did not answer": told.answered == told.accounts,
        f"{told.ratio:.3f} of the minimum, {WITHIN} promised": told.ratio <= WITHIN,
        f"{told.refused} refusals, none promised": told.refused == 0,
        f"an order's p99 is slower by {told.p99_ms[1] - told.p99_ms[0]:.1f} ms": told.p99_ms[1] - told.p99_ms[0]
        <= SLOWER_MS,
    }
    return [what for what, kept in promises.items() if not kept]


def coalesced_part(folder: Path, seconds: float) -> list[str]:
    told = coalesced.run(folder / "coalesced", seconds)
    head(f"50 producers, the same 100 balances, max_age=1, {seconds:.0f} s", "figure", "value")
    row("polls answered", told.polls)
    row("REST calls ÷ minimum", f"{told.calls / told.least:.3f} ({told.calls} ÷ {told.least})")
    row("refusals", told.refused)
    row("oldest answer", f"{told.oldest_seconds:.2f} s")
    promises = {
        f"{told.calls} calls, {told.least} are the minimum": told.calls <= WITHIN * told.least,
        f"{told.missing} answers are missing": told.missing == 0,
        f"{told.refused} refusals, none promised": told.refused == 0,
    }
    return [what for what, kept in promises.items() if not kept]


def growth_part(folder: Path, sizes: Sequence[int]) -> list[str]:
    head(
        "Growth, limits that do not bind",
        *("accounts", "s", "ms per account", "worker CPU ms per account", "asker CPU ms per account"),
        *("Redis bytes per account", "worker MB", "grown by MB"),
    )
    missed = []
    for size in sizes:
        told = growth.run(folder / f"growth-{size}", size)
        row(
            *(size, f"{told.seconds:.1f}", f"{told.ms_per_account:.2f}", f"{told.worker_cpu_ms:.2f}"),
            *(f"{told.asker_cpu_ms:.2f}", f"{told.redis_bytes:.0f}", f"{told.worker_mb:.0f}", f"{told.grown_mb:.0f}"),
        )
        if told.answered != size:
            missed.append(f"{size - told.answered} of {size} accounts did not answer")
    return missed


def rivals_part(folder: Path, accounts: int) -> list[str]:
    head(f"{accounts} accounts by ccxt", "way", "answered", "s", "refused calls", "CPU ms per account")
    for name, run in (("loop", rivals.run_loop), ("async", rivals.run_async)):
        told = run(folder / f"rival-{name}", strict.counts_of(accounts))
        row(told.way, f"{told.answered} of {told.accounts}", f"{told.seconds:.1f}", told.refused, f"{told.cpu_ms:.2f}")
    return []


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("make bench-reads ARGS=", description="Holds reads at scale against the limits.")
    parser.add_argument("--parts", type=_parts, default=list(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--accounts", type=int, default=1_000, help="under strict limits, and of the rivals")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the coalesced part")
    parser.add_argument("--sizes", type=_sizes, default=[1_000, 3_000, 10_000], help="accounts, separated by commas")
    return parser.parse_args(argv)


def _sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _parts(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in PARTS:
            raise argparse.ArgumentTypeError(f"{name!r} must be one of {', '.join(PARTS)}")
    return names


def _stop(number: int, _: FrameType | None) -> None:
    """Asked to end: leave through every context, so that nothing is left running."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
