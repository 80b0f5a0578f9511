"""What can be traded: an instrument with its grid and bounds, and the default set.

Values are modelled on Binance's live spot symbols of 2026; the tests read them from the exchange info instead.
"""

from dataclasses import dataclass
from enum import StrEnum

from simulator.amounts import SCALE, parse


class Kind(StrEnum):
    """What a trade moves: two assets, or the profit and loss of contracts."""

    SPOT = "spot"
    LINEAR = "linear"
    INVERSE = "inverse"
    OPTION = "option"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A spot pair or a contract; all bounds are amounts as in `simulator.amounts`.

    Contracts are counted in units of `contract`: of the base asset (linear, option; 1 means the quantity is in base),
    of the quote asset for inverse ones. Margin, profit, loss and commission are in `settle`. `expiry_ms` 0 is a
    perpetual. `underlying` names the symbol whose price an option's margin and commission follow.
    """

    symbol: str
    base: str
    quote: str
    tick: int
    min_price: int
    max_price: int
    step: int
    max_quantity: int
    max_market_quantity: int
    min_notional: int
    max_notional: int
    seed_price: int
    level_quantity: int
    kind: Kind = Kind.SPOT
    settle: str = ""
    contract: int = SCALE
    min_quantity: int = 0
    expiry_ms: int = 0
    strike: int = 0
    call: bool = True
    underlying: str = ""
    max_leverage: int = 100
    maintenance: int = parse("0.005")

    def __post_init__(self) -> None:
        if self.kind is Kind.SPOT and self.tick * self.step % SCALE:
            raise ValueError(
                f"{self.symbol}: tick times step must not be finer than the scale, or notionals lose digits"
            )

    def value(self, price: int, quantity: int) -> int:
        """What a quantity is worth at a price, in quote (spot) or in `settle`, cut to the scale."""
        if self.kind is Kind.INVERSE:
            return quantity * self.contract // price
        if self.contract == SCALE:
            return price * quantity // SCALE
        return price * quantity * self.contract // (SCALE * SCALE)

    def average(self, value: int, quantity: int) -> int:
        """The price at which a quantity is worth that much; 0 when there is no quantity."""
        if not quantity or not value:
            return 0
        if self.kind is Kind.INVERSE:
            return quantity * self.contract // value
        return value * SCALE * SCALE // (quantity * self.contract)


def _spot(pair: str, seed: str, grid: str, bounds: str, depth: str) -> Instrument:
    """Spell one row of the table below out."""
    base, quote = pair.split("/")
    tick, step, min_notional, max_notional = (parse(word) for word in grid.split())
    max_price, max_quantity, max_market = (parse(word) for word in bounds.split())
    return Instrument(
        symbol=base + quote,
        base=base,
        quote=quote,
        tick=tick,
        min_price=tick,
        max_price=max_price,
        step=step,
        max_quantity=max_quantity,
        max_market_quantity=max_market,
        min_notional=min_notional,
        max_notional=max_notional,
        seed_price=parse(seed),
        level_quantity=parse(depth),
    )


# pair, price at the start; tick, step, notional bounds; greatest price, quantity, market quantity; a level's quantity
SPOT = (
    _spot("BTC/USDT", "60000", "0.01 0.00001 5 9000000", "1000000 9000 112.2110882", "1"),
    _spot("ETH/USDT", "3000", "0.01 0.0001 5 9000000", "1000000 9000 2500", "20"),
    _spot("BNB/USDT", "600", "0.01 0.001 5 9000000", "100000 90000 2000", "50"),
    _spot("SOL/USDT", "150", "0.01 0.001 5 9000000", "100000 90000 10000", "200"),
    _spot("XRP/USDT", "0.6", "0.0001 0.1 5 9000000", "10000 9222449 2000000", "50000"),
    _spot("LTC/USDT", "80", "0.01 0.001 5 9000000", "100000 90000 5000", "300"),
    _spot("ETH/BTC", "0.05", "0.00001 0.001 0.0001 9000000", "922327 100000 2500", "20"),
    _spot("LTC/BTC", "0.00133", "0.000001 0.01 0.0001 9000000", "100000 100000 5000", "300"),
)
