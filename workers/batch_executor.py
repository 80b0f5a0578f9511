"""Several commands of one account in as few calls as possible: each is claimed, judged and settled by itself.

A batch is only a way to send. The claim of an item, its fence, its place at the gate, its outcome and its reconcile are
those of a command that goes alone, so whatever breaks half-way leaves each of them where it would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from router.commands import AnyNewOrder, CancelOrder
from router.errors import RouterError
from router.models import Order
from workers.calls.endpoint import Call
from workers.calls.gate import refusal_error
from workers.calls.gatekeeper import Grant, Refusal, Report
from workers.executor import Executor, Job, Permit
from workers.records import Delivery, Outcome
from workers.targets import NeverSentTarget, resolve


class Ready(NamedTuple):
    """A command that has been prepared: its job, and the call it would be alone."""

    place: int
    job: Job
    call: Call[Any]


@dataclass(frozen=True)
class Granted:
    """One that was claimed and let through, with its share of the batch's cost; ``first`` of its batch."""

    first: bool
    ready: Ready
    share: Call[Any]
    permit: Permit


class BatchExecutor(Executor):
    """Carries single commands, and batches of them."""

    def run_batch(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """Take commands as far as they can go now; outcomes in their order. Raises: redis.RedisError, as `run`."""
        outcomes: dict[int, Outcome] = {}
        ready = []
        for place, delivery in enumerate(deliveries):
            found = self._ready(place, delivery)
            if isinstance(found, Outcome):
                outcomes[place] = found
            else:
                ready.append(found)
        for group in self._exchange.groups([_batchable(each.job) for each in ready]):
            outcomes.update(self._run_group([ready[place] for place in group]))
        return [outcomes[place] for place in range(len(deliveries))]

    def _ready(self, place: int, delivery: Delivery) -> Ready | Outcome:
        """Name and check a command; what cannot be sent is taken through as if it were alone."""
        try:
            resolved = resolve(delivery.command, self._journal)
            call = self._prepared(delivery.command, resolved)
        except (NeverSentTarget, RouterError):
            return self.run(delivery)
        return Ready(place, Job(delivery, resolved, self._owner()), call)

    def _run_group(self, group: Sequence[Ready]) -> dict[int, Outcome]:
        if len(group) == 1:
            return {each.place: self.run(each.job.delivery) for each in group}
        outcomes: dict[int, Outcome] = {}
        granted: list[Granted] = []
        timestamp_ms = self._exchange.clock.now_ms()  # one for all: the call has only one
        for each in group:
            found = self._claim(each, timestamp_ms, first=not granted)
            if isinstance(found, Granted):
                granted.append(found)
            else:
                outcomes[each.place] = found
        if granted:
            outcomes.update(self._send_together(granted, timestamp_ms))
        return outcomes

    def _claim(self, ready: Ready, timestamp_ms: int, *, first: bool) -> Granted | Outcome:
        """Claim one through the gate, for its share of the cost."""
        job = ready.job
        batch = self._exchange.batch_of(_batchable(job))
        assert batch is not None  # noqa: S101 - the exchange has put it into a group
        share = replace(ready.call, cost=batch.first if first else batch.more, timestamp_ms=timestamp_ms)
        passage = self._exchange.passage(share)
        verdict = self._begin(job, share, passage, timestamp_ms)
        if verdict.what == "send":
            return Granted(first, ready, share, Permit(passage, verdict))
        if verdict.what == "refused":
            return self._unprepared(job.delivery, refusal_error(Refusal(verdict.reason, -1, verdict.detail), passage))
        return super()._act(job, verdict) or self.run(job.delivery)

    def _send_together(self, granted: Sequence[Granted], timestamp_ms: int) -> dict[int, Outcome]:
        commands = [_batchable(each.ready.job) for each in granted]
        call = self._exchange.batch_call(commands)
        call.granted, call.timestamp_ms = True, timestamp_ms
        call.window_ms = min(each.permit.verdict.window_ms for each in granted)
        found = self._exchange.perform_batch(commands, call)
        return {
            each.ready.place: self._settled(each, call, result) for each, result in zip(granted, found, strict=True)
        }

    def _settled(self, granted: Granted, call: Call[Any], result: Order | RouterError) -> Outcome:
        """Judge one item and write its outcome down; what must be looked into at once is."""
        job, verdict = granted.ready.job, granted.permit.verdict
        answer = self._attempts.judge(job.command, result, verdict)
        report = self._gate.report_document(self._report(granted, call))
        self._records.finish(answer.finish(job.id, verdict.attempt, report))
        if answer.state == "done":
            self._tell_others(job.command, answer.result)
        return self.run(job.delivery) if answer.goes_on else Outcome(answer.state, answer.why)

    def _report(self, granted: Granted, call: Call[Any]) -> Report:
        """What the call taught, as far as it is about one item's share; a failure or a ban is told once."""
        share, (passage, verdict) = granted.share, granted.permit
        refunds = {budget: share.cost[budget] for budget in call.trace.refunds if budget in share.cost}
        share.trace = replace(call.trace, refunds=refunds)
        report = self._exchange.report_of(share, Grant(passage, verdict.mark))
        return report if granted.first else report._replace(healthy=None, banned_for_ms=None)


def _batchable(job: Job) -> AnyNewOrder | CancelOrder:
    command = job.resolved
    assert isinstance(command, AnyNewOrder | CancelOrder)  # noqa: S101 - batches carry nothing else
    return command
