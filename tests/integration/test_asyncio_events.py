"""Events on an event loop: read from the server once, whoever follows them, and to each follower whole and in order."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import redis
from support.processes import Valkey, eventually

from router import AsyncOrderRouter, Event, InvalidCommand, QueueUnavailable, RouterSettings

pytestmark = pytest.mark.processes
ORDER = {"symbol": "BTC/USDT", "quantity": "0.001", "exchange": "binance", "account": "sim-1"}


@pytest.fixture
def prefix() -> str:
    return f"tail-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def client(valkey: Valkey) -> Iterator[redis.Redis]:
    with valkey.client() as client:
        yield client


def used(valkey: Valkey, prefix: str, use: Callable[[AsyncOrderRouter], Awaitable[None]], **settings: Any) -> None:  # noqa: ANN401
    async def program() -> None:
        chosen = RouterSettings.from_environment({}, redis_url=valkey.url, prefix=prefix, **settings)
        async with AsyncOrderRouter(settings=chosen) as router:
            await use(router)

    asyncio.run(program())


def written(client: redis.Redis, prefix: str, count: int) -> None:
    """Events that are about no command."""
    with client.pipeline(transaction=False) as pipeline:
        for number in range(count):
            pipeline.xadd(f"{prefix}:events", {"id": "", "state": "halted", "detail": str(number), "by": "a test"})
        pipeline.execute()


async def some(events: Any, count: int) -> list[Event]:  # noqa: ANN401 - an async iterator
    return [await anext(events) for _ in range(count)]


def test_five_hundred_followers_are_one_reader(valkey: Valkey, prefix: str, client: redis.Redis) -> None:
    async def follow(router: AsyncOrderRouter) -> None:
        followers = [await router.events(patience=20).begin() for _ in range(500)]
        told = asyncio.gather(*(some(each, 6) for each in followers))
        await asyncio.to_thread(eventually, lambda: client.info("clients")["blocked_clients"] == 1, 5, "it reads")
        reads = client.info("commandstats").get("cmdstat_xread", {}).get("calls", 0)
        tickets = [await router.buy_market(**ORDER) for _ in range(6)]
        first, *others = await told
        assert [event.command_id for event in first] == [ticket.id for ticket in tickets]
        assert all(other == first for other in others)
        assert client.info("commandstats")["cmdstat_xread"]["calls"] - reads <= 7

    used(valkey, prefix, follow)


def test_who_comes_from_far_behind_catches_up_and_then_goes_along(
    valkey: Valkey, prefix: str, client: redis.Redis
) -> None:
    async def follow(router: AsyncOrderRouter) -> None:
        newest = await router.events(patience=20).begin()
        waiting = asyncio.create_task(some(newest, 1))
        await asyncio.to_thread(eventually, lambda: client.info("clients")["blocked_clients"] == 1, 5, "it reads")
        await asyncio.to_thread(written, client, prefix, 11_000)
        assert [event.detail for event in await waiting] == ["0"]
        assert [event.detail for event in await some(newest, 10_999)] == [str(n) for n in range(1, 11_000)]
        oldest = router.events("0", patience=20)
        assert [event.detail for event in await some(oldest, 11_000)] == [str(n) for n in range(11_000)]
        both = asyncio.gather(some(newest, 1), some(oldest, 1))
        await asyncio.to_thread(written, client, prefix, 1)
        first, second = await both
        assert first == second
        assert first[0].detail == "0"

    used(valkey, prefix, follow)


def test_what_was_trimmed_before_it_was_read_is_an_error_and_no_silent_gap(
    valkey: Valkey, prefix: str, client: redis.Redis
) -> None:
    async def follow(router: AsyncOrderRouter) -> None:
        slow = router.events(patience=20)
        await asyncio.to_thread(written, client, prefix, 1)
        quick = await router.events("0", patience=20).begin()
        await slow.begin()
        await some(quick, 1)
        with client.pipeline() as together:
            for number in range(1_200):
                together.xadd(f"{prefix}:events", {"id": "", "state": "halted", "detail": str(number), "by": ""})
            together.xtrim(f"{prefix}:events", maxlen=600, approximate=False)
            together.execute()
        for each in (slow, quick):
            with pytest.raises(InvalidCommand, match="some were missed"):
                await anext(each)
        assert (await anext(router.events("0"))).detail == "600"

    used(valkey, prefix, follow)


def test_who_is_behind_a_stream_that_was_emptied_just_waits(valkey: Valkey, prefix: str, client: redis.Redis) -> None:
    async def follow(router: AsyncOrderRouter) -> None:
        await asyncio.to_thread(written, client, prefix, 2)
        [(first, _)] = client.xrange(f"{prefix}:events", count=1)
        quick, slow = await router.events(patience=1).begin(), router.events(first.decode(), patience=1)
        waiting = asyncio.create_task(some(quick, 1))
        await asyncio.to_thread(eventually, lambda: client.info("clients")["blocked_clients"] == 1, 5, "it reads")
        await slow.begin()
        await asyncio.to_thread(client.xtrim, f"{prefix}:events", maxlen=0, approximate=False)
        assert [event async for event in slow] == []
        await asyncio.gather(waiting, return_exceptions=True)

    used(valkey, prefix, follow, redis_timeout_seconds=0.6)


def test_followers_hear_that_redis_is_away_and_go_on_where_they_were(valkey: Valkey, prefix: str) -> None:
    async def follow(router: AsyncOrderRouter) -> None:
        followers = [await router.events(patience=30).begin() for _ in range(5)]
        waiting = asyncio.gather(*(anext(each) for each in followers), return_exceptions=True)
        await asyncio.sleep(0.1)
        await asyncio.to_thread(valkey.kill)
        assert {type(each) for each in await waiting} == {QueueUnavailable}
        await asyncio.to_thread(valkey.start)
        ticket = await router.buy_market(**ORDER)
        assert {(await anext(each)).command_id for each in followers} == {ticket.id}

    used(valkey, prefix, follow, redis_timeout_seconds=1.0)


def test_a_follower_that_gives_up_takes_nothing_from_the_others(valkey: Valkey, prefix: str) -> None:
    async def follow(router: AsyncOrderRouter) -> None:
        steady, hasty, fickle = [await router.events(patience=each).begin() for each in (None, 0.05, None)]
        waiting, given_up = asyncio.create_task(some(steady, 2)), asyncio.create_task(some(fickle, 1))
        assert [event async for event in hasty] == []
        given_up.cancel()
        tickets = [await router.buy_market(**ORDER) for _ in range(2)]
        assert [event.command_id for event in await waiting] == [each.id for each in tickets]

    used(valkey, prefix, follow)
