"""Writes docs/performance.md from the JSON of the parts: tables and pictures between two marks, the rest is kept."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.peers import page_growth, page_orders
from benchmarks.peers.bars import chart
from benchmarks.peers.figures import Raw

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_INTRODUCTION = """# Performance

`make bench` measures Pointsman beside its peers and beside the floor in one run on one machine. What stands between
the two marks below is written by it from `benchmarks/raw/`.

"""
_SECTIONS = {
    "client": page_orders.client,
    "enqueue": page_orders.enqueue,
    "burst": page_orders.burst,
    "paced": page_orders.paced,
    "floor": page_orders.floor,
    "growth": page_growth.growth,
    "start": page_growth.start,
}


def write(raw: Path, page: Path) -> None:
    """Take every part that has been measured; pictures go beside the page, into ``pictures``."""
    parts = {part: json.loads(file.read_text()) for part in _SECTIONS if (file := raw / f"{part}.json").exists()}
    text = page.read_text() if page.exists() else f"{_INTRODUCTION}{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    measured = "\n\n".join([_about(parts), *(_SECTIONS[part](told) for part, told in parts.items())])
    page.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}")
    pictures = page.parent / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for name, (title, unit, rows) in page_orders.pictures(parts).items():
        (pictures / f"performance-{name}.svg").write_text(chart(title, unit, rows))


def _about(parts: dict[str, Raw]) -> str:
    newest = max(parts.values(), key=lambda told: str(told["measured_on"]))
    machine = newest["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(newest["versions"].items()))
    ceilings = [told["ceiling"] for told in parts.values() if "ceiling" in told]
    lines = [
        (
            f"Measured on {newest['measured_on']}, {machine['cores']} cores, Python {machine['python']}. "
            "Each figure is the median of the rounds, with the least and the most. "
            f"Redis is Valkey, {newest['persistence']}, for all alike; hiredis for all."
        ),
        f"Versions: {versions}.",
    ]
    if ceilings:
        at_once, single = (
            min(each[kind]["per_second"] for each in ceilings) for kind in ("pipelined", "one_at_a_time")
        )
        lines.append(
            f"The exchange is a fake one that is not the bottleneck: by raw sockets it took {single:,.0f} orders/s, "
            f"one at a time on each connection, and {at_once:,.0f} pipelined."
        )
    return "\n\n".join(lines)
