"""Looking after a way to an exchange: its clock, its health, its breaker and its connections, on a real server."""

from __future__ import annotations

import json
import time

import pytest
import redis
from support.bad_server import BadServer, Conversation
from support.exchanges import account
from support.names import own_names
from support.processes import Valkey, eventually, free_port, running

from router.errors import ErrorKind, NotProcessed
from router.journal import Journal
from router.keys import Keys
from router.standing import ExchangeClock, standing
from workers.calls.connections import Watched
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.exchanges.common import Common
from workers.health_check import EVERY_SECONDS, HealthCheck
from workers.redis_clock import RedisClock
from workers.shared_clock import SharedClock
from workers.shared_gate import SharedGate
from workers.upkeep import Upkeep


class Looked:
    """A worker's check of one way, and what it works with."""

    def __init__(self, client: redis.Redis, url: str, name: str = "one") -> None:
        self.journal, self.common = Journal(client, Keys("pointsman")), Common()
        gate = SharedGate(self.journal)
        self.exchange: BaseExchange = get_exchange("binance", account(url, timeout_seconds=1), gate, self.common)
        self.way = self.exchange.passage(self.exchange.server_time_call()).way
        self.redis_clock = RedisClock(self.journal)
        self.shared = SharedClock(self.journal, self.way, self.exchange.clock, self.redis_clock, name)
        self.check = HealthCheck(self.exchange, self.shared, self.redis_clock)

    def later(self, seconds: float = EVERY_SECONDS + 1) -> None:
        """Turn when so much more time has passed for the check."""
        self.check._checked_at -= seconds
        self.check._settled_at -= seconds
        self.check.turn()

    def resting(self) -> list[Watched]:
        (connections,) = self.common._connections.values()
        return connections._shelf.resting

    @property
    def told(self) -> ExchangeClock:
        (found,) = standing(self.journal).clocks
        return found


class Site:
    """Answers every request with its time; on demand with silence, with a ban, or by hanging up."""

    def __init__(self) -> None:
        self.silent = self.rude = self.banning = False
        self.ahead_ms = self.reads = 0

    def __call__(self, talk: Conversation) -> None:
        while True:
            talk.read()
            self.reads += 1
            if self.rude:
                talk.reset()
                return
            if self.banning:
                talk.reply(b'{"code":-1003,"msg":"Way too many requests."}', 418, b"Retry-After: 60\r\n")
                continue
            if self.silent:
                talk.over.wait(5)
            talk.reply(json.dumps({"serverTime": round(time.time() * 1_000) + self.ahead_ms}).encode())


def test_the_first_turn_measures_warms_and_tells(redis_client: redis.Redis) -> None:
    site = Site()
    site.ahead_ms = 5_000
    with BadServer(site) as server:
        looked = Looked(redis_client, server.url)
        looked.check.turn()
        clock = looked.exchange.clock
        assert clock.stable
        assert abs(clock.offset_ms - 5_000) <= (clock.uncertainty_ms or 0) + 1
        assert len(server.conversations) == 4
        told = looked.told
        assert (told.way, told.is_stable, told.is_reachable, told.problem or "") == (looked.way, True, True, "")
        assert told.offset_ms == pytest.approx(5_000, abs=100)
        looked.check.turn()
        assert site.reads == 6, "five to measure, one of futures; nothing more is due yet"
        looked.later()
        assert (site.reads, len(server.conversations)) == (12, 4)


def test_one_worker_measures_and_the_others_only_keep_their_connections_warm(redis_client: redis.Redis) -> None:
    site = Site()
    with BadServer(site) as server:
        one, other = (Looked(redis_client, server.url, name) for name in ("one", "other"))
        one.check.turn()
        other.check.turn()
        assert site.reads == 12, "each looks for itself once"
        one.later()
        other.check.turn()
        measured, adopted = one.exchange.clock.reading, other.exchange.clock.reading
        assert measured is not None
        assert adopted is not None
        assert abs(adopted.at_ns - measured.at_ns) < 1e9
        assert adopted.round_trip_ms == 0.0, "it is the other's measurement"
        before = site.reads
        other.later()
        assert site.reads == before, "its connections were used a moment ago"
        for kept in other.resting():
            kept.heard_at -= 20
        other.later()
        assert site.reads == before + 4
        assert other.exchange.clock.reading is adopted


def test_a_worker_whose_leader_is_gone_leads(redis_client: redis.Redis) -> None:
    with BadServer(Site()) as server:
        one, other = (Looked(redis_client, server.url, name) for name in ("one", "other"))
        one.check.turn()
        other.check.turn()
        redis_client.delete(f"pointsman:clock:{one.way}:lease")  # it ran out
        other.later()
        told = other.shared.told()
        assert told is not None
        assert told.by == "other"


def test_a_worker_measures_when_the_leader_does_not_tell(redis_client: redis.Redis) -> None:
    """It holds the lease, and cannot reach the exchange itself."""
    with BadServer(Site()) as server:
        one, other = (Looked(redis_client, server.url, name) for name in ("one", "other"))
        one.check.turn()
        other.check.turn()
        reading = other.exchange.clock.reading
        assert reading is not None
        other.exchange.clock.take(reading._replace(at_ns=reading.at_ns - 60 * 10**9))
        redis_client.delete(f"pointsman:clock:{one.way}")
        other.later()
        newer = other.exchange.clock.reading
        assert newer is not None
        assert newer.at_ns > reading.at_ns


def test_a_clock_that_was_set_is_noticed_by_all(redis_client: redis.Redis) -> None:
    site = Site()
    with BadServer(site) as server:
        one, other = (Looked(redis_client, server.url, name) for name in ("one", "other"))
        one.check.turn()
        other.check.turn()
        site.ahead_ms = 30_000
        one.later()
        assert one.exchange.clock.stable
        other.check._settled_at = float("-inf")
        other.check.turn()
        for looked in (one, other):
            assert looked.exchange.clock.stable
            assert looked.exchange.clock.offset_ms == pytest.approx(30_000, abs=100)


def test_an_exchange_that_is_gone_is_told_and_asked_again_soon(redis_client: redis.Redis) -> None:
    looked = Looked(redis_client, f"http://127.0.0.1:{free_port()}")
    looked.check.turn()
    assert not looked.exchange.clock.stable
    rows = redis_client.hgetall(f"pointsman:clock:{looked.way}")
    assert rows[b"reachable"] == b"0"
    assert b"connection" in rows[b"problem"]
    port = int(looked.way.rpartition(":")[2])
    with BadServer(Site(), port=port):
        looked.later(2.5)
        assert looked.exchange.clock.stable
        assert looked.told.is_reachable


def test_its_reads_close_an_open_breaker(redis_client: redis.Redis) -> None:
    """No order tries whether the exchange is back, and none waits for somebody's read."""
    site = Site()
    with BadServer(site) as server:
        looked = Looked(redis_client, server.url)
        looked.check.turn()
        site.rude = True
        kinds = []
        for _ in range(8):
            with pytest.raises(NotProcessed) as caught:
                looked.exchange.send(looked.exchange.server_time_call())
            kinds.append(caught.value.problem.kind)
        assert kinds[-1] is ErrorKind.CIRCUIT_OPEN
        assert standing(looked.journal).open_breakers
        site.rude = False
        looked.later(2.5)
        assert not standing(looked.journal).breakers
        looked.exchange.send(looked.exchange.server_time_call())


def test_a_ban_is_no_sign_that_the_exchange_is_gone(redis_client: redis.Redis) -> None:
    """Nor is anything else for which our own gate lets no read through; and the clock is still the one it was."""
    site = Site()
    with BadServer(site) as server:
        looked = Looked(redis_client, server.url)
        looked.check.turn()
        checked = redis_client.hget(f"pointsman:clock:{looked.way}", "checked_ms")
        site.banning = True
        looked.later()
        asked = site.reads
        looked.later()
        assert site.reads == asked
        assert standing(looked.journal).bans
        rows = redis_client.hgetall(f"pointsman:clock:{looked.way}")
        assert (rows[b"reachable"], rows[b"checked_ms"]) == (b"1", checked)
        assert looked.exchange.clock.stable


def test_an_address_that_stopped_answering_is_left_by_the_check(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its read runs into the time-out, so that no order has to; from then on everything goes to the other address."""
    names = own_names(monkeypatch)
    first, second = Site(), Site()
    with BadServer(first) as one, BadServer(second, host="127.0.0.2", port=one.port):
        names["exchange.test"] = ["127.0.0.1", "127.0.0.2"]
        looked = Looked(redis_client, f"http://exchange.test:{one.port}")
        looked.check.turn()
        assert (first.reads, second.reads) == (6, 0)
        first.silent = True
        looked.later()
        assert not looked.told.is_reachable
        before = first.reads, second.reads
        looked.later(2.5)
        assert looked.told.is_reachable
        looked.exchange.send(looked.exchange.server_time_call())
        assert (first.reads, second.reads) == (before[0], before[1] + 7)


def test_it_goes_on_without_redis(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever cannot hear from the others measures for himself."""
    valkey = Valkey(tmp_path_factory.mktemp("valkey"))
    with BadServer(Site()) as server:
        with running(valkey):
            client = valkey.client()
            looked = Looked(client, server.url)
            looked.check.turn()
        looked.later()  # the gate does not answer either, so that nothing is asked; it is logged and outlived
        assert looked.exchange.clock.stable
        client.close()


def test_the_thread_outlives_whatever_happens(redis_client: redis.Redis, caplog: pytest.LogCaptureFixture) -> None:
    def nonsense(talk: Conversation) -> None:
        while True:
            talk.read()
            talk.reply(b'{"serverTime": "soon"}')

    with BadServer(nonsense) as server:
        looked = Looked(redis_client, server.url)
        upkeep = Upkeep(looked.journal, looked.exchange, looked.redis_clock, "one")
        upkeep.start()
        upkeep.wait_for_first_look(10)
        eventually(lambda: "was not reached" in caplog.text, what="the trouble is logged")
        assert upkeep.is_alive()
        upkeep.stop()
        upkeep.join(10)
        assert not upkeep.is_alive()
