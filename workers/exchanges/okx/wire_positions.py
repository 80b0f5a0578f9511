"""OKX's positions and settings as JSON, and in our words (OKX v5 docs, "Get positions", "Get leverage").

In one-way mode `pos` is signed, in hedge mode it is not. A pair's position on margin is never negative: `posCcy` tells
its side, base long and quote short, where what is owed is the base that was sold.
"""

from __future__ import annotations

from decimal import Decimal

from router.instruments import Instrument
from router.positions import Position, TradingSettings, signed
from router.terms import MarginMode, PositionMode, PositionSide
from workers.exchanges.okx.wire import Doc, exact, number, some
from workers.exchanges.okx.wire_orders import MARGIN_MODES, POSITION_SIDES
from workers.exchanges.reading import Whose


def to_position(row: Doc, whose: Whose, instrument: Instrument) -> Position | None:
    """A position; None for one that is closed."""
    size = number(row["pos"])
    if not size:
        return None
    side = _side(row, size, instrument)
    on_margin = instrument.symbol.is_spot
    contracts = abs(_owed(row) if on_margin and side is PositionSide.SHORT else size)
    margin_mode = MARGIN_MODES[row["mgnMode"]]
    margin = row.get("margin") if margin_mode is MarginMode.ISOLATED else row.get("imr")
    return Position.model_construct(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        side=side,
        mode=PositionMode.ONE_WAY if POSITION_SIDES[row["posSide"]] is None else PositionMode.HEDGE,
        quantity=signed(instrument.quantity_of(contracts), side),
        contracts=contracts,
        entry_price=some(row["avgPx"]),
        mark_price=some(row["markPx"]),
        liquidation_price=some(row["liqPx"]),
        leverage=some(row["lever"]),
        margin_mode=margin_mode,
        margin=number(margin),
        margin_asset=row["ccy"] or None,
        unrealised_pnl=number(row["upl"]),
        updated_at_ms=int(row["uTime"]),
    )


def _side(row: Doc, size: Decimal, instrument: Instrument) -> PositionSide:
    told = POSITION_SIDES[row["posSide"]]
    if told is not None:
        return told
    long = row["posCcy"] == instrument.symbol.base if instrument.symbol.is_spot else size > 0
    return PositionSide.LONG if long else PositionSide.SHORT


def _owed(row: Doc) -> Decimal:
    return exact(row["liab"])


def to_leverage(rows: list[Doc], whose: Whose) -> TradingSettings:
    """Leverage of one symbol, of each side where they differ."""
    by_side = {POSITION_SIDES[row.get("posSide", "")]: some(row["lever"]) for row in rows}
    modes = {MARGIN_MODES[row["mgnMode"]] for row in rows}
    leverage = by_side.get(None, by_side.get(PositionSide.LONG))
    short = by_side.get(PositionSide.SHORT)
    return TradingSettings(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        leverage=leverage,
        short_leverage=None if short == leverage else short,
        margin_mode=modes.pop() if len(modes) == 1 else None,
    )
