"""ccxt's bybit as published, base URL aside."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from sim_support import Remote

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt

SPOT, LINEAR, INVERSE = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC"
SIZES = {SPOT: 0.01, LINEAR: 0.01, INVERSE: 100}


@pytest.fixture
def exchange(remote: Remote) -> Iterator[ccxt.bybit]:
    found = ccxt.bybit({"apiKey": "sim-key-2", "secret": "sim-secret-2", "enableRateLimit": False})
    for name in found.urls["api"]:
        found.urls["api"][name] = remote.url
    yield found
    found.session.close()


def option(exchange: ccxt.bybit) -> str:
    return next(symbol for symbol, market in exchange.load_markets().items() if market["option"])


def test_markets_and_tickers(exchange: ccxt.bybit) -> None:
    markets = exchange.load_markets()
    assert [markets[each]["type"] for each in (SPOT, LINEAR, INVERSE, option(exchange))] == [
        "spot",
        "swap",
        "swap",
        "option",
    ]
    assert (markets[SPOT]["precision"]["amount"], markets[SPOT]["precision"]["price"]) == (1e-06, 0.1)
    assert (markets[INVERSE]["contractSize"], markets[LINEAR]["limits"]["leverage"]["max"]) == (1, 100)
    assert exchange.fetch_time() > 0
    assert exchange.fetch_status()["status"] == "ok"
    for symbol in (SPOT, LINEAR, INVERSE):
        assert exchange.fetch_ticker(symbol)["last"] == 60_000
        assert len(exchange.fetch_order_book(symbol, 5)["asks"]) == 5
    assert set(exchange.fetch_tickers([SPOT, "ETH/USDT"])) == {SPOT, "ETH/USDT"}
    assert exchange.fetch_funding_rate(LINEAR)["fundingRate"] == 0


@pytest.mark.parametrize("symbol", [SPOT, LINEAR, INVERSE])
def test_the_round_of_an_order(exchange: ccxt.bybit, symbol: str) -> None:
    size = SIZES[symbol]
    placed = exchange.create_order(symbol, "limit", "buy", size, 59_000, {"clientOrderId": "c-1"})
    assert placed["clientOrderId"] == "c-1"
    assert [each["id"] for each in exchange.fetch_open_orders(symbol)] == [placed["id"]]
    known = exchange.fetch_order(placed["id"], symbol, {"acknowledged": True})
    assert (known["status"], known["remaining"], known["price"]) == ("open", size, 59_000)
    exchange.edit_order(placed["id"], symbol, "limit", "buy", size * 2, 58_000)
    assert exchange.fetch_open_order(placed["id"], symbol)["amount"] == size * 2
    exchange.cancel_order(placed["id"], symbol)
    assert exchange.fetch_open_orders(symbol) == []
    assert [each["id"] for each in exchange.fetch_canceled_orders(symbol)] == [placed["id"]]
    assert [each["status"] for each in exchange.fetch_canceled_and_closed_orders(symbol)] == ["canceled"]


@pytest.mark.parametrize("symbol", [SPOT, LINEAR, INVERSE])
def test_kinds_of_orders(exchange: ccxt.bybit, symbol: str) -> None:
    size = SIZES[symbol]

    def status(price: float, **params: Any) -> str:  # noqa: ANN401 - JSON
        order = exchange.create_order(symbol, "limit", "buy", size, price, params)
        found = exchange.fetch_order(order["id"], symbol, {"acknowledged": True})
        return str(found["status"])

    assert status(59_000, timeInForce="IOC") == "canceled"
    assert status(59_000, timeInForce="FOK") == "canceled"
    assert status(61_000, timeInForce="FOK") == "closed"
    assert status(61_000, postOnly=True) == "canceled"
    assert status(59_000, postOnly=True) == "open"
    direction = {} if symbol == SPOT else {"triggerDirection": "above"}
    assert status(61_100, triggerPrice=61_000, **direction) == "open"
    assert len(exchange.fetch_open_orders(symbol, params={"trigger": True})) == 1
    exchange.cancel_all_orders(symbol)
    exchange.cancel_all_orders(symbol, {"trigger": True})
    assert exchange.fetch_open_orders(symbol) == []


def test_balance_and_fills_of_spot(exchange: ccxt.bybit) -> None:
    assert exchange.fetch_balance()["BTC"]["total"] == 1000
    exchange.create_order(SPOT, "limit", "buy", 0.01, 59_000)
    usdt = exchange.fetch_balance()["USDT"]
    assert (usdt["used"], usdt["free"]) == (590, 9_999_410)
    bought = exchange.create_order(SPOT, "market", "buy", 0.01)
    exchange.create_market_buy_order_with_cost(SPOT, 600)
    exchange.create_order(SPOT, "market", "sell", 0.01)
    known = exchange.fetch_order(bought["id"], SPOT, {"acknowledged": True})
    assert (known["status"], known["average"], known["fee"]) == ("closed", 60_000.1, {"cost": 1e-05, "currency": "BTC"})
    trades = exchange.fetch_my_trades(SPOT)
    assert [trade["side"] for trade in trades] == ["buy", "buy", "sell"]
    assert trades[0]["fee"] == {"cost": 1e-05, "currency": "BTC", "rate": 0.001}
    assert len(exchange.fetch_order_trades(bought["id"], SPOT)) == 1
    assert len(exchange.fetch_trades(SPOT)) == 3
    assert exchange.fetch_ohlcv(SPOT, "1m")[-1][5] > 0
    assert exchange.fetch_trading_fee(SPOT)["taker"] == 0.001


def test_positions(exchange: ccxt.bybit) -> None:
    for symbol in (LINEAR, INVERSE):
        exchange.set_leverage(5, symbol)
        exchange.create_order(symbol, "market", "sell", SIZES[symbol])
        held = exchange.fetch_position(symbol)
        assert (held["side"], held["contracts"], held["leverage"]) == ("short", SIZES[symbol], 5)
        exchange.create_order(symbol, "market", "buy", SIZES[symbol], None, {"reduceOnly": True})
        assert exchange.fetch_position(symbol)["contracts"] == 0
    assert exchange.fetch_positions() == []
    assert exchange.fetch_leverage(LINEAR)["longLeverage"] == 5


def test_hedge_mode(exchange: ccxt.bybit) -> None:
    exchange.set_position_mode(hedged=True, symbol=LINEAR)
    exchange.create_order(LINEAR, "market", "buy", 0.01, None, {"hedged": True})
    exchange.create_order(LINEAR, "market", "sell", 0.02, None, {"hedged": True})
    assert {each["side"]: each["contracts"] for each in exchange.fetch_positions([LINEAR])} == {
        "long": 0.01,
        "short": 0.02,
    }


def test_a_stop_loss_of_a_position(exchange: ccxt.bybit, remote: Remote) -> None:
    exchange.create_order(LINEAR, "market", "buy", 0.01)
    exchange.create_order(LINEAR, "market", "sell", 0.01, None, {"stopLossPrice": 59_000})
    exchange.create_order(LINEAR, "limit", "sell", 0.01, 62_000, {"takeProfitPrice": 62_000})
    kinds = {order["triggerPrice"]: order["reduceOnly"] for order in exchange.fetch_open_orders(LINEAR)}
    assert kinds == {59_000: True, 62_000: True}
    where = {"exchange": "bybit", "market": "linear", "symbol": "BTCUSDT"}
    remote.control("POST", "price", {**where, "price": "59000"})
    assert exchange.fetch_positions() == []


def test_options(exchange: ccxt.bybit) -> None:
    symbol = option(exchange)
    exchange.create_order(symbol, "market", "buy", 0.1)
    assert exchange.fetch_position(symbol)["contracts"] == 0.1
    resting = exchange.create_order(symbol, "limit", "buy", 0.1, 500)
    assert exchange.fetch_open_order(resting["id"], symbol)["price"] == 500
    exchange.cancel_order(resting["id"], symbol)
    assert len(exchange.fetch_my_trades(symbol)) == 1


def test_batches(exchange: ccxt.bybit) -> None:
    wish = [
        {"symbol": LINEAR, "type": "limit", "side": "buy", "amount": 0.01, "price": price, "params": {}}
        for price in (59_000, 58_000)
    ]
    placed = exchange.create_orders(wish)
    assert all(order["id"] for order in placed)
    exchange.edit_orders(
        [{**each, "id": order["id"], "price": 57_000} for each, order in zip(wish, placed, strict=True)]
    )
    assert [order["price"] for order in exchange.fetch_open_orders(LINEAR)] == [57_000, 57_000]
    exchange.cancel_orders([order["id"] for order in placed], LINEAR)
    assert exchange.fetch_open_orders(LINEAR) == []
    assert exchange.cancel_all_orders_after(10_000)["retCode"] == "0"


def test_typed_errors(exchange: ccxt.bybit, remote: Remote) -> None:
    exchange.load_markets()
    remote.control("POST", "price", {"exchange": "bybit", "market": "spot", "symbol": "LTCUSDT", "price": "80000"})
    with pytest.raises(ccxt.InsufficientFunds):
        exchange.create_order("LTC/USDT", "limit", "buy", 1_000, 80_000)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.cancel_order("1", LINEAR)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.fetch_open_order("1", SPOT)
    with pytest.raises(ccxt.InvalidOrder):
        exchange.create_order(SPOT, "limit", "buy", 0.00001, 59_000)
    exchange.secret = "wrong"
    with pytest.raises(ccxt.AuthenticationError):
        exchange.fetch_balance()
    exchange.secret = "sim-secret-2"
    remote.control("POST", "faults", {"kind": "clock_skew", "skew_ms": 20_000})
    with pytest.raises(ccxt.InvalidNonce):
        exchange.fetch_balance()
    remote.control("DELETE", "faults")
    remote.control("POST", "faults", {"kind": "rate_limit", "path": "/v5/account/wallet-balance"})
    with pytest.raises(ccxt.RateLimitExceeded):
        exchange.fetch_balance()
    remote.control("POST", "faults", {"kind": "error_before", "code": 10016, "msg": "Request timeout"})
    with pytest.raises(ccxt.RequestTimeout):
        exchange.fetch_balance()
