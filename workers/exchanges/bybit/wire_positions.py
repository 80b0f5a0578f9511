"""Bybit's positions and settings as JSON and in our words (Bybit v5 docs, "Get Position Info", "Get Account Info")."""

from __future__ import annotations

from router.positions import Position, TradingSettings, signed
from router.terms import MarginMode, PositionMode, PositionSide
from workers.exchanges.bybit.wire import Row, moment, told
from workers.exchanges.bybit.wire_orders import POSITION_SIDE
from workers.exchanges.reading import Whose, exact

MARGIN_MODE = {"REGULAR_MARGIN": MarginMode.CROSS, "ISOLATED_MARGIN": MarginMode.ISOLATED}
"""Portfolio margin has no word of ours, and none is told for it."""

_FACING = {"Buy": PositionSide.LONG, "Sell": PositionSide.SHORT}


def is_open(row: Row) -> bool:
    """With a symbol named, a flat position is listed too; its side is empty."""
    return row["side"] in _FACING and bool(told(row["size"]))


def to_position(row: Row, whose: Whose) -> Position:
    """One open position. A contract is one unit of base (of quote on inverse markets), so both counts are the same."""
    side, size, symbol = _FACING[row["side"]], exact(row["size"]), whose.symbol
    return Position.model_construct(
        exchange=whose.exchange,
        account=whose.account,
        symbol=symbol,
        side=side,
        mode=_mode(row),
        quantity=signed(size, side),
        contracts=size,
        entry_price=told(row["avgPrice"]),
        mark_price=told(row["markPrice"]),
        liquidation_price=told(row.get("liqPrice")) or None,
        leverage=told(row.get("leverage")) or None,
        margin=told(row.get("positionIM")),
        margin_asset=symbol.settle,
        unrealised_pnl=told(row.get("unrealisedPnl")),
        updated_at_ms=moment(row.get("updatedTime")),
    )


def to_settings(rows: list[Row], whose: Whose) -> TradingSettings:
    """Leverage and position mode of one symbol, from its rows: one, or in hedge mode one for each side."""
    by_side = {POSITION_SIDE.get(row["positionIdx"]): told(row.get("leverage")) or None for row in rows}
    leverage = by_side.get(PositionSide.LONG, by_side.get(None))
    short = by_side.get(PositionSide.SHORT)
    return TradingSettings(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        leverage=leverage,
        short_leverage=None if short == leverage else short,
        position_mode=_mode(rows[0]),
    )


def _mode(row: Row) -> PositionMode:
    return PositionMode.HEDGE if row["positionIdx"] else PositionMode.ONE_WAY
