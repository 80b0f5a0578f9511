"""Binance USDⓈ-M futures' budgets and every call we make, declared once.

Source: Binance futures docs, the page of each call (weights), "Limits"; notice of 2026-06-10: request weight and order
counts are shared with COIN-M futures since 2026-06-30, which we do not call. exchangeInfo.rateLimits replaces the
limits.
Assumption: windows are clock-aligned as on spot. Settings and the countdown may be repeated: they say what shall be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workers.calls.endpoint import Budget, Endpoint, Lane, Scope

AREA = "usdm"
WEIGHT = Budget("futures_request_weight", 2_400, 60_000, Scope.ADDRESS)
ORDERS_10S = Budget("futures_orders_10s", 300, 10_000, Scope.ACCOUNT)
ORDERS_1M = Budget("futures_orders_1m", 1_200, 60_000, Scope.ACCOUNT)
BUDGETS = (WEIGHT, ORDERS_10S, ORDERS_1M)

Cost = Mapping[Budget, int]
ORDER: Cost = {ORDERS_10S: 1, ORDERS_1M: 1}
BATCH: Cost = {WEIGHT: 5, ORDERS_10S: 5, ORDERS_1M: 1}
"""What a batch costs, however few its orders are: the safe reading of "5 on 10s, 1 on 1min"."""

BATCH_LIMIT, BATCH_CANCEL_LIMIT = 5, 10


def _write(method: str, path: str, cost: Cost, lane: Lane) -> Endpoint:
    return Endpoint(method, path, cost, lane=lane, area=AREA)  # type: ignore[arg-type]  # the callers' are literal


def _read(path: str, units: int, *, signed: bool = True) -> Endpoint:
    return Endpoint("GET", path, {WEIGHT: units}, idempotent=True, signed=signed, area=AREA)


def _setting(path: str, units: int = 1, lane: Lane = Lane.QUERIES) -> Endpoint:
    return Endpoint("POST", path, {WEIGHT: units}, idempotent=True, lane=lane, area=AREA)


PLACE = _write("POST", "/fapi/v1/order", ORDER, Lane.ORDERS)
PLACE_BATCH = _write("POST", "/fapi/v1/batchOrders", BATCH, Lane.ORDERS)
MODIFY = _write("PUT", "/fapi/v1/order", ORDER, Lane.ORDERS)
CANCEL = _write("DELETE", "/fapi/v1/order", {WEIGHT: 1}, Lane.CANCELS)
CANCEL_BATCH = _write("DELETE", "/fapi/v1/batchOrders", {WEIGHT: 1}, Lane.CANCELS)
CANCEL_ALL = _write("DELETE", "/fapi/v1/allOpenOrders", {WEIGHT: 1}, Lane.CANCELS)
PLACE_ALGO = _write("POST", "/fapi/v1/algoOrder", ORDER, Lane.ORDERS)
CANCEL_ALGO = _write("DELETE", "/fapi/v1/algoOrder", {WEIGHT: 1}, Lane.CANCELS)
CANCEL_ALL_ALGOS = _write("DELETE", "/fapi/v1/algoOpenOrders", {WEIGHT: 1}, Lane.CANCELS)
COUNTDOWN = _setting("/fapi/v1/countdownCancelAll", 10, Lane.CANCELS)

GET_ORDER = _read("/fapi/v1/order", 1)
OPEN_ORDERS = _read("/fapi/v1/openOrders", 40)
ALL_ORDERS = _read("/fapi/v1/allOrders", 5)
USER_TRADES = _read("/fapi/v1/userTrades", 5)
GET_ALGO = _read("/fapi/v1/algoOrder", 1)
OPEN_ALGOS = _read("/fapi/v1/openAlgoOrders", 40)
ALL_ALGOS = _read("/fapi/v1/allAlgoOrders", 5)
OPEN_TO_CANCEL = replace(OPEN_ORDERS, lane=Lane.CANCELS)
ALGO_TO_CANCEL = replace(GET_ALGO, lane=Lane.CANCELS)
ALGOS_TO_CANCEL = replace(OPEN_ALGOS, lane=Lane.CANCELS)

BALANCE = _read("/fapi/v3/balance", 5)
POSITIONS = _read("/fapi/v3/positionRisk", 5)
SYMBOL_CONFIG = _read("/fapi/v1/symbolConfig", 5)
ACCOUNT_CONFIG = _read("/fapi/v1/accountConfig", 5)
INCOME = _read("/fapi/v1/income", 30)
LEVERAGE = _setting("/fapi/v1/leverage")
MARGIN_TYPE = _setting("/fapi/v1/marginType")
POSITION_MODE = _setting("/fapi/v1/positionSide/dual")

EXCHANGE_INFO = _read("/fapi/v1/exchangeInfo", 1, signed=False)
TIME = _read("/fapi/v1/time", 1, signed=False)
DEPTH = _read("/fapi/v1/depth", 20, signed=False)
TICKER = _read("/fapi/v1/ticker/24hr", 1, signed=False)
BOOK_TICKER = _read("/fapi/v1/ticker/bookTicker", 2, signed=False)
ALL_TICKERS = _read("/fapi/v1/ticker/24hr", 40, signed=False)
ALL_BOOK_TICKERS = _read("/fapi/v1/ticker/bookTicker", 5, signed=False)

_DEPTHS = {5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1_000: 20}
DEEPEST = max(_DEPTHS)


def depth_asked(levels: int) -> int:
    """The smallest book on offer that has so many levels (1 to 1000)."""
    return next(offered for offered in _DEPTHS if levels <= offered)


def depth_cost(offered: int) -> Cost:
    """Weight of a book of one of the sizes on offer."""
    return {WEIGHT: _DEPTHS[offered]}


def open_cost(*, one_symbol: bool) -> Cost:
    """Weight of open orders, plain or conditional: of one symbol, or of all."""
    return {WEIGHT: 1 if one_symbol else 40}
