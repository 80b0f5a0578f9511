"""Redis behind Sentinels: the primary is killed under orders, and everything comes to one outcome by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.command_line import pointsman
from support.processes import Simulator, Valkey, Worker, eventually, ready_workers, running

from hosts.sentinels import NAME, SENTINEL_PASSWORD, Sentinel, a_group, a_server, follow
from hosts.trade import AT, Flow, an_order, held_against_the_ledger, settled
from router import (
    AsyncOrderRouter,
    AsyncTicket,
    CommandCancelled,
    OrderRouter,
    OrderStatus,
    QueueUnavailable,
    RouterSettings,
)
from router.commands import AnyCommand


def settings(**given: str) -> dict[str, str]:
    return {"POINTSMAN_REDIS_TIMEOUT_SECONDS": "2", "POINTSMAN_GRACE_SECONDS": "1", **given}


@pytest.mark.parametrize("replicas", [2])
def test_the_primary_is_killed_under_orders(tmp_path: Path, replicas: int) -> None:
    simulator = Simulator(tmp_path)
    with a_group(tmp_path, replicas) as group, running(simulator):
        told = settings(**group.environment, POINTSMAN_REPLICAS="1", POINTSMAN_SIMULATOR_URL=simulator.url)
        workers = [Worker(tmp_path, f"worker-{number}", told) for number in range(2)]
        first = group.primary()
        with running(*workers), OrderRouter(settings=RouterSettings.from_environment(told)) as router:
            eventually(lambda: len(ready_workers(router.journal.client)) == 2, 40, "the workers beat")
            with Flow(router) as flow:
                flow.until(40)
                first.kill()
                flow.until(40)
                first.start()  # it comes back as a replica
                second = group.primary()
                assert second is not first
                flow.until(20)
            states = settled(flow.tickets)
            held_against_the_ledger(simulator, flow.tickets)
            assert flow.refused > 0, "nobody felt the kill"
            assert set(states) <= {"done", "expired"}, states
            assert states["done"] > 60
            assert all(worker.alive() for worker in workers), "they reconnect, and are not started again"
            assert any("has become the primary" in worker.output() for worker in workers)
            assert router.buy_market("BTC/USDT", quantity="0.001", **AT).order(20).status is OrderStatus.FILLED
            assert asyncio.run(bought(told)) is OrderStatus.FILLED


async def bought(told: dict[str, str]) -> OrderStatus:
    """What an app with an event loop sees of the same group."""
    async with AsyncOrderRouter(settings=RouterSettings.from_environment(told)) as router:
        ticket = await router.buy_market("BTC/USDT", quantity="0.001", **AT)
        return (await ticket.order(20)).status


def test_an_asyncio_app_finds_the_new_primary(tmp_path: Path) -> None:
    with a_group(tmp_path, 2) as group:
        told = settings(**group.environment, POINTSMAN_REPLICAS="1")

        async def trade() -> None:
            async with AsyncOrderRouter(settings=RouterSettings.from_environment(told)) as router:
                events = router.events("0", patience=20)
                first = await router.submit(an_order(1))
                assert (await anext(events)).command_id == first.id
                first_primary = group.primary()
                await asyncio.to_thread(first_primary.kill)
                second = await accepted(router, an_order(3))
                assert group.primary() is not first_primary
                waiting = asyncio.create_task(first.result(30))
                await router.cancel(first)
                with pytest.raises(CommandCancelled):
                    await waiting
                assert (await anext(events)).command_id == second.id

        asyncio.run(trade())


async def accepted(router: AsyncOrderRouter, order: AnyCommand) -> AsyncTicket:
    """Submit it until it is."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await router.submit(order)
            except QueueUnavailable:
                await asyncio.sleep(0.2)


def a_lost_claim(folder: Path, simulator: Simulator, primary: Valkey, replica: Valkey) -> str:
    """Let the replica become primary when it was told of an order, but not of its claim; that order's id."""
    follow(replica, primary.port)
    told = settings(POINTSMAN_REDIS_URL=primary.url, POINTSMAN_REPLICAS="1")
    with OrderRouter(settings=RouterSettings.from_environment(told)) as router, primary.client() as client:
        ticket = router.submit(an_order(1))
        with replica.client() as promoted:
            promoted.replicaof("NO", "ONE")
        worker = Worker(
            folder, "first", settings(POINTSMAN_REDIS_URL=primary.url, POINTSMAN_SIMULATOR_URL=simulator.url)
        )
        with running(worker):
            eventually(lambda: ready_workers(client), 40, "the worker beats")
            assert ticket.order(20).status is OrderStatus.FILLED
    primary.kill()
    return ticket.id


@pytest.mark.parametrize(("audited", "orders"), [(True, 1), (False, 2)], ids=["audited", "not audited"])
def test_an_order_whose_claim_was_lost_is_asked_for(tmp_path: Path, audited: bool, orders: int) -> None:  # noqa: FBT001
    """Without the audit the same order is sent twice: so it is the audit that holds."""
    simulator = Simulator(tmp_path)
    primary, replica = a_server(tmp_path, "primary"), a_server(tmp_path, "replica")
    sentinel = Sentinel(tmp_path, 0, replica, quorum=1)
    with running(simulator, primary, replica, sentinel):
        name = a_lost_claim(tmp_path, simulator, primary, replica)
        url = f"sentinel://127.0.0.1:{sentinel.port}/{NAME}/0" if audited else replica.url
        told = settings(POINTSMAN_REDIS_URL=url, POINTSMAN_SENTINEL_PASSWORD=SENTINEL_PASSWORD)
        worker = Worker(tmp_path, "second", {**told, "POINTSMAN_SIMULATOR_URL": simulator.url})
        with running(worker), OrderRouter(settings=RouterSettings.from_environment(told)) as router:
            assert router.ticket(name).order(60).status is OrderStatus.FILLED
        assert [order["client_order_id"] for order in simulator.orders()].count(name) == orders


def test_without_its_replica_nothing_is_accepted_and_nothing_sent(tmp_path: Path) -> None:
    primary, replica, simulator = a_server(tmp_path, "primary"), a_server(tmp_path, "replica"), Simulator(tmp_path)
    told = settings(POINTSMAN_REDIS_URL=primary.url, POINTSMAN_REPLICAS="1")
    with running(primary, replica, simulator):
        follow(replica, primary.port)
        worker = Worker(tmp_path, "worker", {**told, "POINTSMAN_SIMULATOR_URL": simulator.url})
        with OrderRouter(settings=RouterSettings.from_environment(told)) as router:
            waiting = router.submit(an_order(1))
            replica.kill()
            with running(worker):
                eventually(lambda: router.record(waiting.id).state == "waiting", 40, "its claim is taken back")
                assert "of 1 replicas had it" in router.record(waiting.id).why
                again = an_order(3)
                with pytest.raises(QueueUnavailable, match="0 of 1 replicas"):
                    router.submit(again)
                with pytest.raises(QueueUnavailable, match="0 of 1 replicas"):
                    router.submit(again)  # known by then, and still on no replica
                assert router.get_balances(**AT).account == "sim-1"  # who only reads is not kept waiting
                assert simulator.orders() == []
                found = pointsman("doctor", "--json", **told).document
                assert [finding["what"] for finding in found] == ["Redis has 0 replicas"]
                replica.start()
                follow(replica, primary.port)
                tickets = [waiting, router.submit(again)]
                assert settled(tickets) == {"done": 2}
                held_against_the_ledger(simulator, tickets)
