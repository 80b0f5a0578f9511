"""Bybit: take profit and stop loss, attached to an order or set for a position."""

from __future__ import annotations

from typing import Any

import pytest
from bybit_support import LocalBybit

BOTH = {"takeProfit": "62000", "stopLoss": "58000"}


@pytest.fixture
def bybit() -> LocalBybit:
    return LocalBybit()


def waiting(bybit: LocalBybit, **more: str) -> list[dict[str, Any]]:
    asked = {"category": "linear", "symbol": "BTCUSDT", "orderFilter": "StopOrder", **more}
    return bybit.get("order/realtime", **asked).rows


def test_what_is_attached_waits_from_the_first_fill_on(bybit: LocalBybit) -> None:
    ack = bybit.limit("linear", "Buy", "59000", "0.3", **BOTH)
    row = bybit.order("linear", ack)
    assert (row["takeProfit"], row["stopLoss"], row["tpslMode"], row["tpTriggerBy"]) == (
        "62000.0", "58000.0", "Full", "LastPrice",
    )  # fmt: skip
    assert waiting(bybit) == []
    bybit.move("linear", 59_000)
    kinds = {each["stopOrderType"]: each for each in waiting(bybit)}
    assert {name: (each["side"], each["qty"], each["triggerPrice"]) for name, each in kinds.items()} == {
        "TakeProfit": ("Sell", "0.300", "62000.0"),
        "StopLoss": ("Sell", "0.300", "58000.0"),
    }
    assert (kinds["StopLoss"]["reduceOnly"], kinds["StopLoss"]["createType"]) == (True, "CreateByStopLoss")
    held = bybit.position("linear")
    assert (held["takeProfit"], held["stopLoss"]) == ("62000.0", "58000.0")


def test_it_follows_the_position_and_goes_with_it(bybit: LocalBybit) -> None:
    bybit.market("linear", "Buy", "0.3", **BOTH)
    bybit.market("linear", "Buy", "0.2")
    assert [each["qty"] for each in waiting(bybit)] == ["0.500", "0.500"]
    bybit.move("linear", 62_000)
    assert bybit.position("linear")["size"] == "0.000"
    assert waiting(bybit) == []
    ends = {each["stopOrderType"]: each for each in waiting(bybit, openOnly="1")}
    assert ends["TakeProfit"]["orderStatus"] == "Filled"
    assert (ends["StopLoss"]["orderStatus"], ends["StopLoss"]["cancelType"]) == ("Deactivated", "CancelByTpSlTsClear")
    assert bybit.coin("USDT")["totalOrderIM"] == "0"


def test_a_part_closes_what_its_order_filled(bybit: LocalBybit) -> None:
    bybit.market("linear", "Buy", "0.3")
    limits = {"tpOrderType": "Limit", "tpLimitPrice": "61900"}
    bybit.market("linear", "Buy", "0.2", **BOTH, tpslMode="Partial", **limits)
    kinds = {each["stopOrderType"]: each for each in waiting(bybit)}
    assert {name: (each["qty"], each["orderType"]) for name, each in kinds.items()} == {
        "PartialTakeProfit": ("0.200", "Limit"),
        "PartialStopLoss": ("0.200", "Market"),
    }
    bybit.move("linear", 58_000)
    assert (bybit.position("linear")["size"], waiting(bybit)) == ("0.300", [])


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"takeProfit": "58000"}, 10001),
        ({"stopLoss": "60000"}, 10001),
        ({"takeProfit": "62000.05"}, 10001),
        ({"takeProfit": "62000", "tpOrderType": "Limit", "tpLimitPrice": "62000"}, 10001),
        ({"takeProfit": "62000", "reduceOnly": True}, 110057),
        ({"takeProfit": "62000", "triggerPrice": "61000", "triggerDirection": 1}, 110057),
        ({"takeProfit": "62000", "tpTriggerBy": "Luck"}, 10001),
        ({"takeProfit": "0", "stopLoss": ""}, 0),
    ],
)
def test_what_cannot_be_attached(bybit: LocalBybit, more: dict[str, Any], code: int) -> None:
    assert bybit.limit("linear", "Buy", "59000", "0.1", **more).code == code


def test_amending_what_is_attached(bybit: LocalBybit) -> None:
    ack = bybit.limit("linear", "Sell", "60000", "0.3", takeProfit="58000")
    wish = {"category": "linear", "symbol": "BTCUSDT", "orderId": ack.result["orderId"]}
    assert bybit.post("order/amend", **wish, takeProfit="58000").code == 10001
    assert bybit.post("order/amend", **wish, takeProfit="57000", stopLoss="63000").code == 0
    assert bybit.post("order/amend", **wish, stopLoss="0").code == 0
    row = bybit.order("linear", ack)
    assert (row["takeProfit"], row["stopLoss"]) == ("57000.0", "")
    bybit.limit("linear", "Buy", "60000", "0.1", who=2)
    assert bybit.post("order/amend", **wish, takeProfit="56000").code == 110059
    assert [each["triggerPrice"] for each in waiting(bybit)] == ["57000.0"]


def test_the_stop_of_a_position(bybit: LocalBybit) -> None:
    wish = {"category": "linear", "symbol": "BTCUSDT", "tpslMode": "Full", "positionIdx": 0}
    assert bybit.post("position/trading-stop", **wish, stopLoss="58000").code == 10001
    bybit.market("linear", "Sell", "0.3")
    assert bybit.post("position/trading-stop", **wish, stopLoss="58000").code == 10001  # the wrong side of a short one
    assert bybit.post("position/trading-stop", **wish, stopLoss="62000", takeProfit="57000").code == 0
    assert bybit.post("position/trading-stop", **wish, stopLoss="62000").code == 34040
    assert bybit.post("position/trading-stop", **wish, stopLoss="61000", slTriggerBy="MarkPrice").code == 0
    assert bybit.post("position/trading-stop", **wish, takeProfit="0").code == 0
    assert bybit.post("position/trading-stop", **wish, takeProfit="0").code == 34040
    assert [(each["triggerPrice"], each["triggerBy"]) for each in waiting(bybit)] == [("61000.0", "MarkPrice")]
    assert bybit.post("position/trading-stop", **wish, trailingStop="100").code == 10001
    assert bybit.post("order/cancel-all", category="linear", settleCoin="USDT", stopOrderType="Stop").rows == []
    bybit.move("linear", 61_000)
    assert bybit.position("linear")["size"] == "0.000"


def test_parts_of_a_position(bybit: LocalBybit) -> None:
    bybit.market("linear", "Buy", "0.3")
    wish = {"category": "linear", "symbol": "BTCUSDT", "tpslMode": "Partial", "positionIdx": 0, **BOTH}
    for size in ("0.1", "0.2"):
        assert bybit.post("position/trading-stop", **wish, tpSize=size, slSize=size).code == 0
    assert sorted(each["qty"] for each in waiting(bybit)) == ["0.100", "0.100", "0.200", "0.200"]
    bybit.move("linear", 62_000)
    assert (bybit.position("linear")["size"], waiting(bybit)) == ("0.000", [])


def test_spot_and_options_have_none_of_it(bybit: LocalBybit) -> None:
    assert bybit.limit("spot", "Buy", "59000", "0.1", **BOTH).code == 170227
    assert bybit.post("position/trading-stop", category="option", symbol="BTCUSDT", tpslMode="Full").code == 10001
