"""What the scripts reckon the short way is what they would reckon the long way: to the last bit, in every order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import redis
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.protocol.time import Mutation, ours
from support.rates.gates import Time
from support.rates.scenes import bounded

from router.journal import Journal
from router.keys import Keys
from workers.calls.endpoint import Lane
from workers.calls.gatekeeper import Charge, Grant, Moment, Passage, Report, Told
from workers.shared_gate import SharedGate

_LONG_WAY: tuple[Mutation, ...] = (
    ("pass", "not watchful and fixed_plenty(charge, held, moment)", "nil"),
    ("report", "call.answered and fixed_usual(charge, held, moment, call, told)", "nil"),
)
_RIGHT = SimpleNamespace(ahead_ms=0.0, uncertainty_ms=0.0)

WINDOW_MS = 1_000
clocks = st.builds(
    Moment,
    offset_ms=st.sampled_from((0.0, -3.25, 40.5)),
    guard_ms=st.sampled_from((0.0, 0.4, 25.0, 25.0, 25.0)),
    lead_ms=st.sampled_from((0.0, 0.3, 12.0)),
)
calls = st.tuples(st.just("call"), st.sampled_from((1, 1, 4, 20)), st.sampled_from((1, 1, 2)))
pauses = st.tuples(st.just("pause"), st.sampled_from((0.1, 1.0, 30.0, 260.0)))
turns = st.tuples(st.just("turn"), st.sampled_from((-60.0, -20.0, -5.0, 1.0, 6.0, 18.0, 30.0)))
answers = st.tuples(
    st.just("answer"),
    st.sampled_from((1, 3, 30)),
    st.builds(
        dict,
        used=st.none() | st.integers(0, 24),
        given_back=st.sampled_from((0, 0, 1, 2)),
        exhausted=st.sampled_from((False,) * 6 + (True,)),
        sent=st.sampled_from((True, True, True, False)),
        answered=st.sampled_from((0.0, 0.4, 5.0, None)),
    ),
)


def _gate(client: redis.Redis, prefix: str, mutations: tuple[Mutation, ...]) -> SharedGate:
    with ours(*mutations):
        return SharedGate(Journal(client, Keys(prefix)), _RIGHT)  # type: ignore[arg-type]


def _report(grant: Grant, said: dict[str, object]) -> Report:
    charge = grant.passage.charges[0]
    told = Told(charge, said["used"], said["given_back"], said["exhausted"])  # type: ignore[arg-type]
    answered = said["answered"] if said["sent"] else None
    return Report(grant, (told,), bool(said["sent"]), answered)  # type: ignore[arg-type]


class Twins:
    """Two gates, of which one knows no shortcuts, through the same steps."""

    def __init__(self, client: redis.Redis, limit: int, moment: Moment) -> None:
        client.flushdb()
        self._client, self._limit, self._moment = client, limit, moment
        self._gates = [_gate(client, "short", ()), _gate(client, "long", _LONG_WAY)]
        self._time = Time(client)
        self.flying: list[Grant] = []

    def pause(self, ms: float) -> None:
        self._time.move_to(self._time.now_ms + ms)

    def turn(self, ms: float) -> None:
        """To so long after the next window has begun at the exchange, for a call that leaves then."""
        behind = self._moment.offset_ms + self._moment.lead_ms
        into = (self._time.now_ms + behind - ms) % WINDOW_MS
        self.pause(WINDOW_MS - into)

    def call(self, times: int, cost: int) -> None:
        charge = Charge("orders", self._limit, self._limit, WINDOW_MS, cost)
        for _ in range(times):
            self.pause(0.0)
            found = [gate.enter(Passage("way", "egress", Lane.ORDERS, (charge,), self._moment)) for gate in self._gates]
            assert found[0] == found[1]
            self.flying += [each for each in found[:1] if isinstance(each, Grant)]
            self.alike()

    def answer(self, times: int, said: dict[str, object]) -> None:
        for _ in range(min(times, len(self.flying))):
            self.pause(0.0)
            report = _report(self.flying.pop(0), said)
            for gate in self._gates:
                gate.report(report)
            self.alike()

    def alike(self) -> None:
        assert self._client.get("short:budget:orders") == self._client.get("long:budget:orders")


_USUAL: dict[str, object] = {"used": None, "given_back": 0, "exhausted": False, "sent": True, "answered": 0.0}
_ALONE = [("pause", 30.0), ("call", 1, 1), ("answer", 1, _USUAL), ("call", 1, 1), ("answer", 1, {**_USUAL, "used": 0})]
_LATE = [("turn", -60.0), ("call", 4, 1), ("pause", 40.0), ("answer", 4, _USUAL)]
_FULL_BEFORE = [
    *[("turn", -5.0), ("turn", 30.0), ("call", 20, 1), ("answer", 19, _USUAL)],
    *[("turn", 6.0), ("answer", 1, _USUAL), ("call", 1, 1)],
]  # fmt: skip
_ROUGH = Moment(guard_ms=25.0)


def test_shortcuts_change_nothing(quick: redis.Redis) -> None:
    @settings(bounded(100))
    @given(st.integers(17, 24), clocks, st.lists(calls | calls | pauses | turns | answers | answers, max_size=25))
    @example(20, Moment(), _ALONE)
    @example(20, _ROUGH, _LATE)
    @example(20, _ROUGH, _FULL_BEFORE)
    def same(limit: int, moment: Moment, steps: list[Any]) -> None:
        twins = Twins(quick, limit, moment)
        for name, *how in steps:
            getattr(twins, name)(*how)

    same()
