"""Conditional futures orders on the algo service: when they fire, what they place, how they end."""

from __future__ import annotations

import pytest
from sim_support import START_MS
from usdm_support import Futures

from simulator.amounts import parse

PLACED = {
    "algoId", "clientAlgoId", "algoType", "orderType", "symbol", "side", "positionSide", "timeInForce", "quantity",
    "algoStatus", "triggerPrice", "price", "icebergQuantity", "selfTradePreventionMode", "workingType", "priceMatch",
    "closePosition", "priceProtect", "reduceOnly", "createTime", "updateTime", "triggerTime", "goodTillDate",
}  # fmt: skip


@pytest.fixture
def futures() -> Futures:
    return Futures()


def move(futures: Futures, *prices: str) -> None:
    for price in prices:
        futures.market.move("BTCUSDT", parse(price))


def find(futures: Futures, name: str) -> dict[str, object]:
    body = futures.call("GET", "/fapi/v1/algoOrder", clientAlgoId=name).body
    assert isinstance(body, dict)
    return body


def test_an_algo_order_waits_fires_and_is_finished(futures: Futures) -> None:
    placed = futures.algo(type="STOP_MARKET", triggerPrice="59000", clientAlgoId="s")
    assert set(placed.body) == PLACED
    assert (placed.body["algoStatus"], futures.open_ids()) == ("NEW", [])
    assert "X-MBX-ORDER-COUNT-10S" in placed.headers
    assert find(futures, "s")["actualOrderId"] == ""
    assert futures.get(origClientOrderId="s").code == -2013, "it is no order before it fires"
    move(futures, "59000.1")
    assert find(futures, "s")["algoStatus"] == "NEW"
    move(futures, "59000")
    found = find(futures, "s")
    assert (found["algoStatus"], found["actualQty"], found["actualPrice"]) == ("FINISHED", "0.010", "58999.90")
    order = futures.get(orderId=found["actualOrderId"]).body
    assert (order["type"], order["origType"], order["status"]) == ("MARKET", "STOP_MARKET", "FILLED")
    assert futures.get(origClientOrderId="s").body == order
    assert futures.cancel_algo("s").code == -2011


@pytest.mark.parametrize(
    ("word", "side", "fires", "not_yet"),
    [
        ("STOP_MARKET", "SELL", "59000", "59000.1"),
        ("STOP_MARKET", "BUY", "61000", "60999.9"),
        ("TAKE_PROFIT_MARKET", "SELL", "61000", "60999.9"),
        ("TAKE_PROFIT_MARKET", "BUY", "59000", "59000.1"),
    ],
)
def test_which_way_each_kind_waits(futures: Futures, word: str, side: str, fires: str, not_yet: str) -> None:
    wish = {"type": word, "side": side}
    futures.algo(**wish, triggerPrice=fires, clientAlgoId="a")
    move(futures, not_yet)
    assert find(futures, "a")["algoStatus"] == "NEW"
    move(futures, fires)
    assert find(futures, "a")["algoStatus"] == "FINISHED"
    move(futures, fires)
    assert futures.algo(**wish, triggerPrice=fires).refusal == (400, -2021, "Order would immediately trigger.")


def test_limit_kinds_place_a_limit_order(futures: Futures) -> None:
    futures.algo(type="STOP", triggerPrice="59000", price="59500", timeInForce="GTC", clientAlgoId="s")
    move(futures, "59000")
    assert (find(futures, "s")["algoStatus"], futures.open_ids()) == ("TRIGGERED", ["s"])
    order = futures.get(origClientOrderId="s").body
    assert (order["type"], order["origType"], order["price"]) == ("LIMIT", "STOP", "59500.00")
    futures.cancel(origClientOrderId="s")
    assert find(futures, "s")["algoStatus"] == "FINISHED"


def test_no_margin_before_it_fires_and_a_refusal_then(futures: Futures) -> None:
    futures.market.wallet("sim-1").free["USDT"] = parse("100")
    assert futures.algo(type="STOP_MARKET", triggerPrice="59000", quantity="1", clientAlgoId="s").status == 200
    assert futures.asset()["availableBalance"] == "100.00000000"
    move(futures, "59000")
    assert find(futures, "s")["algoStatus"] == "REJECTED"
    assert futures.call("GET", "/fapi/v1/allOrders", symbol="BTCUSDT").body == []


def test_the_mark_price_can_be_what_is_watched(futures: Futures) -> None:
    futures.algo(type="STOP_MARKET", triggerPrice="59990", workingType="MARK_PRICE", clientAlgoId="mark")
    futures.algo(type="STOP_MARKET", triggerPrice="59990", clientAlgoId="last")
    futures.sell_market("30", who=2)  # far into the book: the last price falls, the mark price stays
    assert (find(futures, "last")["algoStatus"], find(futures, "mark")["algoStatus"]) == ("FINISHED", "NEW")


def test_a_trailing_stop_follows_the_best_price(futures: Futures) -> None:
    futures.buy_market("0.01")
    placed = futures.algo(
        type="TRAILING_STOP_MARKET", callbackRate="1", activatePrice="61000", reduceOnly="true", clientAlgoId="t"
    )
    assert (placed.body["activatePrice"], placed.body["callbackRate"]) == ("61000.00", "1.0")
    move(futures, "60500", "59000", "61000", "62000", "61380.1")
    assert find(futures, "t")["algoStatus"] == "NEW"
    move(futures, "61380")
    assert (find(futures, "t")["algoStatus"], futures.position()["positionAmt"]) == ("FINISHED", "0.000")


@pytest.mark.parametrize(("rate", "status"), [("0.1", 200), ("10", 200), ("0", 400), ("10.1", 400), ("1.55", 400)])
def test_callback_rates(futures: Futures, rate: str, status: int) -> None:
    assert futures.algo(type="TRAILING_STOP_MARKET", callbackRate=rate).status == status


def test_closing_a_position_whatever_its_size(futures: Futures) -> None:
    wish = {"type": "STOP_MARKET", "triggerPrice": "59000", "closePosition": "true"}
    assert futures.algo(**wish).code == -4137
    close = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", **wish}
    assert futures.post("algoOrder", **close, reduceOnly="true").code == -4138
    assert futures.post("algoOrder", **{**close, "type": "STOP", "price": "59000"}).code == -4136
    assert futures.post("algoOrder", **close, clientAlgoId="c").status == 200
    futures.buy_market("0.2")
    futures.buy_market("0.1")
    move(futures, "58000")
    assert futures.position()["positionAmt"] == "0.000"
    assert find(futures, "c")["actualQty"] == "0.300"
    futures.post("algoOrder", **{**close, "triggerPrice": "57000"}, clientAlgoId="flat")
    move(futures, "57000")
    assert find(futures, "flat")["algoStatus"] == "REJECTED", "nothing was left to close"


@pytest.mark.parametrize(
    ("code", "params"),
    [
        (-1130, {"algoType": "TWAP"}),
        (-1116, {"type": "LIMIT"}),
        (-1102, {"triggerPrice": None}),
        (-1102, {"type": "STOP"}),
        (-1106, {"price": "59000"}),
        (-1102, {"quantity": None}),
        (-1102, {"type": "TRAILING_STOP_MARKET"}),
        (-4014, {"triggerPrice": "59000.05"}),
        (-4006, {"triggerPrice": "0"}),
        (-4007, {"triggerPrice": "4529764.1"}),
        (-4015, {"clientAlgoId": "a b"}),
        (-4061, {"positionSide": "LONG"}),
        (-1104, {"stopPrice": "59000"}),
        (-2021, {"type": "TRAILING_STOP_MARKET", "callbackRate": "1", "activatePrice": "59000"}),
    ],
)
def test_what_is_refused(futures: Futures, code: int, params: dict[str, str]) -> None:
    wish = {"type": "STOP_MARKET", "triggerPrice": "59000", "quantity": "0.01", **params}
    if params.get("type") == "TRAILING_STOP_MARKET":
        del wish["triggerPrice"]
    sent = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", **wish}
    answer = futures.post("algoOrder", **{name: value for name, value in sent.items() if value is not None})
    assert answer.code == code, answer.body


def test_client_ids_counts_and_cancels(futures: Futures) -> None:
    stop = {"type": "STOP_MARKET", "triggerPrice": "59000"}
    futures.algo(**stop, clientAlgoId="a")
    assert futures.algo(**stop, clientAlgoId="a").code == -4116
    assert futures.cancel_algo("a").body["code"] == "200"
    assert futures.algo(**stop, clientAlgoId="a").status == 200
    futures.algo(**stop, clientAlgoId="b")
    rows = futures.call("GET", "/fapi/v1/openAlgoOrders", symbol="BTCUSDT").body
    assert [row["clientAlgoId"] for row in rows] == ["a", "b"]
    assert futures.call("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT").status == 200
    assert len(futures.call("GET", "/fapi/v1/openAlgoOrders").body) == 2, "a cancel of all orders leaves them"
    assert futures.call("DELETE", "/fapi/v1/algoOpenOrders", symbol="BTCUSDT").body["code"] == 200
    assert futures.call("GET", "/fapi/v1/openAlgoOrders").body == []
    rows = futures.call("GET", "/fapi/v1/allAlgoOrders", symbol="BTCUSDT").body
    assert [row["algoStatus"] for row in rows] == ["CANCELED"] * 3
    assert futures.call("GET", "/fapi/v1/algoOrder").code == -1102
    assert futures.call("GET", "/fapi/v1/algoOrder", 2, algoId=rows[0]["algoId"]).code == -2013, "another's"
    futures.clock.advance(3 * 86_400_000 + 1)
    assert futures.call("GET", "/fapi/v1/algoOrder", algoId=rows[0]["algoId"]).code == -2013


def test_two_hundred_and_no_more(futures: Futures) -> None:
    for number in range(200):
        symbol = ("BTCUSDT", "ETHUSDT")[number % 2]
        price = ("59000", "2900")[number % 2]
        assert futures.algo(symbol=symbol, quantity="0.1", type="STOP_MARKET", triggerPrice=price).status == 200
    assert futures.algo(type="STOP_MARKET", triggerPrice="59000").code == -4045


def test_good_till_date(futures: Futures) -> None:
    date = START_MS + 700_000
    futures.algo(
        type="STOP", triggerPrice="59000", price="59000", timeInForce="GTD", goodTillDate=date, clientAlgoId="g"
    )
    futures.clock.advance(700_000)
    assert find(futures, "g")["algoStatus"] == "EXPIRED"
    move(futures, "58000")
    assert futures.call("GET", "/fapi/v1/allOrders", symbol="BTCUSDT").body == []


def test_the_ledger_knows_them(futures: Futures) -> None:
    futures.algo(type="STOP_MARKET", triggerPrice="59000", clientAlgoId="s")
    move(futures, "58000")
    (_, _, algo), (_, _, order) = futures.world.ledger.algos[0], futures.world.ledger.orders[0]
    assert (algo.client_id, algo.order, order.ask.algo_id) == ("s", order, algo.algo_id)
