"""Futures orders: what is accepted, how it is answered, and which code refuses what."""

from __future__ import annotations

import json

import pytest
from sim_support import START_MS
from usdm_support import Futures

PLACED = {
    "clientOrderId", "closePosition", "cumQty", "executedQty", "goodTillDate", "orderId", "origQty", "origType",
    "positionSide", "price", "priceMatch", "priceProtect", "reduceOnly", "selfTradePreventionMode", "side", "status",
    "stopPrice", "symbol", "timeInForce", "type", "updateTime", "workingType",
}  # fmt: skip


@pytest.fixture
def futures() -> Futures:
    return Futures()


def test_replies_have_the_documented_fields(futures: Futures) -> None:
    placed = futures.limit("BUY", "59000", "0.01", newClientOrderId="a").body
    assert set(placed) == PLACED
    found = futures.get(origClientOrderId="a").body
    assert set(found) == (PLACED - {"cumQty"}) | {"avgPrice", "cumQuote", "time"}
    assert (found["price"], found["origQty"], found["avgPrice"]) == ("59000.00", "0.010", "0.00")
    assert set(futures.cancel(origClientOrderId="a").body) == PLACED


@pytest.mark.parametrize(
    ("params", "status", "filled"),
    [
        ({}, "NEW", "0.000"),
        ({"newOrderRespType": "ACK"}, "NEW", "0.000"),
        ({"newOrderRespType": "RESULT"}, "FILLED", "0.010"),
    ],
)
def test_a_market_orders_fill_is_in_its_reply_only_when_asked_for(
    futures: Futures, params: dict[str, str], status: str, filled: str
) -> None:
    reply = futures.buy_market("0.01", **params).body
    assert (reply["status"], reply["executedQty"], reply["cumQty"]) == (status, filled, filled)
    found = futures.get(orderId=reply["orderId"]).body
    assert (found["status"], found["avgPrice"], found["cumQuote"]) == ("FILLED", "60000.10000", "600.00100")


def test_a_limit_order_is_answered_as_accepted_even_if_it_fills(futures: Futures) -> None:
    reply = futures.limit("BUY", "60001", "0.01", newOrderRespType="RESULT").body
    assert reply["status"] == "NEW"
    assert futures.get(orderId=reply["orderId"]).body["status"] == "FILLED"
    at_once = futures.limit("BUY", "60001", "0.01", newOrderRespType="RESULT", timeInForce="IOC").body
    assert at_once["status"] == "FILLED"


def refused(code: int, **params: object) -> object:
    wish = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "59000", "quantity": "0.01", **params}
    named = "-".join(f"{name}={value}" for name, value in params.items())
    return pytest.param(code, {name: value for name, value in wish.items() if value is not None}, id=f"{code}-{named}")


@pytest.mark.parametrize(
    ("code", "params"),
    [
        refused(-1121, symbol="BTCEUR"),
        refused(-1102, side=None),
        refused(-1117, side="UP"),
        refused(-1116, type="LIMIT_MAKER"),
        refused(-1102, quantity=None),
        refused(-1102, price=None),
        refused(-1102, timeInForce=None),
        refused(-1115, timeInForce="DAY"),
        refused(-1106, type="MARKET", timeInForce=None),
        refused(-1106, stopPrice="59000"),
        refused(-1104, quoteOrderQty="100"),
        refused(-1100, quantity="1e-3"),
        refused(-4015, newClientOrderId="a b"),
        refused(-4015, newClientOrderId="x" * 37),
        refused(-4060, positionSide="UP"),
        refused(-4061, positionSide="LONG"),
        refused(-4136, closePosition="true"),
        refused(-5037, priceMatch="QUEUE"),
        refused(-5037, priceMatch="OPPONENT_10", price=None),
        refused(-5038, type="MARKET", timeInForce=None, price=None, priceMatch="QUEUE"),
        refused(-5039, selfTradePreventionMode="TRANSFER"),
        refused(-2022, reduceOnly="true"),
        *(
            refused(-4120, type=each)
            for each in ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
        ),
        # every filter, from both sides
        refused(-4003, quantity="0"),
        refused(-4003, quantity="-1"),
        refused(-1111, quantity="0.0005"),
        refused(-4005, quantity="1000.001"),
        refused(-4005, type="MARKET", timeInForce=None, price=None, quantity="120.001"),
        refused(-4001, price="0"),
        refused(-4013, price="556.7"),
        refused(-4002, price="4529764.1"),
        refused(-4014, price="59000.05"),
        refused(-1111, price="59000.001"),
        refused(-4016, price="63000.1"),
        refused(-4024, side="SELL", price="56999.9"),
        refused(-4164, symbol="ETHUSDT", price="2000", quantity="0.009"),
        refused(-4164, symbol="ETHUSDT", type="MARKET", timeInForce=None, price=None, quantity="0.006"),
    ],
)
def test_what_is_refused_and_how(futures: Futures, code: int, params: dict[str, object]) -> None:
    answer = futures.order(**params)
    assert (answer.status, answer.code) == (400, code), answer.body
    assert futures.market.registry.by_id == {}


@pytest.mark.parametrize(
    "params",
    [
        {"quantity": "0.001"},
        {"price": "63000"},
        {"price": "57000", "side": "SELL"},
        {"price": "556.8", "quantity": "0.1"},
        {"quantity": "1000", "price": "2000"},
        {"quantity": "0.00100000"},
        {"symbol": "ETHUSDT", "price": "2000", "quantity": "0.010"},
    ],
)
def test_what_lies_just_within_the_filters_is_accepted(futures: Futures, params: dict[str, str]) -> None:
    wish = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "59000", "quantity": "0.01", **params}
    assert futures.order(**wish).status == 200


def test_only_orders_that_reduce_may_be_small(futures: Futures) -> None:
    futures.order(symbol="ETHUSDT", side="BUY", type="MARKET", quantity="0.01")
    small = {"symbol": "ETHUSDT", "side": "SELL", "type": "MARKET", "quantity": "0.006"}
    assert futures.order(**small).code == -4164
    assert futures.order(**small, reduceOnly="true").status == 200


def test_a_client_id_is_taken_while_its_order_is_open(futures: Futures) -> None:
    futures.limit("BUY", "59000", "0.01", newClientOrderId="a")
    again = futures.limit("BUY", "59000", "0.01", newClientOrderId="a")
    assert again.refusal == (400, -4116, "ClientOrderId is duplicated.")
    futures.cancel(origClientOrderId="a")
    assert futures.limit("BUY", "59000", "0.01", newClientOrderId="a").status == 200


def test_post_only_and_fill_or_kill_leave_nothing_behind_when_refused(futures: Futures) -> None:
    assert futures.limit("BUY", "61000", "0.01", timeInForce="GTX", newClientOrderId="p").code == -5022
    assert futures.limit("BUY", "59000", "0.01", timeInForce="FOK", newClientOrderId="f").code == -5021
    assert [futures.get(origClientOrderId=each).code for each in ("p", "f")] == [-2013, -2013]
    assert futures.limit("BUY", "59000", "0.01", timeInForce="GTX").body["timeInForce"] == "GTX"
    filled = futures.limit("BUY", "61000", "0.01", timeInForce="FOK", newOrderRespType="RESULT").body
    assert filled["status"] == "FILLED"


def test_good_till_date(futures: Futures) -> None:
    order = {"timeInForce": "GTD", "newClientOrderId": "g"}
    assert futures.limit("BUY", "59000", "0.01", **order).code == -1102
    assert futures.limit("BUY", "59000", "0.01", **order, goodTillDate=START_MS + 600_000).code == -5040
    placed = futures.limit("BUY", "59000", "0.01", **order, goodTillDate=START_MS + 601_999)
    assert placed.body["goodTillDate"] == START_MS + 601_000
    futures.clock.advance(600_999)
    assert futures.open_ids() == ["g"]
    futures.clock.advance(1)
    assert futures.open_ids() == []
    assert futures.get(origClientOrderId="g").body["status"] == "EXPIRED"


@pytest.mark.parametrize(
    ("match", "price"),
    [("OPPONENT", "60000.10"), ("OPPONENT_5", "60012.10"), ("QUEUE", "59999.90"), ("QUEUE_5", "59987.90")],
)
def test_a_price_matched_to_the_book(futures: Futures, match: str, price: str) -> None:
    placed = futures.order(side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", priceMatch=match)
    assert (placed.body["price"], placed.body["priceMatch"]) == (price, match)


def test_an_order_far_from_an_empty_book_is_not_filled(futures: Futures) -> None:
    futures.market.pits["BTCUSDT"].quoter.withdraw()
    assert futures.order(side="BUY", type="LIMIT", timeInForce="GTC", quantity="1", priceMatch="OPPONENT").code == -5041
    futures.limit("SELL", "63000.1", "1", who=2)
    assert futures.buy_market().code == -4131


def test_change_price_and_quantity(futures: Futures) -> None:
    futures.limit("BUY", "59000", "0.01", newClientOrderId="a")
    changed = futures.modify(origClientOrderId="a", price="58000", quantity="0.02", modifyId="7").body
    assert (changed["price"], changed["origQty"], changed["modifyId"]) == ("58000.00", "0.020", "7")
    history = futures.call("GET", "/fapi/v1/orderAmendment", symbol="BTCUSDT", origClientOrderId="a").body
    assert history[0]["amendment"] == {
        "price": {"before": "59000.00", "after": "58000.00"},
        "origQty": {"before": "0.010", "after": "0.020"},
        "count": 1,
    }
    wish = {"origClientOrderId": "a", "price": "58000", "quantity": "0.02"}
    assert futures.modify(**wish).code == -5027
    assert futures.modify(**{**wish, "price": "58000.05"}).code == -4014
    assert futures.modify(**{**wish, "quantity": "0.0001"}).code == -1111
    assert futures.modify(**{**wish, "side": "SELL"}).code == -1117
    assert futures.modify(**{**wish, "origClientOrderId": "b"}).code == -2013
    assert futures.get(origClientOrderId="a").body["price"] == "58000.00"


def test_a_changed_order_may_fill_or_be_refused_or_end(futures: Futures) -> None:
    futures.limit("BUY", "59000", "0.01", newClientOrderId="a")
    assert futures.modify(origClientOrderId="a", price="60001", quantity="0.01").body["status"] == "FILLED"
    futures.limit("BUY", "59000", "0.01", newClientOrderId="p", timeInForce="GTX")
    assert futures.modify(origClientOrderId="p", price="60001", quantity="0.01").body["status"] == "CANCELED"
    futures.limit("BUY", "59000", "0.01", newClientOrderId="b")
    futures.market.wallet("sim-1").free["USDT"] = 10**12
    assert futures.modify(origClientOrderId="b", price="59000", quantity="10").code == -2019
    assert futures.get(origClientOrderId="b").body["status"] == "NEW"


def test_a_change_to_what_is_filled_cancels(futures: Futures) -> None:
    futures.market.pits["BTCUSDT"].quoter.withdraw()
    futures.limit("BUY", "60000", "0.02", newClientOrderId="a")
    futures.limit("SELL", "60000", "0.01", who=2)
    changed = futures.modify(origClientOrderId="a", price="60000", quantity="0.01").body
    assert (changed["status"], changed["executedQty"]) == ("CANCELED", "0.010")


def test_cancel_one_and_all(futures: Futures) -> None:
    futures.limit("BUY", "59000", "0.01", newClientOrderId="a")
    cancelled = futures.cancel(origClientOrderId="a").body
    assert (cancelled["status"], cancelled["clientOrderId"]) == ("CANCELED", "a")
    assert futures.cancel(origClientOrderId="a").refusal == (400, -2011, "Unknown order sent.")
    assert futures.cancel().code == -1102
    for price in ("58000", "57000"):
        futures.limit("BUY", price, "0.01")
    done = futures.call("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    assert done.body == {"code": 200, "msg": "The operation of cancel all open order is done."}
    assert futures.open_ids() == []
    assert futures.call("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT").status == 200


def test_countdown(futures: Futures) -> None:
    wish = {"symbol": "BTCUSDT", "countdownTime": 5000}
    futures.limit("BUY", "59000", "0.01", newClientOrderId="a")
    futures.order(symbol="ETHUSDT", side="BUY", type="LIMIT", timeInForce="GTC", price="2000", quantity="1")
    assert futures.post("countdownCancelAll", **wish).body == {"symbol": "BTCUSDT", "countdownTime": "5000"}
    futures.clock.advance(4000)
    futures.post("countdownCancelAll", **wish)
    futures.clock.advance(4999)
    assert "a" in futures.open_ids()
    futures.clock.advance(1)
    assert len(futures.open_ids()) == 1
    assert futures.get(origClientOrderId="a").body["status"] == "CANCELED"
    futures.limit("BUY", "59000", "0.01", newClientOrderId="b")
    futures.post("countdownCancelAll", **wish)
    futures.post("countdownCancelAll", symbol="BTCUSDT", countdownTime=0)
    futures.clock.advance(60_000)
    assert "b" in futures.open_ids()


def test_batches_answer_item_by_item(futures: Futures) -> None:
    one = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "59000", "quantity": 0.1}
    items = [{**one, "newClientOrderId": "a"}, {**one, "symbol": "X"}, {**one, "newClientOrderId": "c"}]
    placed = futures.post("batchOrders", batchOrders=json.dumps(items))
    assert [row.get("clientOrderId") or row["code"] for row in placed.body] == ["a", -1121, "c"]
    change = {"symbol": "BTCUSDT", "side": "BUY", "price": "58000", "quantity": "0.02"}
    items = [{**change, "origClientOrderId": each} for each in ("a", "b")]
    changed = futures.call("PUT", "/fapi/v1/batchOrders", batchOrders=json.dumps(items)).body
    assert [row.get("price") or row["code"] for row in changed] == ["58000.00", -2013]
    names = json.dumps(["a", "b", "c"])
    gone = futures.call("DELETE", "/fapi/v1/batchOrders", symbol="BTCUSDT", origClientOrderIdList=names).body
    assert [row.get("status") or row["code"] for row in gone] == ["CANCELED", -2011, "CANCELED"]
    number = futures.limit("BUY", "59000", "0.01").body["orderId"]
    gone = futures.call("DELETE", "/fapi/v1/batchOrders", symbol="BTCUSDT", orderIdList=f"[{number},1]").body
    assert [row.get("status") or row["code"] for row in gone] == ["CANCELED", -2011]


@pytest.mark.parametrize(
    ("code", "text"), [(-1102, "x"), (-1102, "{}"), (-1102, "[1]"), (-4082, "[]"), (-4082, "[{},{},{},{},{},{}]")]
)
def test_malformed_batches(futures: Futures, code: int, text: str) -> None:
    assert futures.post("batchOrders", batchOrders=text).code == code


def test_a_test_order_is_checked_and_not_placed(futures: Futures) -> None:
    wish = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "59000"}
    assert futures.post("order/test", **wish, quantity="0.01").body["status"] == "NEW"
    assert futures.post("order/test", **wish, quantity="0.0001").code == -1111
    assert futures.open_ids() == []


def test_ended_orders_vanish(futures: Futures) -> None:
    futures.limit("BUY", "59000", "0.01", newClientOrderId="a")
    futures.cancel(origClientOrderId="a")
    futures.buy_market(newClientOrderId="m")
    futures.clock.advance(3 * 86_400_000 + 1)
    assert (futures.get(origClientOrderId="a").code, futures.get(origClientOrderId="m").status) == (-2013, 200)
    futures.clock.advance(87 * 86_400_000)
    assert futures.get(origClientOrderId="m").code == -2013
    assert futures.call("GET", "/fapi/v1/allOrders", symbol="BTCUSDT").body == []


def test_lists_and_trades(futures: Futures) -> None:
    for number in range(3):
        futures.clock.advance(1000)
        futures.buy_market("0.01", newClientOrderId=f"m{number}")
    futures.limit("BUY", "59000", "0.01", newClientOrderId="open")
    rows = futures.call("GET", "/fapi/v1/allOrders", symbol="BTCUSDT").body
    assert [row["clientOrderId"] for row in rows] == ["m0", "m1", "m2", "open"]
    rows = futures.call("GET", "/fapi/v1/allOrders", orderId=rows[1]["orderId"], limit=2).body
    assert [row["clientOrderId"] for row in rows] == ["m1", "m2"]
    trades = futures.call("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", startTime=START_MS + 2000).body
    assert [row["id"] for row in trades] == [2, 3]
    assert set(trades[0]) == {
        "buyer", "commission", "commissionAsset", "id", "maker", "orderId", "price", "qty", "quoteQty", "realizedPnl",
        "side", "positionSide", "symbol", "time",
    }  # fmt: skip
    span = {"startTime": START_MS, "endTime": START_MS + 7 * 86_400_000 + 1}
    assert futures.call("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", **span).code == -1127
    assert futures.call("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", fromId=1, startTime=1).code == -1128
    found = futures.call("GET", "/fapi/v1/openOrder", symbol="BTCUSDT", origClientOrderId="open")
    assert found.body["status"] == "NEW"
    assert futures.call("GET", "/fapi/v1/openOrder", symbol="BTCUSDT", origClientOrderId="m0").code == -2013
