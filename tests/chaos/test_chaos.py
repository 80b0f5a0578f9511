"""`make chaos`: 20,000 commands, 2,000 faults of every kind, and nothing lost, doubled or wrong.

SEED=… replays a run, COMMANDS=… and FAULTS=… and SECONDS=… make it another size, PLANT=… plants a bug to see it fail.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from chaos.run import run
from chaos.schedule import Size

pytestmark = [pytest.mark.chaos, pytest.mark.processes, pytest.mark.timeout(1_800)]


def test_nothing_is_lost_doubled_or_wrong(tmp_path: Path) -> None:
    told = {name: os.environ.get(name) for name in ("SEED", "COMMANDS", "FAULTS", "SECONDS", "PLANT")}
    seed = int(told["SEED"] or time.time())
    size = Size(int(told["COMMANDS"] or 22_000), int(told["FAULTS"] or 2_500), float(told["SECONDS"] or 500))
    print(f"\nSEED={seed} replays this")
    found = run(tmp_path, seed, size, told["PLANT"] or "")
    assert found.holds, {what: names[:5] for what, names in found.bad.items() if names}
