"""Bybit: amending, cancelling, and whose an order id is."""

from __future__ import annotations

import pytest
from bybit_support import LocalBybit


@pytest.fixture
def bybit() -> LocalBybit:
    return LocalBybit()


def test_cancel_needs_the_right_filter(bybit: LocalBybit) -> None:
    stop = bybit.limit("spot", "Buy", "61100", "0.01", orderFilter="StopOrder", triggerPrice="61000")
    wish = {"category": "spot", "symbol": "BTCUSDT", "orderId": stop.result["orderId"]}
    assert bybit.post("order/cancel", **wish).code == 170213
    assert bybit.post("order/cancel", **wish, orderFilter="StopOrder").code == 0
    assert bybit.order("spot", stop)["orderStatus"] == "Deactivated"


def test_cancel(bybit: LocalBybit) -> None:
    ack = bybit.limit("spot", "Buy", "59000", "0.01", orderLinkId="t-1")
    wish = {"category": "spot", "symbol": "BTCUSDT", "orderLinkId": "t-1"}
    assert bybit.post("order/cancel", **wish).result == ack.result
    row = bybit.order("spot", ack)
    assert (row["orderStatus"], row["cancelType"], row["rejectReason"]) == (
        "Cancelled",
        "CancelByUser",
        "EC_PerCancelRequest",
    )
    assert bybit.post("order/cancel", **wish).code == 170213
    assert bybit.post("order/cancel", **{**wish, "orderLinkId": "t-2"}).code == 170213
    assert bybit.post("order/cancel", category="spot", symbol="BTCUSDT").code == 10001
    other = bybit.limit("spot", "Buy", "59000", "0.01")
    both = {**wish, "orderId": other.result["orderId"]}  # the order id leads
    assert bybit.post("order/cancel", **both).result == other.result
    assert bybit.post("order/cancel", who=2, **wish).code == 170213


def test_amend(bybit: LocalBybit) -> None:
    ack = bybit.limit("spot", "Buy", "59000", "0.01")
    wish = {"category": "spot", "symbol": "BTCUSDT", "orderId": ack.result["orderId"]}
    assert bybit.post("order/amend", **wish, price="58000", qty="0.02").result == ack.result
    row = bybit.order("spot", ack)
    assert (row["price"], row["qty"], bybit.coin("USDT")["locked"]) == ("58000.0", "0.020000", "1160")
    same = bybit.post("order/amend", **wish, price="58000")
    assert (same.code, same.body["retMsg"].startswith("The order remains unchanged")) == (10001, True)
    assert bybit.post("order/amend", **wish, price="58000.01").code == 170134
    assert bybit.post("order/amend", **wish, qty="0.0000001").code == 170137
    assert bybit.post("order/amend", **wish, qty="0.00001").code == 170140
    assert bybit.post("order/amend", **wish, qty="83").code == 0
    bybit.world.markets["bybit", "spot"].wallet("sim-1").free["USDT"] = 0
    assert bybit.post("order/amend", **wish, price="59000").code == 170131
    assert bybit.order("spot", ack)["price"] == "58000.0"
    bybit.post("order/cancel", **wish)
    assert bybit.post("order/amend", **wish, price="57000").code == 170213


def test_amend_of_a_stop_turns_its_direction(bybit: LocalBybit) -> None:
    stop = bybit.limit("spot", "Sell", "59000", "0.01", orderFilter="tpslOrder", triggerPrice="59500")
    wish = {"category": "spot", "symbol": "BTCUSDT", "orderId": stop.result["orderId"]}
    assert bybit.post("order/amend", **wish, triggerPrice="61000").code == 0
    bybit.move("spot", 59_500)
    assert bybit.order("spot", stop)["orderStatus"] == "Untriggered"
    bybit.move("spot", 61_000)
    assert bybit.order("spot", stop)["orderStatus"] == "Filled"


def test_an_amendment_that_would_take_ends_a_post_only_order(bybit: LocalBybit) -> None:
    ack = bybit.limit("spot", "Buy", "59000", "0.01", timeInForce="PostOnly")
    wish = {"category": "spot", "symbol": "BTCUSDT", "orderId": ack.result["orderId"]}
    assert bybit.post("order/amend", **wish, price="60500").code == 0
    row = bybit.order("spot", ack)
    assert (row["orderStatus"], row["rejectReason"]) == ("Cancelled", "EC_PostOnlyWillTakeLiquidity")
    assert bybit.coin("USDT")["locked"] == "0"


def test_cancel_all_means_plain_orders_unless_told(bybit: LocalBybit) -> None:
    bybit.limit("spot", "Buy", "59000", "0.01", orderLinkId="plain")
    bybit.limit("spot", "Buy", "2900", "0.1", symbol="ETHUSDT", orderLinkId="other")
    bybit.limit("spot", "Buy", "61100", "0.01", orderFilter="StopOrder", triggerPrice="61000", orderLinkId="stop")
    first = bybit.post("order/cancel-all", category="spot", symbol="BTCUSDT", settleCoin=None).result
    assert ([row["orderLinkId"] for row in first["list"]], first["success"]) == (["plain"], "1")
    rest = bybit.post("order/cancel-all", category="spot").result
    assert [row["orderLinkId"] for row in rest["list"]] == ["other"]
    stops = bybit.post("order/cancel-all", category="spot", orderFilter="StopOrder").result
    assert [row["orderLinkId"] for row in stops["list"]] == ["stop"]
    assert bybit.post("order/cancel-all", category="spot", orderFilter="Nope").code == 170201
    assert bybit.get("order/realtime", category="spot").rows == []


def test_an_order_link_id_is_always_unique(bybit: LocalBybit) -> None:
    bybit.limit("spot", "Buy", "59000", "0.01", orderLinkId="t-1")
    refused = bybit.limit("spot", "Buy", "58000", "0.01", orderLinkId="t-1")
    assert (refused.code, refused.body["retMsg"]) == (170141, "Duplicate clientOrderId.")
    bybit.post("order/cancel-all", category="spot")
    assert bybit.limit("spot", "Buy", "59000", "0.01", orderLinkId="t-1").code == 170141
    assert bybit.limit("spot", "Buy", "59000", "0.01", who=2, orderLinkId="t-1").code == 0
    assert bybit.limit("linear", "Buy", "59000", "0.01", orderLinkId="t-1").code == 0
    assert bybit.limit("linear", "Buy", "59000", "0.01", orderLinkId="t-1").code == 110072


def test_closed_ids_can_be_forgotten(bybit: LocalBybit) -> None:
    bybit.set_up(remember_link_ids=False)
    first = bybit.limit("spot", "Buy", "59000", "0.01", orderLinkId="t-1")
    assert bybit.limit("spot", "Buy", "59000", "0.01", orderLinkId="t-1").code == 170141
    bybit.post("order/cancel-all", category="spot")
    second = bybit.limit("spot", "Buy", "59000", "0.01", orderLinkId="t-1")
    assert second.result["orderId"] != first.result["orderId"]


def test_a_refused_order_does_not_use_its_id_up(bybit: LocalBybit) -> None:
    assert bybit.limit("spot", "Buy", "59000.01", "0.01", orderLinkId="t-1").code == 170134
    assert bybit.limit("spot", "Buy", "59000", "0.01", orderLinkId="t-1").code == 0
