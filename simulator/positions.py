"""Positions in contracts: what is held, what it cost, what it has earned."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.amounts import SCALE
from simulator.instruments import Instrument, Kind
from simulator.orders import Order, PositionSide, Side

Key = tuple[str, PositionSide, bool]
DEFAULT_LEVERAGE = 20 * SCALE


@dataclass(slots=True)
class Position:
    """One account's position in one instrument; amounts as in `simulator.amounts`.

    `quantity` is signed. `cost` is what it would return to the settlement asset to undo the opening fills: paid is
    positive, received negative (an inverse long has received coin). `margin` is what isolated margin sets aside.
    `bids` and `asks` are the value of open orders that may enlarge it; `closers` are those that may only reduce it.
    """

    account: str
    instrument: Instrument
    side: PositionSide
    isolated: bool
    quantity: int = 0
    cost: int = 0
    margin: int = 0
    realised: int = 0
    fees: int = 0
    bids: int = 0
    asks: int = 0
    opened_us: int = 0
    updated_us: int = 0
    closers: dict[int, Order] = field(default_factory=dict)

    @property
    def entry_price(self) -> int:
        """The average price of what is held; 0 when flat."""
        return self.instrument.average(abs(self.cost), abs(self.quantity))

    def value(self, price: int) -> int:
        """What it is worth at a price, never negative."""
        return self.instrument.value(price, abs(self.quantity))

    def worth(self, price: int) -> int:
        """The cost of the same position at another price; signed like `cost`."""
        value = self.value(price)
        return value if (self.quantity > 0) is not (self.instrument.kind is Kind.INVERSE) else -value

    def unrealised(self, price: int) -> int:
        """Profit or loss if it were closed at a price."""
        return self.worth(price) - self.cost if self.quantity else 0

    def closable(self, side: Side) -> int:
        """How many contracts an order of this side could close."""
        held = self.quantity if side is Side.SELL else -self.quantity
        return max(0, held)

    def fill(self, side: Side, quantity: int, value: int) -> int:
        """Take a fill in, closing what it goes against before opening the other way.

        Returns: the profit or loss realised. What is not realised stays in `cost`, so nothing is lost to rounding.
        """
        paid = value if (side is Side.BUY) is not (self.instrument.kind is Kind.INVERSE) else -value
        sign = 1 if side is Side.BUY else -1
        closing = min(quantity, self.closable(side))
        realised = 0
        if closing:
            share = self.cost * closing // abs(self.quantity)
            returned = paid * closing // quantity
            realised = -share - returned
            self.cost -= share
            self.quantity += sign * closing
            paid -= returned
        if quantity > closing:
            self.quantity += sign * (quantity - closing)
            self.cost += paid
        self.realised += realised
        return realised


@dataclass(frozen=True, slots=True)
class Income:
    """A change of a balance that is no trade itself: `kind` is realised, commission, funding or transfer."""

    time_us: int
    symbol: str
    kind: str
    asset: str
    amount: int
    number: int
    trade_id: int = 0


class Positions:
    """All positions of one pool, their settings, and the income of every account.

    What only a dialect reads: accounts in hedge mode (`hedged`), and with isolated margin by symbol (`isolated`).
    """

    def __init__(self) -> None:
        self._held: dict[str, dict[Key, Position]] = defaultdict(dict)
        self._leverage: dict[tuple[str, str, bool, PositionSide], int] = {}
        self.hedged: set[str] = set()
        self.multi_asset: set[str] = set()
        self.default_leverage = DEFAULT_LEVERAGE
        self.isolated: set[tuple[str, str]] = set()
        self.income: dict[str, list[Income]] = defaultdict(list)
        self._numbers = 0

    def get(self, account: str, instrument: Instrument, side: PositionSide, *, isolated: bool) -> Position:
        """An account's position, flat if it has none yet."""
        key = (instrument.symbol, side, isolated)
        held = self._held[account]
        found = held.get(key)
        if found is None:
            found = held[key] = Position(account, instrument, side, isolated)
        return found

    def of(self, account: str) -> list[Position]:
        """Everything an account has ever touched; what is flat has quantity 0."""
        return list(self._held[account].values()) if account in self._held else []

    def __iter__(self) -> Iterator[Position]:
        for held in self._held.values():
            yield from held.values()

    def leverage(self, account: str, symbol: str, side: PositionSide, *, isolated: bool) -> int:
        """The leverage set (an amount: 20 is 20 * SCALE); what is set for NET also counts for LONG and SHORT."""
        for each in (side, PositionSide.NET):
            found = self._leverage.get((account, symbol, isolated, each))
            if found is not None:
                return found
        return self.default_leverage

    def set_leverage(self, position: Position, leverage: int) -> None:
        """Set the leverage of a position; the caller has checked bounds and margin."""
        key = (position.account, position.instrument.symbol, position.isolated, position.side)
        self._leverage[key] = leverage

    def of_position(self, position: Position) -> int:
        """A position's leverage, within what its instrument allows."""
        symbol = position.instrument.symbol
        found = self.leverage(position.account, symbol, position.side, isolated=position.isolated)
        return min(found, position.instrument.max_leverage * SCALE)

    def earn(self, position: Position, kind: str, amount: int, time_us: int, trade_id: int = 0) -> None:
        """Note an income in the settlement asset; nothing for zero."""
        if not amount:
            return
        self._numbers += 1
        asset, symbol = position.instrument.settle, position.instrument.symbol
        row = Income(time_us, symbol, kind, asset, amount, self._numbers, trade_id)
        self.income[position.account].append(row)
