"""AsyncOrderRouter: the same names as OrderRouter, each to be awaited."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar, cast

import redis

from router.aio.bridge import run, settled
from router.aio.redis import BridgedRedis
from router.aio.tail import LoopStream, Tail
from router.aio.waiting import LoopWaiting
from router.client import OrderRouter
from router.following import Stream
from router.journal import Doorbell
from router.models import Order
from router.portions import longest_wait
from router.publish import Publisher, RedisPublisher
from router.results import Result
from router.settings import RouterSettings
from router.tickets import Ticket

P = ParamSpec("P")
T = TypeVar("T")
_END = object()


class AsyncTicket:
    """A command that was accepted; see `Ticket`. A wait that is cancelled leaves the command running."""

    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket

    @property
    def id(self) -> str:
        """The command's id."""
        return self._ticket.id

    async def state(self) -> str:
        """Where it stands; as `Ticket.state`."""
        return await run(self._ticket.state)

    async def result(self, timeout: float | None = None) -> Result:  # noqa: ASYNC109 - the command goes on, as its error tells
        """Wait for the end; as `Ticket.result`."""
        return await run(self._ticket.result, timeout)

    async def order(self, timeout: float | None = None) -> Order:  # noqa: ASYNC109 - the same
        """Wait for the end of a command whose result is one order; as `Ticket.order`."""
        return await run(self._ticket.order, timeout)

    def __repr__(self) -> str:
        return f"AsyncTicket({self.id!r})"


class LoopPublisher:
    """Sends messages by a broker's blocking client, from a thread of its own."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def ring(self, bells: Iterable[Doorbell]) -> None:
        """Send each command's message. Raises: what the publisher raises."""
        settled(asyncio.to_thread(self._publisher.ring, bells))


class BridgedRouter(OrderRouter):
    """An OrderRouter whose every wait is given to the event loop; its methods run in `bridge.run`."""

    def __init__(self, redis_url: str | None, settings: RouterSettings | None) -> None:
        self.settings = settings or RouterSettings.from_environment(redis_url=redis_url)
        self.bridged = BridgedRedis(self.settings)
        self._open(cast("redis.Redis", self.bridged))
        if not isinstance(self._publisher, RedisPublisher):
            self._publisher = LoopPublisher(self._publisher)
        self._waiting = LoopWaiting(self.journal, self.bridged)
        self._tail = Tail(self.bridged, self.journal.keys, longest_wait(self.settings))

    def close(self) -> None:
        """Let go of the connections."""
        self._waiting.close()
        settled(self._tail.close())
        settled(self.bridged.aclose())

    def _sleep(self, seconds: float) -> None:
        settled(asyncio.sleep(seconds))

    def _stream(self, since: str | None) -> Stream:
        return LoopStream(self.bridged, self.journal.keys, since, self._tail)


def _same(method: Callable[Concatenate[OrderRouter, P], T]) -> Callable[Concatenate[AsyncOrderRouter, P], Awaitable[T]]:
    """The method, awaited."""

    @functools.wraps(method)
    async def call(self: AsyncOrderRouter, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await run(method, self.core, *args, **kwargs)

    return call


def _ticket(
    method: Callable[Concatenate[OrderRouter, P], Ticket],
) -> Callable[Concatenate[AsyncOrderRouter, P], Awaitable[AsyncTicket]]:
    """The method, awaited, with a ticket of ours."""

    @functools.wraps(method)
    async def call(self: AsyncOrderRouter, /, *args: P.args, **kwargs: P.kwargs) -> AsyncTicket:
        return AsyncTicket(await run(method, self.core, *args, **kwargs))

    return call


def _tickets(
    method: Callable[Concatenate[OrderRouter, P], list[Ticket]],
) -> Callable[Concatenate[AsyncOrderRouter, P], Awaitable[list[AsyncTicket]]]:
    """The method, awaited, with tickets of ours."""

    @functools.wraps(method)
    async def call(self: AsyncOrderRouter, /, *args: P.args, **kwargs: P.kwargs) -> list[AsyncTicket]:
        return [AsyncTicket(each) for each in await run(method, self.core, *args, **kwargs)]

    return call


class Followed(AsyncIterator[T]):
    """What comes one after another, for ``async for``. It follows from its first step on, or from `begin`."""

    def __init__(self, begin: Callable[[], Iterator[T]]) -> None:
        self._begin = begin
        self._given: Iterator[T] | None = None

    async def begin(self) -> Self:
        """Take the place to follow from: what happens after this is told. Raises what is wrong with that place."""
        if self._given is None:
            self._given = await run(self._begin)
        return self

    async def __anext__(self) -> T:
        await self.begin()
        item = await run(next, cast("Iterator[T]", self._given), _END)
        if item is _END:
            raise StopAsyncIteration
        return cast("T", item)


def _each(
    method: Callable[Concatenate[OrderRouter, P], Iterator[T]],
) -> Callable[Concatenate[AsyncOrderRouter, P], Followed[T]]:
    """What the method gives one after another."""

    @functools.wraps(method)
    def call(self: AsyncOrderRouter, /, *args: P.args, **kwargs: P.kwargs) -> Followed[T]:
        return Followed(functools.partial(method, self.core, *args, **kwargs))

    return call


class AsyncOrderRouter:
    """The producer's side for asyncio: as `OrderRouter`, with the same arguments, results and errors.

    Belongs to the event loop that it is first used on, and is safe to share between its tasks: nothing blocks the
    loop, and a task that is cancelled while it waits leaves its command running. Cancelled while it submits, the
    command may have been accepted: submit it again with the same idempotency key. ``events`` and its kin are for
    ``async for``. Raises ConfigurationError for a setting that cannot be, and where the extra ``asyncio`` is missing.
    """

    def __init__(self, redis_url: str | None = None, *, settings: RouterSettings | None = None) -> None:
        self.core = BridgedRouter(redis_url, settings)
        self.settings = self.core.settings

    place_order = _ticket(OrderRouter.place_order)
    submit = _ticket(OrderRouter.submit)
    submit_many = _tickets(OrderRouter.submit_many)
    place_orders = _tickets(OrderRouter.place_orders)
    cancel = _ticket(OrderRouter.cancel)
    cancel_orders = _tickets(OrderRouter.cancel_orders)
    cancel_all = _ticket(OrderRouter.cancel_all)
    amend = _ticket(OrderRouter.amend)
    replay = _ticket(OrderRouter.replay)
    record = _same(OrderRouter.record)
    wait = _same(OrderRouter.wait)

    buy_market = _ticket(OrderRouter.buy_market)
    sell_market = _ticket(OrderRouter.sell_market)
    buy_limit = _ticket(OrderRouter.buy_limit)
    sell_limit = _ticket(OrderRouter.sell_limit)
    buy_stop = _ticket(OrderRouter.buy_stop)
    sell_stop = _ticket(OrderRouter.sell_stop)
    buy_take_profit = _ticket(OrderRouter.buy_take_profit)
    sell_take_profit = _ticket(OrderRouter.sell_take_profit)

    set_leverage = _ticket(OrderRouter.set_leverage)
    set_margin_mode = _ticket(OrderRouter.set_margin_mode)
    set_position_mode = _ticket(OrderRouter.set_position_mode)
    cancel_after = _ticket(OrderRouter.cancel_after)

    get_balances = _same(OrderRouter.get_balances)
    get_positions = _same(OrderRouter.get_positions)
    get_order = _same(OrderRouter.get_order)
    get_open_orders = _same(OrderRouter.get_open_orders)
    get_fills = _same(OrderRouter.get_fills)
    get_income = _same(OrderRouter.get_income)
    get_trading_settings = _same(OrderRouter.get_trading_settings)
    get_market_data = _same(OrderRouter.get_market_data)
    get_orderbook = _same(OrderRouter.get_orderbook)
    get_tickers = _same(OrderRouter.get_tickers)

    poll_balances = _same(OrderRouter.poll_balances)
    poll_positions = _same(OrderRouter.poll_positions)
    poll_open_orders = _same(OrderRouter.poll_open_orders)
    watch_balances = _each(OrderRouter.watch_balances)

    events = _each(OrderRouter.events)
    results = _each(OrderRouter.results)
    newest_event = _same(OrderRouter.newest_event)

    halt = _same(OrderRouter.halt)
    resume = _same(OrderRouter.resume)
    halts = _same(OrderRouter.halts)

    def ticket(self, command_id: str) -> AsyncTicket:
        """The ticket of a command accepted earlier, by whomever."""
        return AsyncTicket(self.core.ticket(command_id))

    async def close(self) -> None:
        """Let go of the connections."""
        await run(self.core.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
