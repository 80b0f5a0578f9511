"""The gates on a time that only the test moves: in this process, and in Redis for a call or for a command's claim."""

from __future__ import annotations

from types import SimpleNamespace

import redis

from router.claims import Claim
from router.journal import Finish, Journal, Submission
from router.keys import Keys
from support.protocol.time import ours
from workers.calls.gatekeeper import Gatekeeper, Grant, Passage, Refusal, Report
from workers.calls.local_gate import Clocks, LocalGate
from workers.shared_gate import SharedGate

START_MS = 1_800_000_000_000.0
KINDS = ("local", "shared", "journal")
PATIENCE_MS = 50
_FOR_EVER_MS = 10**9
_RIGHT = SimpleNamespace(ahead_ms=0.0, uncertainty_ms=0.0)  # Redis' clock is the hosts' own here


class Time:
    """The present in milliseconds, to the microsecond; the scripts are told it too (see `support.protocol.time`).

    It never stands still between two looks of a gate, as no real clock does.
    """

    def __init__(self, client: redis.Redis | None) -> None:
        self._client = client
        self.now_ms = START_MS
        self._tell()

    def move_to(self, now_ms: float) -> None:
        self.now_ms = round(max(now_ms, self.now_ms + 0.001), 3)
        self._tell()

    def _tell(self) -> None:
        if self._client is not None:
            micros = round(self.now_ms * 1000)
            self._client.hset("model:clock", mapping={"seconds": micros // 10**6, "micros": micros % 10**6})


class Stand:
    """A gate of one kind and the time it goes by, fresh for every example."""

    def __init__(self, kind: str, client: redis.Redis | None) -> None:
        self.kind = kind
        self.gate: Gatekeeper
        if kind == "local" or client is None:
            self.time = time = Time(None)
            self.gate = LocalGate(Clocks(lambda: time.now_ms - START_MS, lambda: time.now_ms))
            return
        client.flushall()
        self.time = Time(client)
        with ours():
            self.journal = Journal(client, Keys("pointsman"))
        shared = SharedGate(self.journal, _RIGHT)  # type: ignore[arg-type]
        self.gate = shared if kind == "shared" else ClaimingGate(self.journal, shared)


class ClaimingGate:
    """Lets a call through as a worker does for a command: with the claim, waiting in line under its caller's name."""

    def __init__(self, journal: Journal, shared: SharedGate) -> None:
        self._journal = journal
        self._shared = shared
        self._claimed: dict[str, str] = {}  # the gate's mark → caller

    def enter(self, passage: Passage) -> Grant | Refusal:
        caller, document = passage.caller, self._shared.passage_document(passage)
        self._journal.submit(a_submission(caller))
        self._journal.sweep(500, 3_000)
        verdict = self._journal.begin(Claim(caller, "", "worker", _FOR_EVER_MS, 0, 3_000, PATIENCE_MS, document))
        if verdict.what == "send":
            self._claimed[verdict.mark] = caller
            return Grant(passage, verdict.mark)
        if verdict.what == "early":  # the clock of the caller counts in parts of the millisecond in which it is due
            return Refusal("rate_limited", 1)
        return Refusal(verdict.reason or "rate_limited", verdict.wait_ms or -1)

    def report(self, report: Report) -> None:
        caller = self._claimed[report.grant.mark]
        self._journal.finish(Finish(caller, 1, "done", "{}", report=self._shared.report_document(report)))


def a_submission(name: str, *, line: str = "", life_ms: int = -1) -> Submission:
    """A command that writes, in a line of its own unless one is named."""
    return Submission(
        id=name,
        document="{}",
        digest="",
        task="orders.place",
        queue="binance.orders",
        exchange="binance",
        account="main",
        life_ms=life_ms,
        keep_ms=_FOR_EVER_MS,
        writes=True,
        line=line or f"of:{name}",
    )
