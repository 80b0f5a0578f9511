"""How much of each limit is left: what the gate has counted, held against the limits that workers have told."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from router.journal import Journal

_LIFE_MS: Final = 86_400_000
_STATE: Final = struct.Struct(
    "<10d"
)  # a fixed window as router/lua/budgets.lua packs it: its number, what is used, ...


class Limit(NamedTuple):
    """A limit as the gate keeps it; ``rolling`` windows start anywhere.

    ``payer`` is the account or the way out that it counts, ``symbol`` '' unless it is one of many, per instrument.
    """

    exchange: str
    environment: str
    payer: str
    name: str
    symbol: str
    limit: int
    window_ms: int
    rolling: bool


class BudgetLeft(NamedTuple):
    """A limit, and how much of it is used in the present window."""

    of: Limit
    used: int

    @property
    def left(self) -> int:
        """Units that may still be used."""
        return max(self.of.limit - self.used, 0)

    @property
    def share_left(self) -> float:
        """The same as a part of the limit, 0 to 1."""
        return self.left / max(self.of.limit, 1)


def tell_limits(journal: Journal, limits: Mapping[str, Limit]) -> None:
    """Write down which limits are kept, by the gate's key of each. Raises: redis.RedisError."""
    rows: dict[Any, Any] = {key: json.dumps(limit) for key, limit in limits.items()}
    if rows:
        with journal.client.pipeline(transaction=False) as pipeline:
            pipeline.hset(journal.keys.limits, mapping=rows)
            pipeline.pexpire(journal.keys.limits, _LIFE_MS)
            pipeline.execute()


def budgets_left(journal: Journal) -> list[BudgetLeft]:
    """Every limit that workers have told of within a day, as it stands now; two round trips.

    The windows are taken on Redis' clock: around a window's turn the one before or the next may be meant.
    Raises: redis.RedisError.
    """
    client, keys = journal.client, journal.keys
    with client.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.hgetall(keys.limits)
        (seconds, microseconds), rows = pipeline.execute()
    now_ms = seconds * 1_000 + microseconds / 1_000
    limits = {name.decode(): Limit(*json.loads(row)) for name, row in sorted(rows.items())}
    with client.pipeline(transaction=False) as pipeline:
        for key, limit in limits.items():
            if limit.rolling:
                pipeline.zcount(keys.budget(key), f"({now_ms:.3f}", "+inf")
            else:
                pipeline.get(keys.budget(key))
        replies = pipeline.execute()
    return [
        BudgetLeft(limit, reply if limit.rolling else _used(reply, limit, now_ms))
        for limit, reply in zip(limits.values(), replies, strict=True)
    ]


def _used(packed: bytes | None, limit: Limit, now_ms: float) -> int:
    """What is used of a fixed window; nothing, when the window that was counted last is over."""
    if packed is None:
        return 0
    window, used = _STATE.unpack(packed)[:2]
    return int(used) if (window + 1) * limit.window_ms > now_ms else 0
