"""Messages through a broker that is not the journal's Redis, and the plain Celery way to start a worker."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from support.house import House, a_house
from support.processes import Process, eventually

from router import OrderRouter, OrderStatus

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house")) as built:
        built.extra["POINTSMAN_BROKER_URL"] = built.valkey.url.replace("/0", "/1")
        argv = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", "binance.cancels,binance.orders"]
        worker = Process("celery", argv, built.folder / "celery.log", built.environment)
        worker.start()
        built.wait_for_workers(1)
        yield built
        assert worker.stop() == 0


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    with house.router(broker_url=house.extra["POINTSMAN_BROKER_URL"]) as made:
        yield made


def test_an_order_goes_by_the_other_broker(house: House, router: OrderRouter) -> None:
    ticket = router.buy_limit("BTC/USDT", "0.01", "50000", **AT)
    assert ticket.order(10).status is OrderStatus.NEW
    assert router.cancel(ticket).order(10).status is OrderStatus.CANCELLED
    client = house.valkey.client()
    assert client.keys("binance.*") == []
    client.close()


def test_a_lost_message_is_sent_again_by_the_other_broker(
    house: House, router: OrderRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router._publisher, "ring", list)  # the message is lost on its way
    ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
    assert ticket.order(20).status is OrderStatus.FILLED
    assert [order["client_order_id"] for order in house.simulator.orders()].count(ticket.id) == 1


def test_a_broker_that_is_away_does_not_lose_the_command(house: House) -> None:
    with house.router(broker_url="redis://127.0.0.1:1/0") as router:
        ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
        eventually(lambda: ticket.state() == "done", 20, "the sweeper sent its message")


def test_a_batch_goes_by_the_other_broker(house: House, router: OrderRouter) -> None:
    order = {
        **AT,
        "kind": "limit_order",
        "symbol": "BTC/USDT:USDT",
        "side": "buy",
        "quantity": "0.01",
        "price": "55000",
    }
    tickets = router.place_orders([order] * 3)
    assert [ticket.order(10).status for ticket in tickets] == [OrderStatus.NEW] * 3
    assert [ticket.order(10).status for ticket in router.cancel_orders(tickets)] == [OrderStatus.CANCELLED] * 3
    client = house.valkey.client()
    assert client.keys("binance.*") == []
    client.close()
