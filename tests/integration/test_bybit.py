"""Bybit through every real part: acceptances, lost replies and limits, held against what truly happened there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from support.house import House, a_house, audit

from router import OrderRouter, OrderStatus, Rejected
from router.errors import ErrorKind

pytestmark = pytest.mark.processes
AT = {"exchange": "bybit", "account": "sim-bybit-1"}
SPOT, LINEAR, INVERSE = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC"
CREATE = {"method": "POST", "path": "/v5/order/create"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), exchanges="bybit") as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    house.simulator.reset()
    with house.router() as made:
        yield made


def placed(house: House, client_order_id: str) -> int:
    return sum(order["client_order_id"] == client_order_id for order in house.simulator.orders())


@pytest.mark.parametrize(("symbol", "quantity"), [(SPOT, "0.01"), (LINEAR, "0.01"), (INVERSE, "100")])
def test_a_round(router: OrderRouter, symbol: str, quantity: str) -> None:
    filled = router.buy_market(symbol, quantity=quantity, **AT).order(20)
    assert (filled.status, filled.filled_quantity) == (OrderStatus.FILLED, Decimal(quantity))
    assert filled.average_price is not None
    assert filled.fees
    assert filled.fills is not None
    assert sum(fill.quantity for fill in filled.fills) == filled.filled_quantity
    resting = router.buy_limit(symbol, quantity, "59000", **AT)
    assert resting.order(20).status is OrderStatus.NEW
    amended = router.amend(resting, price="58500").order(20)
    assert (amended.price, amended.order_id) == (58_500, resting.order().order_id)
    stop = router.sell_stop(symbol, quantity, "58000", **AT)
    assert (stop.order(20).status, stop.order().trigger_price) == (OrderStatus.NEW, 58_000)
    for ticket in (resting, stop):
        assert router.cancel(ticket).order(20).status is OrderStatus.CANCELLED


def test_balances_and_positions(router: OrderRouter) -> None:
    router.buy_market(LINEAR, quantity="0.02", **AT).result(20)
    assert router.get_balances(**AT)["USDT"].total > 0
    (position,) = router.get_positions(**AT)
    assert (str(position.symbol), position.quantity) == (LINEAR, Decimal("0.02"))
    router.sell_market(LINEAR, quantity="0.02", reduce_only=True, **AT).result(20)
    assert router.get_positions(**AT) == []


def test_a_refusal_names_its_reason(router: OrderRouter) -> None:
    ticket = router.sell_market(LINEAR, quantity="0.01", reduce_only=True, **AT)
    with pytest.raises(Rejected) as caught:
        ticket.result(20)
    assert caught.value.problem.kind is ErrorKind.NOTHING_TO_REDUCE


@pytest.mark.parametrize("kind", ["lose_reply", "reset_after", "partial_reply", "duplicate"])
def test_an_order_whose_reply_was_lost_is_found(house: House, router: OrderRouter, kind: str) -> None:
    house.simulator.fault(kind, **CREATE)
    ticket = router.buy_market(LINEAR, quantity="0.01", **AT)
    assert ticket.order(30).status is OrderStatus.FILLED
    assert placed(house, ticket.id) == 1


def test_an_order_that_never_arrived_is_sent_again_once_that_is_proven(house: House, router: OrderRouter) -> None:
    """That takes the receive window, the margin behind it and two looks at three lists."""
    house.simulator.fault("error_before", code=10016, msg="Internal server error", **CREATE)
    ticket = router.buy_limit(SPOT, "0.01", "59000", expires_in=60, **AT)
    assert ticket.order(50).status is OrderStatus.NEW
    assert placed(house, ticket.id) == 1


def test_an_order_that_shows_late_is_not_taken_for_lost(house: House, router: OrderRouter) -> None:
    house.simulator.set_up("bybit", realtime_delay_ms=3_000)
    ticket = router.buy_limit(LINEAR, "0.01", "59000", expires_in=60, **AT)
    assert ticket.order(40).status is OrderStatus.NEW
    assert placed(house, ticket.id) == 1


def test_a_backlog_goes_at_the_exchanges_pace_and_never_beyond(house: House, router: OrderRouter) -> None:
    tickets = [router.buy_limit(LINEAR, "0.01", "59000", expires_in=60, **AT) for _ in range(30)]
    for ticket in tickets:
        assert ticket.order(60).status is OrderStatus.NEW
    told = audit(house, tickets)
    assert (told.lost, told.doubled, told.unknown_to_us, told.wrong) == (0, 0, 0, 0)
    counts = house.simulator.ledger()["counts"]
    assert isinstance(counts, dict)
    assert "10006" not in counts["refused"]
    cancelled = router.cancel_all(symbol=LINEAR, **AT).result(30)
    assert isinstance(cancelled, list)
    assert len(cancelled) == 30
