"""The step that lets a call through: it takes the call's cost from every budget, and reports back what was learned."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from router.errors import ErrorKind, NotProcessed, Problem, QueueUnavailable
from workers.calls.endpoint import Call
from workers.calls.gatekeeper import Gatekeeper, Passage, Refusal, Report
from workers.calls.pipeline import Proceed

T = TypeVar("T")
logger = logging.getLogger("pointsman.calls")
_SLEPT_MS = 10
_PATIENCE = 3  # times such a short wait is slept before the call is refused after all


class Gate:
    """Stands before every call that has not passed the gate already.

    The owner of a granted call reports it himself: what there is to report outlives the call in its trace.
    """

    def __init__(
        self,
        gatekeeper: Gatekeeper,
        passage: Callable[[Call[Any]], Passage],
        report: Callable[[Call[Any], Passage], Report],
    ) -> None:
        self._gatekeeper = gatekeeper
        self._passage = passage
        self._report = report

    def __call__(self, call: Call[T], proceed: Proceed) -> T:
        """Let the call through. Raises: NotProcessed (rate_limited, banned, circuit_open, halted)."""
        if call.granted:
            return proceed(call)
        passage = self._passage(call)
        self._enter(passage)
        try:
            return proceed(call)
        finally:
            self._tell(self._report(call, passage))

    def _enter(self, passage: Passage) -> None:
        refusal = self._gatekeeper.enter(passage)
        for _ in range(_PATIENCE):
            if refusal is None or refusal.retry_after_ms > _SLEPT_MS:
                break
            time.sleep(refusal.retry_after_ms / 1_000)
            refusal = self._gatekeeper.enter(passage)
        if refusal is not None:
            raise NotProcessed(_problem(refusal))

    def _tell(self, report: Report) -> None:
        try:
            self._gatekeeper.report(report)
        except QueueUnavailable as trouble:  # the exchange has answered: that must not be lost with the report
            logger.warning("what a call taught was not reported: %s", trouble)


def _problem(refusal: Refusal) -> Problem:
    kind = ErrorKind(refusal.reason)
    return Problem(kind=kind, message=f"not let through: {kind}", retry_after_ms=refusal.retry_after_ms)
