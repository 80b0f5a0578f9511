"""Each exchange speaks its wire as recorded: the documented examples, byte for byte, in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest
from recording import Recording, play

RECORDINGS = Path(__file__).parent / "recordings"


@pytest.mark.parametrize(
    "path", sorted(RECORDINGS.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_speaks_the_wire_as_recorded(path: Path) -> None:
    case = Recording.load(path)
    assert play(case.ask, case.answers, case.account) == (case.sent, case.means)
