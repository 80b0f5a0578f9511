"""What one simulated Bybit knows beyond the engine: limits, used ids, modes, and what is not visible yet."""

from functools import partial

from simulator.amounts import SCALE
from simulator.bybit.guards import Guards
from simulator.bybit.limits import Limits
from simulator.bybit.links import Links
from simulator.bybit.listings import EXCHANGE
from simulator.bybit.modes import Modes
from simulator.bybit.visibility import Visibility
from simulator.market import Market
from simulator.orders import Order
from simulator.pool import Pool
from simulator.world import World

CATEGORIES = ("spot", "linear", "inverse", "option")
DEFAULT_LEVERAGE = 10 * SCALE
"""What a new account has on every contract (seen on the wire; the documents do not say)."""


class Exchange:
    """The state of one Bybit; made anew when the world starts over."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = world.clock
        self.markets: dict[str, Market] = {each: world.markets[EXCHANGE, each] for each in CATEGORIES}
        self.pool: Pool = self.markets["spot"].pool
        self.limits = Limits(world.clock, world.policy)
        self.links = Links()
        self.modes = Modes()
        self.visibility = Visibility(world.clock)
        # Cross margin of a unified account: every asset backs every position.
        self.pool.positions.multi_asset.update(account.name for account in world.accounts)
        self.pool.positions.default_leverage = DEFAULT_LEVERAGE
        self.guards = Guards(world)
        for market in self.markets.values():
            market.matcher.on_first_fill = partial(self._first_fill, market)
        self._numbers = 0

    def tick(self) -> None:
        """Do what is due; every request begins and ends with it."""
        self.world.tick()
        self.guards.sync()

    def _first_fill(self, market: Market, order: Order, maker: bool) -> None:  # noqa: ARG002, FBT001 - a listener
        self.guards.first_fill(market, order)

    def next_number(self) -> int:
        """A number for an id that the exchange makes up."""
        self._numbers += 1
        return self._numbers
