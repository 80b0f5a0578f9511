"""Binance's markets under test."""

from __future__ import annotations

from markets import Doubt, MarketUnderTest

_BINANCE_DOUBTS: tuple[Doubt, ...] = (
    ({"kind": "error_after", "status": 500, "code": -1007, "msg": "Timeout waiting for response."}, 1),
    ({"kind": "error_before", "status": 503, "code": -1008, "msg": "Server is currently overloaded."}, 0),
    ({"kind": "error_before", "status": 500, "code": -1006, "msg": "An unexpected response was received."}, 0),
    ({"kind": "error_before", "status": 400, "code": -98765, "msg": "A code of tomorrow."}, 0),
)

BINANCE = [
    MarketUnderTest(
        name="binance-spot",
        exchange="binance",
        market="spot",
        symbol="BTC/USDT",
        quantity="0.01",
        asset="USDT",
        place=("POST", "/api/v3/order"),
        cancel=("DELETE", "/api/v3/order"),
        account=("GET", "/api/v3/account"),
        doubts=_BINANCE_DOUBTS,
        amends=frozenset({"quantity"}),
        stops=("stop", "stop_limit", "take_profit", "take_profit_limit"),
    ),
    MarketUnderTest(
        name="binance-linear",
        exchange="binance",
        market="linear",
        symbol="BTC/USDT:USDT",
        quantity="0.01",
        asset="USDT",
        place=("POST", "/fapi/v1/order"),
        cancel=("DELETE", "/fapi/v1/order"),
        account=("GET", "/fapi/v3/balance"),
        doubts=(
            *_BINANCE_DOUBTS,
            ({"kind": "error_after", "status": 408, "msg": "Timeout."}, 1),
            ({"kind": "error_after", "status": 503, "msg": "Unknown error, please check your request."}, 1),
        ),
        unfilled=None,
        amends=frozenset({"quantity", "price"}),
        stops=("stop", "stop_limit", "take_profit", "take_profit_limit"),
        batches=True,
        positions=True,
        hedges=True,
        countdown=1,
    ),
    MarketUnderTest(
        name="binance-dated",
        exchange="binance",
        market="linear",
        symbol="ETH/USDT:USDT-*",
        plenty=("2000", 2),
        quantity="0.1",
        asset="USDT",
        place=("POST", "/fapi/v1/order"),
        cancel=("DELETE", "/fapi/v1/order"),
        account=("GET", "/fapi/v3/balance"),
        unfilled=None,
        amends=frozenset({"quantity", "price"}),
        stops=("stop",),
        batches=True,
        positions=True,
    ),
]
