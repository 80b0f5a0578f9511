"""What a handler gets: the parameters, who asks, and the market to act on."""

from dataclasses import dataclass, field

from simulator.accounts import Account
from simulator.binance.errors import invalid_symbol
from simulator.binance.limits import Limits
from simulator.binance.params import Params
from simulator.instruments import Instrument
from simulator.market import Market
from simulator.orders import Order

MICROSECONDS = 1
MILLISECONDS = 1000


@dataclass(slots=True)
class Call:
    """One admitted request. `unit` is how many microseconds the unit of the reply's time stamps has."""

    params: Params
    market: Market
    limits: Limits
    account: Account | None = None
    unit: int = MILLISECONDS
    timestamp_us: int = 0
    window_us: int = 0
    hidden_us: int = 0
    received_us: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def user(self) -> str:
        """The account's name; empty on public calls."""
        return self.account.name if self.account else ""

    def now(self) -> int:
        """Server time in the reply's unit."""
        return self.market.clock.now_us() // self.unit

    def stamp(self, time_us: int) -> int:
        """A time in the reply's unit."""
        return time_us // self.unit

    def instrument(self) -> Instrument:
        """The mandatory symbol. Raises: ApiError -1102, -1121."""
        return self.named(self.params.need("symbol"))

    def named(self, symbol: str) -> Instrument:
        """A symbol. Raises: ApiError -1121."""
        found = self.market.instruments.get(symbol)
        if found is None:
            raise invalid_symbol()
        return found

    def shown(self, order: Order) -> bool:
        """Whether an order has become visible to queries (the fault `invisible` delays it)."""
        return order.visible_from_us <= self.received_us
