"""Binance futures against the simulator process: what only they have."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from binance_markets import BINANCE
from every_market import patiently
from markets import Stage, a_stage
from support.processes import Simulator, eventually

from router.commands import AmendOrder, CancelAll, CancelOrder
from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected, Unsupported
from router.models import Order, OrderStatus, OrderType
from router.symbols import Symbol
from router.terms import IncomeKind, MarginMode, PositionMode, PriceSource
from workers.reconcile import Absent, Found, Sent, Unsure, look

pytestmark = pytest.mark.processes
LINEAR = next(market for market in BINANCE if market.name == "binance-linear")
SYMBOL = Symbol.parse("BTC/USDT:USDT")
AT = {"exchange": "binance", "account": "sim-1", "symbol": SYMBOL}
ALGO = ("POST", "/fapi/v1/algoOrder")


@pytest.fixture
def stage(exchange_simulator: Simulator) -> Iterator[Stage]:
    with a_stage(LINEAR, exchange_simulator) as opened:
        yield opened


def move(stage: Stage, price: str) -> None:
    stage.simulator.move("binance", "usdm", "BTCUSDT", price)


def a_stop(stage: Stage, **fields: object) -> Order:
    asked = {"side": "sell", "trigger_price": "58000", "client_order_id": "stop", **fields}
    return stage.exchange.place_order(stage.order("stop", **asked))


def test_a_stop_that_fires_is_told_with_what_it_became(stage: Stage) -> None:
    exchange = stage.exchange
    placed = a_stop(stage)
    move(stage, "57900")
    by_id = exchange.get_order(SYMBOL, order_id=placed.order_id)
    assert (by_id.status, by_id.type, by_id.order_id) == (OrderStatus.FILLED, OrderType.STOP, placed.order_id)
    assert by_id.filled_quantity == Decimal(stage.of.quantity)
    assert by_id.average_price is not None
    by_name = exchange.get_order(SYMBOL, client_order_id="stop")
    assert (by_name.type, by_name.status) == (OrderType.STOP, OrderStatus.FILLED)
    assert by_name.order_id != placed.order_id, "by its name it is the order that it became"
    fills = exchange.get_fills(SYMBOL, order_id=placed.order_id)
    assert sum(fill.quantity for fill in fills) == by_id.filled_quantity
    assert {fill.order_id for fill in fills} == {by_name.order_id}
    cancelled = exchange.cancel_order(SYMBOL, order_id=placed.order_id)
    assert cancelled.status is OrderStatus.FILLED


def test_a_stop_that_has_not_fired_has_no_fills(stage: Stage) -> None:
    placed = a_stop(stage)
    assert stage.exchange.get_fills(SYMBOL, order_id=placed.order_id) == []


@pytest.mark.parametrize("by", ["order_id", "client_order_id"])
def test_the_limit_order_that_a_stop_became_is_cancelled_by_either_name(stage: Stage, by: str) -> None:
    asked = stage.order("stop_limit", side="sell", trigger_price="58000", price="59000", client_order_id="stop")
    placed = stage.exchange.place_order(asked)
    move(stage, "57900")
    resting = stage.exchange.get_order(SYMBOL, order_id=placed.order_id)
    assert resting.status is OrderStatus.NEW
    (listed,) = stage.exchange.get_open_orders(SYMBOL)
    assert (listed.client_order_id, listed.type, listed.price) == ("stop", OrderType.STOP_LIMIT, Decimal(59_000))
    names = {"order_id": placed.order_id} if by == "order_id" else {"client_order_id": "stop"}
    cancelled = stage.exchange.cancel_order(SYMBOL, **names)  # type: ignore[arg-type]  # one of the two
    assert cancelled.status is OrderStatus.CANCELLED
    assert stage.exchange.get_order(SYMBOL, order_id=placed.order_id).status is OrderStatus.CANCELLED
    assert stage.exchange.get_open_orders(SYMBOL) == []


def test_a_closing_stop_closes_whatever_there_is(stage: Stage) -> None:
    stage.exchange.place_order(stage.order("market", quantity="0.03"))
    placed = a_stop(stage, quantity=None, close_position=True)
    assert (placed.close_position, placed.quantity) == (True, None)
    seen = stage.exchange.get_order(SYMBOL, client_order_id="stop")
    assert (seen.close_position, seen.quantity) == (True, None)
    move(stage, "57900")
    eventually(lambda: stage.exchange.get_position(SYMBOL) is None, what="the position is closed")
    ended = stage.exchange.get_order(SYMBOL, order_id=placed.order_id)
    assert (ended.status, ended.filled_quantity) == (OrderStatus.FILLED, Decimal("0.03"))


def test_triggers_by_mark_and_trailing_stops(stage: Stage) -> None:
    marked = a_stop(stage, trigger_by="mark", client_order_id="mark")
    trailing = a_stop(stage, trailing_delta=100, trigger_price="61000", client_order_id="trail")
    assert (marked.trigger_by, trailing.trailing_delta) == (PriceSource.MARK, 100)
    assert (trailing.trigger_price, trailing.type) == (Decimal(61_000), OrderType.STOP)
    assert {each.order_id for each in stage.exchange.get_open_orders(SYMBOL)} == {marked.order_id, trailing.order_id}
    move(stage, "61100")
    move(stage, "60400")
    fired = stage.exchange.get_order(SYMBOL, order_id=trailing.order_id)
    assert (fired.status, fired.trailing_delta) == (OrderStatus.FILLED, 100)


def test_what_waits_for_a_trigger_cannot_be_amended(stage: Stage) -> None:
    placed = a_stop(stage)
    with pytest.raises(Unsupported) as caught:
        stage.exchange.amend_order(SYMBOL, order_id=placed.order_id, quantity="0.02")
    assert caught.value.problem.field == "type"


def test_an_amendment_to_what_it_is_already_changes_nothing(stage: Stage) -> None:
    placed = stage.exchange.place_order(stage.resting())
    same = stage.exchange.amend_order(SYMBOL, order_id=placed.order_id, quantity=stage.of.quantity)
    assert (same.order_id, same.quantity, same.status) == (placed.order_id, placed.quantity, OrderStatus.NEW)


def test_an_amendment_whose_reply_was_lost_is_seen(stage: Stage) -> None:
    stage.exchange.place_order(stage.resting())
    command = AmendOrder(**AT, client_order_id="rests", quantity=Decimal("0.02"))
    stage.fault("lose_reply", ("PUT", "/fapi/v1/order"))
    now = stage.exchange.clock.now_ms()
    with pytest.raises(OutcomeUnknown):
        stage.exchange.execute(command)
    sighting = look(stage.exchange, command, Sent(now + 3_000, now))
    assert isinstance(sighting, Found)
    assert isinstance(sighting.result, Order)
    assert sighting.result.quantity == Decimal("0.02")


def test_an_order_is_absent_only_after_its_fence(stage: Stage) -> None:
    asked = stage.resting("never")
    now = stage.exchange.clock.now_ms()
    early = look(stage.exchange, asked, Sent(now + 3_000, now))
    assert isinstance(early, Unsure)
    late = look(stage.exchange, asked, Sent(now - 12_000, now - 15_000))
    assert isinstance(late, Absent)


def test_a_stop_whose_reply_was_lost_is_settled_by_the_reconciler(stage: Stage) -> None:
    asked = stage.order("stop", side="sell", trigger_price="58000", client_order_id="lost")
    stage.fault("lose_reply", ALGO)
    now = stage.exchange.clock.now_ms()
    with pytest.raises(OutcomeUnknown):
        stage.exchange.place_order(asked)
    sighting = look(stage.exchange, asked, Sent(now + 3_000, now))
    assert isinstance(sighting, Found)
    duplicate = stage.order("stop", side="sell", trigger_price="57000", client_order_id="lost")
    with pytest.raises(Rejected) as caught:
        stage.exchange.place_order(duplicate)
    assert caught.value.problem.kind is ErrorKind.DUPLICATE_ORDER


def test_a_late_request_dies_in_the_engine(stage: Stage) -> None:
    """-5028: the window is checked once more before matching, which is what the fence stands on."""
    asked = stage.resting("late", expires_in=0.4)
    stage.fault("stall", delay_ms=450, times=3)
    with pytest.raises(NotProcessed) as caught:
        stage.exchange.send(stage.exchange.prepare(asked))
    assert (caught.value.problem.kind, caught.value.problem.code) == (ErrorKind.CLOCK, "-5028")
    assert stage.truly_placed("late") == 0


def test_margin_modes(stage: Stage) -> None:
    exchange = stage.exchange
    for _ in range(2):
        assert exchange.set_margin_mode(MarginMode.ISOLATED, SYMBOL).margin_mode is MarginMode.ISOLATED
    exchange.place_order(stage.order("market"))
    held = exchange.get_position(SYMBOL)
    assert held is not None
    assert (held.margin_mode, held.margin_asset, held.mode) == (MarginMode.ISOLATED, "USDT", PositionMode.ONE_WAY)
    assert held.margin
    with pytest.raises(Rejected) as caught:
        exchange.set_margin_mode(MarginMode.CROSS, SYMBOL)
    assert (caught.value.problem.kind, caught.value.problem.code) == (ErrorKind.REFUSED, "-4048")


def test_profit_shows_in_position_wallet_and_income(stage: Stage) -> None:
    exchange = stage.exchange
    before = exchange.get_balance("USDT", "linear")
    exchange.place_order(stage.order("market", quantity="0.1"))
    move(stage, "61000")
    held = exchange.get_position(SYMBOL)
    assert held is not None
    assert held.unrealised_pnl is not None
    assert 90 < held.unrealised_pnl < 100
    open_balance = exchange.get_balance("USDT", "linear")
    assert open_balance.unrealised_pnl == held.unrealised_pnl
    assert open_balance.locked > 0
    closed = exchange.place_order(stage.order("market", side="sell", quantity="0.1", reduce_only=True))
    income = {each.kind: each for each in exchange.get_income(SYMBOL)}
    assert set(income) == {IncomeKind.REALISED_PNL, IncomeKind.FEE}
    fills = exchange.get_fills(SYMBOL, order_id=closed.order_id)
    realised = sum(fill.realised_pnl or 0 for fill in fills)
    paid = sum(each.amount for each in exchange.get_income(SYMBOL))
    assert realised > 80
    after = exchange.get_balance("USDT", "linear")
    assert after.total - before.total == paid
    assert after.locked == 0


def test_spot_and_futures_have_wallets_and_orders_of_their_own(stage: Stage) -> None:
    exchange = stage.exchange
    before = exchange.get_balance("USDT")
    exchange.place_order(stage.resting())
    assert exchange.get_balance("USDT") == before == exchange.get_balance("USDT", "spot")
    assert exchange.get_open_orders() == []
    assert len(exchange.get_open_orders(market="linear")) == 1
    assert exchange.get_position("BTC/USDT") is None


def test_cancelling_all_leaves_other_contracts_alone(stage: Stage) -> None:
    stage.exchange.place_order(stage.resting())
    other = stage.resting("other", symbol="ETH/USDT:USDT", quantity="0.1", price="2700")
    stage.exchange.place_order(other)
    (cancelled,) = stage.exchange.cancel_all_orders(SYMBOL)
    assert cancelled.client_order_id == "rests"
    assert [each.client_order_id for each in stage.exchange.get_open_orders(market="linear")] == ["other"]


def test_a_cancel_all_whose_reply_was_lost_is_unknown_and_harmless_to_repeat(stage: Stage) -> None:
    stage.exchange.place_order(stage.resting())
    stage.fault("lose_reply", ("DELETE", "/fapi/v1/algoOpenOrders"))
    command = CancelAll(**AT)
    with pytest.raises(OutcomeUnknown):
        stage.exchange.execute(command)
    assert stage.exchange.execute(command) == []
    ended = stage.exchange.execute(CancelOrder(**AT, client_order_id="rests"))
    assert isinstance(ended, Order)
    assert ended.status is OrderStatus.CANCELLED


def test_trouble_of_futures_is_not_spots(stage: Stage) -> None:
    """The breaker and the bans are of the part of the exchange that is in trouble."""
    spot = stage.resting("spot", symbol="BTC/USDT", price="54000")
    failing = [stage.resting(f"failing-{number}") for number in range(6)]
    stage.fault("error_before", status=502, times=5)
    for order in failing[:5]:
        with pytest.raises(OutcomeUnknown):
            stage.exchange.send(stage.exchange.prepare(order))
    with pytest.raises(NotProcessed):
        stage.exchange.send(stage.exchange.prepare(failing[5]))
    assert stage.exchange.place_order(spot).status is OrderStatus.NEW
    stage.fault("ban", stage.of.account, duration_s=60)
    with pytest.raises(NotProcessed):
        stage.exchange.get_balances("linear")
    assert patiently(lambda: stage.exchange.get_balances("spot"))["USDT"].free > 0
    time.sleep(0.05)
    assert stage.exchange.cancel_order("BTC/USDT", client_order_id="spot").status is OrderStatus.CANCELLED
