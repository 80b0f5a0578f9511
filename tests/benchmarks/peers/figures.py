"""Figures of many small rounds: medians with the least and the most, percentiles, and ratios within a round."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

Raw = dict[str, Any]
"""What a part measured, as it stands in its JSON file."""


def percentile(values: Sequence[float], part: float) -> float:
    """The nearest rank; nan of nothing."""
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


def median(values: Sequence[float]) -> float:
    """Nan of nothing."""
    return statistics.median(values) if values else float("nan")


def spread(values: Sequence[float], shown: str = ".1f") -> str:
    """The median with the least and the most: ``93.1 (90.2 to 104.0)``."""
    if not values:
        return "–"
    return f"{median(values):{shown}} ({min(values):{shown}} to {max(values):{shown}})"


def ratios(rounds: Mapping[str, Sequence[float]], name: str, base: str) -> list[float]:
    """One way against another, round by round, so that both met the same speed of the machine."""
    return [ours / theirs for ours, theirs in zip(rounds[name], rounds[base], strict=True) if theirs]
