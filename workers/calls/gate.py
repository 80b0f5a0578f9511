"""The step that lets a call through: it takes the call's cost from every budget, and reports back what was learned."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from router.errors import ErrorKind, Guarded, NotProcessed, Problem, QueueUnavailable, RouterError
from workers.calls.endpoint import Call
from workers.calls.gatekeeper import Gatekeeper, Grant, Passage, Refusal, Report
from workers.calls.pipeline import Proceed

T = TypeVar("T")
logger = logging.getLogger("pointsman.calls")
_SLEPT_MS = 50
_PATIENCE = 3  # times such a short wait is slept before the call is refused after all


class Gate:
    """Stands before every call that has not passed the gate already.

    The owner of a granted call reports it himself: what there is to report outlives the call in its trace.
    """

    def __init__(
        self,
        gatekeeper: Gatekeeper,
        passage: Callable[[Call[Any]], Passage],
        report: Callable[[Call[Any], Grant], Report],
    ) -> None:
        self._gatekeeper = gatekeeper
        self._passage = passage
        self._report = report

    def __call__(self, call: Call[T], proceed: Proceed) -> T:
        """Let the call through.

        Raises: NotProcessed (rate_limited, banned, circuit_open: waiting helps; halted: it does not); Guarded.
        """
        if call.granted:
            return proceed(call)
        grant = self._enter(self._passage(call))
        try:
            return proceed(call)
        finally:
            self._tell(self._report(call, grant))

    def _enter(self, passage: Passage) -> Grant:
        answer = self._gatekeeper.enter(passage)
        for _ in range(_PATIENCE):
            if isinstance(answer, Grant) or not _worth_a_nap(answer):
                break
            time.sleep(answer.retry_after_ms / 1_000)
            answer = self._gatekeeper.enter(passage)
        if isinstance(answer, Refusal):
            raise refusal_error(answer, passage)
        return answer

    def _tell(self, report: Report) -> None:
        try:
            self._gatekeeper.report(report)
        except QueueUnavailable as trouble:  # the exchange has answered: that must not be lost with the report
            logger.warning("what a call taught was not reported: %s", trouble)


def _worth_a_nap(refusal: Refusal) -> bool:
    """A little room will be there in a moment; what else stops a call may want to be mended."""
    return refusal.reason == ErrorKind.RATE_LIMITED and refusal.retry_after_ms <= _SLEPT_MS


def refusal_error(refusal: Refusal, passage: Passage | None = None) -> RouterError:
    """What a refusal (of ``passage``, if one is at hand) is for the caller: waiting helps, or nothing does."""
    kind = ErrorKind(refusal.reason)
    if kind is ErrorKind.GUARD:
        return _guarded(refusal, passage)
    if kind is ErrorKind.HALTED:
        return NotProcessed(Problem(kind=kind, message=_who_halted(refusal.detail)))
    wait_ms = math.ceil(refusal.retry_after_ms)
    return NotProcessed(Problem(kind=kind, message=f"not let through: {kind}", retry_after_ms=wait_ms))


def _who_halted(row: str) -> str:
    """A halt holds even where nobody can read who ordered it."""
    try:
        order = json.loads(row)
        since = datetime.fromtimestamp(order["since_ms"] / 1_000, UTC)
        return f"halted by {order['by']} since {since:%Y-%m-%d %H:%M:%S} UTC: {order['why']}"
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return f"halted; by whom and why cannot be read from {row[:80]!r}"


def _guarded(refusal: Refusal, passage: Passage | None) -> Guarded:
    """The account's own limit that has no room: its key ends in the account's name and the guard's."""
    account, guard = refusal.detail.split(":")[-2:]
    limits = [each.limit for each in passage.charges if refusal.detail.endswith(each.key)] if passage else []
    most = f"at most {limits[0]}" if limits else "within its limit"
    rule = f"must be {most} on account {account}"
    return Guarded.by(guard, guard.replace("_", " "), limits[0] + 1 if limits else "one more", rule)
