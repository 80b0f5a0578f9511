"""What one request and one token may cost: the length of a body, and requests a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from router.errors import ErrorKind, Problem
from router.http.problems import problem_response

_TOO_LARGE: Final = 413


class BodyLimit:
    """Refuses longer bodies, by what they say and by what they are; before anything is read of one that says so."""

    def __init__(self, app: ASGIApp, longest: int) -> None:
        self._app = app
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        text = f"the body must have at most {self._longest} bytes"
        if said.isdigit() and int(said) > self._longest:
            refusal = problem_response(_TOO_LARGE, Problem(kind=ErrorKind.INVALID, message=text, field="body"))
            await refusal(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._longest:
                raise HTTPException(_TOO_LARGE, text)
            return message

        await self._app(scope, counted, send)


class Rate:
    """Requests of each token: so many a second on average, and a burst at once. For one event loop."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}  # token → what it may still use, and of when that is

    def wait(self, token: str) -> float:
        """Take one; 0.0 when there was one, else in how many seconds there will be."""
        now = self._clock()
        left, since = self._left.get(token, (float(self._burst), now))
        left = min(left + (now - since) * self._rate, float(self._burst))
        taken = left >= 1
        self._left[token] = (left - 1 if taken else left, now)
        return 0.0 if taken else (1 - left) / self._rate
