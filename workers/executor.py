"""One command in, one outcome written: claim it, send it once, record what the exchange answered."""

from __future__ import annotations

import itertools
import time
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

from router.claims import Claim, Verdict
from router.commands import AnyCommand, CancelOrder
from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, RouterError, Unsigned
from router.journal import Finish
from router.queues import writes
from router.results import write_result
from workers.attempt import Attempts
from workers.backoff import backoff_ms
from workers.calls.endpoint import Call
from workers.calls.gate import refusal_error
from workers.calls.gatekeeper import Grant, Passage, Refusal
from workers.exchanges.base import BaseExchange
from workers.exchanges.completion import completed
from workers.pace import Pace
from workers.reconcile import Absent, Found, Sent, look
from workers.records import Delivery, Outcome, Records
from workers.shared_gate import SharedGate
from workers.targets import NeverSentTarget, resolve

_SHUT = b""  # a passage that lets nothing through: a claim that shows it is good for reconciling only


@dataclass(frozen=True)
class Limits:
    """``lease_ms`` outlasts the longest call with all its time-outs; ``patience_ms`` is slept rather than parked."""

    lease_ms: int = 15_000
    patience_ms: int = 50
    max_attempts: int = 10


@dataclass(frozen=True)
class Job:
    """A command on its way: as it was brought, as the exchange can name it, and under whose claim."""

    delivery: Delivery
    resolved: AnyCommand
    owner: str

    @property
    def command(self) -> AnyCommand:
        """The command as it was asked."""
        return self.delivery.command

    @property
    def id(self) -> str:
        """The command's id."""
        return self.delivery.id


class Permit(NamedTuple):
    """What the gate let through, and what the journal allows therefore."""

    passage: Passage
    verdict: Verdict


class Executor:
    """Carries commands of one exchange account; shared by all threads of a worker."""

    def __init__(self, records: Records, gate: SharedGate, exchange: BaseExchange, name: str, limits: Limits) -> None:
        self._records = records
        self._journal = records.journal
        self._gate = gate
        self._exchange = exchange
        self._attempts = Attempts(exchange, records.journal, limits.max_attempts)
        self._name = f"{name}:{uuid.uuid4().hex[:8]}"  # a container starts again under the name it had before
        self._limits = limits
        self._turns = itertools.count()
        self._pace = Pace()

    def run(self, delivery: Delivery) -> Outcome:
        """Take a command as far as it can go now. Raises: redis.RedisError; the journal then decides what is next."""
        outcome = None
        while outcome is None:
            outcome = self._turn(delivery)
        return outcome

    def _turn(self, delivery: Delivery) -> Outcome | None:
        """Prepare, claim and act once; None to begin again at once."""
        resolved = command = delivery.command
        owner = self._owner()
        try:
            resolved = resolve(command, self._journal)
            call = self._prepared(command, resolved)
        except NeverSentTarget as never_sent:
            return self._records.end_moot(delivery, write_result(command.task, never_sent.order))
        except Unsigned as error:
            return self._settle(Job(delivery, resolved, owner)) or self._records.refuse(delivery, error.problem)
        except RouterError as error:
            return self._settle(Job(delivery, resolved, owner)) or self._unprepared(delivery, error)
        job = Job(delivery, resolved, owner)
        passage = self._exchange.passage(call)
        verdict = self._begin(job, call, passage)
        if verdict.what == "refused":  # halted, or by a guard of the account
            return self._unprepared(delivery, refusal_error(Refusal(verdict.reason, -1, verdict.detail), passage))
        return self._send(job, call, Permit(passage, verdict)) if verdict.what == "send" else self._act(job, verdict)

    def _prepared(self, command: AnyCommand, resolved: AnyCommand) -> Call[Any]:
        """The call, if the command's producer may ask for it. Raises: Unsigned; what the exchange's checks raise."""
        self._records.vetting.check(command)
        return self._exchange.prepare(resolved)

    def _unprepared(self, delivery: Delivery, error: RouterError) -> Outcome:
        """Nothing was sent: wait where that helps (rules, a clock or a price could not be read), else end."""
        if isinstance(error, (NotProcessed, OutcomeUnknown)) and error.problem.kind is not ErrorKind.HALTED:
            return self._records.park_unsent(delivery, backoff_ms(3, error.problem.retry_after_ms), error.problem)
        return self._records.end_unsent(delivery, "failed", error.problem.model_dump_json(), str(error.problem))

    def _settle(self, job: Job) -> Outcome | None:
        """What cannot be sent now may have been sent before, with its reply lost. None for what was not."""
        record = self._journal.record(job.id)
        if record is None or record.state not in ("sending", "unknown"):
            return None
        verdict = self._journal.begin(self._claim_of(job, _SHUT, self._exchange.clock.now_ms()))
        return self._reconcile(job, verdict) if verdict.what == "reconcile" else Outcome("dropped", verdict.what)

    def _owner(self) -> str:
        return f"{self._name}:{next(self._turns)}"

    def _begin(self, job: Job, call: Call[Any], passage: Passage, timestamp_ms: int | None = None) -> Verdict:
        """Claim the command, through the gate; waits that are shorter than parking are slept."""
        document = self._gate.passage_document(passage)
        while True:
            call.timestamp_ms = timestamp_ms or self._exchange.clock.now_ms()
            claim = self._claim_of(job, document, call.timestamp_ms)
            verdict = self._journal.begin(claim, changes=writes(job.command))
            if verdict.what != "soon":
                return verdict
            time.sleep(verdict.wait_ms / 1000)

    def _claim_of(self, job: Job, passage: bytes, timestamp_ms: int) -> Claim:
        return Claim(
            id=job.id,
            digest=job.command.digest(),
            owner=job.owner,
            lease_ms=self._limits.lease_ms,
            timestamp_ms=timestamp_ms,
            window_ms=self._exchange.account.receive_window_ms,
            patience_ms=self._limits.patience_ms,
            passage=passage,
        )

    def _act(self, job: Job, verdict: Verdict) -> Outcome | None:
        """Do what the journal allows instead of sending; None to begin again at once."""
        match verdict.what:
            case "reconcile":
                return self._reconcile(job, verdict)
            case "missing":
                return None if self._records.arrive(job.delivery) else Outcome("dropped", "it ended long ago")
            case "wait":
                return Outcome("waiting", f"{verdict.reason}, {verdict.wait_ms} ms")
            case "differs":
                self._records.bury(job.command, "another command has this id")
                return Outcome("dropped", "another command has this id")
            case _:  # early, busy, final, expired: the doorbell rang once too often, which does no harm
                return Outcome("dropped", verdict.what)

    def _send(self, job: Job, call: Call[Any], permit: Permit) -> Outcome | None:
        passage, verdict = permit
        begun = time.monotonic()
        answer = self._attempts.send(job.command, job.resolved, call, verdict)
        task, took_ms = job.command.task, (time.monotonic() - begun) * 1_000
        self._pace.note(task, took_ms)
        report = self._gate.report_document(self._exchange.report_of(call, Grant(passage, verdict.mark)))
        at_once = self._pace.at_once(task, passage.charges)
        if answer.state == "done" and not writes(job.command):  # before its end is told: who asks next finds it
            self._records.keep(job.command, self._exchange.account.environment, answer.result, verdict.mark)
        queues = () if answer.goes_on else job.delivery.next_queues()
        following = self._records.finish(answer.finish(job.id, verdict.attempt, report, at_once), queues)
        if answer.state == "done":
            self._tell_others(job.command, answer.result)
        return None if answer.goes_on else Outcome(answer.state, answer.why, following)

    def _reconcile(self, job: Job, verdict: Verdict) -> Outcome | None:
        sent = Sent(verdict.fence_ms, verdict.first_sent_ms, verdict.acknowledged)
        sighting = look(self._exchange, job.resolved, sent)
        match sighting:
            case Found(result=found):
                result = write_result(job.command.task, completed(self._exchange, found))
                self._records.finish(Finish(job.id, verdict.attempt, "done", result))
                self._tell_others(job.command, result)
                return Outcome("done", "found at the exchange")
            case Absent():
                self._records.finish(Finish(job.id, verdict.attempt, "queued", why="proven not executed"))
                return None
            case _:
                pause, why = sighting.delay_ms, sighting.why
                self._records.finish(Finish(job.id, verdict.attempt, "unknown", delay_ms=pause, why=why))
                return Outcome("unknown", why)

    def _tell_others(self, command: AnyCommand, result: str) -> None:
        if isinstance(command, CancelOrder) and command.command_id is not None:
            self._journal.settle(command.command_id, result)
