"""Lets synchronous code wait on an event loop: it is set aside in the middle of a call, and goes on with the answer.

So there is one text of every step from a command to its ticket, and both routers run it. The synchronous code runs in a
greenlet; where it needs the loop, it hands an awaitable to the coroutine that started it, which awaits it there.
The same technique carries SQLAlchemy's asyncio extension.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar, cast

from router.errors import ConfigurationError

try:
    from greenlet import getcurrent, greenlet
except ImportError:
    rule = "needs the package greenlet: install pointsman[asyncio]"
    raise ConfigurationError.because("AsyncOrderRouter", "(extra asyncio)", rule) from None

P = ParamSpec("P")
T = TypeVar("T")


class _Walk(greenlet):  # type: ignore[misc]  # greenlet has no types
    """Synchronous code under way; ``parent`` is the coroutine that drives it."""


def settled(awaitable: Awaitable[T]) -> T:
    """Wait for it on the loop that drives this code, which others use meanwhile.

    Raises: RuntimeError outside `run`; what the awaitable raises, CancelledError among it.
    """
    walk = getcurrent()
    if not isinstance(walk, _Walk):
        close = getattr(awaitable, "close", None)
        if close is not None:
            close()  # or Python complains that it was never awaited
        raise RuntimeError("this waits on an event loop, and none drives it: call it by bridge.run")  # noqa: TRY004 - the place is wrong
    answer: T = walk.parent.switch(awaitable)
    return answer


async def run(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run synchronous code whose waits are all `settled`. A cancellation reaches it where it waits."""
    walk = _Walk(function, getcurrent())
    walk.gr_context = getcurrent().gr_context  # what it calls back sees the caller's context variables
    told: Any = walk.switch(*args, **kwargs)
    while not walk.dead:
        try:
            answer = await _attentively(told)
        except BaseException as error:  # noqa: BLE001 - it is the waiting code's, whatever it is
            told = walk.throw(error)
        else:
            told = walk.switch(answer)
    return told  # type: ignore[no-any-return]  # of a walk that has ended, it is the function's result


async def _attentively(awaitable: Awaitable[T]) -> T:
    """Await it, and raise a cancellation that came meanwhile even when the awaitable kept it to itself.

    Up to Python 3.11 ``asyncio.wait_for`` does so when the answer comes in the same turn of the loop (CPython issue
    86296), and redis-py sends and reads by it.
    """
    task = cast("asyncio.Task[Any]", asyncio.current_task())
    before = task.cancelling()
    try:
        answer = await awaitable
    except Exception:
        if task.cancelling() == before:
            raise
    else:
        if task.cancelling() == before:
            return answer
    raise asyncio.CancelledError
