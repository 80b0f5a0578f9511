"""docker-compose.yml is what the Compose Specification calls one; its schema comes with `check-jsonschema`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"


def complaint(path: Path) -> str:
    """What the schema has against a file; nothing, if it fits."""
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_file_fits_the_schema() -> None:
    assert complaint(COMPOSE) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("stop_grace_period: 60s", "stop_grace_time: 60s"),
        ("retries: 10", "retries: [10]"),
        ("internal: true", "internl: 1"),
    ],
)
def test_a_slip_of_the_pen_does_not(tmp_path: Path, right: str, wrong: str) -> None:
    text = COMPOSE.read_text()
    assert right in text
    (tmp_path / "docker-compose.yml").write_text(text.replace(right, wrong, 1))
    assert "Schema validation errors" in complaint(tmp_path / "docker-compose.yml")
