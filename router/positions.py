"""What comes back about contracts held: positions, how they are margined, what they earned."""

from __future__ import annotations

from decimal import Decimal

from router.models import Model
from router.numbers import Exact
from router.symbols import SymbolField
from router.terms import IncomeKind, MarginMode, PositionMode, PositionSide


class Position(Model):
    """A derivatives position.

    ``quantity`` is in base (on inverse markets in quote, as in orders), negative when short; ``contracts`` is the same
    counted in contracts, never negative. Prices are in quote. ``margin`` is what backs it, ``unrealised_pnl`` what
    closing at the mark price would bring, both in ``margin_asset``. ``mode`` tells whether the account may hold the
    other side beside it. What the exchange does not tell is None.
    """

    exchange: str
    account: str
    symbol: SymbolField
    side: PositionSide
    mode: PositionMode | None = None
    quantity: Exact
    contracts: Exact
    entry_price: Exact | None = None
    mark_price: Exact | None = None
    liquidation_price: Exact | None = None
    leverage: Exact | None = None
    margin_mode: MarginMode | None = None
    margin: Exact | None = None
    margin_asset: str | None = None
    unrealised_pnl: Exact | None = None
    updated_at_ms: int | None = None


def signed(contracts: Decimal, side: PositionSide) -> Decimal:
    """A quantity as a position tells it: negative when short."""
    return -abs(contracts) if side is PositionSide.SHORT else abs(contracts)


class TradingSettings(Model):
    """What holds for orders of one symbol, or what a change has set; what the answer did not tell is None.

    ``short_leverage`` is set only where the short side's differs from ``leverage``.
    """

    exchange: str
    account: str
    symbol: SymbolField | None = None
    leverage: Exact | None = None
    short_leverage: Exact | None = None
    margin_mode: MarginMode | None = None
    position_mode: PositionMode | None = None


class Countdown(Model):
    """A dead man's switch as it was set; ``ends_at_ms`` (exchange clock) is None when it was stopped."""

    exchange: str
    account: str
    symbol: SymbolField | None = None
    seconds: int
    ends_at_ms: int | None = None


class Income(Model):
    """One change of a futures wallet, negative when it was paid; ``detail`` is the exchange's own word for it."""

    exchange: str
    account: str
    symbol: SymbolField | None = None
    kind: IncomeKind
    detail: str
    asset: str
    amount: Exact
    income_id: str
    trade_id: str | None = None
    time_ms: int
