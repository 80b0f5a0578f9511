"""The gate that all workers share: one script in Redis, on Redis' clock."""

from __future__ import annotations

import json
import time

import redis

from router.errors import ErrorKind, NotProcessed, Problem, QueueUnavailable
from router.journal import Journal
from router.keys import Keys
from workers.calls.gatekeeper import Charge, Passage, Refusal, Report

_TIME_FRESH_SECONDS = 10.0


class SharedGate:
    """A Gatekeeper over Redis.

    Windows are aligned to the exchange's clock while the script reads Redis' own, so the offset between Redis and this
    host is measured too and taken off.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._redis_ahead_ms = 0
        self._measured_at = float("-inf")

    def enter(self, passage: Passage) -> Refusal | None:
        """Reserve every charge or none. Raises: NotProcessed when Redis does not answer, since nothing was sent."""
        try:
            refusal = self._journal.enter(self.passage_document(passage))
        except redis.RedisError as error:
            text = f"the shared gate does not answer ({error})"
            raise NotProcessed(Problem(kind=ErrorKind.QUEUE, message=text, retry_after_ms=500)) from error
        return None if refusal is None else Refusal(*refusal)

    def report(self, report: Report) -> None:
        """Learn from a finished call. Raises: QueueUnavailable; the call itself stands."""
        try:
            self._journal.report(self.report_document(report))
        except redis.RedisError as error:
            raise QueueUnavailable(f"the shared gate does not answer ({error})") from error

    def passage_document(self, passage: Passage) -> str:
        """The passage as the script reads it."""
        return json.dumps(self._passage(passage))

    def report_document(self, report: Report) -> str:
        """The report as the script reads it; what is not known is left out, because null is true in Lua."""
        budget = self._journal.keys.budget
        document = self._passage(report.passage)
        document["usage"] = [(budget(charge.key), charge.window_ms, units) for charge, units in report.usage]
        document["refunds"] = [(budget(charge.key), charge.window_ms, units) for charge, units in report.refunds]
        if report.banned_for_ms is not None:
            document["banned_for_ms"] = report.banned_for_ms
        if report.healthy is not None:
            document["healthy"] = report.healthy
        return json.dumps(document)

    def _passage(self, passage: Passage) -> dict[str, object]:
        keys: Keys = self._journal.keys
        return {
            "ban": keys.ban(passage.egress),
            "breaker": keys.breaker(passage.way),
            "read": passage.lane == "queries",
            "ignores_breaker": passage.ignores_breaker,
            "offset": passage.offset_ms - self._redis_lead(),
            "charges": [_charge(keys, charge) for charge in passage.charges],
        }

    def _redis_lead(self) -> int:
        """Redis' clock minus ours, in ms, from the quickest of three looks; looked at again every few seconds."""
        if time.monotonic() - self._measured_at > _TIME_FRESH_SECONDS:
            self._measured_at = time.monotonic()
            self._redis_ahead_ms = min(self._look() for _ in range(3))[1]
        return self._redis_ahead_ms

    def _look(self) -> tuple[float, int]:
        before = time.time()
        seconds, microseconds = self._journal.client.time()
        after = time.time()
        ahead = seconds + microseconds / 1e6 - (before + after) / 2
        return after - before, round(ahead * 1000)


def _charge(keys: Keys, charge: Charge) -> tuple[str, int, int, int]:
    return keys.budget(charge.key), charge.limit, charge.window_ms, charge.cost
