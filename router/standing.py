"""How the house stands: who works, what is halted, banned or broken, and how well the clocks are known."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from router.halts import Halt, Halts
from router.journal import Journal

Hash = Mapping[bytes, bytes]
T = TypeVar("T")
_GET: Final = "GET"
_PTTL: Final = "PTTL"
_HGETALL: Final = "HGETALL"
_LEASE: Final = b":lease"  # who measures a clock
_GONE: Final = -2  # PTTL of a key that is not there


class Beat(NamedTuple):
    """A worker's sign of life: the queues it serves and how many seconds ago its canary was taken."""

    queues: list[str]
    quiet_seconds: float


class Ban(NamedTuple):
    """An exchange that lets no call of an address through; ``egress`` is exchange:environment:way out."""

    egress: str
    left_seconds: float


class Breaker(NamedTuple):
    """How often in a row a way to an exchange has failed; ``open_seconds`` is None while calls still go out."""

    way: str
    failures: int
    open_seconds: float | None


class ExchangeClock(NamedTuple):
    """Exchange clock minus Redis' clock, in ms, how far it may be off, and how old that measurement is.

    ``is_reachable`` is whether the exchange answered the last health check, ``problem`` why not. What was not told is
    None.
    """

    way: str
    offset_ms: float | None
    uncertainty_ms: float | None
    round_trip_ms: float | None
    age_seconds: float | None
    is_stable: bool
    is_reachable: bool | None = None
    problem: str | None = None


class Standing(NamedTuple):
    """Commands that have not ended, letters kept, and everything that holds calls back."""

    not_ended: int
    dead_letters: int
    workers: dict[str, Beat]
    halts: list[Halt]
    bans: list[Ban]
    breakers: list[Breaker]
    clocks: list[ExchangeClock]

    @property
    def open_breakers(self) -> list[Breaker]:
        """Those that let no call through but probes and cancels."""
        return [breaker for breaker in self.breakers if breaker.open_seconds is not None]


def standing(journal: Journal) -> Standing:
    """Look once: one pass over the names of all keys, then two round trips. Raises: redis.RedisError."""
    client, keys = journal.client, journal.keys
    starts = {keys.worker(""): _GET, keys.ban(""): _PTTL, keys.breaker(""): _HGETALL, keys.clock(""): _HGETALL}
    with client.pipeline(transaction=False) as pipeline:
        asked = [pipeline.time(), pipeline.zcard(keys.agenda), pipeline.xlen(keys.dead)]
        names = {name.decode() for name in client.scan_iter(keys.standing, count=1_000) if not name.endswith(_LEASE)}
        found = [(name, start) for name in sorted(names) for start in starts if name.startswith(start)]
        for name, start in found:
            pipeline.execute_command(starts[start], name)  # type: ignore[no-untyped-call]
        replies: list[Any] = pipeline.execute()
    (seconds, microseconds), not_ended, dead_letters = replies[: len(asked)]
    now_ms = seconds * 1_000 + microseconds // 1_000
    held = [(name, start, reply) for (name, start), reply in zip(found, replies[len(asked) :], strict=True)]

    def each(start: str, build: Callable[[str, Any, int], T]) -> list[T]:
        """What has gone since its name was found is left out."""
        mine = [(name.removeprefix(start), reply) for name, of, reply in held if of == start]
        return [build(name, reply, now_ms) for name, reply in mine if reply not in (None, {}, _GONE)]

    return Standing(
        not_ended=not_ended,
        dead_letters=dead_letters,
        workers=dict(each(keys.worker(""), _beat)),
        halts=Halts(client, keys).all(),
        bans=each(keys.ban(""), _ban),
        breakers=each(keys.breaker(""), _breaker),
        clocks=each(keys.clock(""), _clock),
    )


def _beat(name: str, document: bytes, _now_ms: int) -> tuple[str, Beat]:
    beat = json.loads(document)
    return name, Beat(beat["queues"], max(0.0, time.time() - beat["consumed_at"]))


def _ban(egress: str, left_ms: int, _now_ms: int) -> Ban:
    return Ban(egress, max(0, left_ms) / 1_000)


def _breaker(way: str, row: Hash, now_ms: int) -> Breaker:
    opened_ms = int(row.get(b"opened", 0))
    return Breaker(way, int(row.get(b"failures", 0)), max(0, now_ms - opened_ms) / 1_000 if opened_ms else None)


def _clock(way: str, row: Hash, now_ms: int) -> ExchangeClock:
    def told(field: bytes) -> float | None:
        return float(row[field]) if row.get(field) else None

    measured_ms = told(b"measured_ms")
    age = None if measured_ms is None else max(0.0, now_ms - measured_ms) / 1_000
    return ExchangeClock(
        way=way,
        offset_ms=told(b"offset_ms"),
        uncertainty_ms=told(b"uncertainty_ms"),
        round_trip_ms=told(b"round_trip_ms"),
        age_seconds=age,
        is_stable=row.get(b"stable") == b"1",
        is_reachable=None if b"reachable" not in row else row[b"reachable"] == b"1",
        problem=row.get(b"problem", b"").decode(errors="replace") or None,
    )
