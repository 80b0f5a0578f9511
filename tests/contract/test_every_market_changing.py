"""Cancels and amendments on every market."""

from __future__ import annotations

from decimal import Decimal

import pytest
from every_market import refused
from markets import Stage

from router.commands import CancelOrder
from router.errors import (
    ErrorKind,
    InvalidCommand,
    OutcomeUnknown,
)
from router.models import Order, OrderStatus
from router.symbols import Symbol
from router.terms import Side

pytestmark = pytest.mark.processes


def test_a_cancel(stage: Stage) -> None:
    placed = stage.exchange.place_order(stage.resting())
    cancelled = stage.exchange.cancel_order(stage.symbol, client_order_id="rests")
    assert (cancelled.status, cancelled.order_id) == (OrderStatus.CANCELLED, placed.order_id)
    assert cancelled.client_order_id == "rests"
    again = stage.exchange.cancel_order(stage.symbol, client_order_id="rests")
    assert (again.status, again.client_order_id) == (OrderStatus.CANCELLED, "rests")
    assert stage.exchange.get_open_orders(stage.symbol) == []


def test_a_cancel_of_a_filled_order_returns_it_filled(stage: Stage) -> None:
    filled = stage.exchange.place_order(stage.order("market", client_order_id="gone"))
    assert stage.exchange.cancel_order(stage.symbol, client_order_id="gone").status is OrderStatus.FILLED
    by_id = stage.exchange.cancel_order(stage.symbol, order_id=filled.order_id)
    assert by_id.filled_quantity == Decimal(stage.of.quantity)


def test_a_cancel_of_what_never_was_is_refused(stage: Stage) -> None:
    assert (
        refused(lambda: stage.exchange.cancel_order(stage.symbol, client_order_id="never")) is ErrorKind.ORDER_NOT_FOUND
    )
    asked = lambda: stage.exchange.get_order(stage.symbol, client_order_id="never")  # noqa: E731 - as below
    assert refused(asked, coded=False) is ErrorKind.ORDER_NOT_FOUND


def test_cancelling_all(stage: Stage) -> None:
    assert stage.exchange.cancel_all_orders(stage.symbol) == []
    asked = [stage.resting(f"rests-{number}") for number in range(3)]
    if "stop" in stage.of.stops:
        asked.append(stage.order("stop", trigger_price=stage.near(Side.BUY, Decimal("1.03")), client_order_id="waits"))
    for order in asked:
        stage.exchange.place_order(order)
    cancelled = stage.exchange.cancel_all_orders(stage.symbol)
    assert {each.client_order_id for each in cancelled} == {each.client_order_id for each in asked}
    assert all(each.status is OrderStatus.CANCELLED for each in cancelled)
    assert stage.exchange.get_open_orders(stage.symbol) == []


@pytest.mark.parametrize("field", ["quantity", "price"])
def test_an_amendment(stage: Stage, field: str) -> None:
    placed = stage.exchange.place_order(stage.resting(quantity=Decimal(stage.of.quantity) * 2))
    new = {"quantity": Decimal(stage.of.quantity), "price": stage.far(Side.BUY, Decimal("0.85"))}[field]
    if field not in stage.of.amends:
        with pytest.raises(InvalidCommand) as caught:
            stage.exchange.amend_order(stage.symbol, order_id=placed.order_id, **{field: new})  # type: ignore[arg-type]
        assert caught.value.problem.field == field
        return
    amended = stage.exchange.amend_order(stage.symbol, order_id=placed.order_id, **{field: new})  # type: ignore[arg-type]
    assert (getattr(amended, field), amended.client_order_id) == (new, "rests")
    other = ({"quantity", "price"} - {field}).pop()
    assert getattr(amended, other) == getattr(placed, other)
    seen = stage.exchange.get_order(stage.symbol, client_order_id="rests")
    assert (seen.quantity, seen.price, seen.status) == (amended.quantity, amended.price, OrderStatus.NEW)


def test_an_amendment_of_what_never_was_is_refused(stage: Stage) -> None:
    amend = lambda: stage.exchange.amend_order(  # noqa: E731 - a name for the next line's sake
        stage.symbol, client_order_id="never", quantity=stage.of.quantity
    )
    assert refused(amend) is ErrorKind.ORDER_NOT_FOUND


def test_a_cancel_whose_reply_was_lost_can_be_repeated(stage: Stage) -> None:
    stage.exchange.place_order(stage.resting())
    stage.fault("lose_reply", stage.of.cancel)
    names = {"exchange": stage.of.exchange, "account": "sim-1", "symbol": Symbol.parse(stage.symbol)}
    command = CancelOrder(**names, client_order_id="rests", id="the-cancel")
    with pytest.raises(OutcomeUnknown):
        stage.exchange.execute(command)
    ended = stage.exchange.execute(command)
    assert isinstance(ended, Order)
    assert (ended.status, ended.client_order_id) == (OrderStatus.CANCELLED, "rests")
