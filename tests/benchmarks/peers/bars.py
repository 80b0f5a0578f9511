"""A bar chart as SVG, by hand: one bar for each name, its median as length, the least and the most as a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from benchmarks.peers.figures import median

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 760, 24, 250, 110, 44
_OURS, _THEIRS, _INK, _FAINT = "#2f6fde", "#9aa7b8", "#57606a", "#57606a"


def chart(title: str, unit: str, rows: Mapping[str, Sequence[float]], ours: str = "pointsman") -> str:
    """The SVG; ``ours`` begins the names of the bars that stand out."""
    most = max((max(values) for values in rows.values() if values), default=1.0) or 1.0
    height = _TOP + _ROW * len(rows) + 12
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
            f'font-size="13" role="img" aria-label="{escape(title)}">'
        ),
        f'<text x="0" y="20" font-size="15" font-weight="bold" fill="{_INK}">{escape(title)}</text>',
    ]
    for number, (name, values) in enumerate(rows.items()):
        parts += _bar(_TOP + _ROW * number, name, values, scale, unit, ours=name.startswith(ours))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(y: int, name: str, values: Sequence[float], scale: float, unit: str, *, ours: bool) -> list[str]:
    if not values:
        return []
    middle, right = y + _ROW / 2 - 3, _LEFT + median(values) * scale
    least, most = _LEFT + min(values) * scale, _LEFT + max(values) * scale
    weight = ' font-weight="bold"' if ours else ""
    shown = f"{median(values):,.0f}" if median(values) >= 100 else f"{median(values):,.2f}"
    return [
        f'<text x="{_LEFT - 8}" y="{middle + 5:.0f}" text-anchor="end" fill="{_INK}"{weight}>{escape(name)}</text>',
        (
            f'<rect x="{_LEFT}" y="{y}" width="{max(right - _LEFT, 1):.1f}" height="{_ROW - 6}" '
            f'fill="{_OURS if ours else _THEIRS}"/>'
        ),
        f'<line x1="{least:.1f}" x2="{most:.1f}" y1="{middle}" y2="{middle}" stroke="{_FAINT}" stroke-width="2"/>',
        (
            f'<text x="{max(right, most) + 6:.1f}" y="{middle + 5:.0f}" fill="{_INK}"{weight}>'
            f"{shown} {escape(unit)}</text>"
        ),
    ]
