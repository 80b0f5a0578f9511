"""Contracts: positions, leverage, modes, the countdown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from every_market import on, refused
from markets import Stage
from support.processes import eventually

from router.errors import (
    ErrorKind,
)
from router.models import OrderStatus
from router.terms import PositionMode, PositionSide

pytestmark = pytest.mark.processes


@on(lambda market: market.positions)
def test_opened_and_closed(stage: Stage) -> None:
    exchange, quantity = stage.exchange, Decimal(stage.of.quantity)
    assert exchange.get_position(stage.symbol) is None
    opened = exchange.place_order(stage.order("market"))
    held = exchange.get_position(stage.symbol)
    assert held is not None
    instrument = exchange.get_instrument(stage.symbol)
    assert (held.side, held.quantity) == (PositionSide.LONG, quantity)
    assert held.contracts == instrument.contracts(quantity)
    assert held.entry_price is not None
    assert opened.average_price is not None
    assert abs(held.entry_price - opened.average_price) <= opened.average_price / 10**6
    assert held.mark_price is not None
    assert held.margin is not None
    assert held in exchange.get_positions()
    closed = exchange.place_order(stage.order("market", side="sell", reduce_only=True))
    assert (closed.status, closed.reduce_only) == (OrderStatus.FILLED, True)
    assert exchange.get_position(stage.symbol) is None


@on(lambda market: market.positions)
def test_a_short_one(stage: Stage) -> None:
    stage.exchange.place_order(stage.order("market", side="sell"))
    held = stage.exchange.get_position(stage.symbol)
    assert held is not None
    assert (held.side, held.quantity) == (PositionSide.SHORT, -Decimal(stage.of.quantity))
    assert held.contracts > 0


@on(lambda market: market.positions and "reducing" not in market.unchecked)
def test_nothing_to_reduce(stage: Stage) -> None:
    reducing = stage.order("market", side="sell", reduce_only=True)
    assert refused(lambda: stage.exchange.place_order(reducing)) is ErrorKind.NOTHING_TO_REDUCE


@on(lambda market: market.leverages)
def test_leverage(stage: Stage) -> None:
    exchange = stage.exchange
    for _ in range(2):  # the second time it is so already, which is as good
        assert exchange.set_leverage(stage.symbol, 7).leverage == 7
    assert exchange.get_trading_settings(stage.symbol).leverage == 7
    exchange.place_order(stage.order("market"))
    held = exchange.get_position(stage.symbol)
    assert held is not None
    assert held.leverage == 7


@on(lambda market: market.hedges)
def test_hedging(stage: Stage) -> None:
    exchange = stage.exchange
    for _ in range(2):
        assert exchange.set_position_mode(PositionMode.HEDGE).position_mode is PositionMode.HEDGE
    assert exchange.get_trading_settings(stage.symbol).position_mode is PositionMode.HEDGE
    both = [
        exchange.place_order(stage.order("market", side=side, position_side=position))
        for side, position in (("buy", "long"), ("sell", "short"))
    ]
    assert [each.position_side for each in both] == [PositionSide.LONG, PositionSide.SHORT]
    held = {each.side: each for each in exchange.get_positions()}
    assert held[PositionSide.LONG].quantity == -held[PositionSide.SHORT].quantity == Decimal(stage.of.quantity)
    assert {each.mode for each in held.values()} == {PositionMode.HEDGE}
    for side, position in (("sell", "long"), ("buy", "short")):
        closing = stage.order("market", side=side, position_side=position, reduce_only=True)
        assert exchange.place_order(closing).status is OrderStatus.FILLED
    assert exchange.get_positions() == []
    assert exchange.set_position_mode(PositionMode.ONE_WAY).position_mode is PositionMode.ONE_WAY


@on(lambda market: market.countdown is not None)
def test_a_countdown_cancels(stage: Stage) -> None:
    seconds = stage.of.countdown or 0
    exchange, symbol = stage.exchange, stage.symbol
    exchange.place_order(stage.resting())
    told = exchange.cancel_after(60, symbol)
    assert told.ends_at_ms is not None
    assert 0 < told.ends_at_ms - exchange.clock.now_ms() <= 60_000
    assert exchange.cancel_after(0, symbol).ends_at_ms is None
    exchange.cancel_after(seconds, symbol)
    eventually(lambda: exchange.get_open_orders(symbol) == [], 20, "the countdown ends")
