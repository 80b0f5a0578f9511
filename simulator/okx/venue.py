"""What OKX's handlers act on: the markets, the accounts' settings, and every order by its ids."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from simulator.algos import Algo
from simulator.amounts import SCALE
from simulator.instruments import Instrument
from simulator.market import Market
from simulator.okx.errors import error
from simulator.okx.legs import Attached
from simulator.okx.listings import EXCHANGE, POOL, Terms, terms
from simulator.okx.names import CONTRACTS, SPOT, family_of, kind_of
from simulator.orders import Order
from simulator.pit import Pit
from simulator.world import World

FUTURES_MODE = 2
"""The account level that every account starts with: SPOT by cash, contracts on cross or isolated margin."""
MULTI_CURRENCY, PORTFOLIO = 3, 4
DEFAULT_MARGIN_LEVERAGE = 3 * SCALE
MULTI_ASSET_LEVELS = (MULTI_CURRENCY, PORTFOLIO)


@dataclass(frozen=True, slots=True)
class Listed:
    """One instrument as OKX lists it: its type (a pair is SPOT), where it trades, what it is."""

    kind: str
    market: Market
    instrument: Instrument
    terms: Terms

    @property
    def inst_id(self) -> str:
        """The instrument ID."""
        return self.instrument.symbol

    @property
    def family(self) -> str:
        """The instrument family; empty for a pair."""
        return "" if self.kind == SPOT else family_of(self.inst_id)

    @property
    def pit(self) -> Pit:
        """Where it trades."""
        return self.market.pits[self.instrument.symbol]

    @property
    def mark(self) -> int:
        """Its mark price."""
        return self.pit.mark


class Venue:
    """One simulated OKX from one reset to the next."""

    def __init__(self, world: World) -> None:
        self.clock = world.clock
        self.timers = world.timers
        self.pool = world.pools[EXCHANGE, POOL]
        self.markets = {kind: world.markets[EXCHANGE, kind.lower()] for kind in (SPOT, *CONTRACTS)}
        self.listed = {
            instrument.symbol: Listed(kind, market, instrument, terms(market.listing.market, instrument.symbol))
            for kind, market in self.markets.items()
            for instrument in market.listing.instruments
        }
        self.levels: dict[str, int] = {}
        self.auto_loan: set[str] = set()
        self.countdowns: dict[str, set[str]] = defaultdict(set)
        self.attached: dict[int, list[Attached]] = {}
        self._margin_leverage: dict[tuple[str, str, str], int] = {}
        self._client_ids: dict[tuple[str, str], Order] = {}

    def level(self, user: str) -> int:
        """The account level: 1 spot, 2 futures, 3 multi-currency, 4 portfolio margin."""
        return self.levels.get(user, FUTURES_MODE)

    def hedged(self, user: str) -> bool:
        """Whether an account is in long/short mode."""
        return user in self.pool.positions.hedged

    def find(self, inst_id: str) -> Listed:
        """An instrument. Raises: ApiError 51001."""
        found = self.listed.get(inst_id)
        if found is None:
            raise error("51001")
        return found

    def of_kind(self, kind: str, family: str = "", inst_id: str = "") -> list[Listed]:
        """What is listed of a type (MARGIN has the pairs of SPOT), narrowed to a family and an instrument."""
        wanted = SPOT if kind == "MARGIN" else kind
        return [
            each
            for each in self.listed.values()
            if each.kind == wanted and family in ("", each.family) and inst_id in ("", each.inst_id)
        ]

    def accepted(self, order: Order) -> None:
        """Take note of a new order's client id; the newest order of an id hides the older ones."""
        if order.client_order_id:
            self._client_ids[order.account, order.client_order_id] = order

    def pending_id(self, user: str, client_id: str) -> bool:
        """Whether an order that is pending has this client id, on whatever instrument."""
        found = self._client_ids.get((user, client_id))
        return found is not None and found.open

    def waiting(self, user: str) -> list[Algo]:
        """An account's algo orders that have not fired, oldest first."""
        found = chain.from_iterable(market.algos.waiting(user) for market in self.markets.values())
        return sorted(found, key=lambda algo: algo.algo_id)

    def margin_leverage(self, user: str, name: str, mode: str) -> int:
        """The leverage set for a pair, or for a currency, on margin."""
        return self._margin_leverage.get((user, name, mode), DEFAULT_MARGIN_LEVERAGE)

    def set_margin_leverage(self, user: str, name: str, mode: str, lever: int) -> None:
        """Set it; what an account can borrow does not depend on it here."""
        self._margin_leverage[user, name, mode] = lever

    def order(self, user: str, order_id: str, client_id: str) -> Order | None:
        """One of an account's orders: by its number, or without one the newest of a client id."""
        if not order_id:
            return self._client_ids.get((user, client_id))
        if not order_id.isdecimal():
            return None
        found = (market.registry.by_id.get(int(order_id)) for market in self.markets.values())
        return next((each for each in found if each is not None and each.account == user), None)

    def market_of(self, order: Order) -> Market:
        """Where an order lives."""
        return self.markets[kind_of(order.instrument.symbol)]

    def open_orders(self, user: str) -> list[Order]:
        """An account's pending orders, oldest first."""
        found = chain.from_iterable(market.registry.open_orders(user) for market in self.markets.values())
        return sorted(found, key=lambda order: order.order_id)

    def orders(self, user: str) -> Iterator[Order]:
        """All of an account's orders."""
        for market in self.markets.values():
            for symbol in market.instruments:
                yield from market.registry.orders.get((user, symbol), ())
