"""What comes back, in our words: the same models whatever exchange answered."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, computed_field

from router.numbers import Exact
from router.symbols import SymbolField
from router.terms import (
    IncomeKind,
    MarginMode,
    OrderStatus,
    OrderType,
    PositionMode,
    PositionSide,
    PriceSource,
    Side,
    TimeInForce,
)

_AVERAGE_DECIMALS = 10  # of an inverse average, whose notional is itself a quotient


_put = object.__setattr__  # a model that is set once has no other way to be filled


class Model(BaseModel):
    """The base of all results: set once, unknown fields refused, so a misspelt field is an error and not a None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def model_construct(  # type: ignore[override]  # pydantic's plugin for mypy writes another signature
        cls,
        _fields_set: set[str] | None = None,
        **values: Any,  # noqa: ANN401 - pydantic's
    ) -> Self:
        """As pydantic's, from values that are known to be right, in a third of its time: it asks every field."""
        blank, own = _blank(cls)
        filled = blank | values
        if len(filled) > len(blank) or not own <= values.keys():
            return super().model_construct(_fields_set, **values)
        made = cls.__new__(cls)
        _put(made, "__dict__", filled)
        _put(made, "__pydantic_fields_set__", set(values) if _fields_set is None else _fields_set)
        _put(made, "__pydantic_extra__", None)
        _put(made, "__pydantic_private__", None)
        return made


@cache
def _blank(model: type[Model]) -> tuple[dict[str, Any], frozenset[str]]:
    """All fields in their order with their defaults, and the names of those that have none which can be shared."""
    fields = model.model_fields
    own = frozenset(name for name, field in fields.items() if field.is_required() or field.default_factory is not None)
    return {name: None if name in own else field.get_default() for name, field in fields.items()}, own


class Fee(Model):
    """What the exchange took, positive when paid."""

    asset: str
    amount: Exact


class Fill(Model):
    """One execution of an order; ``quantity`` in base, ``notional`` in quote (inverse: the other way round).

    ``realised_pnl``, in the asset that margins the position, is what the part of it that closed something brought.
    """

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
    position_side: PositionSide | None = None
    realised_pnl: Exact | None = None
    time_ms: int | None = None


def total_fees(fills: Iterable[Fill]) -> list[Fee]:
    """What was paid in each asset, summed."""
    paid: dict[str, Decimal] = {}
    for fill in fills:
        if fill.fee is not None:
            paid[fill.fee.asset] = paid.get(fill.fee.asset, Decimal(0)) + fill.fee.amount
    return [Fee.model_construct(asset=asset, amount=amount) for asset, amount in paid.items()]


class Order(Model):
    """An order as the exchange last told it.

    ``quantity`` (base; quote on inverse markets) is None for a market order sized by ``notional`` that the exchange has
    not yet converted, and for one that closes whatever the position is. ``order_id`` is None only for an order that
    was never sent. ``filled_notional`` and ``fees`` are None where the exchange did not say, which is not the same as
    zero and an empty list. The two computed fields are written for readers in other languages and computed anew when
    read back, so here unknown fields are passed over.
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
    trigger_by: PriceSource | None = None
    trailing_delta: int | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    reduce_only: bool = False
    close_position: bool = False
    position_side: PositionSide | None = None
    margin_mode: MarginMode | None = None
    filled_quantity: Exact = Decimal(0)
    filled_notional: Exact | None = Decimal(0)
    fees: list[Fee] | None = None
    fills: list[Fill] | None = None
    created_at_ms: int | None = None
    updated_at_ms: int | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator on top of a property
    @property
    def average_price(self) -> Exact | None:
        """Quote per base over what was filled; None before the first fill, or where the notional is not told."""
        if not self.filled_quantity or not self.filled_notional:
            return None
        if self.symbol.market == "inverse":
            return round(self.filled_quantity / self.filled_notional, _AVERAGE_DECIMALS)
        return self.filled_notional / self.filled_quantity

    @computed_field  # type: ignore[prop-decorator]  # the same
    @property
    def remaining_quantity(self) -> Exact | None:
        """What is still unfilled; None while the quantity is not known."""
        return None if self.quantity is None else self.quantity - self.filled_quantity


class Balance(Model):
    """One asset of one account; ``total`` is what is free plus what open orders and positions lock.

    ``borrowed`` is what is owed of it (None where nothing can be), ``unrealised_pnl`` what open positions would bring.
    """

    asset: str
    free: Exact
    locked: Exact
    borrowed: Exact | None = None
    unrealised_pnl: Exact | None = None

    @property
    def total(self) -> Decimal:
        """Free plus locked."""
        return self.free + self.locked


class Balances(Model):
    """All non-zero balances of an account at one moment of the exchange's clock; ``market`` is the wallet asked of."""

    exchange: str
    account: str
    market: str | None = None
    as_of_ms: int
    balances: list[Balance]

    def __getitem__(self, asset: str) -> Balance:
        """The balance of one asset; zero when the account holds none of it."""
        zero = Balance(asset=asset, free=Decimal(0), locked=Decimal(0))
        return next((balance for balance in self.balances if balance.asset == asset), zero)


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


class PollTally(Model):
    """What a poll command ends with: how many accounts were told of; each one's outcome is kept by itself."""

    accounts: int


__all__ = [
    "Balance",
    "Balances",
    "Fee",
    "Fill",
    "IncomeKind",
    "Level",
    "MarginMode",
    "Model",
    "Order",
    "OrderBook",
    "OrderStatus",
    "OrderType",
    "PollTally",
    "PositionMode",
    "PositionSide",
    "PriceSource",
    "Side",
    "Ticker",
    "TimeInForce",
    "total_fees",
]
