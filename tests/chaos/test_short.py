"""Half a minute of chaos, the same one every time; `make chaos` has ten, of any seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.run import run
from chaos.schedule import Size

SEED = 20260729


@pytest.mark.processes
@pytest.mark.timeout(150)
def test_half_a_minute_of_chaos(tmp_path: Path) -> None:
    found = run(tmp_path, SEED, Size(commands=500, faults=80, seconds=14, grace=60))
    assert found.holds, {what: names[:5] for what, names in found.bad.items() if names}
    assert found.accepted > 375
