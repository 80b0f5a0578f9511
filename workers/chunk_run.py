"""One thread's go at a chunk of a poll: account after account, one step in Redis between two of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from router.catalog import Catalog
from router.claims import Verdict
from router.commands import GetBalances, GetOpenOrders, GetPositions, PollAccounts
from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Problem, RouterError
from router.poll_steps import Opened, Polls, Step, Told, Turn
from router.publish import Publisher
from router.settings import RouterSettings
from workers.attempt import Answer, Attempts
from workers.backoff import backoff_ms
from workers.calls.endpoint import Call
from workers.calls.gatekeeper import Grant, Passage
from workers.chunk import Chunk
from workers.exchanges.base import BaseExchange
from workers.executor import Limits
from workers.presence import no_such_account
from workers.records import Outcome, Records
from workers.shared_gate import SharedGate

_TURN_SECONDS = 1.0  # then the thread goes to whoever waits for one, and the chunk queues up again
_SERVED_ELSEWHERE_SECONDS = 1.0
_EARLY = 0.8  # of the patience: woken a little early, to be there in time


class Bureau(NamedTuple):
    """What carrying polls takes besides the exchanges."""

    records: Records
    polls: Polls
    gate: SharedGate
    catalog: Catalog
    publisher: Publisher
    settings: RouterSettings


class Asked(NamedTuple):
    """One account's read, ready for the gate."""

    account: str
    command: GetBalances | GetPositions | GetOpenOrders
    call: Call[Any]
    passage: Passage


class ChunkRun:
    """One thread's go at a chunk: account after account, until all are told of, or all of them must wait."""

    def __init__(
        self, bureau: Bureau, exchanges: Mapping[str, BaseExchange], command: PollAccounts, limits: Limits, owner: str
    ) -> None:
        self._ahead = 0.0  # of Redis' clock over our monotonic one, seconds
        self._bureau = bureau
        self._exchanges = exchanges
        self._command = command
        self._limits = limits
        self._owner = owner
        self._turns = itertools.count()
        self._told: Told | None = None
        self._report = b""
        self._until = 0.0

    def run(self, opened: Opened) -> Outcome:
        """Ask until there is nothing to ask now. Raises: redis.RedisError."""
        self._ahead = opened.now_ms / 1_000 - time.monotonic()
        self._until = self._now() + _TURN_SECONDS
        chunk = Chunk((name for name in self._command.accounts or () if name not in opened.told), opened.memory)
        while True:
            now = self._now()
            wait = chunk.wait(now)
            if wait is None:
                turn = self._step(wish="end", park_ms=len(self._command.accounts or ()))
                return Outcome("done" if turn.what == "ended" else "dropped", turn.what)
            if wait > self._limits.patience_ms / 1_000 or now > self._until:
                return self._park(chunk, wait)
            if wait:
                time.sleep(wait)
            stopped = self._ask_next(chunk)
            if stopped is not None:
                return Outcome("dropped", stopped)

    def _now(self) -> float:
        """Redis' clock, so that another worker may go by the same moments."""
        return self._ahead + time.monotonic()

    def _park(self, chunk: Chunk, wait: float) -> Outcome:
        why = chunk.why if wait else ""
        park_ms = max(round(wait * 1_000 - _EARLY * self._limits.patience_ms), 0)
        turn = self._step(wish="park", park_ms=park_ms, why=why, memory=chunk.remembered())
        return Outcome("waiting" if turn.what == "parked" else "dropped", why or turn.what)

    def _ask_next(self, chunk: Chunk) -> str | None:
        """Ask one account, or find out why not now; what ended the chunk, if that is so."""
        account = chunk.next(self._now())
        asked = None if account is None else self._prepared(chunk, account)
        if asked is None:
            turn = self._step() if self._told is not None else Turn("mine")
            return None if turn.what == "mine" else turn.what
        passage = self._bureau.gate.passage_document(asked.passage)
        turn = self._step(passage=passage)
        while turn.what == "soon":
            time.sleep(turn.wait_ms / 1_000)
            turn = self._step(passage=passage)
        match turn.what:
            case "go":
                self._call(chunk, asked, turn)
            case "wait":
                until = self._now() + turn.wait_ms / 1_000
                chunk.set_aside(asked.account, until, turn.why, self._alike(asked, turn.budget))
            case "refused":
                self._fail(chunk, asked.account, Problem(kind=ErrorKind(turn.why), message="not let through"))
            case _:
                return turn.what
        return None

    def _prepared(self, chunk: Chunk, account: str) -> Asked | None:
        """The account's call; None for one that cannot be asked here or now, which is told or set aside."""
        exchange = self._exchanges.get(account)
        if exchange is None or exchange.name != self._command.exchange:
            self._not_served(chunk, account)
            return None
        command = self._read_of(account)
        try:
            call = exchange.prepare(command)
        except (NotProcessed, OutcomeUnknown) as error:  # rules had to be read first
            chunk.attempts[account] += 1
            pause_ms = backoff_ms(chunk.attempts[account], error.problem.retry_after_ms)
            chunk.set_aside(account, self._now() + pause_ms / 1_000, str(error.problem))
            return None
        except RouterError as error:
            self._fail(chunk, account, error.problem)
            return None
        call.bulk = True
        return Asked(account, command, call, exchange.passage(call))

    def _not_served(self, chunk: Chunk, account: str) -> None:
        known = self._bureau.catalog.find_account(account)
        if known is None or known.exchange != self._command.exchange:
            self._fail(chunk, account, no_such_account(account, self._command.exchange))
            return
        text = f"this worker does not serve {account}; waiting for one that does"
        chunk.set_aside(account, self._now() + _SERVED_ELSEWHERE_SECONDS, text)

    def _read_of(self, account: str) -> GetBalances | GetPositions | GetOpenOrders:
        where = {"exchange": self._command.exchange, "account": account}
        match self._command.what:
            case "balances":
                return GetBalances.model_validate({**where, "market": self._command.market})
            case "positions":
                return GetPositions.model_validate(where)
            case "open_orders":
                return GetOpenOrders.model_validate({**where, "market": self._command.market})

    def _call(self, chunk: Chunk, asked: Asked, turn: Turn) -> None:
        """Send once. An answer is told with the next step; what failed in between is asked again, as any read is."""
        account, call, exchange = asked.account, asked.call, self._exchanges[asked.account]
        chunk.attempts[account] += 1
        call.timestamp_ms = exchange.clock.now_ms()
        verdict = Verdict("send", attempt=chunk.attempts[account], window_ms=exchange.account.receive_window_ms)
        answer = Attempts(exchange, self._bureau.records.journal, self._limits.max_attempts).send(
            asked.command, asked.command, call, verdict
        )
        chunk.calls[account] += call.trace.calls
        self._report = self._bureau.gate.report_document(exchange.report_of(call, Grant(asked.passage, turn.mark)))
        if answer.state == "waiting":
            chunk.set_aside(account, self._now() + answer.delay_ms / 1_000, answer.why)
        else:
            self._told = _told(account, chunk.calls[account], answer, turn)

    def _fail(self, chunk: Chunk, account: str, problem: Problem) -> None:
        if self._told is not None:
            self._step()
        self._told = Told(account, "failed", chunk.calls[account], problem=problem.model_dump_json())

    def _alike(self, asked: Asked, budget: str) -> frozenset[str]:
        """The accounts that wait for the same thing: a limit of the address, a ban, a breaker; not one's own limit."""
        keys = self._bureau.records.journal.keys
        own = {keys.budget(charge.key) for charge in asked.passage.charges if charge.ceiling == charge.limit}
        if budget in own:
            return frozenset()
        egress = self._exchanges[asked.account].account.egress
        accounts = self._command.accounts or ()
        return frozenset(
            name for name in accounts if name in self._exchanges and self._exchanges[name].account.egress == egress
        )

    def _step(
        self, wish: str = "next", passage: bytes = b"", park_ms: int = 0, why: str = "", memory: str = ""
    ) -> Turn:
        step = Step(
            command=self._command,
            owner=self._owner,
            turn=str(next(self._turns)),
            lease_ms=self._limits.lease_ms,
            patience_ms=self._limits.patience_ms,
            told=self._told,
            report=self._report,
            passage=passage,
            wish=wish,
            park_ms=park_ms,
            why=why,
            memory=memory,
        )
        turn = self._bureau.polls.step(step)
        self._told, self._report = None, b""
        return turn


def _told(account: str, calls: int, answer: Answer, turn: Turn) -> Told:
    if answer.state == "done":
        return Told(account, "fresh", calls, float(turn.mark), document=answer.result, left=turn.left)
    return Told(account, "failed", calls, problem=answer.result, left=turn.left)
