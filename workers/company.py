"""Commands that nobody asked for together go together all the same, rather than wait for the limit of single calls.

Where the exchange counts batches apart from those, one whose own limit is used up takes along others that wait for
the same. Each is claimed with its own share of the batch's cost; one that cannot go stays where it was.
"""

from __future__ import annotations

from dataclasses import replace

from router.claims import Verdict
from router.commands import AnyNewOrder, CancelOrder, read_command
from router.errors import ErrorKind, RouterError
from router.journal import Finish
from router.queues import line_of
from workers.batch_executor import BatchExecutor, Granted, Ready
from workers.calls.gatekeeper import Grant
from workers.exchanges.builders import Batch
from workers.executor import Job, Permit
from workers.records import Delivery, Outcome
from workers.targets import NeverSentTarget, resolve

_AGAIN_MS = 50


class CompanyExecutor(BatchExecutor):
    """Carries single commands and batches, and makes a batch of what would wait."""

    def _act(self, job: Job, verdict: Verdict) -> Outcome | None:
        """As alone; but rather than wait for the limit of single calls, go with others that do."""
        waits = verdict.what == "wait" and verdict.reason == ErrorKind.RATE_LIMITED
        return (self._take_along(job) if waits else None) or super()._act(job, verdict)

    def _take_along(self, job: Job) -> Outcome | None:
        """None when it stays where it is: nobody else waits, or batches have no limit of their own with room in it."""
        batch = self._batch_apart(job)
        if batch is None:
            return None
        documents = self._journal.companions(line_of(job.command), job.id, batch.limit - 1)
        if not documents:
            return None
        timestamp_ms = self._exchange.clock.now_ms()
        granted: list[Granted] = []
        for place, each in enumerate(
            [job.delivery, *(Delivery(read_command(text), journaled=True) for text in documents)]
        ):
            verdict = self._pick_up(place, each, batch, granted, timestamp_ms)
            if verdict == "soon" or not granted:  # there is no more room, or the one that all this is for cannot go
                break
        if len(granted) > 1:
            return self._send_together(granted, timestamp_ms)[0]
        return self._put_back(granted[0]) if granted else None

    def _batch_apart(self, job: Job) -> Batch | None:
        batch = self._exchange.batch_of(job.resolved) if isinstance(job.resolved, AnyNewOrder | CancelOrder) else None
        return batch if batch is not None and batch.apart else None

    def _pick_up(self, place: int, delivery: Delivery, batch: Batch, granted: list[Granted], timestamp_ms: int) -> str:
        """Claim one more for the call, if it can go and there is room; what the journal said of it."""
        job = Job(delivery, delivery.command, self._owner())
        try:
            job = replace(job, resolved=resolve(delivery.command, self._journal))
            call = self._prepared(delivery.command, job.resolved)
        except (NeverSentTarget, RouterError):
            return "unprepared"  # its own delivery ends it
        found = self._batch_apart(job)
        if found is None or found.name != batch.name:
            return "other"
        cost = batch.more if granted else batch.first
        share = replace(call, cost=cost, timestamp_ms=timestamp_ms)
        passage = self._exchange.passage(share)
        claim = self._claim_of(job, self._gate.passage_document(passage), timestamp_ms)
        verdict = self._journal.begin(claim._replace(together=1))
        if verdict.what == "send":
            granted.append(Granted(not granted, Ready(place, job, call), share, Permit(passage, verdict)))
        return verdict.what

    def _put_back(self, granted: Granted) -> Outcome:
        """The others have gone meanwhile, and a batch of one is counted as a single call: wait as before."""
        job, (passage, verdict) = granted.ready.job, granted.permit
        unsent = self._exchange.report_of(granted.share, Grant(passage, verdict.mark))
        report = self._gate.report_document(unsent)
        finish = Finish(job.id, verdict.attempt, "waiting", "", _AGAIN_MS, ErrorKind.RATE_LIMITED, report)
        self._records.finish(finish)
        return Outcome("waiting", ErrorKind.RATE_LIMITED)
