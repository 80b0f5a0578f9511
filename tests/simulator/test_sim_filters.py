"""Every filter from both sides of its bound."""

from __future__ import annotations

import pytest
from sim_support import Local

PASSES = 200


def verdict(local: Local, **params: object) -> int | str:
    reply = local.call("POST", "/api/v3/order/test", **{"symbol": "BTCUSDT", **params})
    if reply.status == PASSES:
        return PASSES
    assert (reply.status, reply.code) == (400, -1013)
    return str(reply.body["msg"]).removeprefix("Filter failure: ")


def limit(price: str, quantity: str, **params: object) -> dict[str, object]:
    return {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": price, "quantity": quantity, **params}


STOP = {"side": "SELL", "type": "STOP_LOSS", "quantity": "0.01"}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (limit("59000.01", "0.01"), PASSES),
        (limit("59000.011", "0.01"), "PRICE_FILTER"),
        (limit("0", "0.01"), "PRICE_FILTER"),
        (limit("1000000.01", "0.01"), "PRICE_FILTER"),
        ({**STOP, "stopPrice": "59000.01"}, PASSES),
        ({**STOP, "stopPrice": "59000.011"}, "PRICE_FILTER"),
        (limit("59000", "0.00009"), PASSES),
        (limit("59000", "0.000095"), "LOT_SIZE"),
        (limit("12000", "9000.00001"), "LOT_SIZE"),
        (limit("59000", "0.1", icebergQty="0.001"), PASSES),
        (limit("59000", "0.1", icebergQty="0.000001"), "LOT_SIZE"),
        (limit("59000", "0.1", icebergQty="0.00099"), "ICEBERG_PARTS"),
        ({"side": "BUY", "type": "MARKET", "quantity": "112.21108"}, PASSES),
        ({"side": "BUY", "type": "MARKET", "quantity": "112.21109"}, "MARKET_LOT_SIZE"),
        ({"side": "BUY", "type": "MARKET", "quantity": "0.000001"}, "LOT_SIZE"),
        (limit("12000", "0.01"), PASSES),
        (limit("11999.99", "0.01"), "PERCENT_PRICE_BY_SIDE"),
        (limit("300000", "0.01"), PASSES),
        (limit("300000.01", "0.01"), "PERCENT_PRICE_BY_SIDE"),
        (limit("50000", "0.0001"), PASSES),
        (limit("49999.99", "0.0001"), "NOTIONAL"),
        (limit("60000", "150"), PASSES),
        (limit("60000", "150.00001"), "NOTIONAL"),
        ({"side": "BUY", "type": "MARKET", "quantity": "0.00009"}, PASSES),
        ({"side": "BUY", "type": "MARKET", "quantity": "0.00008"}, "NOTIONAL"),
        ({"side": "BUY", "type": "MARKET", "quoteOrderQty": "5"}, PASSES),
        ({"side": "BUY", "type": "MARKET", "quoteOrderQty": "4.99999999"}, "NOTIONAL"),
        ({"side": "SELL", "type": "MARKET", "quoteOrderQty": "4.99999999"}, "NOTIONAL"),
        ({**STOP, "trailingDelta": "10"}, PASSES),
        ({**STOP, "trailingDelta": "9"}, "TRAILING_DELTA"),
        ({**STOP, "trailingDelta": "2000"}, PASSES),
        ({**STOP, "trailingDelta": "2001"}, "TRAILING_DELTA"),
    ],
)
def test_bounds(local: Local, params: dict[str, object], expected: int | str) -> None:
    assert verdict(local, **params) == expected


def test_a_market_amount_is_valued_at_the_average_price(local: Local) -> None:
    local.market.move("BTCUSDT", 100_000 * 10**12)
    wish = {"side": "BUY", "type": "MARKET", "quantity": "0.00005"}
    assert verdict(local, **wish) == PASSES
    local.buy_market("1", who=2)
    local.market.move("BTCUSDT", 50_000 * 10**12)
    assert verdict(local, **wish) == PASSES, "the trade at 100000 is within the last five minutes"
    local.clock.advance(6 * 60_000)
    assert verdict(local, **wish) == "NOTIONAL", "without trades the last price counts"
    average = local.call("GET", "/api/v3/avgPrice", None, symbol="BTCUSDT").body
    assert (average["mins"], average["price"]) == (5, "50000.00000000")


def test_two_hundred_open_orders_and_no_more(local: Local) -> None:
    for _ in range(200):
        assert local.limit("BUY", "30000", "0.001").status == 200
    assert local.limit("BUY", "30000", "0.001").refusal == (400, -1013, "Filter failure: MAX_NUM_ORDERS")
    assert local.limit("BUY", "30000", "0.001", who=2).status == 200
    number = local.call("GET", "/api/v3/openOrders", symbol="BTCUSDT").body[0]["orderId"]
    swap = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": number, "symbol": "BTCUSDT"}
    reply = local.call("POST", "/api/v3/order/cancelReplace", **swap, **limit("30000", "0.001"))
    assert reply.status == 200, "the one that leaves makes room"


def test_five_conditional_orders_and_no_more(local: Local) -> None:
    for _ in range(5):
        assert local.order(**STOP, stopPrice="59000").status == 200
    assert local.order(**STOP, stopPrice="59000").refusal == (400, -1013, "Filter failure: MAX_NUM_ALGO_ORDERS")
    number = local.limit("BUY", "30000", "0.001").body["orderId"]
    swap = {"symbol": "BTCUSDT", "cancelReplaceMode": "STOP_ON_FAILURE", **STOP, "stopPrice": "59000"}
    path = "/api/v3/order/cancelReplace"
    assert local.call("POST", path, **swap, cancelOrderId=number).code == -1013, "a plain order makes no room"
    stop = local.call("GET", "/api/v3/openOrders", symbol="BTCUSDT").body[0]["orderId"]
    assert local.call("POST", path, **swap, cancelOrderId=stop).status == 200, "a conditional one does"


def test_exchange_info_lists_what_is_enforced(local: Local) -> None:
    info = local.call("GET", "/api/v3/exchangeInfo", None, symbol="BTCUSDT").body["symbols"][0]
    filters = {each.pop("filterType"): each for each in info["filters"]}
    assert filters["PRICE_FILTER"] == {
        "minPrice": "0.01000000",
        "maxPrice": "1000000.00000000",
        "tickSize": "0.01000000",
    }
    assert filters["MARKET_LOT_SIZE"]["stepSize"] == "0.00000000"
    assert filters["MAX_NUM_ORDERS"] == {"maxNumOrders": 200}
    assert filters["MAX_NUM_ORDER_AMENDS"] == {"maxNumOrderAmends": 10}
    mine = local.call("GET", "/api/v3/myFilters", symbol="BTCUSDT").body
    assert [each["asset"] for each in mine["assetFilters"]] == ["BTC", "USDT"]
    assert len(mine["symbolFilters"]) == len(filters)


def test_every_symbol_can_be_traded_with_its_own_values(local: Local) -> None:
    for each in local.call("GET", "/api/v3/exchangeInfo", None).body["symbols"]:
        filters = {one["filterType"]: one for one in each["filters"]}
        least = filters["NOTIONAL"]["minNotional"]
        quantity = filters["LOT_SIZE"]["minQty"].rstrip("0").rstrip(".")
        bought = local.order(symbol=each["symbol"], side="BUY", type="MARKET", quoteOrderQty=float(least) * 4)
        assert bought.body["status"] == "FILLED", each["symbol"]
        assert float(bought.body["executedQty"]) >= float(quantity)


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({}, 8),
        ({"symbol": "BTCUSDT"}, 1),
        ({"symbols": '["BTCUSDT","ETHUSDT"]'}, 2),
        ({"permissions": "SPOT"}, 8),
        ({"permissions": "MARGIN"}, 0),
        ({"symbolStatus": "TRADING"}, 8),
        ({"symbolStatus": "HALT"}, 0),
    ],
)
def test_choices_of_exchange_info(local: Local, params: dict[str, str], count: int) -> None:
    assert len(local.call("GET", "/api/v3/exchangeInfo", None, **params).body["symbols"]) == count


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": "NOPE"}, -1121),
        ({"symbols": '["NOPE"]'}, -1121),
        ({"symbols": "BTCUSDT"}, -1100),
        ({"symbols": "[]"}, -1100),
        ({"symbol": "BTCUSDT", "symbols": '["BTCUSDT"]'}, -1128),
        ({"symbol": "BTCUSDT", "symbolStatus": "TRADING"}, -1128),
    ],
)
def test_bad_choices_of_exchange_info(local: Local, params: dict[str, str], code: int) -> None:
    assert local.call("GET", "/api/v3/exchangeInfo", None, **params).code == code
