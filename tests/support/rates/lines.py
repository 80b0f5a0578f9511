"""A plain model of the lines in which commands wait, and everything that can happen to a command beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

import redis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from router.claims import Claim, Verdict
from router.journal import Finish, Submission
from router.results import FINAL_STATES
from support.gate import a_passage
from support.rates.gates import Stand

AT_ONCE, MOST_AT_ONCE, CANCELS_AT_ONCE = 4, 16, 256
GRACE_MS, LEASE_MS, BAN_MS = 3_000, 15_000, 5_000
ANY = st.integers(0, 50)
ACCOUNTS = st.sampled_from(("main", "other"))
LIVES = st.sampled_from((-1, -1, 60_000, 2_000))
OPEN = a_passage()
KEY, LINE, BAN = "pointsman:command:", "pointsman:line:", "ban"


@dataclass
class Waiting:
    """One line: who stands in it, in order, and who was called and has not ended."""

    line: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    at_once: int = AT_ONCE

    def join(self, name: str) -> bool:
        """True when it is its turn at once."""
        if not self.line and len(self.called) < self.at_once:
            self.called.add(name)
            return True
        self.line.append(name)
        return False

    def leave(self, name: str, at_once: int, over: Callable[[str], bool]) -> list[str]:
        """Who is called now, in order; whose time is over is passed by."""
        if name in self.line:
            self.line.remove(name)
            return []
        self.called.discard(name)
        next_ones: list[str] = []
        while self.line and len(self.called) < at_once:
            first = self.line.pop(0)
            if not over(first):
                next_ones.append(first)
                self.called.add(first)
        return next_ones


class Lines(RuleBasedStateMachine):
    """Anything may happen in any order; the lines are as the model says, and everybody is called once and ends."""

    client: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.stand = Stand("journal", self.client)
        self.journal = self.stand.journal
        self.lines: dict[str, Waiting] = defaultdict(Waiting)
        self.of: dict[str, str] = {}  # who → its line
        self.expires: dict[str, float] = {}  # who → ms
        self.attempts: dict[str, int] = {}  # who is with the exchange, by which attempt
        self.calls: Counter[str] = Counter()  # how often somebody was called
        self.delivered: list[str] = []
        self.looked_up: set[str] = set()  # whose fate was in doubt; they come back on their own

    @initialize(account=ACCOUNTS)
    def a_crowd(self, account: str) -> None:
        for _ in range(AT_ONCE + 3):
            self.submit(account, -1)

    @rule(account=ACCOUNTS, life_ms=LIVES)
    def submit(self, account: str, life_ms: int) -> None:
        self._submit(f"{account}-{len(self.of)}", f"{account}:orders.place", "binance.orders", life_ms)

    @precondition(lambda self: self.of)
    @rule(which=ANY)
    def cancel(self, which: int) -> None:
        target = list(self.of)[which % len(self.of)]
        self._submit(f"cancel-{len(self.of)}", "main:orders.cancel", "binance.cancels", -1, target=target)

    @precondition(lambda self: self._messages())
    @rule(which=ANY)
    def deliver(self, which: int) -> None:
        self._begin(self._take(which))

    @precondition(lambda self: self._messages())
    @rule(which=ANY)
    def lose_a_message(self, which: int) -> None:
        self._take(which)

    @precondition(lambda self: self.delivered)
    @rule(which=ANY)
    def deliver_again(self, which: int) -> None:
        self._begin(self.delivered[which % len(self.delivered)])

    @precondition(lambda self: self._messages())
    @rule(which=ANY)
    def deliver_while_banned(self, which: int) -> None:
        self.client.set(BAN, round(self.stand.time.now_ms) + BAN_MS)
        self._begin(self._take(which))
        self.client.delete(BAN)

    @precondition(lambda self: self.attempts)
    @rule(
        which=ANY,
        state=st.sampled_from(("done", "rejected", "waiting", "unknown")),
        at_once=st.sampled_from((0, 1, 2, 16, 20)),
    )
    def answer(self, which: int, state: str, at_once: int) -> None:
        name = list(self.attempts)[which % len(self.attempts)]
        self._finish(name, state, at_once)

    @rule(ms=st.sampled_from((1, 300, 2_500, LEASE_MS)))
    def time_passes(self, ms: int) -> None:
        self.stand.time.move_to(self.stand.time.now_ms + ms)

    @rule(rings=st.booleans())
    def sweep(self, rings: bool) -> None:  # noqa: FBT001 - hypothesis names it
        before = self._states()
        found = self.journal.sweep(500, GRACE_MS)
        for name, state in self._states().items():
            if state != before[name] and state in (*FINAL_STATES, "unknown"):
                self._left(name)
        if rings:
            self.delivered += [bell.id for bell in found.rings]

    def teardown(self) -> None:
        """Nothing new happens: everybody must come to the end."""
        for _ in range(60):
            if not self.client.zcard("pointsman:agenda"):
                break
            self.sweep(rings=True)
            while self._messages():
                self._begin(self._take(0))
            for name in list(dict.fromkeys(self.delivered)):
                self._begin(name)
            for name in list(self.attempts):
                self._finish(name, "done", MOST_AT_ONCE)
            self.time_passes(LEASE_MS)
        assert {name: self._state(name) for name in self.of if self._state(name) not in FINAL_STATES} == {}
        assert self.client.zcard("pointsman:agenda") == 0
        self.as_in_the_model()

    @invariant()
    def as_in_the_model(self) -> None:
        lined: Counter[str] = Counter()
        for line, waiting in self.lines.items():
            with self.client.pipeline(transaction=False) as pipeline:
                pipeline.zrange(LINE + line, 0, -1)
                pipeline.zrange(f"{LINE}{line}:called", 0, -1)
                stands, called = ([name.decode() for name in names] for names in pipeline.execute())
            assert (stands, set(called)) == (waiting.line, waiting.called), line
            lined["binance.cancels" if "cancel" in line else "binance.orders"] += len(stands)
        counted = {
            queue.decode(): int(number) for queue, number in self.client.hgetall("pointsman:agenda:lined").items()
        }
        assert {queue: number for queue, number in counted.items() if number} == +lined

    @invariant()
    def nobody_is_called_while_standing_in_line_or_twice(self) -> None:
        standing = {name for waiting in self.lines.values() for name in waiting.line}
        assert not standing & set(self._messages())
        assert max(self.calls.values(), default=0) <= 1

    @invariant()
    def few_are_called_at_once(self) -> None:
        for line, waiting in self.lines.items():
            most = CANCELS_AT_ONCE if "cancel" in line else MOST_AT_ONCE
            assert len(waiting.called - self.looked_up) <= most

    def _submit(self, name: str, line: str, queue: str, life_ms: int, target: str | None = None) -> None:
        cancels = target is not None
        given = Submission(
            id=name, document="{}", digest="", task="orders.cancel" if cancels else "orders.place", queue=queue,
            exchange="binance", account="main", life_ms=life_ms, keep_ms=10**9, writes=True, line=line, message=name,
            grace_ms=GRACE_MS, target=target,
        )  # fmt: skip
        self._tick()
        waiting = self.lines[line]
        waiting.at_once = CANCELS_AT_ONCE if cancels else AT_ONCE
        before, called = Counter(self._messages()), []
        if target is not None and self._state(target) in ("queued", "waiting"):
            called = self.lines[self.of[target]].leave(target, self._most(target), self._is_over)
        answer = self.journal.submit(given)[0]
        self.of[name] = line
        if life_ms >= 0:
            self.expires[name] = self.stand.time.now_ms + life_ms
        assert answer.called == waiting.join(name)
        self._note_calls(before, [*called, name] if answer.called else called)

    def _begin(self, name: str) -> Verdict:
        self._tick()
        before = Counter(self._messages())
        verdict = self.journal.begin(Claim(name, "", f"worker-{len(self.delivered)}", LEASE_MS, 0, 3_000, 10, OPEN))
        self.delivered.append(name)
        if verdict.what in ("send", "reconcile"):
            self.attempts[name] = verdict.attempt
        if verdict.what == "reconcile":
            self.looked_up.add(name)
        if verdict.what == "send":
            self.lines[self.of[name]].called.add(name)
        if verdict.what in ("expired", "reconcile"):
            self._left(name, before)
        return verdict

    def _finish(self, name: str, state: str, at_once: int) -> None:
        attempt = self.attempts.pop(name)
        before = Counter(self._messages())
        self._tick()
        written = self.journal.finish(
            Finish(name, attempt, state, "{}" if state in FINAL_STATES else "", at_once=at_once)
        )
        if written and self._state(name) in (*FINAL_STATES, "unknown"):
            self._left(name, before, at_once)

    def _most(self, name: str, at_once: int = 0) -> int:
        """A long line's number may be lower; the crowds here stay short."""
        return CANCELS_AT_ONCE if "cancel" in self.of[name] else min(max(at_once, AT_ONCE), MOST_AT_ONCE)

    def _left(self, name: str, before: Counter[str] | None = None, at_once: int = 0) -> None:
        called = self.lines[self.of[name]].leave(name, self._most(name, at_once), self._is_over)
        if before is None:
            self.calls.update(called)
        else:
            self._note_calls(before, called)

    def _note_calls(self, before: Counter[str], called: list[str]) -> None:
        """The messages that came are of those whom the model calls."""
        assert Counter(self._messages()) - before == Counter(called)
        self.calls.update(called)

    def _messages(self) -> list[str]:
        with self.client.pipeline(transaction=False) as pipeline:
            for queue in ("binance.orders", "binance.cancels"):
                pipeline.lrange(queue, 0, -1)
            return [name.decode() for names in pipeline.execute() for name in names]

    def _take(self, which: int) -> str:
        messages = self._messages()
        name = messages[which % len(messages)]
        self.client.lrem("binance.cancels" if name.startswith("cancel") else "binance.orders", 1, name)
        return name

    def _state(self, name: str) -> str:
        return (self.client.hget(KEY + name, "state") or b"").decode()

    def _states(self) -> dict[str, str]:
        with self.client.pipeline(transaction=False) as pipeline:
            for name in self.of:
                pipeline.hget(KEY + name, "state")
            return dict(zip(self.of, (state.decode() for state in pipeline.execute()), strict=True))

    def _is_over(self, name: str) -> bool:
        return self.expires.get(name, inf) <= self.stand.time.now_ms

    def _tick(self) -> None:
        self.stand.time.move_to(self.stand.time.now_ms)
