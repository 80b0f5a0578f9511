"""python-binance as published, base URL aside, through the whole round of futures trading."""

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
BTC = {"symbol": "BTCUSDT"}


@pytest.fixture
def client(remote: Remote) -> Iterator[Client]:
    found = Client("sim-key-1", "sim-secret-1", ping=False)
    found.FUTURES_URL = f"{remote.url}/fapi"
    yield found
    found.session.close()


def code_of(call: Callable[..., object], **params: object) -> int:
    with pytest.raises(BinanceAPIException) as caught:
        call(**params)
    return int(caught.value.code)


def limit(client: Client, price: str = "59000", **params: object) -> dict[str, object]:
    wish = {**BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": price}
    placed = client.futures_create_order(**{**wish, **params})
    assert isinstance(placed, dict)
    return placed


def test_public_data(client: Client) -> None:
    assert client.futures_ping() == {}
    assert abs(client.futures_time()["serverTime"] / 1000 - time.time()) < 5
    info = next(each for each in client.futures_exchange_info()["symbols"] if each["symbol"] == "BTCUSDT")
    assert {each["filterType"] for each in info["filters"]} >= {"PRICE_FILTER", "LOT_SIZE", "MIN_NOTIONAL"}
    book = client.futures_order_book(**BTC, limit=5)
    assert [len(book["bids"]), len(book["asks"])] == [5, 5]
    assert client.futures_ticker(**BTC)["lastPrice"] == "60000.00"
    assert client.futures_symbol_ticker(**BTC)["price"] == "60000.00"
    assert client.futures_orderbook_ticker(**BTC)["bidPrice"] == book["bids"][0][0]
    assert client.futures_mark_price(**BTC)["markPrice"] == "60000.00000000"
    assert client.futures_recent_trades(**BTC) == client.futures_klines(**BTC, interval="1m") == []
    assert client.futures_aggregate_trades(**BTC) == []
    assert client.futures_open_interest(**BTC)["openInterest"] == "0.000"
    assert len(client.futures_mark_price()) == len(client.futures_symbol_ticker()) == len(client.futures_ticker())


def test_orders_of_every_plain_kind(client: Client) -> None:
    assert limit(client)["status"] == "NEW"
    assert limit(client, timeInForce="GTX")["timeInForce"] == "GTX"
    filled = {"newOrderRespType": "RESULT", "price": "60010"}
    assert limit(client, **filled, timeInForce="IOC")["status"] == "FILLED"
    assert limit(client, **filled, timeInForce="FOK")["status"] == "FILLED"
    bought = client.futures_create_order(**BTC, side="BUY", type="MARKET", quantity="0.1", newOrderRespType="RESULT")
    assert (bought["status"], bought["executedQty"]) == ("FILLED", "0.100")
    assert client.futures_market_buy_order(**BTC, quantity="0.01")["status"] == "NEW"
    sold = client.futures_market_sell_order(**BTC, quantity="0.1", reduceOnly="true", newOrderRespType="RESULT")
    assert sold["executedQty"] == "0.100"
    assert client.futures_limit_sell_order(**BTC, quantity="0.01", price="61000", timeInForce="GTC")["orderId"]
    tested = client.futures_create_test_order(**BTC, side="BUY", type="MARKET", quantity="0.1")
    assert tested["orderId"] == 0
    assert len(client.futures_get_open_orders(**BTC)) == 3
    assert [each["status"] for each in client.futures_get_all_orders(**BTC)].count("FILLED") == 5
    assert client.futures_recent_trades(**BTC)[-1]["qty"] == "0.100"
    assert len(client.futures_klines(**BTC, interval="1h")[-1]) == 12


def test_one_order_from_placing_to_cancelling(client: Client) -> None:
    placed = limit(client, newClientOrderId="mine")
    found = client.futures_get_order(**BTC, origClientOrderId="mine")
    assert found["orderId"] == placed["orderId"]
    changed = client.futures_modify_order(**BTC, orderId=placed["orderId"], side="BUY", quantity="0.02", price="58000")
    assert (changed["origQty"], changed["price"]) == ("0.020", "58000.00")
    assert client.futures_v1_get_open_order(**BTC, orderId=placed["orderId"])["price"] == "58000.00"
    assert client.futures_v1_get_order_amendment(**BTC, orderId=placed["orderId"])[0]["amendment"]["count"] == 1
    assert client.futures_cancel_order(**BTC, orderId=placed["orderId"])["status"] == "CANCELED"
    limit(client)
    assert client.futures_cancel_all_open_orders(**BTC)["code"] == 200
    assert client.futures_get_open_orders() == []
    assert client.futures_countdown_cancel_all(**BTC, countdownTime=60_000)["countdownTime"] == "60000"
    assert len(client.futures_v1_get_rate_limit_order()) == 2


def test_batches(client: Client) -> None:
    one = {**BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "59000"}
    batch = [{**one, "newClientOrderId": f"b{number}"} for number in range(3)]
    placed = client.futures_place_batch_order(batchOrders=batch)
    assert [each["clientOrderId"] for each in placed] == ["b0", "b1", "b2"]
    numbers = [each["orderId"] for each in placed]
    gone = client.futures_cancel_orders(**BTC, orderidlist=numbers[:2])
    assert [each["status"] for each in gone] == ["CANCELED", "CANCELED"]
    gone = client.futures_cancel_orders(**BTC, origclientorderidlist=["b2"])
    assert [each["status"] for each in gone] == ["CANCELED"]


CONDITIONAL = [
    {"type": "STOP_MARKET", "stopPrice": "61000"},
    {"type": "STOP", "stopPrice": "61000", "price": "61100", "timeInForce": "GTC"},
    {"type": "TAKE_PROFIT_MARKET", "triggerPrice": "59000"},
    {"type": "TAKE_PROFIT", "triggerPrice": "59000", "price": "59100"},
    {"type": "TRAILING_STOP_MARKET", "callbackRate": "1", "activatePrice": "59000"},
]


@pytest.mark.parametrize("params", CONDITIONAL, ids=lambda params: params["type"])
def test_conditional_orders_go_to_the_algo_service(client: Client, params: dict[str, str]) -> None:
    placed = client.futures_create_order(**BTC, side="BUY", quantity="0.01", **params)
    assert (placed["algoStatus"], placed["orderType"]) == ("NEW", params["type"])
    found = client.futures_get_order(algoId=placed["algoId"])
    assert found["clientAlgoId"] == placed["clientAlgoId"]
    assert [each["algoId"] for each in client.futures_get_open_orders(conditional=True)] == [placed["algoId"]]
    assert client.futures_cancel_order(clientAlgoId=placed["clientAlgoId"])["msg"] == "success"
    assert client.futures_get_all_algo_orders(**BTC)[-1]["algoStatus"] == "CANCELED"
    assert client.futures_cancel_all_algo_open_orders(**BTC)["code"] == 200


def test_account_positions_and_settings(client: Client) -> None:
    assert client.futures_change_leverage(**BTC, leverage=10)["leverage"] == 10
    assert client.futures_change_margin_type(**BTC, marginType="ISOLATED")["code"] == 200
    client.futures_create_order(**BTC, side="BUY", type="MARKET", quantity="0.1")
    (row,) = client.futures_position_information(**BTC)
    assert (row["positionAmt"], row["isolatedWallet"]) == ("0.100", "600.00100000")
    assert client.futures_change_position_margin(**BTC, amount="10", type=1)["code"] == 200
    balances = {each["asset"]: each["balance"] for each in client.futures_account_balance()}
    assert balances["USDT"] == "9999996.99999500"
    account = client.futures_account()
    assert (account["canTrade"], account["totalWalletBalance"]) == (True, balances["USDT"])
    trade = client.futures_account_trades(**BTC)[0]
    assert (trade["commission"], trade["maker"]) == ("3.00000500", False)
    assert client.futures_income_history(incomeType="COMMISSION")[0]["income"] == "-3.00000500"
    assert client.futures_commission_rate(**BTC)["makerCommissionRate"] == "0.0002"
    assert client.futures_leverage_bracket(**BTC)[0]["brackets"][0]["initialLeverage"] == 125
    assert client.futures_symbol_config(**BTC)[0]["marginType"] == "ISOLATED"
    assert client.futures_account_config()["multiAssetsMargin"] is False
    assert client.futures_get_multi_assets_mode() == {"multiAssetsMargin": False}
    assert client.futures_get_position_mode() == {"dualSidePosition": False}
    client.futures_create_order(**BTC, side="SELL", type="MARKET", quantity="0.1")
    assert client.futures_change_position_mode(dualSidePosition="true")["code"] == 200
    client.futures_create_order(**BTC, side="BUY", type="MARKET", quantity="0.1", positionSide="LONG")
    assert client.futures_position_information()[0]["positionSide"] == "LONG"


def test_the_exchanges_own_codes(client: Client, remote: Remote) -> None:
    market = {**BTC, "side": "BUY", "type": "MARKET"}
    place = client.futures_create_order
    assert code_of(place, **market, quantity="0.0001") == -1111
    assert code_of(place, **market, quantity="0.01", reduceOnly="true") == -2022
    assert code_of(place, **market, quantity="0.01", positionSide="LONG") == -4061
    assert code_of(place, **market, quantity="0.01", newClientOrderId="x" * 37) == -4015
    assert code_of(place, symbol="BTCEUR", side="BUY", type="MARKET", quantity="1") == -1121
    assert code_of(client.futures_get_order, **BTC, orderId=1) == -2013
    assert code_of(client.futures_cancel_order, **BTC, orderId=1) == -2011
    assert code_of(client.futures_change_margin_type, **BTC, marginType="CROSSED") == -4046
    assert code_of(client.futures_change_position_mode, dualSidePosition="false") == -4059
    assert code_of(client.futures_change_leverage, **BTC, leverage=1000) == -4028
    limit(client, newClientOrderId="twice")
    assert code_of(lambda: limit(client, newClientOrderId="twice")) == -4116
    remote.control("POST", "faults", {"kind": "clock_skew", "skew_ms": 10_000})
    assert code_of(client.futures_account_balance) == -1021
    remote.control("DELETE", "faults")
    stranger = Client("sim-key-1", "wrong", ping=False)
    stranger.FUTURES_URL = f"{remote.url}/fapi"
    assert code_of(stranger.futures_account_balance) == -1022
