"""Every part of the benchmark once, tiny, so that it cannot rot; no time is asserted. Also the page made of it.

The peers are left out, so that it is the same test wherever it runs: `make bench ARGS=--quick` takes them along.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.peers import page
from benchmarks.peers.run import PARTS, main

_LONG = [pytest.mark.benchmark]  # half of the time for what changes least: `make bench-smoke` only
_TITLES_OF_LONG = {"paced": "50 orders a second", "growth": "Growth", "start": "Start"}
pytestmark = [pytest.mark.smoke, pytest.mark.processes]
_QUICK = ["--quick", "--without-peers", "--systems", "pointsman,floor", "--delays", "0"]
_FEW = {"rounds": 1, "small-rounds": 1, "steps": 2, "orders": 6, "paced": 6}
_SIZES = {"backlogs": 10, "accounts": 3, "workers": 1, "followers": 5, "connected": 5}
_SMALL = [*_QUICK, *(f"--{name}={value}" for name, value in {**_FEW, **_SIZES}.items())]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("raw")


@pytest.mark.parametrize("part", [pytest.param(part, marks=_LONG if part in _TITLES_OF_LONG else ()) for part in PARTS])
def test_a_part_measures_something(part: str, kept: Path) -> None:
    assert main(["--parts", part, "--raw", str(kept), *_SMALL]) == 0
    told = json.loads((kept / f"{part}.json").read_text())
    assert told["part"] == part
    assert told["machine"]["cores"] > 0
    for figure in _numbers(told):
        assert figure == figure, f"{part} has a figure that is no number"  # noqa: PLR0124 - nan is not itself


def test_every_order_of_a_burst_came_once(kept: Path) -> None:
    told = json.loads((kept / "burst.json").read_text())
    assert {each["system"] for each in told["measured"]} == {"pointsman", "floor"}
    assert all(each["came_twice"] == 0 and each["per_second"] > 0 for each in told["measured"])


def test_the_hops_of_an_order_were_noted(kept: Path) -> None:
    """A hop that is missing was renamed in the code it wraps (`hops_worker`)."""
    told = json.loads((kept / "floor.json").read_text())
    assert [hop["hop"] for hop in told["hops"]][-1] == "result"
    assert len(told["hops"]) > 3
    assert all(hop["orders"] == 6 for hop in told["hops"])


def test_the_page_shows_every_part(kept: Path) -> None:
    shown = kept / "page" / "performance.md"
    shown.parent.mkdir()
    shown.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    page.write(kept, shown)
    text = shown.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    also = [title for part, title in _TITLES_OF_LONG.items() if (kept / f"{part}.json").exists()]
    for title in ("One signed order", "Enqueue", "a burst", "the floor", *also):
        assert title in text
    assert "| nan" not in text
    for picture in ("client", "enqueue", "burst", "cpu"):
        assert (shown.parent / "pictures" / f"performance-{picture}.svg").read_text().startswith("<svg")


def _numbers(told: object) -> list[float]:
    if isinstance(told, dict):
        return [number for value in told.values() for number in _numbers(value)]
    if isinstance(told, list):
        return [number for value in told for number in _numbers(value)]
    return [told] if isinstance(told, float) else []
