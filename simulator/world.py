"""Everything the simulator knows, and how it starts over."""

from collections.abc import Callable, Sequence

from simulator.accounts import Account
from simulator.clock import Clock
from simulator.faults import Faults
from simulator.ledger import Ledger
from simulator.limits import Policy
from simulator.listing import Listing
from simulator.listings import listings
from simulator.market import Market
from simulator.order_count import Rule
from simulator.pool import Pool
from simulator.timers import Timers

DEFAULT_SEED = 1


class World:
    """Clock, ledger, faults, accounts and markets; dialects and the control API share one.

    `controls` are the dialects' own settings by exchange, for `/_sim/<exchange>`: a wish goes in (an empty one changes
    nothing), what is set comes out; a ValueError names field, value and rule.
    """

    def __init__(
        self, accounts: Sequence[Account], policy: Policy, seed: int = DEFAULT_SEED, clock: Clock | None = None
    ) -> None:
        self.accounts = list(accounts)
        self.policy = policy
        self.by_key = {account.api_key: account for account in accounts}
        self.clock = clock or Clock()
        self.seed = seed
        self.on_reset: list[Callable[[], None]] = []
        self.controls: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {}
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
        self.timers = Timers()
        self.pools: dict[tuple[str, str], Pool] = {}
        self.markets = {(each.exchange, each.market): self._market(each) for each in listings(self.clock.now_ms())}
        for listener in self.on_reset:
            listener()

    def tick(self) -> None:
        """Do what is due by now; a dialect calls it before it looks at anything."""
        self.timers.run(self.clock.now_us())

    def limit_orders(self, exchange: str, rule: Rule | None) -> None:
        """Put another limit on an exchange's orders, None for its own; it counts from nothing."""
        self.order_rules.pop(exchange, None)
        if rule is not None:
            self.order_rules[exchange] = rule
        self.on_limits[exchange]()

    def _market(self, listing: Listing) -> Market:
        key = (listing.exchange, listing.pool or listing.market)
        if key not in self.pools:
            self.pools[key] = pool = Pool(self.clock, self.ledger, self.seed, self.timers)
            for account in self.accounts:
                start = account.balances
                wanted = start.keys() if listing.assets is None else start.keys() & listing.assets
                pool.wallets.open(account.name, {asset: start[asset] for asset in wanted})
        return Market(listing, self.pools[key])

    def _skew(self, faults: Faults) -> None:
        self.clock.skew_ms = faults.skew_ms()
