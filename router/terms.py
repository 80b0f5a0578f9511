"""The trade's words with a fixed set of meanings, each spelt once for all exchanges."""

from __future__ import annotations

from enum import StrEnum


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


class PriceSource(StrEnum):
    """Which price reaches a trigger."""

    LAST = "last"
    MARK = "mark"
    INDEX = "index"


class PositionSide(StrEnum):
    """Which way a position faces."""

    LONG = "long"
    SHORT = "short"


class PositionMode(StrEnum):
    """One position per symbol, or a long and a short one side by side."""

    ONE_WAY = "one_way"
    HEDGE = "hedge"


class MarginMode(StrEnum):
    """Whether a position is backed by the whole account or by margin set aside for it alone."""

    CROSS = "cross"
    ISOLATED = "isolated"


class IncomeKind(StrEnum):
    """Why a futures wallet changed."""

    REALISED_PNL = "realised_pnl"
    FUNDING = "funding"
    FEE = "fee"
    TRANSFER = "transfer"
    SETTLEMENT = "settlement"
    LIQUIDATION = "liquidation"
    OTHER = "other"
