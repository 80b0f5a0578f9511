"""The exchange's clock goes wrong or is unknown, or it restarts, under orders on their way; real processes."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
import redis
from support.house import House, a_house
from support.processes import Simulator, Valkey, Worker, eventually, free_port, running

from router import OrderRouter, OrderStatus
from router.journal import Journal
from router.keys import Keys
from router.standing import ExchangeClock, standing

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}
TIME = {"path": "/api/v3/time", "times": None}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=2) as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    with house.router() as made:
        yield made


@pytest.fixture
def client(house: House) -> Iterator[redis.Redis]:
    opened = house.valkey.client()
    yield opened
    opened.close()


def clock(client: redis.Redis) -> ExchangeClock | None:
    """What the workers tell of the one exchange they serve."""
    return next(iter(standing(Journal(client, Keys("pointsman"))).clocks), None)


def who_measures(client: redis.Redis) -> bytes:
    (row,) = [client.hgetall(key) for key in client.scan_iter("pointsman:clock:*") if not key.endswith(b":lease")]
    return bytes(row[b"by"])


def times_at_exchange(house: House, client_order_id: str) -> int:
    return sum(order["client_order_id"] == client_order_id for order in house.simulator.orders())


@pytest.mark.usefixtures("house")
def test_workers_tell_one_clock_and_how_the_exchange_is(client: redis.Redis) -> None:
    told = clock(client)
    assert told is not None
    assert (told.is_stable, told.is_reachable) == (True, True)
    assert abs(told.offset_ms or 9_999) < 1_000
    assert 0 < (told.uncertainty_ms or 0) < 500
    assert told.way.startswith("binance:simulator:direct")


@pytest.mark.parametrize("skew_ms", [60_000, -60_000])
def test_an_order_refused_for_its_timestamp_is_signed_again_by_a_new_measurement(
    house: House, router: OrderRouter, client: redis.Redis, skew_ms: int
) -> None:
    """Once is enough: it goes out at once, twice in all, and is placed once."""
    house.simulator.fault("clock_skew", skew_ms=skew_ms, times=None)
    ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
    assert ticket.order(10).status is OrderStatus.FILLED
    assert times_at_exchange(house, ticket.id) == 1
    record = Journal(client, Keys("pointsman")).record(ticket.id)
    assert record is not None
    assert record.attempts in ("1", "2"), "once if a measurement came between, else twice and no more"
    eventually(lambda: abs((getattr(clock(client), "offset_ms", None) or 0) - skew_ms) < 1_000, 20, "all are told")
    tickets = [router.buy_market("BTC/USDT", quantity="0.01", **AT) for _ in range(20)]
    assert {each.order(20).status for each in tickets} == {OrderStatus.FILLED}


def test_while_the_clock_is_unknown_new_orders_wait_and_say_why_and_all_else_passes(house: House) -> None:
    """A worker starts while the exchange's time cannot be read: measuring goes on by itself, and then they go out."""
    valkey = Valkey(house.folder / "other")
    (house.folder / "other").mkdir()
    house.simulator.clear_faults()
    house.simulator.fault("error_before", status=503, **TIME)
    with running(valkey):
        other = House(house.folder / "other", valkey, house.simulator)
        with running(Worker(other.folder, "worker", other.environment)), other.router() as router:
            other.wait_for_workers(1)
            waits = router.buy_market("BTC/USDT", quantity="0.01", expires_in=60, **AT)
            late = router.buy_market("BTC/USDT", quantity="0.01", expires_in=1.5, **AT)
            journal = Journal(valkey.client(), Keys("pointsman"))

            def why() -> str:
                record = journal.record(waits.id)
                return record.why if record is not None and record.state == "waiting" else ""

            eventually(lambda: "new orders wait until the clock of binance is known" in why(), what="it says why")
            assert router.get_balances(**AT).balances
            assert router.cancel_all(symbol="SOL/USDT", **AT).result(10) == []
            eventually(lambda: late.state() == "expired", what="no order waits beyond its deadline")
            assert waits.state() == "waiting"
            assert times_at_exchange(house, waits.id) == 0
            house.simulator.clear_faults()
            assert waits.order(15).status is OrderStatus.FILLED
            journal.client.close()


def test_an_order_whose_reply_was_lost_is_found_while_the_clock_is_unknown(house: House) -> None:
    """Its worker was killed, and the one that takes over cannot read the exchange's time: it is found all the same."""
    folder = house.folder / "third"
    folder.mkdir()
    valkey, simulator = Valkey(folder), Simulator(folder)
    with running(valkey, simulator):
        third = House(folder, valkey, simulator)
        first = Worker(folder, "first", third.environment)
        with running(first), third.router() as router:
            third.wait_for_workers(1)
            simulator.fault("stall", delay_ms=20_000, when="after", method="POST", path="/api/v3/order")
            ticket = router.buy_market("BTC/USDT", quantity="0.01", expires_in=120, **AT)
            eventually(lambda: times_at_exchange(third, ticket.id) == 1, what="it was executed")
            first.kill()
            simulator.fault("error_before", status=503, **TIME)
            with running(Worker(folder, "second", third.environment)):
                assert ticket.order(60).status is OrderStatus.FILLED
                assert times_at_exchange(third, ticket.id) == 1


def test_another_worker_measures_when_the_one_that_did_is_killed(house: House, client: redis.Redis) -> None:
    house.simulator.clear_faults()
    by = who_measures(client)
    (victim,) = [worker for worker in house.workers if by.endswith(b":%d" % worker.pid)] or [None]
    if victim is None:
        pytest.skip("the container's process ids are not the workers'")
    victim.signal(signal.SIGKILL)
    eventually(lambda: who_measures(client) != by, 40, "another has measured")


def test_an_exchange_that_restarts_is_found_again_and_no_order_fails(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Its kept connections are all dead; the port is the same."""
    folder = tmp_path_factory.mktemp("restart")
    valkey, simulator = Valkey(folder), Simulator(folder, "--port", str(free_port()))
    with running(valkey, simulator):
        house = House(folder, valkey, simulator)
        with running(Worker(folder, "worker", house.environment)), house.router() as router:
            house.wait_for_workers(1)
            assert router.buy_market("BTC/USDT", quantity="0.01", **AT).order(10).status is OrderStatus.FILLED
            simulator.kill()
            during = [router.buy_market("BTC/USDT", quantity="0.01", expires_in=60, **AT) for _ in range(5)]
            simulator.start()
            after = [router.buy_market("BTC/USDT", quantity="0.01", expires_in=60, **AT) for _ in range(5)]
            for ticket in (*during, *after):
                assert ticket.order(30).status is OrderStatus.FILLED
                assert times_at_exchange(house, ticket.id) == 1
            journal = Journal(valkey.client(), Keys("pointsman"))
            eventually(lambda: not standing(journal).breakers, 20, "no failure is remembered")
            journal.client.close()
