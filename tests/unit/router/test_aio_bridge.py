"""Synchronous code that waits on an event loop: answers, errors, cancellation, context; and the same names on both."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from contextlib import suppress

import pytest

from router import AsyncOrderRouter, OrderRouter
from router.aio.bridge import run, settled

NOT_FOR_A_LOOP = {"journal", "catalog", "snapshots", "settings"}


def added(first: int, second: int) -> int:
    """Two waits, one after the other, in code that knows nothing of async."""

    def waited(number: int) -> int:
        return settled(asyncio.sleep(0, number))

    return waited(first) + waited(second)


def test_synchronous_code_waits_on_the_loop_and_others_go_on() -> None:
    async def many() -> list[int]:
        return await asyncio.gather(*(run(added, number, 1) for number in range(50)))

    assert asyncio.run(many()) == list(range(1, 51))


def test_an_error_of_the_wait_is_raised_where_it_waits() -> None:
    async def refused() -> None:
        raise ValueError("no")

    def asks() -> str:
        try:
            settled(refused())
        except ValueError as error:
            return f"heard {error}"
        return "not reached"

    assert asyncio.run(run(asks)) == "heard no"


def test_a_cancellation_reaches_the_code_and_its_cleaning_up_may_wait() -> None:
    heard = []

    def asks() -> None:
        try:
            settled(asyncio.sleep(60))
        finally:
            heard.append(settled(asyncio.sleep(0, "cleaned up")))

    async def cancelled() -> None:
        task = asyncio.create_task(run(asks))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert heard == ["cleaned up"]


@pytest.mark.parametrize("how", ["an answer", "an error"])
def test_a_cancellation_that_the_wait_kept_to_itself_reaches_the_code_once(how: str) -> None:
    async def deaf() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        if how == "an error":
            raise ConnectionError
        return how

    def asks() -> str:
        with pytest.raises(asyncio.CancelledError):
            settled(deaf())
        return settled(asyncio.sleep(0, "went on"))

    async def cancelled() -> str:
        task = asyncio.create_task(run(asks))
        await asyncio.sleep(0)
        task.cancel()
        return await task

    assert asyncio.run(cancelled()) == "went on"


def test_context_variables_are_the_callers() -> None:
    name = contextvars.ContextVar("name", default="nobody")

    async def called() -> str:
        name.set("a caller")
        return await run(name.get)

    assert asyncio.run(called()) == "a caller"


def test_waiting_without_a_loop_is_refused() -> None:
    with pytest.raises(RuntimeError, match="none drives it"):
        settled(asyncio.sleep(0))


def test_both_routers_have_the_same_names_with_the_same_arguments() -> None:
    names = {name for name in dir(OrderRouter) if not name.startswith("_")} - NOT_FOR_A_LOOP
    assert names == {name for name in dir(AsyncOrderRouter) if not name.startswith("_")} - NOT_FOR_A_LOOP
    for name in names - {"close", "ticket"}:
        ours, theirs = (inspect.signature(getattr(router, name)) for router in (AsyncOrderRouter, OrderRouter))
        assert ours.parameters == theirs.parameters, name
