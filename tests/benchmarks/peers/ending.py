"""Asked to end (SIGTERM): leave through every context, so that nothing is left running."""

from __future__ import annotations

import signal
import threading
from types import FrameType

asked = threading.Event()
"""Set when asked, for waits in other threads than the one that is interrupted."""


def when_asked() -> None:
    """From now on the main thread leaves by SystemExit."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, _: FrameType | None) -> None:
    asked.set()
    raise SystemExit(128 + number)
