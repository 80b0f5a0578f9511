"""What a handler gets: the parameters, who asks, and the exchange to act on."""

from dataclasses import dataclass, field

from simulator.accounts import Account
from simulator.bybit import errors
from simulator.bybit.exchange import CATEGORIES, Exchange
from simulator.bybit.params import Params
from simulator.instruments import Instrument
from simulator.market import Market

SPOT = "spot"


@dataclass(slots=True)
class Result:
    """A reply's `result`, the `retExtInfo` that a batch has beside it, and what the envelope lacks for once."""

    result: object
    extension: dict[str, object] = field(default_factory=dict)
    message: str = "OK"
    lacks: tuple[str, ...] = ()


@dataclass(slots=True)
class Call:
    """One admitted request. `granted`: how many items of a batch the rate limit lets pass."""

    exchange: Exchange
    params: Params
    account: Account | None = None
    timestamp_ms: int = 0
    window_ms: int = 0
    hidden_us: int = 0
    granted: int = 0

    @property
    def user(self) -> str:
        """The account's name; empty on public calls."""
        return self.account.name if self.account else ""

    def category(self, allowed: tuple[str, ...] = CATEGORIES) -> str:
        """The mandatory category. Raises: ApiError 10001."""
        word = self.params.need("category")
        if word not in allowed:
            raise errors.parameter("params error: Illegal category")
        return word

    def market(self, category: str) -> Market:
        """A category's market."""
        return self.exchange.markets[category]

    def item(self, params: Params) -> "Call":
        """The same call about one item of its batch."""
        return Call(self.exchange, params, self.account, self.timestamp_ms, self.window_ms, self.hidden_us)

    def now_ms(self) -> int:
        """Server time."""
        return self.exchange.clock.now_ms()

    def tradable(self, category: str) -> Instrument:
        """The mandatory symbol of an order. Raises: ApiError 10001, on spot 170121 when there is none of that name."""
        symbol = self.params.need("symbol")
        found = self.market(category).instruments.get(symbol)
        if found is not None:
            return found
        if category == SPOT:
            raise errors.ApiError(errors.SPOT_SYMBOL, "Invalid symbol.")
        raise errors.parameter("Not supported symbols")

    def instrument(self, category: str) -> Instrument:
        """The mandatory symbol of a question about the market. Raises: ApiError 10001."""
        found = self.market(category).instruments.get(self.params.need("symbol"))
        if found is None:
            raise errors.parameter("Not supported symbols")
        return found

    def instruments(self, category: str) -> list[Instrument]:
        """What symbol, else baseCoin, else settleCoin ask for; everything without any of them.

        Raises: ApiError 10001.
        """
        if self.params.has("symbol"):
            return [self.instrument(category)]
        base, settle = self.params.text("baseCoin"), self.params.text("settleCoin")
        every = self.market(category).instruments.values()
        if base:
            return [each for each in every if each.base == base]
        return [each for each in every if not settle or each.settle == settle]
