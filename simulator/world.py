"""Everything the simulator knows, and how it starts over."""

from collections.abc import Callable, Sequence

from simulator.accounts import Account
from simulator.clock import Clock
from simulator.faults import Faults
from simulator.ledger import Ledger
from simulator.limits import Policy
from simulator.listing import LISTINGS, Listing
from simulator.market import Market
from simulator.order_count import Rule

DEFAULT_SEED = 1


class World:
    """Clock, ledger, faults, accounts and markets; dialects and the control API share one."""

    def __init__(
        self, accounts: Sequence[Account], policy: Policy, seed: int = DEFAULT_SEED, clock: Clock | None = None
    ) -> None:
        self.accounts = list(accounts)
        self.policy = policy
        self.by_key = {account.api_key: account for account in accounts}
        self.clock = clock or Clock()
        self.seed = seed
        self.on_reset: list[Callable[[], None]] = []
        self.on_limits: dict[str, Callable[[], None]] = {}
        self.limit_reports: dict[str, Callable[[], dict[str, object]]] = {}
        self.reset()

    def reset(self, seed: int | None = None) -> None:
        """Start over: no orders, no faults, first balances and limits. Without a seed the last one is used again."""
        if seed is not None:
            self.seed = seed
        self.clock.skew_ms = 0
        self.order_rules: dict[str, Rule] = {}
        self.ledger = Ledger(self.clock)
        self.faults = Faults(self.seed, self._skew)
        self.markets = {(each.exchange, each.market): self._market(each) for each in LISTINGS}
        for listener in self.on_reset:
            listener()

    def limit_orders(self, exchange: str, rule: Rule | None) -> None:
        """Put another limit on an exchange's orders, None for its own; it counts from nothing."""
        self.order_rules.pop(exchange, None)
        if rule is not None:
            self.order_rules[exchange] = rule
        self.on_limits[exchange]()

    def _market(self, listing: Listing) -> Market:
        market = Market(listing, self.clock, self.ledger, self.seed)
        for account in self.accounts:
            market.wallets.open(account.name, account.balances)
        return market

    def _skew(self, faults: Faults) -> None:
        self.clock.skew_ms = faults.skew_ms()
