"""Two worker hosts, one cut off from Redis, one from the exchange, while orders run; then healed: one outcome each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from support.processes import eventually, ready_workers, running

from hosts.network import Network, RemoteSimulator, RemoteValkey, RemoteWorker, a_network, why_not
from hosts.trade import AT, Flow, held_against_the_ledger, settled
from router import OrderRouter, OrderStatus, RouterSettings


@dataclass
class House:
    network: Network
    simulator: RemoteSimulator
    workers: dict[str, RemoteWorker]
    router: OrderRouter


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if reason := why_not():
        pytest.skip(reason)
    tmp_path = tmp_path_factory.mktemp("house")
    with a_network("one", "two") as network:
        valkey, simulator = RemoteValkey(tmp_path, network), RemoteSimulator(tmp_path, network)
        with running(valkey, simulator):
            told = {"POINTSMAN_REDIS_URL": valkey.url, "POINTSMAN_SIMULATOR_URL": simulator.url}
            told |= {"POINTSMAN_REDIS_TIMEOUT_SECONDS": "1", "POINTSMAN_GRACE_SECONDS": "1"}
            workers = {host: RemoteWorker(tmp_path, network, host, told) for host in network.hosts}
            settings = RouterSettings.from_environment(told)
            with running(*workers.values()), OrderRouter(settings=settings) as router:
                eventually(lambda: len(ready_workers(router.journal.client)) == 2, 40, "the workers beat")
                yield House(network, simulator, workers, router)


def test_hosts_are_cut_off_and_healed_under_orders(house: House) -> None:
    with Flow(house.router) as flow:
        flow.until(30)
        house.network.pull("one", "r")  # it has orders in hand, and cannot say what became of them
        flow.until(60)
        house.network.pull("two", "x")  # it has Redis, and every reply of the exchange is lost
        flow.until(60)
        house.network.plug("one", "r")
        flow.until(60)
        house.network.plug("two", "x")
        flow.until(30)
    states = settled(flow.tickets)
    held_against_the_ledger(house.simulator, flow.tickets)
    assert set(states) <= {"done", "expired"}, states
    assert states["done"] > 150
    assert "unknown" in house.workers["two"].output(), "no reply was lost"
    for host in house.workers:
        assert house.workers[host].alive(), "a worker that was cut off comes back by itself"


def test_the_host_that_can_reach_redis_carries_on(house: House) -> None:
    client = house.router.journal.client
    eventually(lambda: len(ready_workers(client)) == 2, 40, "the workers beat")
    house.network.pull("one", "r")
    eventually(lambda: len(ready_workers(client)) == 1, 30, "one beats no more")
    tickets = [house.router.buy_market("BTC/USDT", quantity="0.001", **AT) for _ in range(5)]
    assert [ticket.order(30).status for ticket in tickets] == [OrderStatus.FILLED] * 5
    held_against_the_ledger(house.simulator, tickets)
    house.network.plug("one", "r")
    eventually(lambda: len(ready_workers(client)) == 2, 40, "it beats again")
