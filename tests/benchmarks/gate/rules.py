"""What a process of a compared solution is told: exchange, shared Redis, limit, and how many it is one of."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass

_PREFIX = "GATE_BENCH_"


@dataclass(frozen=True)
class Rules:
    """The limit is ``limit`` orders per ``window_ms`` of a ``kind`` (fixed, rolling) of window."""

    url: str
    redis_url: str
    kind: str
    limit: int
    window_ms: int
    processes: int

    @property
    def per_second(self) -> float:
        return self.limit * 1_000 / self.window_ms

    def environment(self) -> dict[str, str]:
        return {_PREFIX + name.upper(): str(value) for name, value in asdict(self).items()}


def told() -> Rules:
    """Raises: KeyError when this process was not started by the benchmark."""
    given = {name: os.environ[_PREFIX + name.upper()] for name in Rules.__dataclass_fields__}
    numbers = {name: int(given[name]) for name in ("limit", "window_ms", "processes")}
    return Rules(url=given["url"], redis_url=given["redis_url"], kind=given["kind"], **numbers)
