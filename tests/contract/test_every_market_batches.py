"""Several orders at once, on every market: by a call of its own or one by one, with the same outcomes."""

from __future__ import annotations

from functools import partial

import pytest
from every_market import on, patiently
from markets import Stage

from router.commands import CancelOrder
from router.errors import (
    ErrorKind,
    InvalidCommand,
    OutcomeUnknown,
    Rejected,
    RouterError,
)
from router.models import Order, OrderStatus
from router.symbols import Symbol

pytestmark = pytest.mark.processes


def test_each_has_its_own_outcome(stage: Stage) -> None:
    """On a market without such a call they go one by one, and come to the same."""
    price = stage.far()
    orders = [stage.order(price=price, client_order_id=f"batch-{number}") for number in range(3)]
    doubled = stage.order(price=price, client_order_id="batch-0")
    wrong = stage.order(price=price + stage.exchange.get_instrument(stage.symbol).price.step / 2)
    found = stage.exchange.place_orders([*orders, doubled, wrong])
    assert [each.status for each in found[:3] if isinstance(each, Order)] == [OrderStatus.NEW] * 3
    assert [each.client_order_id for each in found[:3] if isinstance(each, Order)] == [
        order.client_order_id for order in orders
    ]
    assert isinstance(found[3], Rejected)
    assert found[3].problem.kind is ErrorKind.DUPLICATE_ORDER
    assert isinstance(found[4], InvalidCommand)
    assert found[4].problem.field == "price"
    assert [stage.truly_placed(f"batch-{number}") for number in range(3)] == [1, 1, 1]


def test_more_than_one_call_takes(stage: Stage) -> None:
    orders = [stage.resting(f"many-{number}") for number in range(12)]
    found = stage.exchange.place_orders(orders)
    assert [each.client_order_id for each in found if isinstance(each, Order)] == [
        order.client_order_id for order in orders
    ]
    assert len(stage.exchange.get_open_orders(stage.symbol)) == 12


def test_cancels_together(stage: Stage) -> None:
    for number in range(2):
        stage.exchange.place_order(stage.resting(f"c-{number}"))
    names = {"exchange": stage.of.exchange, "account": "sim-1", "symbol": Symbol.parse(stage.symbol)}
    asked = [CancelOrder(**names, client_order_id=name) for name in ("c-0", "never", "c-1")]
    first, never, second = stage.exchange.cancel_orders(asked)
    assert isinstance(first, Order)
    assert isinstance(second, Order)
    assert (first.status, second.status) == (OrderStatus.CANCELLED, OrderStatus.CANCELLED)
    assert isinstance(never, RouterError)
    assert never.problem.kind is ErrorKind.ORDER_NOT_FOUND


@on(lambda market: market.batches)
def test_a_lost_reply_leaves_every_one_unknown(stage: Stage) -> None:
    orders = [stage.resting(f"lost-{number}") for number in range(2)]
    call = stage.exchange.batch_call(orders)
    stage.fault("lose_reply", (call.endpoint.method, call.endpoint.path))
    found = stage.exchange.place_orders(orders)
    assert [type(each) for each in found] == [OutcomeUnknown, OutcomeUnknown]
    for order in orders:
        name = order.client_order_id or ""
        seen = patiently(partial(stage.exchange.find_order, Symbol.parse(stage.symbol), name))
        assert seen is not None
        assert stage.truly_placed(name) == 1
