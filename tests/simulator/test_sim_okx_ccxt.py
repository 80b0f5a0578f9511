"""ccxt's okx as published, base URL aside, through the whole round on spot, swaps, futures and options."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from okx_support import Remote

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt

SPOT, SWAP, INVERSE = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC"


@pytest.fixture
def remote(simulator_url: str) -> Iterator[Remote]:
    found = Remote(simulator_url)
    found.control("POST", "reset", {"seed": 1})
    yield found
    found.session.close()


@pytest.fixture
def exchange(remote: Remote) -> Iterator[ccxt.okx]:
    found = ccxt.okx(
        {"apiKey": "sim-key-2", "secret": "sim-secret-2", "password": "sim-pass-2", "enableRateLimit": False}
    )
    found.urls["api"]["rest"] = remote.url
    yield found
    found.session.close()


def test_markets_and_market_data(exchange: ccxt.okx) -> None:
    markets = exchange.load_markets()
    spot, swap, inverse = markets[SPOT], markets[SWAP], markets[INVERSE]
    assert (spot["active"], spot["precision"]["amount"], spot["limits"]["amount"]["min"]) == (True, 1e-8, 1e-5)
    assert (swap["linear"], swap["contractSize"], swap["id"]) == (True, 0.01, "BTC-USDT-SWAP")
    assert (inverse["inverse"], inverse["contractSize"]) == (True, 100)
    kinds = [each["type"] for each in markets.values()]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"spot": 8, "swap": 7, "future": 8, "option": 32}
    assert exchange.fetch_time() > 0
    assert exchange.fetch_status()["status"] == "ok"
    assert exchange.fetch_ticker(SWAP)["last"] == 60_000
    assert exchange.fetch_order_book(SPOT, 5)["asks"][0][0] == 60_000.1
    assert set(exchange.fetch_tickers([SPOT, "ETH/USDT"])) == {SPOT, "ETH/USDT"}
    assert exchange.fetch_mark_prices([SWAP])[SWAP]["markPrice"] == 60_000
    assert exchange.fetch_funding_rate(SWAP)["fundingRate"] == 0
    assert exchange.fetch_trading_fee(SPOT)["taker"] == 0.001


def test_spot_round(exchange: ccxt.okx) -> None:
    assert exchange.fetch_balance()["BTC"] == {"free": 1000.0, "used": 0.0, "total": 1000.0}
    placed = exchange.create_limit_buy_order(SPOT, 0.01, 59_000, {"clientOrderId": "c1"})
    assert placed["clientOrderId"] == "c1"
    assert exchange.fetch_balance()["USDT"]["used"] == 590
    assert [each["id"] for each in exchange.fetch_open_orders(SPOT)] == [placed["id"]]
    edited = exchange.edit_order(placed["id"], SPOT, "limit", "buy", 0.02, 58_000)
    assert edited["id"] == placed["id"]
    order = exchange.fetch_order(placed["id"], SPOT)
    assert (order["status"], order["price"], order["remaining"]) == ("open", 58_000, 0.02)
    exchange.cancel_order(placed["id"], SPOT)
    assert [each["status"] for each in exchange.fetch_canceled_orders(SPOT)] == ["canceled"]


def test_spot_fills(exchange: ccxt.okx) -> None:
    bought = exchange.create_market_buy_order(SPOT, 0.01)
    order = exchange.fetch_order(bought["id"], SPOT)
    assert (order["status"], order["average"], order["filled"]) == ("closed", 60_000.1, 0.01)
    exchange.create_market_buy_order_with_cost(SPOT, 600)
    exchange.create_market_sell_order(SPOT, 0.01)
    trades = exchange.fetch_my_trades(SPOT)
    assert [trade["side"] for trade in trades] == ["buy", "buy", "sell"]
    assert trades[0]["fee"] == {"cost": 1e-05, "currency": "BTC"}
    assert len(exchange.fetch_closed_orders(SPOT)) == 3
    assert len(exchange.fetch_trades(SPOT)) == 3
    assert exchange.fetch_ohlcv(SPOT, "1m")[-1][5] > 0
    assert len(exchange.fetch_order_trades(bought["id"], SPOT)) == 1


def test_kinds_of_orders(exchange: ccxt.okx) -> None:
    taken = {
        "post": exchange.create_order(SPOT, "limit", "buy", 0.01, 61_000, {"postOnly": True}),
        "ioc": exchange.create_order(SPOT, "limit", "buy", 0.01, 59_000, {"timeInForce": "IOC"}),
        "fok": exchange.create_order(SPOT, "limit", "buy", 0.01, 59_000, {"timeInForce": "FOK"}),
    }
    found = [exchange.fetch_order(each["id"], SPOT) for each in taken.values()]
    assert [each["status"] for each in found] == ["canceled"] * 3
    assert [each["timeInForce"] for each in found] == ["PO", "IOC", "FOK"]
    resting = exchange.create_order(SPOT, "limit", "buy", 0.01, 59_000, {"postOnly": True})
    assert exchange.fetch_order(resting["id"], SPOT)["status"] == "open"


def test_batches(exchange: ccxt.okx) -> None:
    wish = {"symbol": SPOT, "type": "limit", "side": "buy", "amount": 0.01}
    placed = exchange.create_orders([{**wish, "price": 59_000}, {**wish, "price": 90_000}, {**wish, "price": 58_000}])
    assert [each["status"] for each in placed] == [None, "rejected", None]
    ids = [placed[0]["id"], placed[2]["id"]]
    assert [each["id"] for each in exchange.cancel_orders(ids, SPOT)] == ids
    assert exchange.fetch_open_orders(SPOT) == []


@pytest.mark.parametrize(("symbol", "contracts", "notional"), [(SWAP, 34, 20_400), (INVERSE, 5, 500 / 60_000)])
def test_swaps(exchange: ccxt.okx, symbol: str, contracts: float, notional: float) -> None:
    exchange.set_leverage(5, symbol)
    assert exchange.fetch_leverage(symbol)["longLeverage"] == 5
    exchange.create_market_buy_order(symbol, contracts)
    (position,) = exchange.fetch_positions([symbol])
    assert (position["side"], position["contracts"], position["leverage"]) == ("long", contracts, 5)
    assert position["notional"] == pytest.approx(notional)
    assert position["initialMargin"] == pytest.approx(notional / 5)
    exchange.create_order(symbol, "limit", "sell", 1, 61_000, {"reduceOnly": True})
    assert exchange.fetch_open_orders(symbol)[0]["reduceOnly"] is True
    with pytest.raises(ccxt.ExchangeError, match="51115"):
        exchange.close_position(symbol)
    exchange.close_position(symbol, params={"autoCxl": True})
    assert exchange.fetch_positions() == []


def test_futures_and_options(exchange: ccxt.okx) -> None:
    markets = exchange.load_markets().values()
    future = next(each for each in markets if each["future"] and each["linear"] and each["base"] == "BTC")
    option = next(each for each in markets if each["option"] and each["base"] == "BTC")
    exchange.create_market_sell_order(future["symbol"], 2)
    ask = exchange.fetch_ticker(option["symbol"])["ask"]
    exchange.create_limit_buy_order(option["symbol"], 3, ask)
    found = {each["symbol"]: (each["side"], each["contracts"]) for each in exchange.fetch_positions()}
    assert found == {future["symbol"]: ("short", 2), option["symbol"]: ("long", 3)}


def test_hedge_mode_and_isolated(exchange: ccxt.okx) -> None:
    exchange.set_position_mode(hedged=True)
    assert exchange.fetch_position_mode()["hedged"] is True
    exchange.set_margin_mode("isolated", SWAP, {"leverage": 10, "posSide": "long"})
    exchange.create_order(SWAP, "market", "buy", 2, None, {"hedged": True, "marginMode": "isolated"})
    exchange.create_order(SWAP, "market", "sell", 1, None, {"hedged": True, "marginMode": "isolated"})
    found = {
        each["side"]: (each["contracts"], each["marginMode"], each["leverage"]) for each in exchange.fetch_positions()
    }
    assert found == {"long": (2, "isolated", 10), "short": (1, "isolated", 20)}


def test_triggers(exchange: ccxt.okx, remote: Remote) -> None:
    exchange.create_market_buy_order(SWAP, 3)
    stop = exchange.create_order(SWAP, "market", "sell", 1, None, {"stopLossPrice": 59_000, "reduceOnly": True})
    both = {"stopLossPrice": 58_000, "takeProfitPrice": 61_000, "reduceOnly": True}
    pair = exchange.create_order(SWAP, "oco", "sell", 1, None, both)
    plain = exchange.create_order(SWAP, "limit", "buy", 1, 61_500, {"triggerPrice": 61_500})
    trail = exchange.create_order(SWAP, "market", "sell", 1, None, {"trailingPercent": 1, "reduceOnly": True})
    assert [each["id"] for each in exchange.fetch_open_orders(SWAP, params={"trailing": True})] == [trail["id"]]
    assert exchange.fetch_order(stop["id"], SWAP, {"trigger": True})["stopLossPrice"] == 59_000
    assert exchange.cancel_order(stop["id"], SWAP, {"trigger": True})["id"] == stop["id"]
    remote.control("POST", "price", {"exchange": "okx", "market": "swap", "symbol": "BTC-USDT-SWAP", "price": "61000"})
    fired = exchange.fetch_closed_orders(SWAP, params={"ordType": "oco", "trigger": True})
    assert [(each["id"], each["info"]["actualSide"]) for each in fired] == [(pair["id"], "tp")]
    assert [each["id"] for each in exchange.fetch_open_orders(SWAP, params={"trigger": True})] == [plain["id"]]


def test_attached_stops(exchange: ccxt.okx) -> None:
    stops = {"stopLoss": {"triggerPrice": 59_000}, "takeProfit": {"triggerPrice": 62_000}}
    exchange.create_order(SWAP, "market", "buy", 2, None, stops)
    (found,) = exchange.fetch_open_orders(SWAP, params={"ordType": "oco"})
    assert (found["side"], found["stopLossPrice"], found["takeProfitPrice"]) == ("sell", 59_000, 62_000)


def test_typed_errors(exchange: ccxt.okx, remote: Remote) -> None:
    exchange.load_markets()
    with pytest.raises(ccxt.InsufficientFunds):
        exchange.create_limit_buy_order("ETH/USDT", 4_000, 3_000)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.fetch_order("1", SPOT)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.cancel_order("1", SPOT)
    with pytest.raises(ccxt.InvalidOrder):
        exchange.create_limit_buy_order(SPOT, 0.01, 90_000)
    exchange.secret = "wrong"
    with pytest.raises(ccxt.AuthenticationError):
        exchange.fetch_balance()
    exchange.secret = "sim-secret-2"
    remote.fault("clock_skew", skew_ms=40_000)
    with pytest.raises(ccxt.InvalidNonce):
        exchange.fetch_balance()
    remote.control("DELETE", "faults")
    remote.fault("rate_limit")
    with pytest.raises(ccxt.RateLimitExceeded):
        exchange.fetch_balance()
    remote.fault("maintenance")
    with pytest.raises(ccxt.ExchangeNotAvailable):
        exchange.fetch_balance()
