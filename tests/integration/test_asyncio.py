"""The router for asyncio, over a real server and a real worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
import redis
from support.house import House
from support.processes import Valkey, eventually

from router import (
    AsyncOrderRouter,
    CommandCancelled,
    IdempotencyConflict,
    InvalidCommand,
    OrderStatus,
    QueueUnavailable,
    RouterSettings,
    UnknownAccount,
)
from router.aio.connecting import FairPool
from router.errors import ErrorKind, Problem

pytestmark = pytest.mark.processes
T = TypeVar("T")
AT = {"exchange": "binance", "account": "sim-1"}
OWN = {"exchange": "binance", "account": "sim-8"}  # nobody else's orders are on it


@pytest.fixture
def house(shared_house: House) -> House:
    return shared_house


def used(url: str, use: Callable[[AsyncOrderRouter], Awaitable[T]], **settings: object) -> T:
    """What comes of using a router on a loop of its own."""

    async def program() -> T:
        chosen = RouterSettings.from_environment({}, redis_url=url, **settings)
        async with AsyncOrderRouter(settings=chosen) as router:
            return await use(router)

    return asyncio.run(program())


def test_an_order_is_placed_read_and_cancelled(house: House) -> None:
    async def trade(router: AsyncOrderRouter) -> None:
        ticket = await router.buy_limit("BTC/USDT", "0.01", "50000", **OWN)
        assert (await ticket.order(10)).status is OrderStatus.NEW
        assert [each.client_order_id for each in await router.get_open_orders(**OWN)] == [ticket.id]
        cancelled = await router.cancel(ticket)
        assert (await cancelled.order(10)).status is OrderStatus.CANCELLED
        assert await router.ticket(ticket.id).state() == "done"
        assert (await router.get_balances(**OWN)).balances
        assert set(await router.get_tickers(["BTC/USDT", "ETH/USDT"], **OWN)) == {"BTC/USDT", "ETH/USDT"}

    used(house.valkey.url, trade)


def test_many_orders_at_once_share_one_subscription(house: House) -> None:
    async def trade(router: AsyncOrderRouter) -> list[OrderStatus]:
        async def one(number: int) -> OrderStatus:
            ticket = await router.buy_market("BTC/USDT", quantity="0.001", exchange="binance", account=f"sim-{number}")
            return (await ticket.order(20)).status

        return list(await asyncio.gather(*(one(number % 9 + 1) for number in range(60))))

    async def trade_and_count(router: AsyncOrderRouter) -> list[OrderStatus]:
        before = client.pubsub_numpat()  # Celery has its own
        statuses = await trade(router)
        assert (client.pubsub_numpat(), client.pubsub_channels("pointsman:command:*")) == (before + 1, [])
        return statuses

    client = house.valkey.client()
    assert set(used(house.valkey.url, trade_and_count)) == {OrderStatus.FILLED}
    client.close()


def test_a_batch_and_a_poll_of_accounts(house: House) -> None:
    async def trade(router: AsyncOrderRouter) -> None:
        orders = [{"kind": "market_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.001", **AT}] * 3
        tickets = await router.place_orders(orders)
        assert [(await ticket.order(10)).status for ticket in tickets] == [OrderStatus.FILLED] * 3
        heard = []
        poll = await router.poll_balances(["sim-1", "sim-2", "nobody"], on_progress=heard.append, deadline=10)
        assert {name: each.status for name, each in poll.accounts.items()} == {
            "sim-1": "fresh", "sim-2": "fresh", "nobody": "failed",
        }  # fmt: skip
        assert heard[-1].done == heard[-1].total == 2

    used(house.valkey.url, trade)


def test_a_halt_stands_and_is_lifted(house: House) -> None:
    async def act(router: AsyncOrderRouter) -> None:
        halt = await router.halt("a test", account="sim-9")
        assert [each.what for each in await router.halts()] == [halt.what]
        await router.resume(account="sim-9")
        assert await router.halts() == []

    used(house.valkey.url, act)


def test_refusals_and_conflicts_are_the_same_errors(house: House) -> None:
    async def ask(router: AsyncOrderRouter) -> None:
        with pytest.raises(UnknownAccount):
            await router.buy_market("BTC/USDT", quantity="1", exchange="binance", account="nobody")
        with pytest.raises(InvalidCommand):
            await router.buy_market("BTC/USDT", **AT)
        await router.buy_market("BTC/USDT", quantity="0.001", idempotency_key="aio-1", **AT)
        with pytest.raises(IdempotencyConflict):
            await router.buy_market("BTC/USDT", quantity="0.002", idempotency_key="aio-1", **AT)

    used(house.valkey.url, ask)


def test_a_cancelled_wait_leaves_the_command_and_the_router_as_they_were(valkey: Valkey) -> None:
    """Without a worker: the command stays queued, and the next wait finds it."""

    async def wait(router: AsyncOrderRouter) -> None:
        ticket = await router.buy_market("BTC/USDT", quantity="1", **AT)
        waits = [asyncio.create_task(ticket.result()) for _ in range(20)]
        await asyncio.sleep(0.1)
        for each in waits:
            each.cancel()
        assert all(
            isinstance(each, asyncio.CancelledError) for each in await asyncio.gather(*waits, return_exceptions=True)
        )
        assert await ticket.state() == "queued"
        with pytest.raises(TimeoutError, match="still queued"):
            await ticket.result(0.05)
        last = asyncio.create_task(ticket.result(10))
        await asyncio.sleep(0.05)
        await router.cancel(ticket)
        with pytest.raises(CommandCancelled):
            await last

    used(valkey.url, wait, prefix="cancelled-wait")


def test_a_wait_is_cancelled_wherever_the_cancellation_meets_it(valkey: Valkey) -> None:
    """In the middle of a write, of a reply that has just come, or between two looks."""

    async def wait(router: AsyncOrderRouter) -> None:
        ticket = await router.buy_market("BTC/USDT", quantity="1", **AT)
        for turns in range(400):
            waits = [asyncio.create_task(ticket.result()) for _ in range(10)]
            for _ in range(turns % 40):
                await asyncio.sleep(0)
            for each in waits:
                each.cancel()
            _, deaf = await asyncio.wait(waits, timeout=5)
            assert not deaf, turns % 40

    used(valkey.url, wait, prefix="cut-wait")


def test_a_cancelled_submit_is_found_out_by_its_key_and_mixes_up_no_replies(valkey: Valkey) -> None:
    """Cancelled anywhere on their way: what was accepted is accepted once, and every reply is its own command's."""

    async def submit(router: AsyncOrderRouter) -> None:
        async def place(number: int) -> str:
            order = {"symbol": "BTC/USDT", "quantity": f"0.{number + 1:04}", "idempotency_key": f"cut-{number}", **AT}
            return (await router.buy_market(**order)).id

        tasks = [asyncio.create_task(place(number)) for number in range(200)]
        for number, task in enumerate(tasks):
            if number % 2:
                asyncio.get_running_loop().call_later(number / 5_000, task.cancel)
        first = await asyncio.gather(*tasks, return_exceptions=True)
        assert any(isinstance(each, asyncio.CancelledError) for each in first)
        again = await asyncio.gather(*(place(number) for number in range(200)))
        assert all(name in (one, None) for name, one in zip(map(_name, first), again, strict=True))
        for number, name in enumerate(again):
            assert f"0.{number + 1:04}" in (await router.record(name)).document
        queued = [event.command_id async for event in router.events("0", patience=0.1) if event.state == "queued"]
        assert sorted(queued) == sorted(again)

    used(valkey.url, submit, prefix="cancelled-submit")


def _name(answer: str | BaseException) -> str | None:
    return answer if isinstance(answer, str) else None


def test_who_waits_for_a_connection_is_not_overtaken_by_those_who_come_later(valkey: Valkey) -> None:
    async def ask() -> list[int]:
        pool, served = FairPool.from_url(valkey.url, places=2, timeout=1), []

        async def one(number: int) -> None:
            connection = await pool.get_connection()
            served.append(number)
            await asyncio.sleep(0)
            await pool.release(connection)
            if number < 100:  # and comes back at once
                await one(number + 20)

        held = [await pool.get_connection() for _ in range(2)]
        tasks = [asyncio.create_task(one(number)) for number in range(20)]
        await asyncio.sleep(0)
        for connection in held:
            await pool.release(connection)
        await asyncio.gather(*tasks)
        with pytest.raises(redis.ConnectionError, match="No connection available"):
            async with asyncio.timeout(10):
                held = [await pool.get_connection() for _ in range(3)]
        await pool.disconnect()
        return served

    assert asyncio.run(ask()) == list(range(120))


def test_an_end_that_nobody_announced_to_us_is_found_when_the_subscription_is_whole_again(valkey: Valkey) -> None:
    """The connection is cut, and the command ends before the client has connected again by itself."""

    async def wait(router: AsyncOrderRouter) -> None:
        ticket = await router.buy_market("BTC/USDT", quantity="1", **AT)
        task = asyncio.create_task(ticket.result())
        client = valkey.client()
        await asyncio.to_thread(eventually, client.pubsub_numpat, 5, "it listens")
        await asyncio.sleep(0.05)
        problem = Problem(kind=ErrorKind.CANCELLED, message="a test").model_dump_json()
        with client.pipeline() as together:
            together.client_kill_filter(_type="pubsub")
            together.hset(f"cut:command:{ticket.id}", mapping={"state": "cancelled", "result": problem})
            together.execute()
        client.close()
        async with asyncio.timeout(9):  # less than it takes until a wait looks by itself
            with pytest.raises(CommandCancelled):
                await task

    used(valkey.url, wait, prefix="cut")


def test_a_redis_that_is_away_is_the_same_error() -> None:
    async def ask(router: AsyncOrderRouter) -> None:
        with pytest.raises(QueueUnavailable):
            await router.buy_market("BTC/USDT", quantity="1", **AT)

    used("redis://127.0.0.1:1/0", ask, redis_timeout_seconds=0.2)


def test_another_brokers_blocking_client_does_not_block_the_loop(valkey: Valkey) -> None:
    class Slow:
        def ring(self, bells: object) -> None:
            assert list(bells)  # type: ignore[call-overload]
            time.sleep(0.3)

    async def submit(router: AsyncOrderRouter) -> int:
        router.core._publisher._publisher = Slow()  # type: ignore[attr-defined]
        ticks = 0
        task = asyncio.create_task(router.buy_market("BTC/USDT", quantity="1", **AT))
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
        await task
        return ticks

    assert used(valkey.url, submit, prefix="slow-broker", broker_url="redis://127.0.0.1:1/0") > 5


def test_waits_survive_a_server_that_goes_away_and_comes_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = Valkey(tmp_path_factory.mktemp("restarted"))
    server.start()
    try:

        async def wait(router: AsyncOrderRouter) -> None:
            ticket = await router.buy_market("BTC/USDT", quantity="1", expires_in=None, **AT)
            task = asyncio.create_task(ticket.result(20))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            await asyncio.sleep(0.5)
            await router.cancel(ticket)
            with pytest.raises(CommandCancelled):
                await task

        used(server.url, wait)
    finally:
        server.stop()
