"""python-binance as published, base URL aside, through the whole round of spot trading."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator

import pytest
from sim_support import Remote

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance.client import Client
    from binance.exceptions import BinanceAPIException

pytestmark = pytest.mark.usefixtures("an_event_loop")


@pytest.fixture
def client(remote: Remote) -> Iterator[Client]:
    Client.API_URL = f"{remote.url}/api"
    Client.MARGIN_API_URL = f"{remote.url}/sapi"
    found = Client("sim-key-1", "sim-secret-1", ping=False)
    found.API_URL = f"{remote.url}/api"
    yield found
    found.session.close()


def code_of(call: Callable[..., object], **params: object) -> int:
    with pytest.raises(BinanceAPIException) as caught:
        call(**params)
    return int(caught.value.code)


def test_public_data(client: Client) -> None:
    assert client.ping() == {}
    assert abs(client.get_server_time()["serverTime"] / 1000 - time.time()) < 5
    info = client.get_symbol_info("BTCUSDT")
    assert {each["filterType"] for each in info["filters"]} >= {"PRICE_FILTER", "LOT_SIZE", "NOTIONAL"}
    assert len(client.get_exchange_info()["symbols"]) == 8
    book = client.get_order_book(symbol="BTCUSDT", limit=5)
    assert [len(book["bids"]), len(book["asks"])] == [5, 5]
    assert float(book["bids"][0][0]) < 60_000 < float(book["asks"][0][0])
    assert client.get_ticker(symbol="BTCUSDT")["lastPrice"] == "60000.00000000"
    assert client.get_symbol_ticker(symbol="ETHUSDT") == {"symbol": "ETHUSDT", "price": "3000.00000000"}
    assert len(client.get_all_tickers()) == len(client.get_orderbook_tickers()) == 8
    assert client.get_orderbook_ticker(symbol="BTCUSDT")["bidPrice"] == book["bids"][0][0]
    assert client.get_avg_price(symbol="BTCUSDT")["mins"] == 5
    assert client.get_recent_trades(symbol="BTCUSDT") == []
    assert client.get_klines(symbol="BTCUSDT", interval="1m") == []


def test_account_and_fees(client: Client) -> None:
    assert client.get_account()["canTrade"] is True
    assert client.get_asset_balance("BTC") == {"asset": "BTC", "free": "1000.00000000", "locked": "0.00000000"}
    assert client.get_trade_fee(symbol="BTCUSDT")[0]["takerCommission"] == "0.00100000"
    assert client.get_open_orders() == []


def test_market_orders(client: Client) -> None:
    bought = client.order_market_buy(symbol="BTCUSDT", quantity="0.5")
    assert (bought["status"], bought["executedQty"]) == ("FILLED", "0.50000000")
    assert sum(float(fill["qty"]) for fill in bought["fills"]) == 0.5
    sold = client.order_market_sell(symbol="BTCUSDT", quoteOrderQty="600")
    assert sold["status"] == "FILLED"
    trades = client.get_my_trades(symbol="BTCUSDT")
    assert {trade["orderId"] for trade in trades} == {bought["orderId"], sold["orderId"]}
    assert client.get_my_trades(symbol="BTCUSDT", orderId=sold["orderId"])[0]["commissionAsset"] == "USDT"
    assert client.get_recent_trades(symbol="BTCUSDT")[-1]["id"] == trades[-1]["id"]
    assert client.get_klines(symbol="BTCUSDT", interval="1h")[-1][8] == len(trades)


TYPES = [
    {"type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "59000"},
    {"type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "59000", "icebergQty": "0.01"},
    {"type": "LIMIT_MAKER", "quantity": "0.01", "price": "59000"},
    {"type": "STOP_LOSS", "quantity": "0.01", "stopPrice": "61000"},
    {"type": "STOP_LOSS", "quantity": "0.01", "trailingDelta": "100"},
    {"type": "STOP_LOSS_LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "61100", "stopPrice": "61000"},
    {"type": "TAKE_PROFIT", "quantity": "0.01", "stopPrice": "59000"},
    {"type": "TAKE_PROFIT_LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "59100", "stopPrice": "59000"},
]


@pytest.mark.parametrize("params", TYPES, ids=lambda params: "-".join((params["type"], *list(params)[-1:])))
def test_a_resting_order_of_every_type(client: Client, params: dict[str, str]) -> None:
    assert client.create_test_order(symbol="BTCUSDT", side="BUY", **params) == {}
    assert client.get_open_orders(symbol="BTCUSDT") == []
    placed = client.create_order(symbol="BTCUSDT", side="BUY", newOrderRespType="RESULT", **params)
    assert (placed["status"], placed["type"]) == ("NEW", params["type"])
    found = client.get_order(symbol="BTCUSDT", origClientOrderId=placed["clientOrderId"])
    assert found["isWorking"] is ("stopPrice" not in params and "trailingDelta" not in params)
    assert client.get_open_orders(symbol="BTCUSDT") == [found]
    cancelled = client.cancel_order(symbol="BTCUSDT", orderId=placed["orderId"])
    assert (cancelled["status"], cancelled["origClientOrderId"]) == ("CANCELED", placed["clientOrderId"])
    assert client.get_all_orders(symbol="BTCUSDT")[-1]["clientOrderId"] == cancelled["clientOrderId"]


def test_replies_by_default(client: Client) -> None:
    limit = client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price="59000")
    assert limit["fills"] == []
    maker = client.create_order(symbol="BTCUSDT", side="BUY", type="LIMIT_MAKER", quantity="0.01", price="59000")
    assert set(maker) == {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}


def test_cancel_all(client: Client) -> None:
    for price in ("59000", "58000"):
        client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price=price)
    gone = client.cancel_all_open_orders(symbol="BTCUSDT")
    assert [each["status"] for each in gone] == ["CANCELED", "CANCELED"]
    assert client.get_open_orders() == []


def test_cancel_replace(client: Client) -> None:
    first = client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price="59000")
    reply = client.cancel_replace_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.02", price="58000",
        cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=first["orderId"],
    )  # fmt: skip
    assert (reply["cancelResult"], reply["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert [order["price"] for order in client.get_open_orders()] == ["58000.00000000"]


def test_amend_keep_priority(client: Client) -> None:
    first = client.order_limit_buy(symbol="BTCUSDT", quantity="0.02", price="59000")
    reply = client._put(
        "order/amend/keepPriority",
        signed=True,
        data={"symbol": "BTCUSDT", "orderId": first["orderId"], "newQty": "0.01"},
    )
    assert reply["amendedOrder"]["qty"] == "0.01000000"
    rows = client._get("order/amendments", signed=True, data={"symbol": "BTCUSDT", "orderId": first["orderId"]})
    assert [(row["origQty"], row["newQty"]) for row in rows] == [("0.02000000", "0.01000000")]


def test_the_exchanges_own_codes(client: Client, remote: Remote) -> None:
    market = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
    assert code_of(client.create_order, **market, quantity="0.000001") == -1013
    assert code_of(client.create_order, **market, quantity="110", newClientOrderId="x" * 37) == -1100
    assert code_of(client.create_order, symbol="BTCEUR", side="BUY", type="MARKET", quantity="1") == -1121
    assert code_of(client.get_order, symbol="BTCUSDT", orderId=1) == -2013
    assert code_of(client.cancel_order, symbol="BTCUSDT", orderId=1) == -2011
    remote.control("POST", "faults", {"kind": "clock_skew", "skew_ms": 10_000})
    assert code_of(client.get_account) == -1021
    remote.control("POST", "faults", {"kind": "clock_skew", "skew_ms": -20_000})
    assert code_of(client.get_account) == -1021
    remote.control("DELETE", "faults")
    stranger = Client("sim-key-1", "wrong", ping=False)
    assert code_of(stranger.get_account) == -1022
    stranger = Client("nobody", "wrong", ping=False)
    assert code_of(stranger.get_account) == -2015
