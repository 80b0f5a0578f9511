"""What happened, told over the event stream: typed, resumable, filtered; and the ends of many commands at once."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import redis
from support.house import House
from support.processes import Valkey

from router import (
    AsyncOrderRouter,
    Ending,
    Event,
    InvalidCommand,
    LimitOrder,
    Order,
    OrderRouter,
    QueueUnavailable,
    RouterSettings,
)
from router.errors import ErrorKind, Problem

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}
ORDER = {"kind": "market_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.001", **AT}


@pytest.fixture
def house(shared_house: House) -> House:
    return shared_house


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    with house.router() as made:
        yield made


@pytest.fixture
def alone(valkey: Valkey, redis_client: redis.Redis) -> Iterator[OrderRouter]:  # noqa: ARG001 - it is emptied
    """A router without a worker: whatever is submitted stays queued."""
    with OrderRouter(settings=RouterSettings.from_environment({}, redis_url=valkey.url)) as made:
        yield made


def of(events: Iterator[Event], command_id: str) -> list[Event]:
    """Its events up to the last."""
    mine = (event for event in events if event.command_id == command_id)
    found = []
    for event in mine:
        found.append(event)
        if event.is_final:
            break
    return found


def test_an_order_is_told_from_its_acceptance_to_its_result(router: OrderRouter) -> None:
    events = router.events(patience=10)
    ticket = router.buy_limit("BTC/USDT", "0.01", "50000", **AT)
    told = of(events, ticket.id)
    assert [event.state for event in told] == ["queued", "sending", "done"]
    assert {(event.exchange, event.account, event.task) for event in told} == {("binance", "sim-1", "orders.place")}
    assert isinstance(told[0].command, LimitOrder)
    assert told[0].command.price == Decimal(50_000)
    assert isinstance(told[-1].result, Order)
    assert told[-1].result == ticket.order(1)
    assert told[-1].by is not None


def test_a_refusal_is_told_with_its_problem(router: OrderRouter) -> None:
    events = router.events(patience=10)
    ticket = router.sell_limit("SOL/USDT", "60000", "140", **AT)
    last = of(events, ticket.id)[-1]
    assert (last.state, last.result) == ("rejected", None)
    assert last.problem is not None
    assert last.problem.kind == "insufficient_balance"


def test_following_on_from_an_event_misses_none_and_repeats_none(alone: OrderRouter) -> None:
    tickets = alone.submit_many([ORDER] * 20)
    first = list(itertools.islice(alone.events("0", patience=1), 7))
    rest = list(alone.events(first[-1].id, patience=0.2))
    assert [event.command_id for event in [*first, *rest]] == [ticket.id for ticket in tickets]
    assert list(alone.events(rest[-1].id, patience=0.1)) == []


def test_the_place_before_anything_happened_is_one(alone: OrderRouter) -> None:
    place = alone.newest_event()
    ticket = alone.submit(ORDER)
    assert [event.command_id for event in alone.events(place, patience=0.1)] == [ticket.id]


def test_only_an_exchanges_or_an_accounts_events(router: OrderRouter) -> None:
    since = router.newest_event()
    mine = router.buy_market("BTC/USDT", quantity="0.001", exchange="binance", account="sim-2")
    router.buy_market("BTC/USDT", quantity="0.001", **AT).result(10)
    mine.result(10)
    told = list(router.events(since, exchange="binance", account="sim-2", patience=0.2))
    assert {event.command_id for event in told} == {mine.id}
    assert [event.state for event in told] == ["queued", "sending", "done"]
    assert list(router.events(since, exchange="okx", patience=0.1)) == []


def test_an_end_is_told_whole_when_its_record_is_gone(house: House, router: OrderRouter) -> None:
    since = router.newest_event()
    ticket = router.buy_market("BTC/USDT", quantity="0.001", **AT)
    order = ticket.order(10)
    client = house.valkey.client()
    client.delete(f"pointsman:command:{ticket.id}")
    client.close()
    first, *_, last = list(router.events(since, account="sim-1", patience=0.2))
    assert (first.state, last.state, last.result) == ("queued", "done", order)


def test_what_is_about_no_command_is_told_too(alone: OrderRouter) -> None:
    events = alone.events("0", patience=0.2)
    alone.halt("a test", by="somebody")
    [told] = events
    assert (told.command_id, told.state, told.by, told.is_final) == (None, "halted", "somebody", False)
    assert "a test" in (told.detail or "")


def test_a_place_that_was_trimmed_is_an_error_and_no_silent_gap(alone: OrderRouter, redis_client: redis.Redis) -> None:
    alone.submit_many([ORDER] * 3)
    place = alone.newest_event()
    alone.submit_many([ORDER] * 3)
    redis_client.xtrim("pointsman:events", maxlen=1, approximate=False)
    with pytest.raises(InvalidCommand, match="some were missed"):
        alone.events(place)
    assert len(list(alone.events("0", patience=0.1))) == 1


@pytest.mark.parametrize("since", ["", "now", "1-2-3", "-1", "$"])
def test_a_since_that_is_no_place_is_refused(alone: OrderRouter, since: str) -> None:
    with pytest.raises(InvalidCommand, match="must be the id of an event"):
        alone.events(since)


def test_the_results_of_many_come_as_they_end_over_one_connection(house: House, router: OrderRouter) -> None:
    early = router.buy_market("BTC/USDT", quantity="0.001", **AT)
    early.result(10)
    tickets = [early, *router.submit_many([{**ORDER, "account": f"sim-{n % 9 + 1}"} for n in range(60)])]
    refused = router.sell_limit("SOL/USDT", "60000", "140", **AT)
    client = house.valkey.client()
    ended: dict[str, Ending] = {}
    for each in router.results([*tickets, refused, "0" * 32], timeout=20):
        assert client.pubsub_channels("pointsman:command:*") == []
        assert each.id not in ended
        ended[each.id] = each
    client.close()
    assert {name for name, each in ended.items() if isinstance(each.result, Order)} == {t.id for t in tickets}
    assert ended[refused.id].state == "rejected"
    assert "no command" in str(ended["0" * 32].error)


def test_ten_thousand_tickets_are_one_connection(valkey: Valkey, alone: OrderRouter) -> None:
    tickets = alone.submit_many([{**ORDER, "expires_in": None}] * 10_000)
    client = valkey.client()
    problem = Problem(kind=ErrorKind.CANCELLED, message="a test").model_dump_json()

    async def program() -> None:
        settings = RouterSettings.from_environment({}, redis_url=valkey.url)
        async with AsyncOrderRouter(settings=settings) as router:
            await router.newest_event()
            before = len(client.client_list())
            results = router.results(tickets, timeout=60)
            first = asyncio.create_task(anext(results))
            await asyncio.sleep(0)
            with client.pipeline(transaction=False) as together:
                for ticket in tickets:
                    together.hset(f"pointsman:command:{ticket.id}", mapping={"state": "cancelled", "result": problem})
                    together.xadd("pointsman:events", {"id": ticket.id, "state": "cancelled"})
                await asyncio.to_thread(together.execute)
            ended = [(await first).id]
            assert len(client.client_list()) <= before + 1
            assert (client.pubsub_numpat(), client.pubsub_channels("pointsman:command:*")) == (0, [])
            ended += [each.id async for each in results]
            assert sorted(ended) == sorted(ticket.id for ticket in tickets)

    asyncio.run(program())
    client.close()


def test_results_that_do_not_come_in_time(alone: OrderRouter) -> None:
    tickets = alone.submit_many([ORDER] * 3)
    alone.cancel(tickets[1])
    ended = []
    with pytest.raises(TimeoutError, match="2 commands"):  # noqa: PT012 - those that came before it count
        for each in alone.results(tickets, timeout=0.3):
            ended.append((each.id, each.state))  # noqa: PERF401 - a list would be lost with the error
    assert ended == [(tickets[1].id, "cancelled")]


def test_a_step_that_was_interrupted_is_taken_again(valkey: Valkey, alone: OrderRouter) -> None:
    async def program() -> None:
        settings = RouterSettings.from_environment({}, redis_url=valkey.url, redis_timeout_seconds=0.3)
        async with AsyncOrderRouter(settings=settings) as router:
            events = await router.events().begin()
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(anext(events), 0.05)
            tickets = [await router.submit(ORDER) for _ in range(3)]
            assert [(await anext(events)).command_id for _ in tickets] == [ticket.id for ticket in tickets]
            results = router.results(tickets)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(results), 0.5)
            await router.cancel(tickets[1])
            assert (await anext(results)).id == tickets[1].id

    asyncio.run(program())
    assert alone.newest_event()


def test_a_server_that_was_away_for_a_moment_costs_no_event(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    server.start()
    settings = RouterSettings.from_environment({}, redis_url=server.url, redis_timeout_seconds=0.3)
    with OrderRouter(settings=settings) as router:
        events = router.events("0", patience=5)
        first = router.submit(ORDER)
        assert next(events).command_id == first.id
        server.signal(signal.SIGSTOP)
        with pytest.raises(QueueUnavailable):
            next(events)
        server.signal(signal.SIGCONT)
        second = router.submit(ORDER)
        assert next(events).command_id == second.id
    server.stop()


def test_asyncio_follows_events_and_results(house: House) -> None:
    async def program() -> None:
        settings = RouterSettings.from_environment({}, redis_url=house.valkey.url)
        async with AsyncOrderRouter(settings=settings) as router:
            since = await router.newest_event()
            tickets = [await router.buy_market("BTC/USDT", quantity="0.001", **AT) for _ in range(3)]
            ended = [each.id async for each in router.results(tickets, timeout=10)]
            assert sorted(ended) == sorted(ticket.id for ticket in tickets)
            done = [event.command_id async for event in router.events(since, patience=0.2) if event.is_final]
            assert sorted(done) == sorted(ended)

            async def listen() -> None:
                async for _ in router.events():
                    pass

            task = asyncio.create_task(listen())
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await router.halts() == []  # the connections are as good as before

    asyncio.run(program())
