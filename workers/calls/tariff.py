"""What a call costs and against whom: budgets as the gate keys them, limits as the exchange tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic_ns
from typing import Any

from workers.calls.clock import Clock
from workers.calls.endpoint import Budget, Call, Lane, Scope
from workers.calls.gatekeeper import Charge, Passage, Report


@dataclass(frozen=True)
class Payer:
    """Who pays: an account of an exchange environment, behind an egress; ``share`` is its part of each limit.

    ``host`` is set where the account has an address of its own instead of the environment's.
    """

    exchange: str
    environment: str
    account: str
    egress: str
    share: float = 1.0
    host: str = ""


@dataclass
class Tariff:
    """Turns calls into passages and finished calls into reports.

    ``limits`` starts as declared and is replaced by what the exchange tells; others may hold a reference to it.
    """

    payer: Payer
    clock: Clock
    limits: dict[Budget, int] = field(default_factory=dict)
    _charges: dict[tuple[str, int], Charge] = field(default_factory=dict, init=False)
    _names: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        egress = f"{self.payer.exchange}:{self.payer.environment}:{self.payer.egress}"
        self._names = f"{egress}:{self.payer.host}" if self.payer.host else egress, egress

    def key(self, budget: Budget) -> str:
        """The budget's name among all budgets of all exchanges, as in ``binance:testnet:direct:request_weight``."""
        payer = self.payer
        scope = payer.egress if budget.scope is Scope.ADDRESS else payer.account
        return f"{payer.exchange}:{payer.environment}:{scope}:{budget.name}"

    def limit(self, budget: Budget) -> int:
        """How much of it we may use per window: our share of what the exchange allows, at least one."""
        return max(int(self.limits.get(budget, budget.limit) * self.payer.share), 1)

    def learn(self, limits: Mapping[Budget, int]) -> None:
        """Take over the limits an exchange has told."""
        self.limits.update(limits)

    def passage(self, call: Call[Any]) -> Passage:
        """What the call asks of the gate."""
        way, egress = self._names
        return Passage(
            way=way,
            egress=egress,
            lane=call.endpoint.lane,
            charges=tuple(self._charge(budget, cost) for budget, cost in call.cost.items() if cost),
            offset_ms=self.clock.offset_ms,
            ignores_breaker=call.probe or call.endpoint.lane is Lane.CANCELS,
        )

    def report(self, call: Call[Any], passage: Passage) -> Report:
        """What a finished call taught; ``passage`` is what it entered with."""
        trace = call.trace
        known = trace.status is not None or trace.server_failed
        return Report(
            passage=passage,
            usage=tuple((self._charge(budget, 0), self.own_use(budget, used)) for budget, used in trace.usage.items()),
            refunds=tuple(
                (self._charge(budget, 0), units)
                for budget, units in trace.refunds.items()
                if self._same_window(call, budget)
            ),
            banned_for_ms=trace.banned_for_ms,
            healthy=not trace.server_failed if known else None,
        )

    def own_use(self, budget: Budget, used: int) -> int:
        """The exchange counts everybody behind the address; what is left of others' share is not ours to count."""
        others = self.limits.get(budget, budget.limit) - self.limit(budget)
        return max(used - others, 0)

    def _charge(self, budget: Budget, cost: int) -> Charge:
        known, limit = self._charges.get((budget.name, cost)), self.limit(budget)
        if known is None or known.limit != limit:  # the limits are shared: another account may have learnt them
            known = Charge(self.key(budget), limit, budget.window_ms, cost)
            self._charges[budget.name, cost] = known
        return known

    def _same_window(self, call: Call[Any], budget: Budget) -> bool:
        """A refund must not lower the count of a later window, in which the call was never charged."""
        sent_ns = call.trace.sent_ns
        if sent_ns is None:
            return False
        now_ms = self.clock.now_ms()
        sent_ms = now_ms - (monotonic_ns() - sent_ns) // 1_000_000
        return sent_ms // budget.window_ms == now_ms // budget.window_ms
