"""What a call costs and against whom: budgets as the gate keys them, limits as the exchange tells them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic_ns
from typing import Any

from workers.calls.clock import Clock
from workers.calls.endpoint import Budget, Call, Lane, Scope, Window
from workers.calls.gatekeeper import Charge, Grant, Moment, Passage, Report, Told

# How far each lane may fill what all lanes share. Look-ups of orders whose fate is unknown go before other reads.
_SHARES = {Lane.CANCELS: 1.0, Lane.ORDERS: 0.9, Lane.QUERIES: 0.8}
_LOOK_UP_SHARE = 0.95
# A poll may last for many windows and fills each to its brim: what it leaves is for the reads that apps wait for.
_BULK_SHARE = 0.78
_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Payer:
    """Who pays: an account of an exchange environment, behind an egress; ``share`` is its part of each limit.

    ``host`` is set where the account has an address of its own instead of the environment's. ``orders_per_minute`` is
    the account's own guard, if it has one.
    """

    exchange: str
    environment: str
    account: str
    egress: str
    share: float = 1.0
    host: str = ""
    orders_per_minute: int | None = None


_Price = tuple[str, int, int, float, str]
"""What makes two charges of a budget alike: its name, the cost, what the exchange allows, the share, the symbol."""


@dataclass
class Tariff:
    """Turns calls into passages and finished calls into reports.

    ``limits`` starts as declared and is replaced by what the exchange tells; others may hold a reference to it. ``own``
    is what replies told of this account alone: its level may allow it more than others.
    """

    payer: Payer
    clock: Clock
    limits: dict[Budget, int] = field(default_factory=dict)
    own: dict[Budget, int] = field(default_factory=dict)
    _charges: dict[_Price, Charge] = field(default_factory=dict, init=False)
    _halts: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)
    _names: dict[str, tuple[str, str]] = field(default_factory=dict, init=False)
    _guard: tuple[Charge, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._guard = self._own_guard()

    def key(self, budget: Budget, symbol: str = "") -> str:
        """The budget's name among all budgets of all exchanges, as in ``binance:testnet:direct:request_weight``."""
        payer = self.payer
        scope = payer.egress if budget.scope is Scope.ADDRESS else payer.account
        if budget.scope is Scope.SYMBOL:
            scope = f"{scope}:{symbol}"
        return f"{payer.exchange}:{payer.environment}:{scope}:{budget.name}"

    def limit(self, budget: Budget) -> int:
        """How much of it we may use per window: our share of what the exchange allows, at least one."""
        return self._share_of(self._allowed(budget))

    def learn(self, limits: Mapping[Budget, int]) -> None:
        """Take over the limits an exchange has told."""
        self.limits.update(limits)

    def passage(self, call: Call[Any]) -> Passage:
        """What the call asks of the gate."""
        way, egress = self._names_of(call.endpoint.area)
        lane, share = call.endpoint.lane, _share(call)
        symbol = call.counted_under or call.symbol
        charges = [self._charge(budget, cost, share, symbol) for budget, cost in call.cost.items() if cost]
        orders = lane is Lane.ORDERS
        return Passage(
            way=way,
            egress=egress,
            lane=lane,
            charges=(*charges, *self._guard) if orders else tuple(charges),
            moment=Moment(
                self.clock.offset_ms, self.clock.uncertainty_ms or 0.0, (self.clock.round_trip_ms or 0.0) / 2
            ),
            halts=self._halts_of(call.symbol) if orders else (),
            ignores_breaker=call.probe or lane is Lane.CANCELS,
            caller=str(id(call)),
        )

    def report(self, call: Call[Any], grant: Grant) -> Report:
        """What a finished call taught; ``grant`` is what it was let through with."""
        trace = call.trace
        self.own.update(trace.limits)
        known = trace.status is not None or trace.server_failed
        sent = trace.sent_ns is not None and not trace.unsent
        answered = trace.answered_ns if trace.status is not None else None
        return Report(
            grant=grant,
            told=tuple(self._told(call, budget) for budget in _spoken_of(call)),
            sent=sent,
            answered_ms_ago=None if answered is None else round((monotonic_ns() - answered) / 1e6, 3),
            banned_for_ms=trace.banned_for_ms,
            healthy=not trace.server_failed if known else None,
        )

    def charged(self) -> list[tuple[Charge, str]]:
        """What has been charged so far, with its symbol ('' but for limits per instrument): the limits in force."""
        known = [(charge, symbol) for (*_, symbol), charge in list(self._charges.items())]
        return [*known, *((charge, "") for charge in self._guard)]

    def own_use(self, budget: Budget, used: int) -> int:
        """The exchange counts everybody behind the address; what is left of others' share is not ours to count."""
        allowed = self._allowed(budget)
        return max(used - (allowed - self._share_of(allowed)), 0)

    def _allowed(self, budget: Budget) -> int:
        return self.own.get(budget) or self.limits.get(budget, budget.limit)

    def _share_of(self, allowed: int) -> int:
        return max(int(allowed * self.payer.share), 1)

    def _told(self, call: Call[Any], budget: Budget) -> Told:
        trace, used = call.trace, call.trace.usage.get(budget)
        return Told(
            charge=self._charge(budget, 0, 1.0, call.counted_under or call.symbol),
            used=None if used is None else self.own_use(budget, used),
            given_back=trace.refunds.get(budget, 0),
            exhausted=trace.exhausted is budget,
        )

    def _charge(self, budget: Budget, cost: int, share: float, symbol: str) -> Charge:
        allowed = self._allowed(budget)  # the limits are shared: another account may have learnt them
        price = budget.name, cost, allowed, share, symbol if budget.scope is Scope.SYMBOL else ""
        known = self._charges.get(price)
        if known is None:
            limit = self._share_of(allowed)
            ceiling = max(math.ceil(limit * share), 1) if budget.shared else limit
            rolling = budget.window is Window.ROLLING
            known = Charge(self.key(budget, symbol), limit, ceiling, budget.window_ms, cost, rolling)
            self._charges[price] = known
        return known

    def _own_guard(self) -> tuple[Charge, ...]:
        most, payer = self.payer.orders_per_minute, self.payer
        if most is None:
            return ()
        key = f"{payer.exchange}:{payer.environment}:{payer.account}:orders_per_minute"
        return (Charge(key, most, most, _MINUTE_MS, 1, rolling=True, refuses=True),)

    def _names_of(self, area: str) -> tuple[str, str]:
        """Under which names an area's breaker and bans are kept; what one part of an exchange does binds no other."""
        names = self._names.get(area)
        if names is None:
            parts = (self.payer.exchange, self.payer.environment, self.payer.egress, area)
            egress = ":".join(part for part in parts if part)
            names = self._names[area] = f"{egress}:{self.payer.host}" if self.payer.host else egress, egress
        return names

    def _halts_of(self, symbol: str) -> tuple[str, ...]:
        """Under which names an order of ours may have been halted."""
        names = self._halts.get(symbol)
        if names is None:
            exchange = self.payer.exchange
            names = ("all", f"exchange:{exchange}", f"account:{self.payer.account}", f"symbol:{exchange}:{symbol}")
            self._halts[symbol] = names
        return names


def _share(call: Call[Any]) -> float:
    """How far the call may fill what all lanes share."""
    if call.probe:
        return _LOOK_UP_SHARE
    return min(_SHARES[call.endpoint.lane], _BULK_SHARE if call.bulk else 1.0)


def _spoken_of(call: Call[Any]) -> list[Budget]:
    """The budgets the answer says something about, each once and in a settled order."""
    trace = call.trace
    named = [*trace.usage, *trace.refunds, *([trace.exhausted] if trace.exhausted is not None else [])]
    return list(dict.fromkeys(named))
