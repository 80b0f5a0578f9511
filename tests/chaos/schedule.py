"""What is done and what is broken, when: all of it made from one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from chaos.markets import TRADED, VENUES, Traded, traded
from router.commands import AmendOrder, AnyCommand, CancelOrder, GetBalances, LimitOrder, MarketOrder
from router.identity import with_id

_LIVES = [60.0] * 14 + [30.0] * 3 + [3.0] * 2 + [0.5]
_ACTS = {
    "place": 68,
    "cancel": 12,
    "cancel_at_once": 4,
    "amend": 4,
    "again": 5,
    "balances": 3,
    "foreign": 4,
    "batch": 4,
}
_BATCHES = (2, 5)
PRODUCERS = 3

# What the exchange does once, by itself; how often in a hundred; the arguments.
EXCHANGE_FAULTS = {
    "lose_reply": 14, "reset_before": 7, "reset_after": 9, "partial_reply": 7, "error_after": 9, "error_before": 6,
    "stall_before": 5, "stall_after": 6, "late_execute": 8, "invisible": 8, "invisible_and_lost": 7, "duplicate": 5,
    "rate_limit": 4, "lost_read": 5,
}  # fmt: skip
# What is done to processes, connections and messages; each comes once per so many seconds.
HOUSE_FAULTS = {
    "worker_killed": 14, "worker_frozen": 23, "worker_terminated": 37, "producer_killed": 21, "valkey_killed": 55,
    "valkey_stalled": 31, "message_dropped": 2.5, "message_doubled": 2.5, "message_restored": 3,
    "producer_hop_reset": 11, "worker_hop_reset": 17, "exchange_hop_reset": 11, "producer_hop_deaf": 13,
    "worker_hop_deaf": 19, "exchange_hop_deaf": 13, "worker_hop_stalled": 29, "exchange_hop_stalled": 19,
    "clock_jump": 41, "ban": 53, "maintenance": 47,
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much of everything; ``grace`` seconds are given to come to an end afterwards."""

    commands: int
    faults: int
    seconds: float
    grace: float = 120.0


@dataclass(frozen=True)
class Act:
    """A producer's act: at a time it submits commands, ``how`` is submit, foreign, foreign_twice or batch."""

    at: float
    how: str
    commands: tuple[AnyCommand, ...]


@dataclass(frozen=True)
class Break:
    """A fault: when, what, and a number that chooses its victim or its measure."""

    at: float
    kind: str
    luck: float


@dataclass
class Schedule:
    """Everything of one run."""

    seed: int
    size: Size
    acts: list[Act] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)

    @classmethod
    def of(cls, seed: int, size: Size) -> Schedule:
        made = cls(seed, size)
        made.acts = _Acts(Random(seed), size).make()
        made.breaks = _breaks(Random(seed + 1), size)
        return made

    @property
    def commands(self) -> list[AnyCommand]:
        """All of them, in order of time; one that is submitted again stands there again."""
        return [command for act in self.acts for command in act.commands]


class _Acts:
    """Makes the commands; each refers to those before it."""

    def __init__(self, random: Random, size: Size) -> None:
        self._random = random
        self._size = size
        self._acts: list[Act] = []
        self._made = 0
        self._orders: list[AnyCommand] = []
        self._amended: set[str] = set()

    def make(self) -> list[Act]:
        kinds, weights = list(_ACTS), list(_ACTS.values())
        while self._made < self._size.commands:
            at = self._made / self._size.commands * self._size.seconds
            getattr(self, self._random.choices(kinds, weights)[0])(at)
        return self._acts

    def place(self, at: float) -> AnyCommand:
        order = with_id(self._order(self._random.choice(_LIVES)))
        self._add(at, "submit", order)
        self._orders.append(order)
        return order

    def foreign(self, at: float) -> None:
        order = self._order(60.0)
        self._add(at, self._random.choice(["foreign", "foreign_twice"]), order)

    def again(self, at: float) -> None:
        if self._orders:
            self._add(at, "submit", self._recent())

    def cancel(self, at: float) -> None:
        if self._orders:
            self._cancel(at, self._recent())

    def cancel_at_once(self, at: float) -> None:
        self._cancel(at, self.place(at))

    def amend(self, at: float) -> None:
        order = next((each for each in reversed(self._orders[-40:]) if _rests(each)), None)
        if order is None or order.id in self._amended:
            return
        self._amended.add(order.id or "")
        self._add(at, "submit", AmendOrder(**self._to(order), quantity=traded(order.exchange, order.symbol).half))

    def balances(self, at: float) -> None:
        venue = self._random.choice(list(VENUES.values()))
        account = self._random.choice(venue.accounts)
        self._add(at, "submit", GetBalances(exchange=venue.name, account=account, idempotency_key=self._key()))

    def batch(self, at: float) -> None:
        market = self._random.choice(TRADED)
        account = self._random.choice(VENUES[market.exchange].accounts)
        orders = [self._of(market, account, 60.0) for _ in range(self._random.randint(*_BATCHES))]
        self._add(at, "batch", *orders)
        self._orders += self._acts[-1].commands

    def _cancel(self, at: float, order: AnyCommand) -> None:
        self._add(at, "submit", CancelOrder(**self._to(order)))

    def _order(self, life: float) -> AnyCommand:
        market = self._random.choice(TRADED)
        return self._of(market, self._random.choice(VENUES[market.exchange].accounts), life)

    def _of(self, market: Traded, account: str, life: float) -> AnyCommand:
        common = {"exchange": market.exchange, "account": account, "symbol": market.symbol}
        common |= {"quantity": market.quantity, "expires_in": life, "idempotency_key": self._key()}
        match self._random.randrange(10):
            case 0 | 1 | 2 | 3 | 4:
                return MarketOrder(**common, side=self._random.choice(["buy", "sell"]))
            case 5 | 6:
                return LimitOrder(**common, side="buy", price=market.far)
            case 7 | 8:
                price = self._random.choice([market.above, market.below])
                return LimitOrder(**common, side="buy", price=price, time_in_force="IOC")
            case _:
                return LimitOrder(
                    **common, side="buy", price=self._random.choice([market.far, market.above]), post_only=True
                )

    def _recent(self) -> AnyCommand:
        """One of the last orders, mostly of the very last: queued, being sent, unknown, or done long ago."""
        return self._orders[-1 - min(len(self._orders) - 1, int(self._random.expovariate(1 / 12)))]

    def _to(self, order: AnyCommand) -> dict[str, object]:
        return {"exchange": order.exchange, "account": order.account, "command_id": order.id,
                "idempotency_key": self._key(), "expires_in": 60.0}  # fmt: skip

    def _key(self) -> str:
        return f"{self._random.getrandbits(64):x}"

    def _add(self, at: float, how: str, *commands: AnyCommand) -> None:
        self._acts.append(Act(at, how, tuple(map(with_id, commands))))
        self._made += len(commands)


def _rests(order: AnyCommand) -> bool:
    return isinstance(order, LimitOrder) and order.time_in_force == "GTC" and not order.post_only


def _breaks(random: Random, size: Size) -> list[Break]:
    made: list[Break] = []
    for kind, every in HOUSE_FAULTS.items():
        at = random.uniform(1, min(every, size.seconds * 0.8))
        while at < size.seconds:
            made.append(Break(at, kind, random.random()))
            at += random.uniform(0.6, 1.4) * every
    kinds, weights = list(EXCHANGE_FAULTS), list(EXCHANGE_FAULTS.values())
    for _ in range(max(0, size.faults - len(made))):
        kind = random.choices(kinds, weights)[0]
        made.append(Break(random.uniform(0.5, size.seconds), kind, random.random()))
    return sorted(made, key=lambda each: each.at)
