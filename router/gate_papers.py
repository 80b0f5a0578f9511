"""What the gate's scripts are handed, packed as router/lua/papers.lua reads it: reading JSON took them too long."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

_KNOWN = 4_096  # texts and charges come again and again: accounts times limits
_LENGTH, _NUMBERS, _COST, _HEARD, _TOLD = map(Struct, ("<H", "<7d", "<6d", "<4d", "<3d"))

ChargeRow = tuple[str, int, int, int, int, int, int]
"""key, rolling, limit, ceiling, window_ms, cost, refuses"""


class Entry(NamedTuple):
    """A passage: the keys it is judged by, and what `workers.calls.gatekeeper.Passage` tells; times in ms."""

    lane: str
    halted: str
    ban: str
    thaw: str
    breaker: str
    way: str
    events: str
    halts: Sequence[str]
    read: bool
    ignores_breaker: bool
    offset: float
    guard: float
    lead: float
    charges: Sequence[ChargeRow]


class Heard(NamedTuple):
    """What a call taught; ``told`` is {used, given_back, exhausted} per charge, in their order.

    ``answered_ms_ago``, what is told to be used, ``banned_for_ms`` and ``healthy`` are -1 where nothing is known.
    """

    mark: str
    sent: bool
    answered_ms_ago: float
    banned_for_ms: float
    healthy: int
    told: Sequence[tuple[int, int, int]]


def pack(entry: Entry, heard: Heard | None = None) -> bytes:
    """A passage, or with ``heard`` a report. Raises: struct.error for a text of more than 65,535 bytes."""
    judged_by = (entry.lane, entry.halted, entry.ban, entry.thaw, entry.breaker)
    flags = (entry.read, entry.ignores_breaker, entry.offset, entry.guard, entry.lead)
    parts = [
        *map(_text, judged_by),
        _NUMBERS.pack(*flags, len(entry.halts), len(entry.charges)),
        *map(_charge, entry.charges),
    ]
    if heard is not None:
        parts.append(_text(heard.mark))
        parts.append(_HEARD.pack(heard.sent, heard.answered_ms_ago, heard.banned_for_ms, heard.healthy))
        parts += [_TOLD.pack(*told) for told in heard.told]
    return b"".join((*parts, *map(_text, (entry.events, entry.way, *entry.halts))))


@lru_cache(_KNOWN)
def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH.pack(len(encoded)) + encoded


@lru_cache(_KNOWN)
def _charge(row: ChargeRow) -> bytes:
    key, *numbers = row
    return _text(key) + _COST.pack(*numbers)
