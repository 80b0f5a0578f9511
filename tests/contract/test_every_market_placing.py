"""Orders of every type on every market: what they come to, what queries tell of them, what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from every_market import MARKETS, on, refused
from markets import Stage

from router.commands import LimitOrder
from router.errors import (
    ErrorKind,
    InvalidCommand,
)
from router.models import Order, OrderStatus, OrderType
from router.terms import Side

pytestmark = pytest.mark.processes
TOLD_LATER = {"fees", "fills", "created_at_ms", "updated_at_ms", "filled_notional", "average_price"}


def test_a_market_order_fills_and_tells_its_price_and_fees(stage: Stage) -> None:
    exchange = stage.exchange
    filled = exchange.place_order(stage.order("market", client_order_id="taken"))
    assert (filled.status, filled.filled_quantity) == (OrderStatus.FILLED, Decimal(stage.of.quantity))
    assert filled.average_price is not None
    fills = exchange.get_fills(stage.symbol, order_id=filled.order_id)
    assert sum(fill.quantity for fill in fills) == filled.filled_quantity
    assert all(fill.order_id == filled.order_id and fill.side is Side.BUY for fill in fills)
    assert all(fill.fee is not None and fill.fee.amount for fill in fills)
    low, high = min(fill.price for fill in fills), max(fill.price for fill in fills)
    assert low <= round(filled.average_price, 8) <= high
    instrument = exchange.get_instrument(stage.symbol)
    for fill in fills:
        exact = instrument.notional(fill.quantity, fill.price)
        assert abs(fill.notional - exact) <= exact / 10**6
    assert exchange.get_fills(stage.symbol, since_ms=fills[0].time_ms)


@pytest.mark.parametrize("force", ["GTC", "IOC", "FOK"])
def test_a_limit_order_that_rests_or_does_not(stage: Stage, force: str) -> None:
    asked = stage.resting("limit", time_in_force=force)
    if force == "FOK" and stage.of.unfilled is None:
        assert refused(lambda: stage.exchange.place_order(asked)) is ErrorKind.WOULD_NOT_FILL
        return
    placed = stage.exchange.place_order(asked)
    ends = {"GTC": OrderStatus.NEW, "IOC": stage.of.remainder, "FOK": stage.of.unfilled}
    assert placed.status is ends[force]
    assert placed.filled_quantity == 0
    shows(stage, placed, asked)


@pytest.mark.parametrize("force", ["GTC", "IOC", "FOK"])
def test_a_limit_order_that_takes(stage: Stage, force: str) -> None:
    asked = stage.order(price=stage.crossing(), time_in_force=force, client_order_id="takes")
    stage.exchange.place_order(asked)
    found = stage.exchange.get_order(stage.symbol, client_order_id="takes")
    assert (found.status, found.filled_quantity) == (OrderStatus.FILLED, Decimal(stage.of.quantity))
    assert found.average_price is not None
    assert isinstance(asked, LimitOrder)
    assert found.average_price <= asked.price


def test_a_post_only_order_rests(stage: Stage) -> None:
    asked = stage.resting("maker", post_only=True)
    placed = stage.exchange.place_order(asked)
    assert (placed.status, placed.post_only) == (OrderStatus.NEW, True)
    shows(stage, placed, asked)


def test_a_post_only_order_that_would_take_does_not(stage: Stage) -> None:
    asked = stage.order(price=stage.crossing(), post_only=True, client_order_id="maker")
    if stage.of.crossing is None:
        assert refused(lambda: stage.exchange.place_order(asked)) is ErrorKind.POST_ONLY_WOULD_TAKE
        return
    placed = stage.exchange.place_order(asked)
    assert placed.status is stage.of.crossing
    assert placed.filled_quantity == 0


@pytest.mark.parametrize(
    ("stage", "kind"),
    [(market, kind) for market in MARKETS for kind in market.stops],
    indirect=["stage"],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_what_waits_for_a_trigger(stage: Stage, kind: str) -> None:
    trigger = stage.near(Side.BUY, Decimal("1.03") if kind.startswith("stop") else Decimal("0.96"))
    price = trigger if kind.endswith("limit") else None
    asked = stage.order(kind, trigger_price=trigger, price=price, client_order_id="waits")
    placed = stage.exchange.place_order(asked)
    assert (placed.status, placed.type, placed.trigger_price) == (OrderStatus.NEW, OrderType(kind), trigger)
    assert placed.price == price
    shows(stage, placed, asked)
    assert placed.order_id is not None
    cancelled = stage.exchange.cancel_order(stage.symbol, order_id=placed.order_id)
    assert (cancelled.status, cancelled.order_id) == (OrderStatus.CANCELLED, placed.order_id)
    again = stage.exchange.cancel_order(stage.symbol, client_order_id="waits")
    assert again.status is OrderStatus.CANCELLED


@on(lambda market: "stop" in market.stops and "triggered" not in market.unchecked)
def test_a_trigger_that_is_reached_already_is_refused(stage: Stage) -> None:
    trigger = stage.near(Side.BUY, Decimal("0.97"))
    found = refused(lambda: stage.exchange.place_order(stage.order("stop", trigger_price=trigger)))
    assert found is ErrorKind.WOULD_TRIGGER


@on(lambda market: "duplicate" not in market.unchecked)
def test_a_duplicate_is_refused_while_the_first_is_open(stage: Stage) -> None:
    stage.exchange.place_order(stage.resting())
    assert refused(lambda: stage.exchange.place_order(stage.resting())) is ErrorKind.DUPLICATE_ORDER
    assert stage.truly_placed("rests") == 1


def test_too_little_balance(stage: Stage) -> None:
    if stage.of.leverages:
        stage.exchange.set_leverage(stage.symbol, 1)
    price, (quantity, count) = stage.far(Side.BUY, Decimal("0.99")), stage.of.plenty
    for number in range(count - 1):
        stage.exchange.place_order(stage.order(price=price, quantity=quantity, client_order_id=f"big-{number}"))
    last = stage.order(price=price, quantity=quantity, client_order_id="too-big")
    assert refused(lambda: stage.exchange.place_order(last)) is ErrorKind.INSUFFICIENT_BALANCE


def test_steps_and_bounds_are_held_from_both_sides(stage: Stage) -> None:
    """The exchange takes the last value that we take, and we refuse the next one by name."""
    instrument = stage.exchange.get_instrument(stage.symbol)
    price, quantity = stage.far(), Decimal(stage.of.quantity)
    least = max(instrument.quantity.minimum, instrument.quantity.step)
    wrong: list[tuple[str, dict[str, Decimal]]] = [
        ("price", {"price": price + instrument.price.step / 2}),
        ("quantity", {"quantity": quantity + instrument.quantity.step / 2, "price": price}),
        ("quantity", {"quantity": least - instrument.quantity.step / 2, "price": price}),
    ]
    for field, fields in wrong:
        with pytest.raises(InvalidCommand) as caught:
            stage.exchange.place_order(stage.order(**fields))
        problem = caught.value.problem
        assert (problem.field, bool(problem.value), bool(problem.rule)) == (field, True, True)
    cheapest = instrument.minimum_notional
    for number, (tick, lot) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        fine = price - tick * instrument.price.step, quantity + lot * instrument.quantity.step
        assert instrument.notional(fine[1], fine[0]) >= cheapest
        asked = stage.order(price=fine[0], quantity=fine[1], client_order_id=f"fine-{number}")
        placed = stage.exchange.place_order(asked)
        assert (placed.price, placed.quantity) == fine


def shows(stage: Stage, placed: Order, asked: object) -> None:
    """Queries tell what the reply did, and what was asked."""
    seen = stage.exchange.get_order(stage.symbol, client_order_id=placed.client_order_id)
    by_id = stage.exchange.get_order(stage.symbol, order_id=placed.order_id)
    assert seen.model_dump(exclude=TOLD_LATER) == placed.model_dump(exclude=TOLD_LATER)
    assert by_id.model_dump(exclude=TOLD_LATER) == placed.model_dump(exclude=TOLD_LATER)
    for field in ("client_order_id", "symbol", "side", "type", "quantity", "price", "trigger_price", "reduce_only"):
        assert getattr(placed, field) == getattr(asked, field, None), field
    listed = {each.order_id for each in stage.exchange.get_open_orders(stage.symbol)}
    assert (placed.order_id in listed) == (not placed.status.is_final)
    everywhere = {each.order_id for each in stage.exchange.get_open_orders(market=stage.of.market)}
    assert (placed.order_id in everywhere) == (not placed.status.is_final)
