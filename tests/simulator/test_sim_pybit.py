"""pybit as published, base URL aside, through the whole round of trading in every category."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sim_support import Remote

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    from pybit.exceptions import FailedRequestError, InvalidRequestError
    from pybit.unified_trading import HTTP


@pytest.fixture
def client(remote: Remote) -> Iterator[HTTP]:
    found = HTTP(api_key="sim-key-1", api_secret="sim-secret-1", logging_level=logging.CRITICAL)
    found.endpoint = remote.url
    yield found
    found.client.close()


def rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    assert answer["retCode"] == 0
    found: list[dict[str, Any]] = answer["result"]["list"]
    return found


def code_of(call: Callable[..., object], **params: object) -> int:
    with pytest.raises(InvalidRequestError) as caught:
        call(**params)
    return int(caught.value.status_code)


def option(client: HTTP) -> str:
    return str(rows(client.get_instruments_info(category="option", baseCoin="BTC"))[0]["symbol"])


SYMBOLS = {"spot": "BTCUSDT", "linear": "BTCUSDT", "inverse": "BTCUSD"}
SIZES = {"spot": "0.1", "linear": "0.1", "inverse": "1000"}


def test_public_data(client: HTTP) -> None:
    assert abs(int(client.get_server_time()["result"]["timeSecond"]) - time.time()) < 5
    for category, symbol in SYMBOLS.items():
        info = rows(client.get_instruments_info(category=category, symbol=symbol))[0]
        assert (info["symbol"], info["status"]) == (symbol, "Trading")
        ticker = rows(client.get_tickers(category=category, symbol=symbol))[0]
        book = client.get_orderbook(category=category, symbol=symbol, limit=5)["result"]
        assert [len(book["a"]), len(book["b"])] == [5, 5]
        assert ticker["ask1Price"] == book["a"][0][0]
        assert rows(client.get_public_trade_history(category=category, symbol=symbol)) == []
        assert rows(client.get_kline(category=category, symbol=symbol, interval=1)) == []
    assert rows(client.get_tickers(category="option", baseCoin="BTC"))[0]["symbol"].startswith("BTC-")


def test_account(client: HTTP) -> None:
    assert client.get_account_info()["result"]["marginMode"] == "REGULAR_MARGIN"
    assert client.get_api_key_information()["result"]["readOnly"] == 0
    coins = {row["coin"]: row for row in rows(client.get_wallet_balance(accountType="UNIFIED"))[0]["coin"]}
    assert (coins["USDT"]["walletBalance"], coins["BTC"]["walletBalance"]) == ("10000000", "1000")
    assert rows(client.get_fee_rates(category="spot", symbol="BTCUSDT"))[0]["takerFeeRate"] == "0.001"
    assert client.get_coin_balance(accountType="UNIFIED", coin="BTC")["result"]["balance"]["walletBalance"] == "1000"
    assert client.set_dcp(timeWindow=40) == {"retCode": 0, "retMsg": "success"}
    assert client.query_dcp_info()["result"]["dcpInfos"][0]["timeWindow"] == "40"


@pytest.mark.parametrize("category", list(SYMBOLS))
def test_the_round_of_an_order(client: HTTP, category: str) -> None:
    symbol, size = SYMBOLS[category], SIZES[category]
    mine = {"category": category, "symbol": symbol}
    ack = client.place_order(**mine, side="Buy", orderType="Limit", qty=size, price="59000", orderLinkId="p-1")
    order_id = ack["result"]["orderId"]
    assert [row["orderId"] for row in rows(client.get_open_orders(**mine))] == [order_id]
    client.amend_order(**mine, orderId=order_id, price=58500)
    assert float(rows(client.get_open_orders(**mine, orderLinkId="p-1"))[0]["price"]) == 58_500
    assert client.cancel_order(**mine, orderLinkId="p-1")["result"]["orderId"] == order_id
    closed = rows(client.get_order_history(**mine, orderId=order_id))[0]
    assert (closed["orderStatus"], closed["orderLinkId"]) == ("Cancelled", "p-1")
    assert code_of(client.cancel_order, **mine, orderId=order_id) == (170213 if category == "spot" else 110001)


@pytest.mark.parametrize("category", list(SYMBOLS))
def test_kinds_of_orders(client: HTTP, category: str) -> None:
    mine = {"category": category, "symbol": SYMBOLS[category], "side": "Buy", "qty": SIZES[category]}
    outcomes = []
    for force, price in (("IOC", "59000"), ("FOK", "59000"), ("FOK", "61000"), ("PostOnly", "61000")):
        ack = client.place_order(**mine, orderType="Limit", price=price, timeInForce=force)
        found = client.get_open_orders(category=category, symbol=SYMBOLS[category], orderId=ack["result"]["orderId"])
        outcomes.append(rows(found)[0]["orderStatus"])
    assert outcomes == ["Cancelled", "Cancelled", "Filled", "Cancelled"]
    stop = {"triggerPrice": "61000", "price": "61100", "orderType": "Limit"}
    how = {"orderFilter": "StopOrder"} if category == "spot" else {"triggerDirection": 1}
    client.place_order(**mine, **stop, **how)
    stops = rows(client.get_open_orders(category=category, symbol=SYMBOLS[category], orderFilter="StopOrder"))
    assert [row["orderStatus"] for row in stops] == ["Untriggered"]
    gone = client.cancel_all_orders(category=category, symbol=SYMBOLS[category], orderFilter="StopOrder")
    assert [row["orderId"] for row in rows(gone)] == [stops[0]["orderId"]]


def test_fills_and_positions(client: HTTP) -> None:
    for category in ("linear", "inverse"):
        mine = {"category": category, "symbol": SYMBOLS[category]}
        client.set_leverage(**mine, buyLeverage="5", sellLeverage="5")
        client.place_order(**mine, side="Sell", orderType="Market", qty=SIZES[category])
        held = rows(client.get_positions(**mine))[0]
        assert (held["side"], float(held["size"]), held["leverage"]) == ("Sell", float(SIZES[category]), "5")
        client.place_order(**mine, side="Buy", orderType="Market", qty=SIZES[category], reduceOnly=True)
        assert rows(client.get_positions(**mine))[0]["size"].strip("0.") == ""
        assert [row["side"] for row in rows(client.get_executions(**mine))] == ["Buy", "Sell"]
    assert rows(client.get_positions(category="linear", settleCoin="USDT")) == []


def test_hedge_mode(client: HTTP) -> None:
    client.switch_position_mode(category="linear", symbol="BTCUSDT", mode=3)
    mine = {"category": "linear", "symbol": "BTCUSDT"}
    client.place_order(**mine, side="Buy", orderType="Market", qty="0.1", positionIdx=1)
    client.place_order(**mine, side="Sell", orderType="Market", qty="0.2", positionIdx=2)
    assert [row["size"] for row in rows(client.get_positions(**mine))] == ["0.100", "0.200"]


def test_options(client: HTTP) -> None:
    symbol = option(client)
    mine = {"category": "option", "symbol": symbol}
    client.place_order(**mine, side="Buy", orderType="Market", qty="0.1", orderLinkId="o-1")
    assert rows(client.get_positions(**mine))[0]["size"] == "0.10"
    resting = [
        {"symbol": symbol, "side": "Buy", "orderType": "Limit", "qty": "0.1", "price": "500", "orderLinkId": f"b-{n}"}
        for n in range(12)
    ]
    placed = client.place_batch_order(category="option", request=resting)
    assert all(row["orderId"] for row in rows(placed))
    assert len(rows(client.cancel_all_orders(category="option"))) == 12


@pytest.mark.parametrize("category", list(SYMBOLS))
def test_batches(client: HTTP, category: str) -> None:
    item = {"symbol": SYMBOLS[category], "side": "Buy", "orderType": "Limit", "qty": SIZES[category], "price": "59000"}
    wish = [{**item, "orderLinkId": "b-1"}, {**item, "orderLinkId": "b-1"}, {**item, "orderLinkId": "b-2"}]
    placed = client.place_batch_order(category=category, request=wish)
    assert [bool(row["orderId"]) for row in rows(placed)] == [True, False, True]
    duplicate = 170141 if category == "spot" else 110072
    assert [each["code"] for each in placed["retExtInfo"]["list"]] == [0, duplicate, 0]
    names = [{"symbol": SYMBOLS[category], "orderLinkId": link} for link in ("b-1", "b-2")]
    amended = client.amend_batch_order(category=category, request=[{**each, "price": "58000"} for each in names])
    assert [each["code"] for each in amended["retExtInfo"]["list"]] == [0, 0]
    gone = client.cancel_batch_order(category=category, request=names)
    assert [row["orderLinkId"] for row in rows(gone)] == ["b-1", "b-2"]


def test_pages(client: HTTP) -> None:
    mine = {"category": "linear", "symbol": "BTCUSDT"}
    for n in range(5):
        client.place_order(**mine, side="Buy", orderType="Limit", qty="0.01", price="59000", orderLinkId=f"t-{n}")
    seen, cursor = [], None
    while cursor != "":
        page = client.get_open_orders(**mine, limit=2, cursor=cursor)
        seen += [row["orderLinkId"] for row in rows(page)]
        cursor = page["result"]["nextPageCursor"]
    assert seen == [f"t-{n}" for n in range(4, -1, -1)]


def test_typed_errors(client: HTTP, remote: Remote) -> None:
    mine = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "price": "59000"}
    client.place_order(**mine, qty="0.01", orderLinkId="t-1")
    assert code_of(client.place_order, **mine, qty="0.01", orderLinkId="t-1") == 110072
    assert code_of(client.place_order, **mine, qty="0.00001") == 110017
    assert (
        code_of(client.set_leverage, category="linear", symbol="BTCUSDT", buyLeverage="10", sellLeverage="10") == 110043
    )
    client.retry_codes, client.max_retries = {0}, 1
    remote.control("POST", "faults", {"kind": "rate_limit"})
    assert code_of(client.get_account_info) == 10006
    remote.control("POST", "faults", {"kind": "clock_skew", "skew_ms": 20_000})
    assert code_of(client.get_account_info) == 10002
    remote.control("DELETE", "faults")
    client.api_secret = "wrong"
    assert code_of(client.get_account_info) == 10004
    client.api_key = "wrong"
    assert code_of(client.get_account_info) == 10003
    remote.control("POST", "faults", {"kind": "ban", "path": "/v5/market/time"})
    with pytest.raises(FailedRequestError) as banned:
        client.get_server_time()
    assert banned.value.status_code == 403


def test_it_waits_until_the_limit_is_free_again(client: HTTP, remote: Remote) -> None:
    remote.control("POST", "faults", {"kind": "rate_limit", "retry_after_s": 1})
    assert client.get_account_info()["retCode"] == 0
