"""Binance futures' balances, positions, settings, income and market data as JSON, and in our words.

Source: Binance futures docs, "Futures Account Balance V3", "Position Information V3", "Symbol Configuration", "Account
Configuration", "Get Income History", "24hr Ticker", "Symbol Order Book Ticker", "Order Book".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from router.models import Balance, Level, OrderBook, Ticker
from router.positions import Income, Position, TradingSettings
from router.symbols import Symbol
from router.terms import IncomeKind, MarginMode, PositionMode, PositionSide
from workers.exchanges.binance.usdm.orders import spell
from workers.exchanges.reading import Whose, exact, mapping, rows, some

Doc = Mapping[str, Any]
_MARGIN_MODE = {"CROSSED": MarginMode.CROSS, "CROSS": MarginMode.CROSS, "ISOLATED": MarginMode.ISOLATED}
_INCOME = {
    "REALIZED_PNL": IncomeKind.REALISED_PNL,
    "FUNDING_FEE": IncomeKind.FUNDING,
    "COMMISSION": IncomeKind.FEE,
    "TRANSFER": IncomeKind.TRANSFER,
    "INTERNAL_TRANSFER": IncomeKind.TRANSFER,
    "DELIVERED_SETTELMENT": IncomeKind.SETTLEMENT,
    "INSURANCE_CLEAR": IncomeKind.LIQUIDATION,
}


def to_balances(document: object) -> list[Balance]:
    """The non-zero rows of a balance reply; what is not available backs orders and positions."""
    found = []
    for row in rows(document):
        wallet, unrealised = exact(row["balance"]), exact(row["crossUnPnl"])
        if wallet or unrealised:
            free = min(exact(row["availableBalance"]), wallet)
            told = {"asset": row["asset"], "free": free, "locked": wallet - free}
            found.append(Balance.model_construct(**told, unrealised_pnl=unrealised))
    return found


def is_flat(row: Doc) -> bool:
    """Whether a row of positionRisk only stands for open orders."""
    return not exact(row["positionAmt"])


def to_position(doc: Doc, whose: Whose) -> Position:
    """One row of positionRisk v3, which tells neither leverage nor margin mode; see `with_settings`."""
    quantity, told, isolated = exact(doc["positionAmt"]), doc["positionSide"], some(doc["isolatedMargin"])
    return Position.model_construct(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        side=PositionSide.LONG if quantity > 0 else PositionSide.SHORT,
        mode=PositionMode.ONE_WAY if told == "BOTH" else PositionMode.HEDGE,
        quantity=quantity,
        contracts=abs(quantity),
        entry_price=some(doc["entryPrice"]),
        mark_price=some(doc["markPrice"]),
        liquidation_price=some(doc["liquidationPrice"]),
        margin=isolated or exact(doc["positionInitialMargin"]),
        margin_asset=doc["marginAsset"],
        unrealised_pnl=exact(doc["unRealizedProfit"]),
        updated_at_ms=doc["updateTime"],
    )


def with_settings(positions: Sequence[Position], document: object) -> list[Position]:
    """The positions with what a symbolConfig reply tells of their symbols."""
    known = {row["symbol"]: row for row in rows(document)}
    found = []
    for position in positions:
        row = known[spell(position.symbol)]
        told = {"leverage": exact(str(row["leverage"])), "margin_mode": _MARGIN_MODE[row["marginType"].upper()]}
        found.append(position.model_copy(update=told))
    return found


def to_settings(doc: Doc, whose: Whose) -> TradingSettings:
    """One row of symbolConfig."""
    return TradingSettings.model_construct(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        leverage=exact(str(doc["leverage"])),
        margin_mode=_MARGIN_MODE[doc["marginType"].upper()],
    )


def with_mode(settings: TradingSettings, document: object) -> TradingSettings:
    """The settings with the account's position mode, from an accountConfig reply."""
    hedged = mapping(document)["dualSidePosition"]
    return settings.model_copy(update={"position_mode": PositionMode.HEDGE if hedged else PositionMode.ONE_WAY})


def to_income(row: Doc, whose: tuple[str, str], symbol: Symbol | None) -> Income:
    """One row of an income reply."""
    return Income.model_construct(
        exchange=whose[0],
        account=whose[1],
        symbol=symbol,
        kind=_INCOME.get(row["incomeType"], IncomeKind.OTHER),
        detail=row["incomeType"],
        asset=row["asset"],
        amount=exact(row["income"]),
        income_id=str(row["tranId"]),
        trade_id=str(row["tradeId"]) or None,
        time_ms=row["time"],
    )


def to_ticker(document: object, exchange: str, symbol: Symbol) -> Ticker:
    """A 24-hour ticker, which tells no bid and no ask on futures."""
    doc = mapping(document)
    return Ticker.model_construct(
        exchange=exchange,
        symbol=symbol,
        last_price=exact(doc["lastPrice"]),
        high_price=exact(doc["highPrice"]),
        low_price=exact(doc["lowPrice"]),
        open_price=exact(doc["openPrice"]),
        base_volume=exact(doc["volume"]),
        quote_volume=exact(doc["quoteVolume"]),
        time_ms=doc["closeTime"],
    )


def with_best(ticker: Ticker, document: object) -> Ticker:
    """The ticker with the top of the book; a side that is empty is told as zero."""
    doc = mapping(document)
    best = {"bid_price": "bidPrice", "bid_quantity": "bidQty", "ask_price": "askPrice", "ask_quantity": "askQty"}
    return ticker.model_copy(update={name: some(doc[field]) for name, field in best.items()})


def to_order_book(document: object, of: tuple[str, Symbol], depth: int) -> OrderBook:
    """A depth reply of an exchange's symbol, cut to the levels asked for."""
    doc = mapping(document)
    return OrderBook.model_construct(
        exchange=of[0],
        symbol=of[1],
        bids=_levels(doc["bids"][:depth]),
        asks=_levels(doc["asks"][:depth]),
        update_id=doc["lastUpdateId"],
    )


def _levels(side: list[list[str]]) -> list[Level]:
    return [Level.model_construct(price=exact(price), quantity=exact(quantity)) for price, quantity in side]
