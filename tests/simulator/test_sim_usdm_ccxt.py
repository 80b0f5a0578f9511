"""ccxt's binanceusdm as published through the whole round of futures trading.

Not even its base URL is changed (by which it tells error codes apart): the session takes its calls elsewhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from sim_support import Remote

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt

SYMBOL = "BTC/USDT:USDT"


class Rerouted(HTTPAdapter):
    """Takes every request to the simulator, whatever host it names."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        parts = urlsplit(str(request.url))
        request.url = f"{self.url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return super().send(request, *args, **kwargs)


def trader(url: str, secret: str) -> ccxt.binanceusdm:
    found = ccxt.binanceusdm({"apiKey": "sim-key-2", "secret": secret, "enableRateLimit": False})
    found.session.mount("https://", Rerouted(url))
    return found


@pytest.fixture
def exchange(remote: Remote) -> Iterator[ccxt.binanceusdm]:
    found = trader(remote.url, "sim-secret-2")
    yield found
    found.session.close()


def test_markets_and_tickers(exchange: ccxt.binanceusdm) -> None:
    markets = exchange.load_markets()
    market = markets[SYMBOL]
    assert (market["swap"], market["linear"], market["contractSize"], market["active"]) == (True, True, 1, True)
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.001)
    assert market["limits"]["cost"]["min"] == 50
    assert sum(each["future"] for each in markets.values()) == 4
    assert exchange.fetch_time() > 0
    assert exchange.fetch_ticker(SYMBOL)["last"] == 60_000
    assert set(exchange.fetch_tickers([SYMBOL, "ETH/USDT:USDT"])) == {SYMBOL, "ETH/USDT:USDT"}
    assert exchange.fetch_order_book(SYMBOL, 5)["asks"][0][0] == 60_000.1
    assert exchange.fetch_bids_asks([SYMBOL])[SYMBOL]["bid"] == 59_999.9
    assert exchange.fetch_funding_rate(SYMBOL)["markPrice"] == 60_000
    assert exchange.fetch_mark_price(SYMBOL)["markPrice"] == 60_000
    assert exchange.fetch_open_interest(SYMBOL)["openInterestAmount"] == 0
    assert exchange.fetch_leverage_tiers([SYMBOL])[SYMBOL][0]["maxLeverage"] == 125


def test_the_round_of_an_order(exchange: ccxt.binanceusdm) -> None:
    assert exchange.fetch_balance()["USDT"]["free"] == 10_000_000
    order = exchange.create_limit_buy_order(SYMBOL, 0.01, 59_000, {"clientOrderId": "c-1"})
    assert (order["status"], order["clientOrderId"]) == ("open", "c-1")
    assert [each["id"] for each in exchange.fetch_open_orders(SYMBOL)] == [order["id"]]
    edited = exchange.edit_order(order["id"], SYMBOL, "limit", "buy", 0.02, 58_000)
    assert (edited["amount"], edited["price"]) == (0.02, 58_000)
    assert exchange.fetch_order(order["id"], SYMBOL)["remaining"] == 0.02
    assert exchange.fetch_balance()["USDT"]["used"] == 58
    assert exchange.cancel_order(order["id"], SYMBOL)["status"] == "canceled"
    assert [each["status"] for each in exchange.fetch_orders(SYMBOL)] == ["canceled"]
    exchange.create_limit_buy_order(SYMBOL, 0.01, 59_000)
    exchange.cancel_all_orders(SYMBOL)
    assert exchange.fetch_open_orders(SYMBOL) == []


def test_fills_and_the_position(exchange: ccxt.binanceusdm) -> None:
    bought = exchange.create_market_buy_order(SYMBOL, 0.1)
    assert (bought["status"], bought["filled"]) == ("closed", 0.1)
    assert exchange.fetch_order(bought["id"], SYMBOL)["average"] == 60_000.1
    (position,) = exchange.fetch_positions([SYMBOL])
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 0.1, 60_000.1)
    assert position["initialMargin"] == 300
    sold = exchange.create_order(SYMBOL, "market", "sell", 0.5, None, {"reduceOnly": True})
    assert (sold["filled"], sold["reduceOnly"]) == (0.1, True)
    assert exchange.fetch_positions([SYMBOL]) == []
    trades = exchange.fetch_my_trades(SYMBOL)
    assert [trade["side"] for trade in trades] == ["buy", "sell"]
    assert (trades[0]["fee"]["cost"], trades[0]["fee"]["currency"]) == (3.000005, "USDT")
    assert len(exchange.fetch_trades(SYMBOL)) == 2
    assert exchange.fetch_ohlcv(SYMBOL, "1m")[-1][5] == 0.2
    assert {row["type"] for row in exchange.fetch_ledger("USDT")} == {"commission", "trade"}
    assert [each["status"] for each in exchange.fetch_closed_orders(SYMBOL)] == ["closed", "closed"]


@pytest.mark.parametrize(
    ("kind", "price", "params"),
    [
        ("market", None, {"stopLossPrice": 59_000}),
        ("limit", 58_900, {"stopLossPrice": 59_000}),
        ("market", None, {"takeProfitPrice": 61_000}),
        ("limit", 61_000, {"takeProfitPrice": 61_000}),
        ("market", None, {"trailingPercent": 1}),
        ("market", None, {"trailingPercent": 1, "trailingTriggerPrice": 61_000}),
        ("market", None, {"stopLossPrice": 59_000, "closePosition": True}),
    ],
    ids=str,
)
def test_conditional_orders(
    exchange: ccxt.binanceusdm, kind: str, price: float | None, params: dict[str, object]
) -> None:
    order = exchange.create_order(SYMBOL, kind, "sell", 0.01, price, params)
    assert order["status"] == "open"
    trigger = {"trigger": True}
    assert exchange.fetch_order(order["id"], SYMBOL, trigger)["clientOrderId"] == order["clientOrderId"]
    assert [each["id"] for each in exchange.fetch_open_orders(SYMBOL, params=trigger)] == [order["id"]]
    exchange.cancel_order(order["id"], SYMBOL, trigger)
    assert exchange.fetch_open_orders(SYMBOL, params=trigger) == []


def test_batches(exchange: ccxt.binanceusdm) -> None:
    one = {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 0.01, "price": 59_000}
    placed = exchange.create_orders([one, one])
    assert [each["status"] for each in placed] == ["open", "open"]
    gone = exchange.cancel_orders([each["id"] for each in placed], SYMBOL)
    assert [each["status"] for each in gone] == ["canceled", "canceled"]


def test_settings(exchange: ccxt.binanceusdm) -> None:
    assert exchange.set_leverage(10, SYMBOL)["leverage"] == "10"
    assert exchange.fetch_leverage(SYMBOL)["longLeverage"] == 10
    exchange.set_margin_mode("isolated", SYMBOL)
    assert exchange.fetch_margin_mode(SYMBOL)["marginMode"] == "isolated"
    exchange.create_market_buy_order(SYMBOL, 0.1)
    assert exchange.add_margin(SYMBOL, 100)["amount"] == 100
    (position,) = exchange.fetch_positions([SYMBOL])
    assert (position["marginMode"], position["collateral"]) == ("isolated", 699.991)
    exchange.create_market_sell_order(SYMBOL, 0.1)
    exchange.set_position_mode(hedged=True)
    assert exchange.fetch_position_mode()["hedged"] is True
    exchange.create_order(SYMBOL, "market", "buy", 0.1, None, {"hedged": True})
    exchange.create_order(SYMBOL, "market", "sell", 0.1, None, {"hedged": True})
    assert sorted(each["side"] for each in exchange.fetch_positions([SYMBOL])) == ["long", "short"]
    exchange.create_order(SYMBOL, "market", "sell", 0.1, None, {"hedged": True, "reduceOnly": True})
    assert exchange.fetch_trading_fee(SYMBOL)["taker"] == 0.0005


def test_its_typed_errors(exchange: ccxt.binanceusdm, remote: Remote) -> None:
    with pytest.raises(ccxt.OrderNotFound):
        exchange.fetch_order("1", SYMBOL)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.cancel_order("1", SYMBOL)
    with pytest.raises(ccxt.InvalidOrder):
        exchange.create_order(SYMBOL, "limit", "buy", 0.01, 61_000, {"postOnly": True})
    with pytest.raises(ccxt.InvalidOrder):
        exchange.create_order(SYMBOL, "limit", "buy", 0.01, 59_000, {"timeInForce": "FOK"})
    with pytest.raises(ccxt.InvalidOrder):
        exchange.create_order(SYMBOL, "market", "buy", 0.01, None, {"reduceOnly": True})
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        exchange.create_order(SYMBOL, "market", "sell", 0.01, None, {"stopLossPrice": 61_000})
    exchange.set_leverage(1, SYMBOL)
    with pytest.raises(ccxt.InsufficientFunds):
        exchange.create_limit_buy_order(SYMBOL, 200, 59_000)
    stranger = trader(remote.url, "wrong")
    with pytest.raises(ccxt.AuthenticationError):
        stranger.fetch_positions()
    stranger.session.close()
