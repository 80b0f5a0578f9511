"""Bybit spot: what an order may be, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from bybit_support import LocalBybit


@pytest.fixture
def bybit() -> LocalBybit:
    return LocalBybit()


def test_an_acknowledgement_tells_the_ids_and_no_more(bybit: LocalBybit) -> None:
    ack = bybit.limit("spot", "Buy", "59000", "0.01", orderLinkId="t-1")
    assert ack.result.keys() == {"orderId", "orderLinkId"}
    assert (ack.result["orderLinkId"], ack.result["orderId"].isdecimal()) == ("t-1", True)
    made_up = bybit.limit("spot", "Buy", "59000", "0.01").result["orderLinkId"]
    assert made_up.isdecimal()
    assert bybit.order("spot", ack)["orderStatus"] == "New"


def test_a_market_buy_is_by_value_unless_it_says_otherwise(bybit: LocalBybit) -> None:
    by_value = bybit.order("spot", bybit.market("spot", "Buy", "600"))
    assert (by_value["marketUnit"], by_value["qty"], by_value["cumExecQty"]) == ("quoteCoin", "600", "0.009999")
    by_coin = bybit.order("spot", bybit.market("spot", "Buy", "0.01", marketUnit="baseCoin"))
    assert (by_coin["cumExecQty"], by_coin["avgPrice"], by_coin["orderStatus"]) == ("0.010000", "60000.1", "Filled")
    sold = bybit.order("spot", bybit.market("spot", "Sell", "0.01"))
    assert (sold["marketUnit"], sold["cumExecQty"], sold["timeInForce"]) == ("baseCoin", "0.010000", "IOC")
    worth = bybit.order("spot", bybit.market("spot", "Sell", "600", marketUnit="quoteCoin"))
    assert (worth["marketUnit"], worth["orderStatus"]) == ("quoteCoin", "Filled")


def test_a_market_order_shows_its_bound_not_its_fill(bybit: LocalBybit) -> None:
    row = bybit.order("spot", bybit.market("spot", "Buy", "0.01", marketUnit="baseCoin"))
    assert (row["price"], row["avgPrice"], row["cumFeeDetail"]) == ("63000.0", "60000.1", {"BTC": "0.00001"})


@pytest.mark.parametrize(
    ("price", "qty", "code"),
    [
        ("60000.1", "0.01", 0),
        ("60000.12", "0.01", 170134),
        ("59000", "0.0000011", 170137),
        ("59000", "0.000084", 170140),  # worth 4.956
        ("59000", "0.000085", 0),  # worth 5.015
        ("59000", "83", 0),
        ("59000", "83.000001", 170381),
        ("63000", "0.01", 0),  # the band's edge
        ("63000.1", "0.01", 170193),
        ("100", "0.1", 0),  # no lower bound for a buy
        ("0", "0.1", 170105),
        ("59000", "0", 170136),
        ("59000", "-1", 10001),
        ("59000", "1e2", 10001),
        ("59000", "", 10001),
    ],
)
def test_filters_from_both_sides(bybit: LocalBybit, price: str, qty: str, code: int) -> None:
    assert bybit.limit("spot", "Buy", price, qty).code == code
    assert len(bybit.world.ledger.orders) == (code == 0)


@pytest.mark.parametrize(
    ("side", "qty", "more", "code"),
    [
        ("Sell", "41.5", {}, 0),
        ("Sell", "41.500001", {}, 170382),
        ("Buy", "5", {}, 0),
        ("Buy", "4.99", {}, 170140),
        ("Buy", "100.0000001", {}, 0),
        ("Buy", "100.00000001", {}, 170148),
        ("Buy", "0.01", {"marketUnit": "coin"}, 10001),
    ],
)
def test_market_filters(bybit: LocalBybit, side: str, qty: str, more: dict[str, Any], code: int) -> None:
    assert bybit.market("spot", side, qty, **more).code == code


def test_sells_have_a_floor_and_accounts_may_ask_to_be_moved(bybit: LocalBybit) -> None:
    assert bybit.limit("spot", "Sell", "57000", "0.01").code == 0
    assert bybit.limit("spot", "Sell", "56999.9", "0.01").code == 170194
    limits = bybit.get("market/price-limit", who=None, category="spot", symbol="BTCUSDT").result
    assert (limits["buyLmt"], limits["sellLmt"]) == ("63000.0", "57000.0")
    assert bybit.post("account/set-limit-px-action", category="spot", modifyEnable=True).code == 0
    assert bybit.get("account/user-setting-config").result["lpaSpot"] is True
    assert bybit.order("spot", bybit.limit("spot", "Buy", "70000", "0.01"))["price"] == "63000.0"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"symbol": "NOPEUSDT"}, 170121),
        ({"symbol": ""}, 10001),
        ({"side": "Bought"}, 170117),
        ({"orderType": "Stop"}, 170116),
        ({"timeInForce": "GTD"}, 170115),
        ({"timeInForce": "RPI"}, 170355),
        ({"category": "margin"}, 10001),
        ({"category": None}, 10001),
        ({"orderLinkId": "a" * 37}, 10001),
        ({"orderLinkId": "a b"}, 10001),
        ({"orderLinkId": "a" * 36}, 0),
        ({"qty": 0.01}, 10001),
        ({"price": 59000}, 10001),
        ({"isLeverage": 2}, 10001),
        ({"orderFilter": "Stop"}, 170201),
        ({"orderFilter": "StopOrder"}, 170202),
        ({"takeProfit": "65000"}, 170227),
        ({"unknown": "field", "takeProfit": "", "stopLoss": "0"}, 0),
    ],
)
def test_parameters(bybit: LocalBybit, changed: dict[str, Any], code: int) -> None:
    wish = {"category": "spot", "orderType": "Limit", "price": "59000", "qty": "0.01", **changed}
    assert bybit.create(**wish).code == code


def test_times_in_force(bybit: LocalBybit) -> None:
    outcomes = {}
    for force, price in (
        ("IOC", "59000"),
        ("FOK", "59000"),
        ("PostOnly", "60500"),
        ("PostOnly", "59000"),
        ("FOK", "60500"),
    ):
        row = bybit.order("spot", bybit.limit("spot", "Buy", price, "0.01", timeInForce=force))
        outcomes[force, price] = (row["orderStatus"], row["rejectReason"], row["cancelType"])
    assert outcomes == {
        ("IOC", "59000"): ("Cancelled", "EC_NoImmediateQtyToFill", "UNKNOWN"),
        ("FOK", "59000"): ("Cancelled", "EC_CancelForNoFullFill", "UNKNOWN"),
        ("PostOnly", "60500"): ("Cancelled", "EC_PostOnlyWillTakeLiquidity", "UNKNOWN"),
        ("PostOnly", "59000"): ("New", "EC_NoError", "UNKNOWN"),
        ("FOK", "60500"): ("Filled", "EC_NoError", "UNKNOWN"),
    }


def test_a_part_that_is_filled_before_the_rest_is_cancelled(bybit: LocalBybit) -> None:
    row = bybit.order("spot", bybit.limit("spot", "Buy", "60000.1", "50", timeInForce="IOC"))
    assert (row["orderStatus"], row["leavesQty"]) == ("PartiallyFilledCanceled", "0.000000")
    assert 0 < float(row["cumExecQty"]) < 50


def test_slippage_tolerance_bounds_a_market_order(bybit: LocalBybit) -> None:
    more = {"marketUnit": "baseCoin", "slippageToleranceType": "TickSize"}
    row = bybit.order("spot", bybit.market("spot", "Buy", "40", slippageTolerance="1", **more))
    assert (row["price"], row["orderType"], row["orderStatus"]) == ("60000.2", "Market", "PartiallyFilledCanceled")
    assert bybit.market("spot", "Buy", "1", slippageTolerance="10001", **more).code == 110108
    percent = {**more, "slippageToleranceType": "Percent"}
    assert bybit.market("spot", "Buy", "1", slippageTolerance="0.001", **percent).code == 110109
    assert bybit.market("spot", "Buy", "1", slippageTolerance="10.01", **percent).code == 110109
    assert bybit.order("spot", bybit.market("spot", "Buy", "1", slippageTolerance="1", **percent))["price"] == "60600.1"


def test_balance_and_fees(bybit: LocalBybit) -> None:
    bybit.limit("spot", "Buy", "59000", "0.01")
    usdt = bybit.coin("USDT")
    assert (usdt["walletBalance"], usdt["locked"], usdt["availableToWithdraw"]) == ("10000000", "590", "")
    bybit.market("spot", "Buy", "1", marketUnit="baseCoin")
    assert bybit.coin("BTC")["walletBalance"] == "1000.999"
    assert bybit.limit("spot", "Sell", "60000", "83", symbol="BTCUSDT").code == 0
    assert bybit.limit("spot", "Buy", "50000", "83", who=2).code == 0
    bybit.world.markets["bybit", "spot"].wallet("sim-3").free["USDT"] = 0
    assert bybit.limit("spot", "Buy", "59000", "0.01", who=3).code == 170131
    assert bybit.market("spot", "Buy", "600", who=3).code == 170131


def test_a_margin_order_borrows_what_is_missing(bybit: LocalBybit) -> None:
    bybit.world.markets["bybit", "spot"].wallet("sim-3").free["USDT"] = 0
    assert bybit.market("spot", "Buy", "600", who=3, isLeverage=1).code == 0
    usdt = bybit.coin("USDT", who=3)
    assert usdt["spotBorrow"] == usdt["borrowAmount"] != "0"
    assert (usdt["walletBalance"], usdt["equity"]) == ("0", f"-{usdt['spotBorrow']}")


def test_a_stop_order_holds_nothing_and_a_tpsl_order_does(bybit: LocalBybit) -> None:
    stop = bybit.limit("spot", "Buy", "61100", "0.01", orderFilter="StopOrder", triggerPrice="61000")
    assert bybit.coin("USDT")["locked"] == "0"
    tpsl = bybit.limit("spot", "Sell", "59000", "0.01", orderFilter="tpslOrder", triggerPrice="59100")
    assert bybit.coin("BTC")["locked"] == "0.01"
    rows = [bybit.order("spot", stop), bybit.order("spot", tpsl)]
    assert [(row["orderStatus"], row["stopOrderType"], row["triggerPrice"]) for row in rows] == [
        ("Untriggered", "Stop", "61000.0"),
        ("Untriggered", "tpslOrder", "59100.0"),
    ]
    bybit.move("spot", 61_000)
    row = bybit.order("spot", stop)
    assert (row["orderStatus"], row["orderId"]) == ("Filled", stop.result["orderId"])
    bybit.move("spot", 59_100)
    assert bybit.order("spot", tpsl)["orderStatus"] == "Filled"


def test_without_a_filter_a_trigger_price_means_nothing(bybit: LocalBybit) -> None:
    row = bybit.order("spot", bybit.limit("spot", "Buy", "59000", "0.01", triggerPrice="61000"))
    assert (row["orderStatus"], row["triggerPrice"]) == ("New", "")


def test_a_stop_that_cannot_pay_any_more_is_cancelled(bybit: LocalBybit) -> None:
    stop = bybit.limit("spot", "Buy", "61100", "10", orderFilter="StopOrder", triggerPrice="61000")
    bybit.world.markets["bybit", "spot"].wallet("sim-1").free["USDT"] = 0
    bybit.move("spot", 61_000)
    assert bybit.order("spot", stop)["orderStatus"] == "Cancelled"


def test_caps(bybit: LocalBybit) -> None:
    stop = {"orderFilter": "StopOrder", "triggerPrice": "61000"}
    codes = [bybit.limit("spot", "Buy", "61000", "0.001", **stop).code for _ in range(31)]
    assert (codes.count(0), codes[-1]) == (30, 170810)
    tpsl = {**stop, "orderFilter": "tpslOrder"}
    assert bybit.limit("spot", "Buy", "61000", "0.001", **tpsl).code == 0
    codes = [bybit.limit("spot", "Buy", "50000", "0.001").code for _ in range(470)]
    assert (codes.count(0), codes[-1]) == (469, 170810)


def test_self_trade_prevention(bybit: LocalBybit) -> None:
    resting = bybit.limit("spot", "Sell", "60000", "0.01")
    taken = bybit.limit("spot", "Buy", "60000", "0.01", smpType="CancelMaker")
    assert [bybit.order("spot", each)["cancelType"] for each in (resting, taken)] == ["CancelBySmp", "UNKNOWN"]
