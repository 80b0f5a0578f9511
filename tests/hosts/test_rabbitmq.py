"""RabbitMQ's quorum queues carry the messages, Redis keeps the journal: the broker may go and come as it likes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from amqp import Connection
from chaos.proxy import Proxy, proxies
from support.processes import Simulator, Valkey, Worker, eventually, ready_workers, running

from hosts.rabbitmq import MISSING, REASON, PortMapper, RabbitMq
from hosts.trade import AT, Flow, held_against_the_ledger, settled
from router import OrderRouter, OrderStatus, RouterSettings

pytestmark = pytest.mark.skipif(MISSING, reason=REASON)


@dataclass
class House:
    broker: RabbitMq
    hop: Proxy
    simulator: Simulator
    workers: list[Worker]
    settings: RouterSettings


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Two workers for orders and one for cancels, behind a proxy that can cut their connections to the broker."""
    mapper, valkey, simulator = PortMapper(tmp_path), Valkey(tmp_path), Simulator(tmp_path)
    broker = RabbitMq(tmp_path, mapper)
    with running(mapper, valkey, simulator, broker), proxies(broker=broker.port) as hops:
        url = broker.url.replace(str(broker.port), str(hops["broker"].port))
        told = {"POINTSMAN_REDIS_URL": valkey.url, "POINTSMAN_BROKER_URL": url, "POINTSMAN_GRACE_SECONDS": "1"}
        told |= {"POINTSMAN_SIMULATOR_URL": simulator.url}
        lanes = ("orders,queries", "orders", "cancels")
        workers = [Worker(tmp_path, f"worker-{at}", told, "--lanes", lane) for at, lane in enumerate(lanes)]
        settings = RouterSettings.from_environment(told)
        with running(*workers), contextlib.closing(valkey.client()) as client:
            eventually(lambda: len(ready_workers(client)) == len(lanes), 60, "the workers beat")
            yield House(broker, hops["broker"], simulator, workers, settings)


def test_the_broker_is_killed_and_cut_off_under_orders(house: House) -> None:
    with OrderRouter(settings=house.settings) as router:
        resting = router.buy_limit("BTC/USDT", "0.001", "50000", **AT)
        assert resting.order(30).status is OrderStatus.NEW
        with Flow(router) as flow:
            flow.until(20)
            assert house.hop.reset() > 0
            flow.until(20)
            house.hop.swallow_replies()
            flow.until(20)
            house.broker.kill()
            flow.until(20)  # accepted all the same: the journal decides, not the broker
            house.broker.start()
            flow.until(20)
        assert router.cancel(resting).order(60).status is OrderStatus.CANCELLED
        tickets = flow.tickets
        states = settled(tickets)
        held_against_the_ledger(house.simulator, [*tickets, resting])
        assert set(states) <= {"done", "expired"}, states
        assert states["done"] > 60
        assert all(worker.alive() for worker in house.workers), "they reconnect, and are not started again"


def test_every_queue_is_a_quorum_queue(house: House) -> None:
    with OrderRouter(settings=house.settings) as router:
        assert router.buy_market("BTC/USDT", quantity="0.001", **AT).order(30).status is OrderStatus.FILLED
    with Connection(f"127.0.0.1:{house.broker.port}", userid="guest", password="guest") as asked:
        for lane in ("orders", "cancels", "queries"):
            channel = asked.channel()
            told = {"x-queue-type": "quorum"}
            channel.queue_declare(f"binance.{lane}", durable=True, auto_delete=False, arguments=told)  # refused if not
            channel.close()
