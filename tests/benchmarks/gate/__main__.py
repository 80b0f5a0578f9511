"""`python -m benchmarks.gate`: run it by `make bench-gate`; docs/gate-benchmark.md says how and what it means."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from benchmarks.gate.parts import PARTS, Options
from benchmarks.gate.report import Report

MISSED = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Returns: 0 when everything promised was reached, 1 when something was missed."""
    given = _arguments(argv)
    signal.signal(signal.SIGTERM, _stop)
    folder = Path(tempfile.mkdtemp(prefix="bench-gate-"))
    options = Options(given.seconds, given.samples, given.calls, given.depth, tuple(given.only), folder)
    report, begun = Report(), time.monotonic()
    try:
        for name in given.parts:
            PARTS[name](options, report)
    except BaseException:
        sys.stderr.write(f"\nlogs and data of this run are in {folder}\n")
        raise
    shutil.rmtree(folder)
    report.say(f"\n{(time.monotonic() - begun) / 60:.0f} minutes, {os.cpu_count()} cores")
    return 0 if report.end(given.json) else MISSED


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("make bench-gate ARGS=", description="Holds the gate against strict limits.")
    parser.add_argument(
        "--seconds", type=_positive, default=os.environ.get("SECONDS") or "60", help="measured per case"
    )
    parser.add_argument("--parts", type=_parts, default=list(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument(
        "--only", action="append", default=[], help="only cases with this text in their title; may repeat"
    )
    parser.add_argument("--samples", type=int, default=510, help="per lane, without and beside a backlog each")
    parser.add_argument("--calls", type=int, default=3_000, help="of the script")
    parser.add_argument("--depth", type=int, default=1_000, help="orders kept waiting")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    return parser.parse_args(argv)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} must be a number above zero")
    return number


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
