"""One clock for all workers, told through a real server; hosts whose wall clocks disagree included."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from router.journal import Journal
from router.keys import Keys
from workers.calls.clock import Clock
from workers.calls.looks import Reading
from workers.redis_clock import RedisClock
from workers.shared_clock import SharedClock

WAY = "binance:simulator:direct"
HOUR_NS = 3_600 * 10**9
MS = 1_000_000


class Host:
    """A worker's view: its clocks, and a wall clock that may be set wrong."""

    def __init__(self, client: redis.Redis, name: str, wall_ahead_ns: int = 0) -> None:
        self.journal = Journal(client, Keys("pointsman"))
        self.clock, self.redis_clock = Clock(), RedisClock(self.journal)
        self.shared = SharedClock(self.journal, WAY, self.clock, self.redis_clock, name)
        self._wall_ahead_ns = wall_ahead_ns

    @contextmanager
    def wall_clock(self) -> Iterator[None]:
        """Inside, the wall clock is this host's."""
        with pytest.MonkeyPatch.context() as patch:
            for module in ("workers.calls.clock", "workers.redis_clock"):
                patch.setattr(f"{module}.time_ns", lambda: time.time_ns() + self._wall_ahead_ns)
            yield

    def measure(self, exchange_ahead_ms: float, uncertainty_ms: float = 2.0, age_seconds: float = 0.0) -> None:
        """Learn that the exchange is so far ahead of true time, which is this machine's wall clock."""
        at_ns = time.monotonic_ns() - round(age_seconds * 1e9)
        self.clock.take(Reading(true_base_ns() + round(exchange_ahead_ms * MS), uncertainty_ms, 3.0, at_ns))

    def off_by(self, exchange_ahead_ms: float) -> float:
        """How far this host's idea of the exchange's time is from the truth."""
        assert self.clock.reading is not None
        return abs(self.clock.reading.base_ns - true_base_ns() - exchange_ahead_ms * MS) / MS

    def admits(self, exchange_ahead_ms: float) -> bool:
        """Whether the truth lies within the uncertainty that this host states, however slow this machine is."""
        return self.off_by(exchange_ahead_ms) <= (self.clock.uncertainty_ms or 0)


def true_base_ns() -> int:
    """Wall clock minus monotonic clock, of many pairs by the one that was read with the least between.

    A process that had to wait for its core between the two would take the wait for a difference.
    """
    pairs = [(time.monotonic_ns(), time.time_ns(), time.monotonic_ns()) for _ in range(50)]
    before_ns, wall_ns, after_ns = min(pairs, key=lambda pair: pair[2] - pair[0])
    return wall_ns - (before_ns + after_ns) // 2


@pytest.fixture
def one(redis_client: redis.Redis) -> Host:
    return Host(redis_client, "one")


@pytest.fixture
def other(redis_client: redis.Redis) -> Host:
    return Host(redis_client, "other", wall_ahead_ns=HOUR_NS)


def test_what_one_measured_is_right_on_a_host_whose_wall_clock_is_an_hour_ahead(one: Host, other: Host) -> None:
    other.measure(5_000, uncertainty_ms=400.0, age_seconds=1)
    one.measure(5_010)
    assert one.shared.exchange()
    with other.wall_clock():
        assert other.shared.exchange()
        assert other.clock.offset_ms == pytest.approx(5_010 - 3_600_000, abs=50)
    assert other.clock.stable
    assert other.admits(5_010)
    assert 2.0 < (other.clock.uncertainty_ms or 0) < 400.0, "their uncertainty, and that of Redis' clock on either side"


def test_people_and_scripts_can_read_it(one: Host, redis_client: redis.Redis) -> None:
    one.measure(5_000)
    one.shared.exchange()
    one.shared.tell_health(4.5, "")
    row = {name.decode(): value.decode() for name, value in redis_client.hgetall("pointsman:clock:" + WAY).items()}
    assert set(row) == {
        "offset_ms", "uncertainty_ms", "round_trip_ms", "measured_ms", "stable", "by",
        "reachable", "latency_ms", "problem", "checked_ms",
    }  # fmt: skip
    assert (row["round_trip_ms"], row["stable"], row["by"]) == ("3.0", "1", "one")
    assert (row["reachable"], row["latency_ms"], row["problem"]) == ("1", "4.5", "")
    seconds, _ = redis_client.time()
    assert abs(float(row["measured_ms"]) / 1_000 - seconds) < 2
    assert abs(int(row["checked_ms"]) / 1_000 - seconds) < 2
    one.shared.tell_health(None, "connection refused")
    assert redis_client.hmget("pointsman:clock:" + WAY, "reachable", "problem", "latency_ms") == [
        b"0", b"connection refused", b"4.5",
    ]  # fmt: skip
    assert 0 < redis_client.pttl("pointsman:clock:" + WAY) <= 600_000


def test_the_newest_measurement_wins(one: Host, other: Host) -> None:
    one.measure(5_000, age_seconds=10)
    one.shared.exchange()
    other.measure(5_001)
    assert other.shared.exchange(), "a newer one of its own: it tells that"
    assert one.shared.exchange()
    told = one.shared.told()
    assert told is not None
    assert told.by == "other"
    assert one.admits(5_001)


def test_what_was_adopted_is_not_told_again(one: Host, other: Host) -> None:
    other.measure(5_000, age_seconds=1)
    one.measure(5_000)
    one.shared.exchange()
    other.shared.exchange()
    other.redis_clock.measure()
    other.shared.exchange()
    told = other.shared.told()
    assert told is not None
    assert told.by == "one"


def test_a_measurement_that_contradicts_what_is_known_is_not_believed(one: Host, other: Host) -> None:
    """The exchange's clock was set, or Redis' own stepped: whoever learns of it looks for himself."""
    other.measure(5_000, age_seconds=1)
    one.measure(65_000)
    one.shared.exchange()
    assert not other.shared.exchange()
    assert other.off_by(5_000) < 0.1, "its own measurement"
    other.measure(65_000)
    assert other.shared.exchange()
    assert one.shared.exchange()
    assert one.admits(65_000)


def test_who_has_measured_nothing_adopts_nothing(one: Host, other: Host) -> None:
    one.measure(5_000)
    one.shared.exchange()
    assert other.shared.exchange()
    assert other.clock.reading is None


def test_a_clock_in_doubt_is_told_and_not_adopted(one: Host, other: Host) -> None:
    other.measure(5_000, age_seconds=1)
    before = other.clock.reading
    one.measure(5_000)
    reading = one.clock.reading
    assert reading is not None
    one.clock.take(reading, disagreed_ms=1_200)
    one.shared.exchange()
    told = one.shared.told()
    assert told is not None
    assert not told.stable
    assert other.shared.exchange()
    assert other.clock.reading is before
    one.clock.take(reading)
    one.shared.exchange()
    told = one.shared.told()
    assert told is not None
    assert told.stable, "it is told anew when only the doubt has gone"


@pytest.mark.parametrize("first_to_look", ["one", "other"])
@pytest.mark.parametrize("step_seconds", [120, 20, -20, -120])
def test_a_step_of_redis_clock_moves_nobody(
    one: Host, other: Host, step_seconds: int, first_to_look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fail-over to a server whose clock differs: the record was told by the old one's clock."""
    one.measure(5_000, age_seconds=2)
    other.measure(5_000, age_seconds=3)
    one.shared.exchange()
    other.shared.exchange()
    one.measure(5_000, age_seconds=1)
    one.shared.exchange()
    real_time = redis.Redis.time

    def stepped(self: redis.Redis) -> tuple[int, int]:
        seconds, microseconds = real_time(self)
        return seconds + step_seconds, microseconds

    monkeypatch.setattr(redis.Redis, "time", stepped)
    for host in (other, one):
        host.redis_clock.measure()
        host.shared.exchange()
        assert host.off_by(5_000) < 50
    first, second = (one, other) if first_to_look == "one" else (other, one)
    first.measure(5_000)
    first.shared.exchange()
    second.shared.exchange()
    told = second.shared.told()
    assert told is not None
    assert told.offset_ms == pytest.approx(5_000 - step_seconds * 1_000, abs=50), "from now on by the new clock"
    assert second.off_by(5_000) < 50


def test_one_leads_and_another_takes_over_when_it_is_gone(one: Host, other: Host, redis_client: redis.Redis) -> None:
    assert one.shared.lead()
    assert not other.shared.lead()
    assert one.shared.lead()
    assert 0 < redis_client.pttl(f"pointsman:clock:{WAY}:lease") <= 5_000
    redis_client.pexpire(f"pointsman:clock:{WAY}:lease", 1)
    time.sleep(0.02)
    assert other.shared.lead()
    assert not one.shared.lead()


def test_a_way_whose_calls_failed_is_in_doubt(one: Host, redis_client: redis.Redis) -> None:
    assert not one.shared.in_doubt()
    redis_client.hset(f"pointsman:breaker:{WAY}", "failures", 1)
    assert one.shared.in_doubt()
