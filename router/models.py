"""What comes back, in our words: the same models whatever exchange answered."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, computed_field

from router.numbers import Exact
from router.symbols import SymbolField


class Side(StrEnum):
    """Which way an order goes."""

    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    """How an order meets the book; the stop and take-profit kinds wait for their trigger first."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TAKE_PROFIT = "take_profit"
    TAKE_PROFIT_LIMIT = "take_profit_limit"


class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderStatus(StrEnum):
    """Where an order stands at the exchange."""

    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        """True once nothing more can happen to the order."""
        return self not in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)


class Model(BaseModel):
    """The base of all results: set once, unknown fields refused, so a misspelt field is an error and not a None."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fee(Model):
    """What the exchange took, positive when paid."""

    asset: str
    amount: Exact


class Fill(Model):
    """One execution of an order; ``quantity`` in base, ``notional`` in quote."""

    exchange: str
    symbol: SymbolField
    trade_id: str
    order_id: str
    side: Side | None = None
    price: Exact
    quantity: Exact
    notional: Exact
    fee: Fee | None = None
    is_maker: bool | None = None
    time_ms: int | None = None


def total_fees(fills: Iterable[Fill]) -> list[Fee]:
    """What was paid in each asset, summed."""
    paid: dict[str, Decimal] = {}
    for fill in fills:
        if fill.fee is not None:
            paid[fill.fee.asset] = paid.get(fill.fee.asset, Decimal(0)) + fill.fee.amount
    return [Fee(asset=asset, amount=amount) for asset, amount in paid.items()]


class Order(Model):
    """An order as the exchange last told it.

    ``quantity`` (base) is None for a market order sized by ``notional`` (quote) that the exchange has not yet
    converted. ``order_id`` is None only for an order that was never sent. ``fees`` is None where the exchange did not
    say, which is not the same as an empty list. The two computed fields are written for readers in other languages and
    computed anew when read back, so here unknown fields are passed over.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    exchange: str
    account: str
    symbol: SymbolField
    client_order_id: str
    order_id: str | None
    side: Side
    type: OrderType
    status: OrderStatus
    quantity: Exact | None
    notional: Exact | None = None
    price: Exact | None = None
    trigger_price: Exact | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    filled_quantity: Exact = Decimal(0)
    filled_notional: Exact = Decimal(0)
    fees: list[Fee] | None = None
    fills: list[Fill] | None = None
    created_at_ms: int | None = None
    updated_at_ms: int | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator on top of a property
    @property
    def average_price(self) -> Exact | None:
        """Quote per base over what was filled; None before the first fill."""
        return self.filled_notional / self.filled_quantity if self.filled_quantity else None

    @computed_field  # type: ignore[prop-decorator]  # the same
    @property
    def remaining_quantity(self) -> Exact | None:
        """Base quantity still unfilled; None while the quantity is not known."""
        return None if self.quantity is None else self.quantity - self.filled_quantity


class Balance(Model):
    """One asset of one account; ``total`` is what is free plus what open orders lock."""

    asset: str
    free: Exact
    locked: Exact

    @property
    def total(self) -> Decimal:
        """Free plus locked."""
        return self.free + self.locked


class Balances(Model):
    """All non-zero balances of one account at one moment of the exchange's clock."""

    exchange: str
    account: str
    as_of_ms: int
    balances: list[Balance]

    def __getitem__(self, asset: str) -> Balance:
        """The balance of one asset; zero when the account holds none of it."""
        zero = Balance(asset=asset, free=Decimal(0), locked=Decimal(0))
        return next((balance for balance in self.balances if balance.asset == asset), zero)


class Position(Model):
    """A derivatives position; ``quantity`` in base, negative when short."""

    exchange: str
    account: str
    symbol: SymbolField
    quantity: Exact
    entry_price: Exact | None = None
    mark_price: Exact | None = None
    liquidation_price: Exact | None = None
    unrealised_pnl: Exact | None = None
    leverage: Exact | None = None
    updated_at_ms: int | None = None


class Ticker(Model):
    """The top of the book and the last 24 hours; volumes in base and quote."""

    exchange: str
    symbol: SymbolField
    last_price: Exact
    bid_price: Exact | None = None
    bid_quantity: Exact | None = None
    ask_price: Exact | None = None
    ask_quantity: Exact | None = None
    high_price: Exact | None = None
    low_price: Exact | None = None
    open_price: Exact | None = None
    base_volume: Exact | None = None
    quote_volume: Exact | None = None
    time_ms: int | None = None


class Level(Model):
    """One price of a book and the base quantity waiting there."""

    price: Exact
    quantity: Exact


class OrderBook(Model):
    """Bids from the highest, asks from the lowest."""

    exchange: str
    symbol: SymbolField
    bids: list[Level]
    asks: list[Level]
    update_id: int | None = None
