"""The producer's side of a poll: ask for what is not known yet, once, and follow what the workers tell of it."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from router.commands import build
from router.errors import ErrorKind, Problem
from router.poll_command import PollAccounts, What
from router.poll_report import Left, Progress, Status, seconds_to_go
from router.poll_steps import Polls, flights_of
from router.results import FINAL_STATES
from router.snapshots import Place, Snapshot, Snapshots, polled_as

OnProgress = Callable[[Progress], object]
Submit = Callable[[PollAccounts], object]
_GATHER_SECONDS = 0.01  # a poll of many answers many times in that; to be woken by each costs more than it tells
_MANY = 8
_LOOK_AGAIN_MS = 1_000  # so often a poll of somebody else is looked at, which may end without telling


class Ask(NamedTuple):
    """What is read of each account; ``max_age`` and ``deadline`` are in seconds."""

    what: What
    market: str | None
    max_age: float
    deadline: float


class Outcome(NamedTuple):
    """What became of one account; ``snapshot`` is the answer, or the last one there is."""

    status: Status
    exchange: str | None
    snapshot: Snapshot | None = None
    problem: Problem | None = None


class Stores(NamedTuple):
    """Where a poll looks, and how it sleeps between two looks."""

    polls: Polls
    snapshots: Snapshots
    state_of: Callable[[str], str | None]
    sleep: Callable[[float], object] = time.sleep


class Poller:
    """One poll under way. Not shared between threads. Raises: redis.RedisError, and what ``submit`` raises."""

    def __init__(self, ask: Ask, stores: Stores, submit: Submit, on_progress: OnProgress | None = None) -> None:
        self._ask = ask
        self._stores = stores
        self._submit = submit
        self._on_progress = on_progress
        self._started = time.monotonic()
        self._end = self._started + ask.deadline
        self._waiting: dict[str, str] = {}  # account → exchange
        self._owners: dict[str, str] = {}  # account → the poll that asks for it
        self._exchange_of: dict[str, str] = {}  # poll → exchange
        self._seen: dict[str, str] = {}
        self._mine: set[str] = set()
        self._left: dict[str, Left] = {}
        self._reasons: dict[str, str] = {}
        self._remaining: Counter[str] = Counter()  # by exchange
        self._total = self._asked = 0
        self.calls = 0
        self.outcomes: dict[str, Outcome] = {}

    def run(self, targets: Mapping[str, str]) -> dict[str, Outcome]:
        """Outcomes by account; ``targets`` are account → exchange. Ends at the deadline with what there is then."""
        self._total, self._waiting, self._remaining = len(targets), dict(targets), Counter(targets.values())
        if self._ask.max_age > 0:
            self._take_kept(targets)
        self._asked = len(self._waiting)
        self._ask_for(self._waiting)
        self._tell_progress()
        while self._waiting and time.monotonic() < self._end:
            self._follow()
            self._tell_progress()
            if len(self._waiting) > _MANY:
                self._stores.sleep(min(_GATHER_SECONDS, max(self._end - time.monotonic(), 0.0)))
        self._give_up()
        return self.outcomes

    def _ask_for(self, accounts: Mapping[str, str]) -> None:
        """One command per exchange, for those that nobody else is asking for already."""
        for exchange in sorted(set(accounts.values())):
            names = [name for name, where in accounts.items() if where == exchange]
            poll = uuid.uuid4().hex
            owners = dict.fromkeys(names, poll)
            if self._ask.max_age > 0:
                owners = self._stores.polls.hold(poll, flights_of(self._ask.what, self._ask.market, exchange), names)
            self._owners.update(owners)
            for owner in set(owners.values()) - {poll}:
                self._listen(owner, exchange)
            mine = [name for name in names if owners[name] == poll]
            if mine:
                self._mine.add(poll)
                self._listen(poll, exchange)
                self._submit(self._command(poll, exchange, mine))

    def _command(self, poll: str, exchange: str, accounts: Sequence[str]) -> PollAccounts:
        ask, left = self._ask, max(self._end - time.monotonic(), 0.001)
        what = {"what": ask.what, "market": ask.market, "accounts": tuple(accounts)}
        return build(PollAccounts, id=poll, exchange=exchange, expires_in=left, **what)

    def _listen(self, poll: str, exchange: str) -> None:
        if poll not in self._seen:
            self._seen[poll], self._exchange_of[poll] = "0-0", exchange

    def _follow(self) -> None:
        wait_ms = round(min(_LOOK_AGAIN_MS, (self._end - time.monotonic()) * 1_000))
        news = self._stores.polls.news(self._seen, wait_ms)
        answered: list[str] = []
        for poll, entries in news.items():
            self._seen[poll] = entries[-1][0]
            answered += [name for _, told in entries if (name := self._hear(poll, told)) is not None]
        if answered:
            self._take_told({name: self._waiting[name] for name in answered})
        if not news:
            self._replace_dead()

    def _hear(self, poll: str, told: Mapping[str, str]) -> str | None:
        """One word of a poll; the account that has an answer to be read, if it is one of ours."""
        exchange = self._exchange_of[poll]
        if "waits" in told:
            self._reasons[exchange] = told["waits"]
            return None
        left = Left.read(told["left"])
        if left is not None:
            self._left[exchange] = left
        if poll in self._mine:
            self.calls += int(told["calls"])
        account = told["account"]
        if self._owners.get(account) != poll or account not in self._waiting:
            return None
        if told["status"] == "fresh":
            return account
        self._done(account, Outcome("failed", exchange, problem=Problem.model_validate_json(told["problem"])))
        return None

    def _done(self, account: str, outcome: Outcome) -> None:
        self._remaining[self._waiting.pop(account)] -= 1
        self.outcomes[account] = outcome

    def _take_kept(self, accounts: Mapping[str, str]) -> None:
        """Be done with those whose last answer is young enough."""
        for (account, exchange), snapshot in zip(accounts.items(), self._snapshots_of(accounts), strict=True):
            if snapshot is not None and snapshot.age_seconds <= self._ask.max_age:
                self._done(account, Outcome("kept", exchange, snapshot))

    def _take_told(self, accounts: Mapping[str, str]) -> None:
        """Read the answers that were just told of; one that is too old is asked for anew."""
        too_old: dict[str, str] = {}
        for (account, exchange), snapshot in zip(accounts.items(), self._snapshots_of(accounts), strict=True):
            if snapshot is None:
                gone = Problem(kind=ErrorKind.QUEUE, message="the answer is not kept in Redis any more")
                self._done(account, Outcome("failed", exchange, problem=gone))
            elif self._is_too_old(account, snapshot):
                too_old[account] = exchange
            else:
                self._done(account, Outcome("fresh", exchange, snapshot))
        self._ask_for(too_old)

    def _is_too_old(self, account: str, snapshot: Snapshot) -> bool:
        """Whether somebody else's call was sent too long before we asked."""
        passed = time.monotonic() - self._started
        return self._owners[account] not in self._mine and snapshot.age_seconds - passed > self._ask.max_age

    def _snapshots_of(self, accounts: Mapping[str, str]) -> list[Snapshot | None]:
        what = polled_as(self._ask.what, self._ask.market)
        return self._stores.snapshots.read_all([Place(what, where, name) for name, where in accounts.items()])

    def _replace_dead(self) -> None:
        """Whoever asked for an account of ours may have ended without telling: then we ask."""
        others = {self._owners[name] for name in self._waiting} - self._mine
        dead = {poll for poll in others if self._stores.state_of(poll) in (None, *FINAL_STATES)}
        self._ask_for({name: where for name, where in self._waiting.items() if self._owners[name] in dead})

    def _give_up(self) -> None:
        late = dict(self._waiting)
        for (account, exchange), snapshot in zip(late.items(), self._snapshots_of(late), strict=True):
            why = self._reasons.get(exchange)
            text = f"no answer within {self._ask.deadline:g} s" + (f"; it waited: {why}" if why else "")
            problem = Problem(kind=ErrorKind.TIMEOUT, message=text)
            self.outcomes[account] = Outcome("late", exchange, snapshot, problem)

    def _tell_progress(self) -> None:
        if self._on_progress is None:
            return
        waiting = len(self._waiting)
        pace = (self._asked - waiting) / max(time.monotonic() - self._started, 0.001)
        shares = [left.units / left.ceiling for left in self._left.values()]
        self._on_progress(
            Progress(
                done=self._total - waiting,
                total=self._total,
                calls=self.calls,
                budget_left=min(shares) if shares else None,
                seconds_to_go=seconds_to_go(+self._remaining, self._left, pace) if waiting else 0.0,
            )
        )
