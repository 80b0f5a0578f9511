"""Passages and reports as the gate's scripts read them, for tests that talk to the scripts themselves."""

from __future__ import annotations

import json

_OPEN = {
    "halted": "halts", "halts": [], "ban": "ban", "thaw": "thaw", "breaker": "breaker", "way": "way",
    "events": "pointsman:events", "read": False, "ignores_breaker": False, "lane": "orders", "offset": 0, "guard": 0,
    "lead": 0, "charges": [],
}  # fmt: skip
_HEARD = {"mark": "0.000", "sent": True, "answered_ms_ago": 0, "told": []}


def a_passage(**changes: object) -> str:
    """A passage that nothing stands in the way of, unless the changes do."""
    return json.dumps({**_OPEN, **changes})


def a_report(**changes: object) -> str:
    """A report that teaches nothing, except for the changes."""
    return json.dumps({**_OPEN, **_HEARD, **changes})


def a_charge(key: str, limit: int, window_ms: int, cost: int = 1, *, rolling: bool = False) -> list[object]:
    """One budget of a passage, all of which this lane may use."""
    return [key, int(rolling), limit, limit, window_ms, cost, 0]
