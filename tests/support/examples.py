"""How many examples a property is tried with: as many as the suite has time for, `TIMES` as many in `make soak`."""

from __future__ import annotations

import os


def examples(few: int) -> int:
    """``few`` are what every change is tried with."""
    return few * int(os.environ.get("TIMES") or 1)
