"""`python -m benchmarks.peers`: run it by `make bench`; its results stand in docs/performance.md."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from benchmarks.peers.run import main


def _stop(number: int, _: FrameType | None) -> None:
    """Asked to end: leave through every context, so that nothing is left running."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main())
