"""Passages and reports as the gate's scripts read them, for tests that talk to the scripts themselves."""

from __future__ import annotations

from typing import Any

from router.gate_papers import ChargeRow, Entry, Heard, pack

_OPEN: dict[str, Any] = {
    "halted": "halts", "halts": [], "ban": "ban", "thaw": "thaw", "breaker": "breaker", "way": "way",
    "events": "pointsman:events", "read": False, "ignores_breaker": False, "lane": "orders", "offset": 0, "guard": 0,
    "lead": 0, "charges": [],
}  # fmt: skip
_HEARD: dict[str, Any] = {
    "mark": "0.000", "sent": True, "answered_ms_ago": 0, "banned_for_ms": -1, "healthy": -1, "told": [],
}  # fmt: skip


def a_passage(**changes: object) -> bytes:
    """A passage that nothing stands in the way of, unless the changes do."""
    return pack(Entry(**{**_OPEN, **changes}))


def a_report(**changes: object) -> bytes:
    """A report that teaches nothing, except for the changes."""
    said = {**_OPEN, **_HEARD, **changes}
    return pack(Entry(**{name: said[name] for name in _OPEN}), Heard(**{name: said[name] for name in _HEARD}))


def a_charge(key: str, limit: int, window_ms: int, cost: int = 1, *, rolling: bool = False) -> ChargeRow:
    """One budget of a passage, all of which this lane may use."""
    return (key, int(rolling), limit, limit, window_ms, cost, 0)
