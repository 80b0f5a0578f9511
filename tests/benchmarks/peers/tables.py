"""Markdown tables, and the grouping of rounds that fills them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from benchmarks.peers.figures import Raw, median


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join(['---'] * len(head))} |"]
    return "\n".join([*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)])


def spread(values: Sequence[float], shown: str = ",.1f") -> str:
    """The median, with the least and the most where there are several."""
    if not values:
        return "–"
    if len(values) == 1:
        return f"{values[0]:{shown}}"
    return f"{median(values):{shown}} ({min(values):{shown}}–{max(values):{shown}})"


def by_system(measured: Sequence[Raw], **wanted: object) -> dict[str, list[Raw]]:
    """The rounds of each system, of those that have these values."""
    found: dict[str, list[Raw]] = defaultdict(list)
    for each in measured:
        if all(each[name] == value for name, value in wanted.items()):
            found[each["system"]].append(each)
    return dict(found)


def values(rounds: Sequence[Raw], name: str) -> list[float]:
    return [each[name] for each in rounds if name in each]


def times(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Ours as a multiple of theirs."""
    return f"{median(ours) / median(theirs):.2f}×" if ours and theirs and median(theirs) else "–"
