"""Callers, the way to the exchange and back, and the exchange that counts: one event after the other, on our time."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from support.rates.counters import Counter, FixedCounter, RollingCounter
from support.rates.gates import START_MS, Stand
from workers.calls.endpoint import Lane
from workers.calls.gatekeeper import Charge, Grant, Moment, Passage, Refusal, Report, Told

NAP_MS = 0.001


@dataclass(frozen=True)
class Worker:
    """What one host knows: the least time to the exchange, and its clock, which is wrong by ``error_ms``."""

    lead_ms: float = 1.0
    guard_ms: float = 1.0
    error_ms: float = 0.0


@dataclass
class Ask:
    """A call that somebody wants to make, and its history.

    ``fate`` is answered, refunded (the exchange gives the cost back), unsent, unanswered (the request arrives, its
    answer is lost) or dead (the worker is gone, and reports nothing).
    """

    name: str
    at_ms: float
    cost: int = 1
    lane: Lane = Lane.ORDERS
    worker: Worker = field(default_factory=Worker)
    fate: str = "answered"
    out_ms: float = 1.0
    back_ms: float = 1.0
    comes_again: bool = True
    asked_ms: list[float] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    granted_ms: float | None = None
    arrived_ms: float | None = None
    accepted: bool | None = None
    told: int | None = None


@dataclass(frozen=True)
class Rules:
    """The limit as it is declared: what the exchange counts by, and how far each lane may fill it."""

    limit: int
    window_ms: int
    rolling: bool
    ceilings: dict[Lane, int] = field(default_factory=dict)
    offset_ms: float = 0.0
    tells: bool = False  # whether answers say how much is used

    def charge(self, ask: Ask) -> Charge:
        ceiling = self.ceilings.get(ask.lane, self.limit)
        return Charge("exchange:budget", self.limit, ceiling, self.window_ms, ask.cost, self.rolling)


class World:
    """Runs until a given time. What happened stands in the asks, and in ``foreign`` what somebody else's calls met."""

    def __init__(self, stand: Stand, rules: Rules, counter: Counter) -> None:
        self.stand, self.rules, self.counter = stand, rules, counter
        self.asks: list[Ask] = []
        self.foreign: list[tuple[float, bool]] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._make: Callable[[int, float], Ask] | None = None

    def at(self, ms: float, what: Callable[[], None]) -> None:
        """Milliseconds since the start."""
        heapq.heappush(self._events, (ms, next(self._numbers), what))

    @property
    def now_ms(self) -> float:
        return self.stand.time.now_ms - START_MS

    def exchange_ms(self, at_ms: float) -> float:
        return START_MS + at_ms + self.rules.offset_ms

    def add(self, ask: Ask) -> None:
        self.asks.append(ask)
        self.at(ask.at_ms, lambda: self._ask(ask))

    def keep_coming(self, crowd: int, make: Callable[[int, float], Ask]) -> None:
        """So many callers at any time; whoever has its answer is followed by the next."""
        self._make = make
        for _ in range(crowd):
            self._next_comes()

    def _next_comes(self) -> None:
        if self._make is not None:
            self.add(self._make(len(self.asks), self.now_ms))

    def consume(self, at_ms: float, cost: int = 1) -> None:
        """Somebody else uses the same limit."""
        self.at(at_ms, lambda: self.foreign.append((at_ms, self.counter.arrive(self.exchange_ms(at_ms), cost))))

    def run(self, until_ms: float) -> None:
        while self._events and self._events[0][0] <= until_ms:
            at_ms, _, what = heapq.heappop(self._events)
            self.stand.time.move_to(START_MS + at_ms)
            what()
        self.stand.time.move_to(START_MS + until_ms)

    def refused(self) -> list[Ask]:
        """Those that the exchange refused."""
        return [ask for ask in self.asks if ask.accepted is False]

    def _passage(self, ask: Ask) -> Passage:
        worker = ask.worker
        return Passage(
            way="way",
            egress="egress",
            lane=ask.lane,
            charges=(self.rules.charge(ask),),
            moment=Moment(self.rules.offset_ms + worker.error_ms, worker.guard_ms, worker.lead_ms),
            caller=ask.name,
        )

    def _ask(self, ask: Ask) -> None:
        ask.asked_ms.append(self.now_ms)
        answer = self.stand.gate.enter(self._passage(ask))
        if isinstance(answer, Grant):
            ask.granted_ms = self.now_ms
            self._send(ask, answer)
            return
        ask.refusals.append(answer)
        if answer.retry_after_ms >= 0 and ask.comes_again:
            self.at(self.now_ms + answer.retry_after_ms + NAP_MS, lambda: self._ask(ask))

    def _send(self, ask: Ask, grant: Grant) -> None:
        arrives, answered = self.now_ms + ask.out_ms, self.now_ms + ask.out_ms + ask.back_ms
        if ask.fate != "unsent":
            self.at(arrives, lambda: self._arrive(ask))
        if ask.fate in ("unsent", "unanswered"):
            sent = ask.fate == "unanswered"
            self.at(self.now_ms + ask.back_ms, lambda: self.stand.gate.report(Report(grant, sent=sent)))
        elif ask.fate != "dead":
            self.at(answered, lambda: self._report(ask, grant))

    def _arrive(self, ask: Ask) -> None:
        ask.arrived_ms = self.now_ms
        at_ms = self.exchange_ms(self.now_ms)
        ask.accepted = self.counter.arrive(at_ms, ask.cost)
        ask.told = self.counter.used(at_ms)
        if ask.accepted and ask.fate == "refunded":
            self.counter.give_back(at_ms, ask.cost)

    def _report(self, ask: Ask, grant: Grant) -> None:
        charge = grant.passage.charges[0]
        refused = ask.accepted is False
        refunded = ask.fate == "refunded" and not self.rules.rolling
        back = ask.cost if refused or refunded else 0
        used = ask.told if self.rules.tells and not refused else None
        told = Told(charge, used, back, exhausted=refused)
        self.stand.gate.report(Report(grant, (told,), answered_ms_ago=0.0))
        self._next_comes()


def spread(random_: random.Random, least_ms: float, most_ms: float) -> float:
    """A time between the two, to the microsecond, that is often one of them."""
    return random_.choice((least_ms, most_ms, round(random_.uniform(least_ms, most_ms), 3)))


def counter_of(rules: Rules) -> Counter:
    kind = RollingCounter if rules.rolling else FixedCounter
    return kind(rules.limit, rules.window_ms)
