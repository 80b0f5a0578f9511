"""Sign and send, noting when: the lower end of a call's way."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns
from typing import Any

from workers.calls.endpoint import Call
from workers.calls.sign import Sign
from workers.calls.wire import Answer, Request


class Dispatch:
    """Carries one call to the exchange and its whole answer back."""

    def __init__(self, sign: Sign, transport: Callable[[Request], Answer]) -> None:
        self._sign = sign
        self._transport = transport

    def __call__(self, call: Call[Any]) -> Answer:
        """Note in its trace when the call left: after connecting, where that was needed and an answer came.

        Raises: NotProcessed when the call's fence has passed; TransportFault when no whole answer came.
        """
        request = self._sign(call)
        call.trace.sent_ns = monotonic_ns()
        try:
            answer = self._transport(request)
        finally:
            call.trace.answered_ns = monotonic_ns()
        call.trace.sent_ns = answer.sent_ns or call.trace.sent_ns
        return answer
