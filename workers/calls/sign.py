"""The last step before the wire: the timestamp must be younger than any wait above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from router.errors import ErrorKind, NotProcessed, Problem
from workers.calls.clock import Clock
from workers.calls.endpoint import Call
from workers.calls.wire import Request


class Fence(NamedTuple):
    """From when (exchange clock) and for how long a request may execute."""

    timestamp_ms: int
    window_ms: int


Signer = Callable[[Call[Any], Fence], Request]


class Sign:
    """Turns a call into a signed request, unless its time is over."""

    def __init__(self, signer: Signer, clock: Clock, window_ms: int) -> None:
        self._signer = signer
        self._clock = clock
        self._window_ms = window_ms

    def __call__(self, call: Call[Any]) -> Request:
        """Sign with the call's own fence, or with the present and the account's receive window.

        Raises: NotProcessed (expired) when the fence has already passed: the exchange would refuse it anyway.
        """
        now_ms = self._clock.now_ms()
        fence = Fence(call.timestamp_ms or now_ms, call.window_ms or self._window_ms)
        if now_ms > fence.timestamp_ms + fence.window_ms:
            raise NotProcessed(Problem(kind=ErrorKind.EXPIRED, message="its receive window closed before it was sent"))
        return self._signer(call, fence)
