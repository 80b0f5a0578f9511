"""What Bybit's JSON means: the documented samples, and every word of its enumerations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.bybit import INVERSE, LINEAR, OPTION, SPOT, envelope

from router.models import Fee, OrderStatus, OrderType, Side, TimeInForce
from router.symbols import Symbol
from router.terms import MarginMode, PositionMode, PositionSide, PriceSource
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.bybit import wire, wire_fills, wire_orders, wire_positions
from workers.exchanges.reading import Whose

OPEN: dict[str, Any] = {
    "orderId": "fd4300ae-7847-404e-b947-b46980a4d140",
    "orderLinkId": "t-5",
    "symbol": "ETHUSDT",
    "price": "1600.00",
    "qty": "0.10",
    "side": "Buy",
    "isLeverage": "",
    "positionIdx": 0,
    "orderStatus": "New",
    "cancelType": "UNKNOWN",
    "rejectReason": "EC_NoError",
    "avgPrice": "",
    "leavesQty": "0.10",
    "leavesValue": "160",
    "cumExecQty": "0.00",
    "cumExecValue": "0",
    "timeInForce": "GTC",
    "orderType": "Limit",
    "stopOrderType": "",
    "reduceOnly": False,
    "closeOnTrigger": False,
    "smpType": "None",
    "smpGroup": 0,
    "createdTime": "1684738540559",
    "updatedTime": "1684738540561",
    "cumFeeDetail": {},
}
EXECUTION: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "orderId": "fd4300ae-7847-404e-b947-b46980a4d140",
    "orderLinkId": "t-5",
    "side": "Sell",
    "orderPrice": "59000",
    "orderQty": "0.3",
    "leavesQty": "0.1",
    "orderType": "Limit",
    "execId": "e-2",
    "execPrice": "60000",
    "execQty": "0.1",
    "execValue": "6000",
    "execTime": "1672211918471",
    "execType": "Trade",
    "execFee": "3.3",
    "feeCurrency": "",
    "isMaker": False,
    "seq": 7,
}


def whose(symbol: str = LINEAR) -> Whose:
    return Whose("bybit", "main", Symbol.parse(symbol))


def test_the_documented_order() -> None:
    order = wire_orders.to_order(OPEN, whose())
    assert (order.client_order_id, order.order_id) == ("t-5", "fd4300ae-7847-404e-b947-b46980a4d140")
    assert (order.side, order.type, order.status) == (Side.BUY, OrderType.LIMIT, OrderStatus.NEW)
    assert (order.quantity, order.price, order.time_in_force) == (Decimal("0.10"), Decimal(1600), TimeInForce.GTC)
    assert (order.filled_quantity, order.filled_notional, order.fees, order.average_price) == (0, 0, [], None)
    assert (order.created_at_ms, order.updated_at_ms) == (1684738540559, 1684738540561)
    assert (order.trigger_price, order.trigger_by, order.position_side, order.margin_mode) == (None, None, None, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("New", OrderStatus.NEW),
        ("Untriggered", OrderStatus.NEW),
        ("Triggered", OrderStatus.NEW),
        ("Created", OrderStatus.NEW),
        ("Active", OrderStatus.NEW),
        ("PendingCancel", OrderStatus.NEW),
        ("PartiallyFilled", OrderStatus.PARTIALLY_FILLED),
        ("Filled", OrderStatus.FILLED),
        ("Cancelled", OrderStatus.CANCELLED),
        ("PartiallyFilledCanceled", OrderStatus.CANCELLED),
        ("Deactivated", OrderStatus.CANCELLED),
        ("Rejected", OrderStatus.REJECTED),
    ],
)
def test_every_status(word: str, status: OrderStatus) -> None:
    assert wire_orders.to_order({**OPEN, "orderStatus": word}, whose()).status is status


def test_a_status_that_nobody_knows_is_not_understood() -> None:
    with pytest.raises(KeyError):
        wire_orders.to_order({**OPEN, "orderStatus": "Sleeping"}, whose())


def test_a_cancel_under_way_does_not_hide_what_has_filled() -> None:
    row = {**OPEN, "orderStatus": "PendingCancel", "cumExecQty": "0.05", "cumExecValue": "80"}
    assert wire_orders.to_order(row, whose()).status is OrderStatus.PARTIALLY_FILLED


@pytest.mark.parametrize(
    ("word", "force", "post_only"),
    [
        ("GTC", TimeInForce.GTC, False),
        ("IOC", TimeInForce.IOC, False),
        ("FOK", TimeInForce.FOK, False),
        ("PostOnly", TimeInForce.GTC, True),
        ("RPI", TimeInForce.GTC, True),
    ],
)
def test_every_time_in_force(word: str, force: TimeInForce, *, post_only: bool) -> None:
    order = wire_orders.to_order({**OPEN, "timeInForce": word}, whose())
    assert (order.time_in_force, order.post_only) == (force, post_only)


def test_a_market_order_shows_neither_its_bound_nor_a_time_in_force() -> None:
    filled = {"orderType": "Market", "timeInForce": "IOC", "orderStatus": "Filled", "price": "1650"}
    row = {
        **OPEN,
        **filled,
        "cumExecQty": "0.10",
        "cumExecValue": "160.2",
        "cumFeeDetail": {"USDT": "0.09", "BIT": "1"},
    }
    order = wire_orders.to_order(row, whose())
    assert (order.type, order.price, order.time_in_force) == (OrderType.MARKET, None, None)
    assert order.average_price == Decimal(1602)
    assert order.fees == [Fee(asset="USDT", amount=Decimal("0.09")), Fee(asset="BIT", amount=Decimal(1))]


def test_fees_that_are_not_told_are_not_zero() -> None:
    row = {**OPEN, "orderStatus": "Filled", "cumExecQty": "0.10", "cumExecValue": "160"}
    assert wire_orders.to_order({**row, "cumFeeDetail": {}}, whose()).fees is None
    assert wire_orders.to_order({name: row[name] for name in row if name != "cumFeeDetail"}, whose()).fees is None


@pytest.mark.parametrize(
    ("unit", "side", "sized_in_quote"),
    [
        ("quoteCoin", "Buy", True),
        ("quoteCoin", "Sell", True),
        ("baseCoin", "Buy", False),
        ("", "Buy", True),
        ("", "Sell", False),
    ],
)
def test_a_spot_market_orders_unit(unit: str, side: str, *, sized_in_quote: bool) -> None:
    row = {**OPEN, "orderType": "Market", "marketUnit": unit, "side": side, "qty": "500"}
    waiting = wire_orders.to_order(row, whose(SPOT))
    assert (waiting.notional, waiting.quantity) == ((500, None) if sized_in_quote else (None, 500))
    ended = {**row, "orderStatus": "Filled", "cumExecQty": "0.008", "cumExecValue": "499.9"}
    assert wire_orders.to_order(ended, whose(SPOT)).quantity == (Decimal("0.008") if sized_in_quote else 500)


@pytest.mark.parametrize(
    ("more", "side", "expected"),
    [
        ({"triggerDirection": 1}, "Buy", OrderType.STOP_LIMIT),
        ({"triggerDirection": 2}, "Sell", OrderType.STOP_LIMIT),
        ({"triggerDirection": 2}, "Buy", OrderType.TAKE_PROFIT_LIMIT),
        ({"triggerDirection": 1}, "Sell", OrderType.TAKE_PROFIT_LIMIT),
        ({"triggerDirection": 2, "orderType": "Market"}, "Sell", OrderType.STOP),
        ({"triggerDirection": 1, "orderType": "Market"}, "Sell", OrderType.TAKE_PROFIT),
        ({"triggerDirection": 0, "basePrice": "60000"}, "Sell", OrderType.STOP_LIMIT),
        ({"triggerDirection": 0, "basePrice": "50000"}, "Sell", OrderType.TAKE_PROFIT_LIMIT),
        ({"triggerDirection": 0, "basePrice": ""}, "Sell", OrderType.STOP_LIMIT),
        ({"stopOrderType": "TakeProfit"}, "Buy", OrderType.TAKE_PROFIT_LIMIT),
        ({"stopOrderType": "PartialTakeProfit"}, "Sell", OrderType.TAKE_PROFIT_LIMIT),
        ({"stopOrderType": "StopLoss", "triggerDirection": 1}, "Sell", OrderType.STOP_LIMIT),
        ({"stopOrderType": "PartialStopLoss"}, "Buy", OrderType.STOP_LIMIT),
        ({"stopOrderType": "TrailingStop"}, "Buy", OrderType.STOP_LIMIT),
    ],
)
def test_what_an_order_waits_for(more: dict[str, object], side: str, expected: OrderType) -> None:
    row = {
        **OPEN,
        "side": side,
        "triggerPrice": "55000",
        "triggerBy": "MarkPrice",
        "orderStatus": "Untriggered",
        **more,
    }
    order = wire_orders.to_order(row, whose())
    assert (order.type, order.trigger_price, order.trigger_by) == (expected, 55_000, PriceSource.MARK)


@pytest.mark.parametrize("told", ["", "0", "0.00", None])
def test_no_trigger_is_told_in_several_ways(told: str | None) -> None:
    order = wire_orders.to_order({**OPEN, "triggerPrice": told, "triggerBy": "UNKNOWN"}, whose())
    assert (order.type, order.trigger_price, order.trigger_by) == (OrderType.LIMIT, None, None)


def test_positions_margin_and_closing() -> None:
    order = wire_orders.to_order({**OPEN, "positionIdx": 2, "reduceOnly": True}, whose())
    assert (order.position_side, order.reduce_only) == (PositionSide.SHORT, True)
    assert wire_orders.to_order({**OPEN, "isLeverage": "1"}, whose(SPOT)).margin_mode is MarginMode.CROSS
    closing = wire_orders.to_order({**OPEN, "qty": "0", "closeOnTrigger": True, "reduceOnly": True}, whose())
    assert (closing.close_position, closing.quantity) == (True, None)


def test_an_inverse_orders_quantity_is_in_quote() -> None:
    row = {**OPEN, "qty": "300", "cumExecQty": "300", "cumExecValue": "0.0125", "orderStatus": "Filled"}
    assert wire_orders.to_order(row, whose(INVERSE)).average_price == 24_000


def test_an_inverse_orders_price_is_told_exactly() -> None:
    """Its value has so few decimals that a price made of it would be off by dollars."""
    filled = {"qty": "100", "cumExecQty": "100", "cumExecValue": "0.00166665", "avgPrice": "60000.5"}
    order = wire_orders.to_order({**OPEN, **filled, "orderStatus": "Filled"}, whose(INVERSE))
    assert order.average_price == Decimal("60000.5")
    row = {**EXECUTION, "execQty": "100", "execPrice": "60000.5", "execValue": "0.00166665"}
    fill = wire_fills.to_fill(row, "bybit", Symbol.parse(INVERSE))
    assert round(fill.quantity / fill.notional, 8) == Decimal("60000.5")


def test_an_acknowledgement_names_its_order() -> None:
    told = envelope({"orderId": "1321003749386327552", "orderLinkId": "t-1"})
    symbol = Symbol.parse(SPOT)
    assert wire_orders.to_acknowledged(told, symbol) == Acknowledged(symbol, "t-1", "1321003749386327552")
    with pytest.raises(ValueError, match="without an id"):
        wire_orders.to_acknowledged(envelope({"orderId": "", "orderLinkId": ""}), symbol)


@pytest.mark.parametrize("document", [[], {"result": {}}, {"retCode": 0}, {"retCode": 0, "result": None}, "OK"])
def test_an_answer_of_another_form_is_not_understood(document: object) -> None:
    with pytest.raises((KeyError, TypeError)):
        wire.result(document)


def test_a_success_is_told_by_its_code_alone() -> None:
    assert wire.result({"retCode": 0, "retMsg": "", "result": {"a": 1}}) == {"a": 1}
    with pytest.raises(ValueError, match="retCode 10001"):
        wire.result(envelope(code=10001))


def test_a_fill() -> None:
    fill = wire_fills.to_fill(EXECUTION, "bybit", Symbol.parse(LINEAR))
    assert (fill.price, fill.quantity, fill.notional, fill.time_ms) == (60_000, Decimal("0.1"), 6_000, 1672211918471)
    assert (fill.trade_id, fill.side, fill.is_maker) == ("e-2", Side.SELL, False)
    assert fill.fee == Fee(asset="USDT", amount=Decimal("3.3"))


@pytest.mark.parametrize(
    ("symbol", "side", "told", "asset"),
    [
        (SPOT, "Buy", "", "BTC"),
        (SPOT, "Sell", "", "USDT"),
        (SPOT, "Buy", "USDT", "USDT"),
        (INVERSE, "Sell", "", "BTC"),
        (OPTION, "Buy", "", "USDT"),
    ],
)
def test_which_coin_a_fee_is_paid_in(symbol: str, side: str, told: str, asset: str) -> None:
    fill = wire_fills.to_fill({**EXECUTION, "side": side, "feeCurrency": told}, "bybit", Symbol.parse(symbol))
    assert fill.fee is not None
    assert fill.fee.asset == asset


@pytest.mark.parametrize(
    ("kind", "trade"),
    [("Trade", True), ("AdlTrade", True), ("BustTrade", True), ("Delivery", True), ("BlockTrade", True),
     ("MovePosition", True), ("FutureSpread", True), ("Funding", False), ("Settle", False), ("CorporateAction", False)],
)  # fmt: skip
def test_funding_is_no_fill(kind: str, *, trade: bool) -> None:
    assert wire_fills.is_trade({**EXECUTION, "execType": kind}) is trade


def test_executions_prove_their_order() -> None:
    older = {**EXECUTION, "execId": "e-1", "leavesQty": "0.2", "execTime": "1672211918000"}
    order = wire_fills.to_order([EXECUTION, older], whose())
    assert (order.status, order.quantity, order.price) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.3"), 59_000)
    assert (order.filled_quantity, order.filled_notional) == (Decimal("0.2"), 12_000)
    assert order.fees == [Fee(asset="USDT", amount=Decimal("6.6"))]
    assert wire_fills.to_order([{**EXECUTION, "leavesQty": "0"}], whose()).status is OrderStatus.FILLED


POSITION = {
    "positionIdx": 0,
    "symbol": "BTCUSDT",
    "side": "Buy",
    "size": "0.5",
    "avgPrice": "50000",
    "positionValue": "25000",
    "leverage": "10",
    "markPrice": "50500",
    "liqPrice": "45000",
    "unrealisedPnl": "250",
    "positionIM": "2500",
    "seq": 5723621632,
    "isReduceOnly": False,
    "updatedTime": "1697673900000",
}


def test_the_documented_position() -> None:
    position = wire_positions.to_position(POSITION, whose())
    assert (position.side, position.quantity, position.contracts) == (PositionSide.LONG, Decimal("0.5"), Decimal("0.5"))
    assert (position.entry_price, position.mark_price, position.liquidation_price) == (50_000, 50_500, 45_000)
    assert (position.leverage, position.margin, position.margin_asset) == (10, 2_500, "USDT")
    assert (position.unrealised_pnl, position.mode) == (250, PositionMode.ONE_WAY)


def test_a_short_position_counts_downwards() -> None:
    row = {**POSITION, "side": "Sell", "positionIdx": 2, "liqPrice": "", "leverage": "", "size": "300"}
    position = wire_positions.to_position(row, whose(INVERSE))
    assert (position.side, position.quantity, position.contracts) == (PositionSide.SHORT, -300, 300)
    assert (position.mode, position.liquidation_price, position.leverage) == (PositionMode.HEDGE, None, None)
    assert position.margin_asset == "BTC"


def test_a_flat_row_is_no_position() -> None:
    assert not wire_positions.is_open({**POSITION, "side": "", "size": "0"})
    assert wire_positions.is_open(POSITION)


def test_the_settings_of_a_symbol() -> None:
    one = wire_positions.to_settings([POSITION], whose())
    assert (one.leverage, one.short_leverage, one.position_mode) == (10, None, PositionMode.ONE_WAY)
    long, short = {**POSITION, "positionIdx": 1}, {**POSITION, "positionIdx": 2, "leverage": "5"}
    two = wire_positions.to_settings([long, short], whose())
    assert (two.leverage, two.short_leverage, two.position_mode) == (10, 5, PositionMode.HEDGE)


def test_balances_keep_what_the_wallet_holds() -> None:
    def coin(name: str, wallet: str, **more: str) -> dict[str, str]:
        return {
            "coin": name,
            "walletBalance": wallet,
            "locked": "0",
            "totalOrderIM": "0",
            "totalPositionIM": "0",
            **more,
        }

    account = {"coin": [
        coin("USDT", "1000.5", locked="10.4", totalOrderIM="1", totalPositionIM="2", borrowAmount="0",
             unrealisedPnl="-3"),
        coin("BTC", "0", borrowAmount="0", unrealisedPnl="0"),
        coin("ETH", "1", totalPositionIM="3", totalOrderIM="", borrowAmount="2"),
    ]}  # fmt: skip
    usdt, eth = wire.to_balances(envelope({"list": [account]}))
    assert (usdt.asset, usdt.free, usdt.locked, usdt.total) == (
        "USDT",
        Decimal("987.1"),
        Decimal("13.4"),
        Decimal("1000.5"),
    )
    assert (usdt.borrowed, usdt.unrealised_pnl) == (0, -3)
    assert (eth.free, eth.total, eth.borrowed, eth.unrealised_pnl) == (-2, 1, 2, None)


@pytest.mark.parametrize(("symbol", "base", "quote"), [(SPOT, 3, 180_000), (LINEAR, 3, 180_000), (INVERSE, 180_000, 3)])
def test_volumes_of_inverse_markets_are_told_the_other_way(symbol: str, base: int, quote: int) -> None:
    row = {
        "symbol": "X",
        "lastPrice": "60000",
        "volume24h": "3",
        "turnover24h": "180000",
        "bid1Price": "",
        "bid1Size": "0",
    }
    ticker = wire.to_ticker(envelope({"list": [row]}), "bybit", Symbol.parse(symbol))
    assert (ticker.base_volume, ticker.quote_volume) == (base, quote)
    assert (ticker.bid_price, ticker.bid_quantity, ticker.ask_price) == (None, None, None)


def test_a_book() -> None:
    book = {"s": "BTCUSDT", "b": [["65485.47", "47.08"], ["65485", "1"]], "a": [["65557.7", "16.60"]], "u": 230704}
    told = wire.to_order_book(envelope(book), "bybit", Symbol.parse(SPOT), 1)
    assert [(level.price, level.quantity) for level in told.bids] == [(Decimal("65485.47"), Decimal("47.08"))]
    assert (told.asks[0].price, told.update_id) == (Decimal("65557.7"), 230704)


def test_the_clock_is_read_to_the_millisecond() -> None:
    assert wire.to_time_ms(envelope({"timeSecond": "1688639403", "timeNano": "1688639403423213947"})) == 1688639403423
