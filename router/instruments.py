"""What an exchange allows on one market: steps, bounds and minimums, checked and rounded exactly."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from router.errors import InvalidCommand
from router.models import Model
from router.numbers import WIDE, Exact, plain
from router.symbols import SymbolField
from router.terms import OrderType, Side

ZERO = Decimal(0)


class Rung(Model):
    """From ``start`` on a grid has another step; ``start`` lies on both grids."""

    start: Exact
    step: Exact


class Steps(Model):
    """A grid of allowed values between two bounds; zero switches a bound or the step off.

    ``rungs``, from the lowest, are where it gets coarser as values grow (prices of options).
    """

    minimum: Exact = ZERO
    maximum: Exact = ZERO
    step: Exact = ZERO
    rungs: tuple[Rung, ...] = ()

    def check(self, field: str, value: Decimal) -> None:
        """Raise InvalidCommand, with the nearest valid values, unless the value is on the grid and within bounds."""
        if self.minimum and value < self.minimum:
            raise InvalidCommand.because(field, plain(value), f"must be at least {plain(self.minimum)}")
        if self.maximum and value > self.maximum:
            raise InvalidCommand.because(field, plain(value), f"must be at most {plain(self.maximum)}")
        step = self.step_at(value)
        if step and WIDE.remainder(value, step):
            below = self.floor(value)
            nearest = f"nearest are {plain(below)} and {plain(WIDE.add(below, step))}"
            raise InvalidCommand.because(field, plain(value), f"must be a multiple of {plain(step)}; {nearest}")

    def floor(self, value: Decimal) -> Decimal:
        """The grid value at or below."""
        return self._on_grid(value, ROUND_FLOOR)

    def ceiling(self, value: Decimal) -> Decimal:
        """The grid value at or above."""
        return self._on_grid(value, ROUND_CEILING)

    def _on_grid(self, value: Decimal, rounding: str) -> Decimal:
        step = self.step_at(value)
        return WIDE.multiply(WIDE.divide(value, step).to_integral_value(rounding), step) if step else value

    def step_at(self, value: Decimal) -> Decimal:
        """The distance of allowed values from there upwards; zero where any is allowed."""
        if not self.rungs:
            return self.step
        return next((rung.step for rung in reversed(self.rungs) if value >= rung.start), self.step)


class Instrument(Model):
    """One market's rules; prices in quote, quantities in base, notionals in quote (inverse: the other way round).

    ``market_quantity`` binds market orders beside ``quantity``; ``minimum_notional`` binds a market order only if
    ``minimum_notional_on_market``, judged by the exchange at a price of its own, and a reduce-only one only if
    ``minimum_notional_on_reduce``. ``post_only_quantity`` stands in for ``quantity`` where post-only orders have bounds
    of their own.

    Of contracts: ``contract_size`` is how much one contract holds (base; quote on inverse markets), ``expires_at_ms``
    when a dated one ends, ``max_leverage`` the highest that any position may have. What it settles in, and an option's
    strike, stand in the symbol.
    """

    exchange: str
    symbol: SymbolField
    spelling: str
    is_trading: bool
    order_types: list[OrderType]
    price: Steps
    quantity: Steps
    market_quantity: Steps = Steps()
    post_only_quantity: Steps | None = None
    minimum_notional: Exact = ZERO
    maximum_notional: Exact = ZERO
    minimum_notional_on_market: bool = False
    quote_decimals: int = 8
    sizes_by_notional: bool = True
    post_only: bool = True
    icebergs: bool = False
    amends: bool = False
    contract_size: Exact = Decimal(1)
    expires_at_ms: int | None = None
    max_leverage: Exact | None = None
    minimum_notional_on_reduce: bool = True

    def contracts(self, quantity: Decimal) -> Decimal:
        """A quantity counted in contracts."""
        return quantity / self.contract_size

    def quantity_of(self, contracts: Decimal) -> Decimal:
        """What so many contracts hold."""
        return contracts * self.contract_size

    def notional(self, quantity: Decimal, price: Decimal) -> Decimal:
        """What a quantity is worth at a price: in quote, on inverse markets in base."""
        return quantity / price if self.symbol.market == "inverse" else quantity * price

    def quantise_quantity(self, value: Decimal) -> Decimal:
        """Round down to the lot step: never more than was asked for."""
        return self.quantity.floor(value)

    def quantise_price(self, value: Decimal, side: Side) -> Decimal:
        """Round to the tick away from the market: a buy down, a sell up, so a price is never made worse."""
        return self.price.floor(value) if side is Side.BUY else self.price.ceiling(value)

    def quantise_notional(self, value: Decimal) -> Decimal:
        """Round down to the quote asset's precision."""
        return WIDE.quantize(value, Decimal(1).scaleb(-self.quote_decimals))

    def check_notional(self, quantity: Decimal, price: Decimal) -> None:
        """Raise InvalidCommand unless price times quantity lies within the notional bounds."""
        notional = self.notional(quantity, price)
        if self.minimum_notional and notional < self.minimum_notional:
            raise self._beyond(notional, f"must be at least {plain(self.minimum_notional)}")
        if self.maximum_notional and notional > self.maximum_notional:
            raise self._beyond(notional, f"must be at most {plain(self.maximum_notional)}")

    def _beyond(self, notional: Decimal, rule: str) -> InvalidCommand:
        inverse = self.symbol.market == "inverse"
        unit, how = (self.symbol.base, "÷") if inverse else (self.symbol.quote, "×")
        return InvalidCommand.because("notional", f"{plain(notional)} {unit} (quantity {how} price)", rule)
