"""Binance futures through every real part: settings, positions, conditional orders, and replies that are lost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from support.house import House, a_house
from support.processes import eventually

from router import (
    CommandFailed,
    Countdown,
    MarginMode,
    OrderRouter,
    OrderStatus,
    OrderType,
    PositionMode,
    PositionSide,
    Rejected,
    TradingSettings,
)

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}
SYMBOL = "BTC/USDT:USDT"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=1) as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    with house.router() as made:
        yield made


def at_exchange(house: House, client_order_id: str) -> int:
    orders = house.simulator.ledger()["orders"]
    return sum(order["client_order_id"] == client_order_id for order in orders)  # type: ignore[attr-defined]


def algos(house: House, client_order_id: str) -> int:
    found = house.simulator.ledger()["algos"]
    return sum(order["client_order_id"] == client_order_id for order in found)  # type: ignore[attr-defined]


def test_settings_are_commands_with_results(router: OrderRouter) -> None:
    leverage = router.set_leverage(symbol=SYMBOL, leverage=7, **AT).result(10)
    assert isinstance(leverage, TradingSettings)
    assert leverage.leverage == 7
    for _ in range(2):
        margin = router.set_margin_mode(symbol=SYMBOL, margin_mode="cross", **AT).result(10)
        mode = router.set_position_mode(position_mode="one_way", **AT).result(10)
    assert isinstance(margin, TradingSettings)
    assert isinstance(mode, TradingSettings)
    assert (margin.margin_mode, mode.position_mode) == (MarginMode.CROSS, PositionMode.ONE_WAY)
    told = router.get_trading_settings(symbol=SYMBOL, **AT)
    assert (told.leverage, told.margin_mode, told.position_mode) == (7, MarginMode.CROSS, PositionMode.ONE_WAY)


@pytest.mark.parametrize("kind", ["lose_reply", "reset_before", "error_after"])
def test_a_setting_whose_reply_was_lost_is_simply_made_again(house: House, router: OrderRouter, kind: str) -> None:
    house.simulator.fault(kind, method="POST", path="/fapi/v1/leverage", **({"status": 502} if "error" in kind else {}))
    told = router.set_leverage(symbol=SYMBOL, leverage=9, **AT).result(15)
    assert isinstance(told, TradingSettings)
    assert told.leverage == 9


def test_a_round_trip_with_its_position_and_income(router: OrderRouter) -> None:
    opened = router.buy_market(SYMBOL, quantity="0.01", **AT).order(10)
    assert (opened.status, opened.filled_quantity) == (OrderStatus.FILLED, Decimal("0.01"))
    assert opened.average_price is not None
    assert opened.fees, "fees come with the outcome, whatever the reply tells"
    (held,) = router.get_positions(symbol=SYMBOL, **AT)
    assert (held.side, held.quantity, held.leverage) == (PositionSide.LONG, Decimal("0.01"), 9)
    assert router.get_balances(market="linear", **AT)["USDT"].locked > 0
    closed = router.sell_market(SYMBOL, quantity="0.01", reduce_only=True, **AT).order(10)
    assert (closed.status, closed.reduce_only) == (OrderStatus.FILLED, True)
    assert router.get_positions(**AT) == []
    assert {each.detail for each in router.get_income(symbol=SYMBOL, **AT)} == {"COMMISSION", "REALIZED_PNL"}
    with pytest.raises(Rejected) as caught:
        router.sell_market(SYMBOL, quantity="0.01", reduce_only=True, **AT).result(10)
    assert caught.value.problem.kind == "nothing_to_reduce"


def test_each_wallet_is_remembered_by_itself(router: OrderRouter) -> None:
    spot = router.get_balances(**AT)
    futures = router.get_balances(market="linear", **AT)
    assert (spot.market, futures.market) == ("spot", "linear")
    assert router.get_balances(market="linear", max_age=60, **AT) == futures
    assert router.get_balances(max_age=60, **AT) == spot


def test_an_order_is_amended_in_price_and_quantity(router: OrderRouter) -> None:
    ticket = router.buy_limit(SYMBOL, "0.01", "55000", **AT)
    ticket.result(10)
    amended = router.amend(ticket, price="55100.5", quantity="0.02").order(10)
    assert (amended.price, amended.quantity, amended.client_order_id) == (
        Decimal("55100.5"),
        Decimal("0.02"),
        ticket.id,
    )
    assert router.cancel(ticket).order(10).quantity == Decimal("0.02")


@pytest.mark.parametrize("kind", ["lose_reply", "reset_after"])
def test_a_lost_reply_leaves_one_order(house: House, router: OrderRouter, kind: str) -> None:
    house.simulator.fault(kind, method="POST", path="/fapi/v1/order")
    ticket = router.buy_market(SYMBOL, quantity="0.01", **AT)
    order = ticket.order(20)
    assert (order.status, at_exchange(house, ticket.id)) == (OrderStatus.FILLED, 1)
    assert order.fees
    router.sell_market(SYMBOL, quantity="0.01", reduce_only=True, **AT).result(10)


def test_a_conditional_order_with_a_lost_reply_is_one_order_and_is_cancelled(house: House, router: OrderRouter) -> None:
    house.simulator.fault("lose_reply", method="POST", path="/fapi/v1/algoOrder")
    ticket = router.sell_stop(SYMBOL, "0.01", "50000", **AT)
    placed = ticket.order(20)
    assert (placed.status, placed.type, algos(house, ticket.id)) == (OrderStatus.NEW, OrderType.STOP, 1)
    house.simulator.fault("lose_reply", method="DELETE", path="/fapi/v1/algoOrder")
    assert router.cancel(ticket).order(20).status is OrderStatus.CANCELLED
    assert ticket.order().status is OrderStatus.NEW, "what it came to first"


def test_a_conditional_order_that_never_arrived_is_placed_once_after_all(house: House, router: OrderRouter) -> None:
    house.simulator.fault("reset_before", method="POST", path="/fapi/v1/algoOrder")
    ticket = router.sell_stop(SYMBOL, "0.01", "50000", expires_in=60, **AT)
    assert ticket.order(50).status is OrderStatus.NEW
    assert algos(house, ticket.id) == 1
    router.cancel(ticket).result(10)


def test_a_cancel_before_it_was_sent_stops_a_conditional_order(house: House, router: OrderRouter) -> None:
    house.simulator.fault("stall", method="POST", path="/fapi/v1/algoOrder", delay_ms=300)
    ticket = router.sell_stop(SYMBOL, "0.01", "50000", **AT)
    ended = router.cancel(ticket).order(20)
    assert ended.status is OrderStatus.CANCELLED
    assert router.get_open_orders(symbol=SYMBOL, **AT) == []


def test_cancel_all_takes_orders_and_conditional_orders(router: OrderRouter) -> None:
    limit = router.buy_limit(SYMBOL, "0.01", "55000", **AT)
    stop = router.sell_stop(SYMBOL, "0.01", "50000", **AT)
    both = {limit.order(10).order_id, stop.order(10).order_id}
    assert {each.order_id for each in router.get_open_orders(symbol=SYMBOL, **AT)} == both
    ended = router.cancel_all(symbol=SYMBOL, **AT).result(10)
    assert {each.order_id for each in ended} == both
    assert {each.status for each in ended} == {OrderStatus.CANCELLED}


def test_hedged_positions(router: OrderRouter) -> None:
    router.set_position_mode(position_mode="hedge", **AT).result(10)
    for side, facing in (("buy", "long"), ("sell", "short")):
        order = {"symbol": SYMBOL, "side": side, "position_side": facing, "quantity": "0.01", **AT}
        assert router.place_order(type="market", **order).order(10).position_side == facing
    held = {each.side: each.quantity for each in router.get_positions(**AT)}
    assert held == {PositionSide.LONG: Decimal("0.01"), PositionSide.SHORT: Decimal("-0.01")}
    with pytest.raises(Rejected) as caught:
        router.buy_market(SYMBOL, quantity="0.01", **AT).result(10)
    assert caught.value.problem.code == "-4061"
    for side, facing in (("sell", "long"), ("buy", "short")):
        order = {"symbol": SYMBOL, "side": side, "position_side": facing, "quantity": "0.01", "reduce_only": True, **AT}
        assert router.place_order(type="market", **order).order(10).status is OrderStatus.FILLED
    router.set_position_mode(position_mode="one_way", **AT).result(10)


def test_a_countdown_cancels_by_itself(router: OrderRouter) -> None:
    router.buy_limit(SYMBOL, "0.01", "55000", **AT).result(10)
    told = router.cancel_after(symbol=SYMBOL, seconds=1, **AT).result(10)
    assert isinstance(told, Countdown)
    assert told.ends_at_ms is not None
    eventually(lambda: router.get_open_orders(symbol=SYMBOL, **AT) == [], 20, "the countdown has ended")


def test_what_there_is_not_fails_by_name(router: OrderRouter) -> None:
    with pytest.raises(CommandFailed) as caught:
        router.set_leverage(symbol="BTC/USDT", leverage=3, **AT).result(10)
    assert caught.value.problem.field == "symbol"
    with pytest.raises(CommandFailed) as again:
        router.set_leverage(symbol=SYMBOL, leverage="2.5", **AT).result(10)
    assert (again.value.problem.kind, again.value.problem.field) == ("unsupported", "leverage")
