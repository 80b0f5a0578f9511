"""What is in git: no machine's own paths, no registry's address, no file that has grown too long to be read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CAP = 300
# Put together here, or this file would find itself.
UNWANTED = [
    "".join(parts)
    for parts in (
        ("py", "pi"),
        ("python", "hosted"),
        ("deb.", "debian"),
        ("npm", "js"),
        ("/", "work/"),
        ("/", "root/"),
        ("/", "home/"),
        ("/", "Users/"),
    )
]


def tracked() -> list[Path]:
    """What git tracks; nothing, and the tests are skipped, where the source came without its repository."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def needs_git() -> list[Path]:
    return tracked() or pytest.skip("not a git checkout")


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = []
    for path in needs_git():
        try:
            text = path.read_text(encoding="utf-8").lower()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {word}" for word in UNWANTED if word.lower() in text]
    assert found == []


def test_no_source_file_is_longer_than_its_cap() -> None:
    """Tests may be long; the code that they test is read by people who are looking for a mistake."""
    sources = [path for path in needs_git() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] != "tests"]
    long = {
        str(path.relative_to(ROOT)): lines for path in sources if (lines := len(path.read_text().splitlines())) > CAP
    }
    assert long == {}


def test_configuration_is_no_python_package() -> None:
    """A package named config would hide a producer's own of that name."""
    assert list((ROOT / "config").rglob("*.py")) == []
