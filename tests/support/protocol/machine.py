"""The state machine: anything may happen in any order, and after each of it the promise holds."""

from __future__ import annotations

import contextlib

import redis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from router.results import FINAL_STATES
from support.protocol.house import House
from support.protocol.stage import LUCK
from support.protocol.time import Mutation, no_sleep
from support.protocol.venue import LEAD_MS

LIVES = st.sampled_from([60.0, 60.0, None, 2.0, 0.2])
WORKER = st.integers(0, 2)
ANY = st.integers(0, 50)
LUCKY = st.integers(0, LUCK - 1)
PAUSES = st.sampled_from([1, 150, 600, 3_100, 11_200, 16_000, 40_000])
LAGS = st.sampled_from([0, 700, 9_500])
_MOST_ORDERS, _MOST_CANCELS = 2, 1


class Protocol(RuleBasedStateMachine):
    """Three workers, orders and cancels, one exchange; see `support.protocol` for what each of them is."""

    client: redis.Redis
    mutations: tuple[Mutation, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self._patches = contextlib.ExitStack()
        self._patches.enter_context(no_sleep())
        self.house = House(self.client, *self.mutations)
        self.orders: dict[str, float | None] = {}  # id → its life
        self.cancels: dict[str, str] = {}  # id → its target
        self.ended: dict[str, str] = {}
        self.foreigners: set[str] = set()

    @initialize(life=LIVES, resting=st.booleans(), luck=st.lists(LUCKY, max_size=6))
    def begin_with_an_order(self, life: float | None, resting: bool, luck: list[int]) -> None:  # noqa: FBT001 - the same
        self.place(life, resting)
        self.house.read(self.house.take(0), 0)
        self.house.steps(0, luck)

    @precondition(lambda self: len(self.orders) < _MOST_ORDERS)
    @rule(life=LIVES, resting=st.booleans())
    def place(self, life: float | None, resting: bool) -> None:  # noqa: FBT001 - hypothesis names it
        key = f"key-{len(self.orders)}"
        self.orders[self.house.place(life, resting=resting, key=key).id or ""] = life

    @precondition(lambda self: self.orders)
    @rule(which=ANY, resting=st.booleans())
    def place_again(self, which: int, resting: bool) -> None:  # noqa: FBT001 - the same
        number = which % len(self.orders)
        if list(self.orders)[number] in self.foreigners:
            return
        self.house.place(list(self.orders.values())[number], resting=resting, key=f"key-{number}")

    @precondition(lambda self: len(self.orders) < _MOST_ORDERS)
    @rule(life=LIVES)
    def place_from_elsewhere(self, life: float | None) -> None:
        order = self.house.foreign(life).id or ""
        self.orders[order] = life
        self.foreigners.add(order)

    @precondition(lambda self: self.orders and len(self.cancels) < _MOST_CANCELS)
    @rule(which=ANY)
    def cancel(self, which: int) -> None:
        target = list(self.orders)[which % len(self.orders)]
        self.cancels[self.house.cancel(target).id or ""] = target

    @precondition(lambda self: self.house.messages())
    @rule(which=ANY, worker=WORKER)
    def deliver(self, which: int, worker: int) -> None:
        self.house.read(self.house.take(which), worker)

    @precondition(lambda self: self.house.delivered)
    @rule(which=ANY, worker=WORKER, luck=st.lists(LUCKY, max_size=4))
    def deliver_again(self, which: int, worker: int, luck: list[int]) -> None:
        """A doubled message, or one that the broker restores."""
        self.house.read(self.house.delivered[which % len(self.house.delivered)], worker)
        if self.house.actors:
            self.house.steps(-1, luck)

    @precondition(lambda self: self.house.messages())
    @rule(which=ANY)
    def lose_a_message(self, which: int) -> None:
        self.house.take(which)

    @precondition(lambda self: self.house.actors)
    @rule(which=ANY, luck=LUCKY)
    def step(self, which: int, luck: int) -> None:
        self.house.steps(which, [luck])

    @precondition(lambda self: self.house.actors)
    @rule(which=ANY, luck=st.lists(LUCKY, min_size=2, max_size=6))
    def some_steps(self, which: int, luck: list[int]) -> None:
        """Of the same one, which then stands somewhere in the middle of its work."""
        self.house.steps(which, luck)

    @precondition(lambda self: self.house.actors)
    @rule(which=ANY)
    def go_on_in_peace(self, which: int) -> None:
        self.house.steps(which, [0] * 40)

    @rule(worker=WORKER)
    def crash_and_start_again(self, worker: int) -> None:
        self.house.crash(worker)

    @rule(milliseconds=PAUSES)
    def time_passes(self, milliseconds: int) -> None:
        self.house.time.advance(milliseconds)

    @rule(rings=st.booleans())
    def sweep(self, rings: bool) -> None:  # noqa: FBT001 - the same
        self.house.sweep(rings=rings)

    @precondition(lambda self: self.house.venue.on_the_way)
    @rule(which=ANY, lag=LAGS)
    def a_request_arrives_late(self, which: int, lag: int) -> None:
        waiting = self.house.venue.on_the_way
        self.house.venue.later(waiting[which % len(waiting)], lag)

    @precondition(lambda self: self.house.late)
    @rule(which=ANY)
    def a_script_runs_late(self, which: int) -> None:
        self.house.late.pop(which % len(self.house.late))()

    @invariant()
    def never_two_orders(self) -> None:
        for order in self.orders:
            assert len(self.house.venue.of(order)) <= 1, f"{order} was executed twice"

    @invariant()
    def never_after_its_time(self) -> None:
        for made in self.house.venue.executions:
            expires = int(self.client.hget(f"pointsman:command:{made.client_order_id}", "expires") or 0)
            assert not expires or made.entered_ms <= expires + LEAD_MS, f"{made} entered after {expires}"

    @invariant()
    def what_has_ended_stays_as_it_is(self) -> None:
        for command in (*self.orders, *self.cancels):
            record = self.house.journal.record(command)
            state = record.state if record else "not here yet"
            assert self.ended.setdefault(command, state) == state if command in self.ended else True
            if state in FINAL_STATES:
                self.ended[command] = state

    @invariant()
    def what_has_not_happened_does_not_exist(self) -> None:
        for order in self.orders:
            ended = self.ended.get(order)
            if ended is not None:
                exists = bool(self.house.venue.of(order))
                assert exists == (ended == "done"), f"{order} is {ended}, yet at the exchange: {exists}"
        for cancel, target in self.cancels.items():
            denied = self.ended.get(cancel) == "rejected"
            assert not (denied and self.house.venue.of(target)), f"{cancel} says there is no {target}"

    def teardown(self) -> None:
        try:
            self.house.drain()
            self.what_has_ended_stays_as_it_is()
            self.never_two_orders()
            self.what_has_not_happened_does_not_exist()
            known = [name for name in (*self.orders, *self.cancels) if self.house.journal.record(name)]
            open_still = {name: self.house.journal.record(name).state for name in known if name not in self.ended}
            assert not open_still, f"no end in sight for {open_still}"
        finally:
            self.house.close()
            self._patches.close()
