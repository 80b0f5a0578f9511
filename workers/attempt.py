"""One sending of a command, and what its answer means for the command's state."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from router.claims import Verdict
from router.commands import AnyCommand
from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected, RouterError
from router.journal import Finish, Journal
from router.queues import writes
from router.results import Result, write_result
from workers.backoff import backoff_ms
from workers.calls.endpoint import Call
from workers.exchanges.base import BaseExchange
from workers.exchanges.completion import completed
from workers.targets import is_unsettled

log = logging.getLogger("pointsman.attempt")

# What an earlier attempt of ours, whose reply was lost, can have caused: looked into before it is believed.
_SELF_INFLICTED = (ErrorKind.INSUFFICIENT_BALANCE, ErrorKind.NOTHING_TO_REDUCE, ErrorKind.ORDER_NOT_FOUND)


class Answer(NamedTuple):
    """The command's next state; ``result`` is JSON for a final one, ``delay_ms`` is for one that waits.

    ``acknowledged`` is set when the exchange took the request but does not show yet what became of it.
    """

    state: str
    result: str = ""
    delay_ms: int = 0
    why: str = ""
    acknowledged: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether there is more to do for the command at once."""
        return self.delay_ms == 0 and self.state in ("unknown", "waiting")

    def finish(self, command_id: str, attempt: int, report: bytes, at_once: int = 0) -> Finish:
        """As the journal writes it down."""
        told = (self.state, self.result, self.delay_ms, self.why, report, at_once, int(self.acknowledged))
        return Finish(command_id, attempt, *told)


class Attempts:
    """Sends commands of one account and judges the answers."""

    def __init__(self, exchange: BaseExchange, journal: Journal, max_attempts: int) -> None:
        self._exchange = exchange
        self._journal = journal
        self._max_attempts = max_attempts

    def send(self, command: AnyCommand, resolved: AnyCommand, call: Call[Any], verdict: Verdict) -> Answer:
        """Send once. Every ending is an answer; none is an exception."""
        call.granted, call.window_ms = True, verdict.window_ms
        return self._judged(command, lambda: self._exchange.perform(resolved, call), verdict)

    def judge(self, command: AnyCommand, result: Result | RouterError, verdict: Verdict) -> Answer:
        """What the outcome of one item of a batch means for its command."""

        def tell() -> Result:
            if isinstance(result, RouterError):
                raise result
            return result

        return self._judged(command, tell, verdict)

    def _judged(self, command: AnyCommand, tell: Callable[[], Result], verdict: Verdict) -> Answer:
        try:
            answer = tell()
            complete = completed(self._exchange, answer) if writes(command) else answer
            return Answer("done", write_result(command.task, complete))
        except NotProcessed as error:
            return self._again(error, verdict)
        except Rejected as error:
            return self._believe(command, error, verdict)
        except OutcomeUnknown as error:  # a read whose reply was lost is simply repeated
            taken = error.problem.kind is ErrorKind.ACKNOWLEDGED
            lost = Answer("unknown", why=str(error.problem), acknowledged=taken)
            return lost if writes(command) else self._again(error, verdict)
        except Exception:
            # Our own mistake while reading the reply: the exchange may have acted, so it is asked like any lost reply.
            log.exception("command %s: its reply could not be handled", command.id)
            return Answer("unknown" if writes(command) else "waiting", "", 1_000, "the reply could not be handled")

    def _again(self, error: NotProcessed | OutcomeUnknown, verdict: Verdict) -> Answer:
        problem = error.problem
        if verdict.attempt >= self._max_attempts:
            text = f"gave up after {verdict.attempt} tries, none of which reached the exchange: {problem.message}"
            used_up = problem.model_copy(update={"kind": ErrorKind.RETRIES_USED_UP, "message": text})
            return Answer("failed", used_up.model_dump_json(), 0, text)
        if problem.kind is ErrorKind.CLOCK and verdict.attempt == 1:
            self._measure_clock()
            return Answer("waiting", "", 0, str(problem))
        return Answer("waiting", "", backoff_ms(verdict.attempt, problem.retry_after_ms), str(problem))

    def _measure_clock(self) -> None:
        try:
            self._exchange.sync_clock()
        except RouterError as trouble:  # the next attempt will tell
            log.warning("the clock of %s could not be measured: %s", self._exchange.name, trouble)

    def _believe(self, command: AnyCommand, error: Rejected, verdict: Verdict) -> Answer:
        kind, why = error.problem.kind, str(error.problem)
        document = error.problem.model_dump_json()
        if command.task == "orders.place":
            if kind is ErrorKind.DUPLICATE_ORDER or (verdict.doubt and kind in _SELF_INFLICTED):
                return Answer("unknown", document, 0, why)
        elif command.task == "orders.amend" and verdict.doubt:
            return Answer("unknown", document, 0, why)
        elif kind is ErrorKind.ORDER_NOT_FOUND and is_unsettled(command, self._journal):
            return Answer("waiting", "", backoff_ms(verdict.attempt), "its order is not settled yet")
        return Answer("rejected", document, 0, why)
