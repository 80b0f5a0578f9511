"""A worker's own threads: what they take they carry, what they may not they leave, and they stop when they are told."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from support.house import House, a_house, audit
from support.processes import eventually

from router import OrderRouter, OrderStatus, Ticket
from router.queues import PLAIN, envelope

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as built:
        yield built


def several(router: OrderRouter, count: int) -> list[Ticket]:
    return [
        router.place_order(type="market", symbol="BTC/USDT", side="buy", quantity="0.001", expires_in=60, **AT)
        for _ in range(count)
    ]


def test_a_worker_that_is_told_to_stop_ends_what_it_has_and_takes_no_more(house: House) -> None:
    with house.router() as router:
        house.simulator.fault("stall", method="POST", path="/api/v3/order", delay_ms=300, when="after", times=10_000)
        tickets = several(router, 60)
        eventually(lambda: any(ticket.state() == "done" for ticket in tickets), 10, "some are done")
        assert house.workers[0].stop() == 0
        left = Counter(ticket.state() for ticket in tickets)
        assert left["queued"] > 0
        assert left["queued"] + left["done"] == len(tickets)  # none was dropped on the way
        house.add_worker()
        for ticket in tickets:
            assert ticket.order(30).status is OrderStatus.FILLED
        found = audit(house, tickets)
        assert (found.lost, found.doubled, found.wrong) == (0, 0, 0)


def test_plain_and_priority_messages_are_left_to_celery(house: House) -> None:
    app = Celery("foreign", broker=house.valkey.url)
    command = {"kind": "market_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.001", **AT}
    options = {"queue": "binance.orders", "kwargs": {"command": command}}
    sent = [app.send_task("orders.place", priority=priority, **options).id for priority in (0, 0, 9)]
    eventually(lambda: len(house.simulator.orders()) == len(sent), 20, "all were placed")
    with house.router() as router:
        assert [router.wait(command_id, 20).state for command_id in sent] == ["done"] * 3
    client = house.valkey.client()
    assert [client.llen(name) for name in ("binance.orders", "binance.orders" + PLAIN)] == [0, 0]
    client.close()


def test_garbage_that_looks_like_ours_is_a_dead_letter(house: House) -> None:
    client = house.valkey.client()
    client.lpush("binance.orders", b'{"headers": {"journaled": true}, "body": 7}')
    client.lpush("binance.orders", envelope("1", "orders.place", "binance.orders", json.dumps({"kind": "?"}), "?"))
    eventually(lambda: client.xlen("pointsman:dead") == 2, 10, "both are buried")
    client.close()
    with house.router() as router:
        assert several(router, 1)[0].order(10).status is OrderStatus.FILLED


def test_threads_outlive_redis(house: House) -> None:
    house.valkey.kill()
    house.valkey.start()
    with house.router() as router:
        tickets = several(router, 20)
        for ticket in tickets:
            assert ticket.order(30).status is OrderStatus.FILLED


def test_a_worker_that_meant_to_tell_flower_when_redis_went_ends_when_it_is_told(house: House) -> None:
    """Frozen meanwhile, so that all it has to tell is overdue before it can see that its connection is gone."""
    worker = house.workers[0]
    worker.signal(signal.SIGSTOP)
    house.valkey.stop()
    time.sleep(2.5)
    worker.signal(signal.SIGCONT)
    time.sleep(1)
    assert worker.stop(30) == 0, worker.output()[-1000:]


def test_flower_is_told_of_each_step_in_order_and_when_it_was(house: House) -> None:
    heard: list[dict[str, Any]] = []
    app = Celery("watcher", broker=house.valkey.url)
    with app.connection() as connection, house.router() as router:
        receiver = app.events.Receiver(connection, handlers={"*": heard.append})
        listening = threading.Thread(target=receiver.capture, kwargs={"wakeup": False}, daemon=True)
        listening.start()
        eventually(lambda: heard, 20, "a worker's heartbeat is heard")
        begun = time.time()
        tickets = several(router, 20)
        for ticket in tickets:
            ticket.order(10)
        ended = time.time()
        eventually(lambda: len(of_kind(heard, "task-succeeded")) == len(tickets), 10, "all ends are heard")
        receiver.should_stop = True
        listening.join(10)
    for ticket in tickets:
        told = [event for event in heard if event.get("uuid") == ticket.id]
        assert [event["type"] for event in told] == ["task-received", "task-started", "task-succeeded"]
        assert begun <= told[0]["timestamp"] <= told[1]["timestamp"] <= told[2]["timestamp"] <= ended + 1
        assert told[0]["clock"] < told[1]["clock"] < told[2]["clock"]
        assert told[0]["kwargs"] == "sim-1 buy 0.001 BTC/USDT market"
        assert told[2]["result"] == "'done'"
        assert 0 < told[2]["runtime"] < ended - begun


def of_kind(heard: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in heard if event["type"] == kind]
