"""ccxt as published, base URL aside."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sim_support import Remote

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt

SYMBOL = "BTC/USDT"


@pytest.fixture
def exchange(remote: Remote) -> Iterator[ccxt.binance]:
    found = ccxt.binance({"apiKey": "sim-key-2", "secret": "sim-secret-2", "enableRateLimit": False})
    for name, url in found.urls["api"].items():
        found.urls["api"][name] = remote.url + urlsplit(url).path
    yield found
    found.session.close()


def test_markets_and_tickers(exchange: ccxt.binance) -> None:
    market = exchange.load_markets()[SYMBOL]
    assert (market["spot"], market["active"], market["precision"]) == (
        True,
        True,
        {"amount": 1e-05, "price": 0.01, "base": 1e-08, "quote": 1e-08},
    )
    assert market["limits"]["cost"]["min"] == 5
    assert exchange.fetch_time() > 0
    assert exchange.fetch_ticker(SYMBOL)["last"] == 60_000
    assert exchange.fetch_order_book(SYMBOL, 5)["asks"][0][0] == 60_000.01
    assert set(exchange.fetch_tickers([SYMBOL, "ETH/USDT"])) == {SYMBOL, "ETH/USDT"}
    assert set(exchange.fetch_bids_asks([SYMBOL])) == {SYMBOL}
    assert exchange.fetch_last_prices([SYMBOL])[SYMBOL]["price"] == 60_000
    assert exchange.fetch_status()["status"] == "ok"


def test_the_round_of_an_order(exchange: ccxt.binance) -> None:
    assert exchange.fetch_balance()["BTC"] == {"free": 1000.0, "used": 0.0, "total": 1000.0}
    order = exchange.create_limit_buy_order(SYMBOL, 0.01, 59_000, {"clientOrderId": "c-1"})
    assert (order["status"], order["clientOrderId"]) == ("open", "c-1")
    assert exchange.fetch_balance()["USDT"]["used"] == 590
    assert [each["id"] for each in exchange.fetch_open_orders(SYMBOL)] == [order["id"]]
    assert exchange.fetch_order(order["id"], SYMBOL)["remaining"] == 0.01
    assert exchange.cancel_order(order["id"], SYMBOL)["status"] == "canceled"
    assert [each["status"] for each in exchange.fetch_orders(SYMBOL)] == ["canceled"]


def test_fills(exchange: ccxt.binance) -> None:
    bought = exchange.create_market_buy_order(SYMBOL, 0.01)
    assert (bought["status"], bought["average"]) == ("closed", 60_000.01)
    exchange.create_market_buy_order_with_cost(SYMBOL, 600)
    exchange.create_market_sell_order(SYMBOL, 0.01)
    trades = exchange.fetch_my_trades(SYMBOL)
    assert [trade["side"] for trade in trades] == ["buy", "buy", "sell"]
    assert trades[0]["fee"] == {"cost": 1e-05, "currency": "BTC"}
    assert len(exchange.fetch_trades(SYMBOL)) == 3
    assert exchange.fetch_ohlcv(SYMBOL, "1m")[-1][5] > 0
    assert len(exchange.fetch_order_trades(bought["id"], SYMBOL)) == 1


def test_other_kinds(exchange: ccxt.binance) -> None:
    exchange.create_order(SYMBOL, "limit", "buy", 0.01, 59_000, {"postOnly": True})
    exchange.create_order(SYMBOL, "limit", "buy", 0.01, 61_100, {"triggerPrice": 61_000})
    exchange.create_order(SYMBOL, "market", "sell", 0.01, None, {"stopLossPrice": 59_000})
    exchange.create_order(SYMBOL, "market", "sell", 0.01, None, {"takeProfitPrice": 61_000})
    kinds = {each["info"]["type"] for each in exchange.fetch_open_orders(SYMBOL)}
    assert kinds == {"LIMIT_MAKER", "STOP_LOSS_LIMIT", "STOP_LOSS", "TAKE_PROFIT"}
    assert exchange.create_order(SYMBOL, "limit", "buy", 0.01, 59_000, {"test": True})["id"] is None
    edited = exchange.create_limit_buy_order(SYMBOL, 0.01, 58_000)
    edited = exchange.edit_order(edited["id"], SYMBOL, "limit", "buy", 0.01, 57_000)
    assert exchange.fetch_order(edited["id"], SYMBOL)["price"] == 57_000
    assert len(exchange.cancel_all_orders(SYMBOL)) == 5
    ioc = exchange.create_order(SYMBOL, "limit", "buy", 0.01, 59_000, {"timeInForce": "IOC"})
    assert ioc["status"] == "expired"


def test_typed_errors(exchange: ccxt.binance, remote: Remote) -> None:
    exchange.load_markets()
    with pytest.raises(ccxt.InsufficientFunds):
        exchange.create_limit_sell_order("LTC/USDT", 60_000, 85)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.fetch_order("1", SYMBOL)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.cancel_order("1", SYMBOL)
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        exchange.create_order(SYMBOL, "limit", "buy", 0.01, 61_000, {"postOnly": True})
    with pytest.raises(ccxt.BadRequest):  # how ccxt maps -1013 with "Filter failure: NOTIONAL"
        exchange.create_limit_buy_order(SYMBOL, 0.00002, 59_000)
    exchange.secret = "wrong"
    with pytest.raises(ccxt.AuthenticationError):
        exchange.fetch_balance()
    exchange.secret = "sim-secret-2"
    remote.control("POST", "faults", {"kind": "clock_skew", "skew_ms": 20_000})
    with pytest.raises(ccxt.InvalidNonce):
        exchange.fetch_balance()
    remote.control("DELETE", "faults")
    remote.control("POST", "faults", {"kind": "rate_limit"})
    with pytest.raises(ccxt.DDoSProtection):
        exchange.fetch_balance()
