"""One structured log line and the figures of each call; never headers, query or secrets, so they can go anywhere."""

from __future__ import annotations

import logging
from time import monotonic_ns
from typing import TypeVar

from router.errors import RouterError
from workers import tracing
from workers.calls.endpoint import Call
from workers.calls.figures import CALLS, HOPS, figures
from workers.calls.pipeline import Proceed

T = TypeVar("T")
logger = logging.getLogger("pointsman.calls")
_LINE = (
    "exchange=%(exchange)s account=%(account)s endpoint=%(endpoint)s status=%(status)s ms=%(ms).1f "
    "command=%(command)s outcome=%(outcome)s"
)


class Record:
    """The outermost step: it also sees calls that were refused before they were sent.

    Writes are logged at INFO, reads at DEBUG, what failed at WARNING. Every call is counted; those of a command are
    timed: from its claim to its leaving, from there to its answer.
    """

    def __init__(self, exchange: str, account: str) -> None:
        self._exchange = exchange
        self._account = account

    def __call__(self, call: Call[T], proceed: Proceed) -> T:
        """Carry the call out; log, count and time how it went."""
        begun = monotonic_ns()
        with tracing.call(self._exchange, self._account, f"{call.endpoint.method} {call.endpoint.path}") as note:
            try:
                reply = proceed(call)
            except RouterError as error:
                kind = error.problem.kind
                note("outcome", kind)
                self._count(call, begun, kind)
                self._log(logging.WARNING, call, begun, f"{type(error).__name__}:{kind}")
                raise
            note("outcome", "ok")
        self._count(call, begun, "ok")
        self._log(logging.INFO if call.endpoint.writes else logging.DEBUG, call, begun, "ok")
        return reply

    def _count(self, call: Call[T], begun_ns: int, outcome: str) -> None:
        endpoint, trace = call.endpoint, call.trace
        figures.count(CALLS, self._exchange, self._account, f"{endpoint.method} {endpoint.path}", outcome)
        if trace.sent_ns is None or not (call.command_id or endpoint.writes):
            return
        figures.time(HOPS, (trace.sent_ns - begun_ns) / 1e9, self._exchange, endpoint.lane, "claimed_sent")
        if trace.answered_ns is not None and trace.status is not None:
            took = (trace.answered_ns - trace.sent_ns) / 1e9
            figures.time(HOPS, took, self._exchange, endpoint.lane, "sent_answered")
            figures.answered(trace.answered_ns, self._exchange, endpoint.lane)

    def _log(self, level: int, call: Call[T], begun_ns: int, outcome: str) -> None:
        if not logger.isEnabledFor(level):
            return
        fields = {
            "exchange": self._exchange,
            "account": self._account,
            "endpoint": f"{call.endpoint.method}:{call.endpoint.path}",
            "status": call.trace.status,
            "ms": (monotonic_ns() - begun_ns) / 1e6,
            "command": call.command_id,
            "outcome": outcome,
        }
        logger.log(level, _LINE, fields)
