"""One exchange clock for all workers: who measured it last tells it as an offset from Redis' clock.

That offset is right on every host, whatever its own wall clock says: each adds how far Redis is ahead of it.
"""

from __future__ import annotations

from time import monotonic_ns
from typing import Any, Final, NamedTuple

from router.journal import Journal
from router.scripts import Script
from workers.calls.clock import Clock
from workers.calls.looks import Reading
from workers.redis_clock import RedisClock

_LIFE_MS: Final = 600_000
_LEASE_MS: Final = 5_000
_SAME_MS: Final = 1.0  # two readings of one measurement, converted there and back
_FUTURE_MS: Final = 1_000.0


class Told(NamedTuple):
    """What is told about a clock: exchange minus Redis, measured when Redis' clock showed ``measured_ms``."""

    offset_ms: float
    uncertainty_ms: float
    measured_ms: float
    stable: bool
    by: str


class SharedClock:
    """A worker's clock of one way to an exchange, and what all workers know of it.

    Every method raises redis.RedisError.
    """

    def __init__(self, journal: Journal, way: str, clock: Clock, redis_clock: RedisClock, name: str) -> None:
        self._journal = journal
        self._clock = clock
        self._redis_clock = redis_clock
        self._name = name
        self._key = journal.keys.clock(way)
        self._breaker = journal.keys.breaker(way)
        self._lead = Script(journal.client, "lead")
        self._adopted: Reading | None = None
        self._told: tuple[Reading, bool] | None = None

    def lead(self) -> bool:
        """Take or keep the task of measuring it; whoever has it and is gone loses it in a few seconds."""
        return bool(self._lead((f"{self._key}:lease",), (self._name, _LEASE_MS))[0])

    def in_doubt(self) -> bool:
        """Whether the breaker counts failures of this way."""
        return bool(self._journal.client.exists(self._breaker))

    def exchange(self) -> bool:
        """Tell a measurement of ours if it is the newest, else take over a newer one that agrees with it.

        A worker that has measured nothing yet takes over nothing: it could not notice that Redis' clock has stepped
        since, and its first look warms its connections anyway.

        Returns: False when what is told contradicts what we know, so that we had better look again ourselves:
        the exchange's clock was set, or Redis' own.
        """
        own, told = self._clock.reading, self.told()
        if own is None:
            return True
        if own is not self._adopted and (told is None or self._supersedes(own, told)):
            self._tell(own)
            return True
        if told is None or not told.stable or told.by == self._name:
            return True
        reading = self._reading(told)
        if reading.at_ns <= own.at_ns + _SAME_MS * 1e6:
            return True
        if reading.disagreement_ms(own):
            return False
        self._adopted = reading
        self._clock.take(reading)
        return True

    def told(self) -> Told | None:
        """What is known to all; None while nobody has told."""
        names = ("offset_ms", "uncertainty_ms", "measured_ms", "stable", "by")
        found: Any = self._journal.client.hmget(self._key, names)
        if None in found:
            return None
        offset, uncertainty, measured, stable, by = found
        return Told(float(offset), float(uncertainty), float(measured), stable == b"1", by.decode())

    def tell_health(self, latency_ms: float | None, problem: str) -> None:
        """Tell whether the exchange answered: ``latency_ms`` is None when it did not, for which ``problem`` is why."""
        found: dict[Any, Any] = {"reachable": int(latency_ms is not None), "problem": problem}
        if latency_ms is not None:
            found["latency_ms"] = round(latency_ms, 3)
        self._write({**found, "checked_ms": round(self._redis_clock.now_ms)})

    def _tell(self, own: Reading) -> None:
        stable = self._clock.stable
        if self._told == (own, stable):
            return
        base = self._redis_clock.reading
        self._write(
            {
                "offset_ms": round((own.base_ns - base.base_ns) / 1e6, 3),
                "uncertainty_ms": round(own.uncertainty_ms + self._redis_clock.uncertainty_ms, 3),
                "round_trip_ms": round(own.round_trip_ms, 3),
                "measured_ms": round((own.at_ns + base.base_ns) / 1e6, 3),
                "stable": int(stable),
                "by": self._name,
            }
        )
        self._told = own, stable

    def _reading(self, told: Told) -> Reading:
        """What is told, on our own monotonic clock; without a round trip, which is the other host's."""
        base = self._redis_clock.reading
        return Reading(
            base_ns=base.base_ns + round(told.offset_ms * 1e6),
            uncertainty_ms=told.uncertainty_ms + base.uncertainty_at(monotonic_ns()),
            round_trip_ms=0.0,
            at_ns=round(told.measured_ms * 1e6) - base.base_ns,
        )

    def _supersedes(self, own: Reading, told: Told) -> bool:
        """Whether ours is newer, or the other comes from a future that Redis' clock has stepped back from."""
        clock = self._redis_clock
        measured_ms = (own.at_ns + clock.reading.base_ns) / 1e6
        ahead_ms = told.measured_ms - clock.now_ms - clock.uncertainty_ms
        return told.by == self._name or measured_ms > told.measured_ms + _SAME_MS or ahead_ms > _FUTURE_MS

    def _write(self, fields: dict[Any, Any]) -> None:
        with self._journal.client.pipeline(transaction=True) as pipeline:
            pipeline.hset(self._key, mapping=fields)
            pipeline.pexpire(self._key, _LIFE_MS)
            pipeline.execute()
