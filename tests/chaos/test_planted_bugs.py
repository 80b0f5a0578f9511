"""A run is strong enough: with a bug planted in the workers it fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.protocol.plants import PLANTS

from chaos.run import run
from chaos.schedule import Size

pytestmark = [pytest.mark.chaos, pytest.mark.processes, pytest.mark.timeout(300)]


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_bug_makes_the_run_fail(tmp_path: Path, plant: str) -> None:
    found = run(tmp_path, 7, Size(commands=1_500, faults=500, seconds=40, grace=60), plant)
    assert not found.holds
