"""One structured log line per call; never headers, query or secrets, so it can go anywhere."""

from __future__ import annotations

import logging
from time import monotonic_ns
from typing import TypeVar

from router.errors import RouterError
from workers.calls.endpoint import Call
from workers.calls.pipeline import Proceed

T = TypeVar("T")
logger = logging.getLogger("pointsman.calls")
_LINE = "exchange=%s account=%s endpoint=%s:%s status=%s ms=%.1f command=%s outcome=%s"


class Record:
    """The outermost step: it also sees calls that were refused before they were sent.

    Writes are logged at INFO, reads at DEBUG, what failed at WARNING.
    """

    def __init__(self, exchange: str, account: str) -> None:
        self._exchange = exchange
        self._account = account

    def __call__(self, call: Call[T], proceed: Proceed) -> T:
        """Carry the call out and log how it went."""
        begun = monotonic_ns()
        try:
            reply = proceed(call)
        except RouterError as error:
            self._log(logging.WARNING, call, begun, f"{type(error).__name__}:{error.problem.kind}")
            raise
        self._log(logging.INFO if call.endpoint.writes else logging.DEBUG, call, begun, "ok")
        return reply

    def _log(self, level: int, call: Call[T], begun_ns: int, outcome: str) -> None:
        if not logger.isEnabledFor(level):
            return
        endpoint, ms = call.endpoint, (monotonic_ns() - begun_ns) / 1e6
        logger.log(
            level,
            _LINE,
            self._exchange,
            self._account,
            endpoint.method,
            endpoint.path,
            call.trace.status,
            ms,
            call.command_id,
            outcome,
        )
