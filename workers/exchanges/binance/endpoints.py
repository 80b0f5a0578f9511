"""Binance's budgets and every spot call we make, declared once.

Source: Binance spot rest-api.md (paths, weights), spot CHANGELOG 2026-03-27 and 2026-04-02 (order calls cost weight
only when they fail), FAQ order_count_decrement (an order that fills is given back). Limits are the published ones;
exchangeInfo.rateLimits replaces them.
"""

from __future__ import annotations

from collections.abc import Mapping

from workers.calls.endpoint import Budget, Endpoint, Lane, Scope

WEIGHT = Budget("request_weight", 6_000, 60_000, Scope.ADDRESS)
RAW = Budget("raw_requests", 300_000, 300_000, Scope.ADDRESS)
ORDERS_10S = Budget("orders_10s", 100, 10_000, Scope.ACCOUNT)
ORDERS_1D = Budget("orders_1d", 200_000, 86_400_000, Scope.ACCOUNT)
BUDGETS = (WEIGHT, RAW, ORDERS_10S, ORDERS_1D)
ORDERS = frozenset({ORDERS_10S, ORDERS_1D})
FREE = frozenset({WEIGHT})

Cost = Mapping[Budget, int]


def weight(units: int) -> Cost:
    """What a call of that request weight costs; each is one raw request, too."""
    return {WEIGHT: units, RAW: 1}


_ORDER = {WEIGHT: 1, RAW: 1, ORDERS_10S: 1, ORDERS_1D: 1}

PLACE = Endpoint("POST", "/api/v3/order", _ORDER, lane=Lane.ORDERS, free_on_success=FREE, refund_on_fill=ORDERS)
CANCEL = Endpoint("DELETE", "/api/v3/order", weight(1), lane=Lane.CANCELS, free_on_success=FREE)
CANCEL_ALL = Endpoint("DELETE", "/api/v3/openOrders", weight(1), lane=Lane.CANCELS, free_on_success=FREE)
AMEND = Endpoint("PUT", "/api/v3/order/amend/keepPriority", weight(4), lane=Lane.ORDERS)
ORDER = Endpoint("GET", "/api/v3/order", weight(4), idempotent=True)
OPEN_ORDERS = Endpoint("GET", "/api/v3/openOrders", weight(80), idempotent=True)
ALL_ORDERS = Endpoint("GET", "/api/v3/allOrders", weight(20), idempotent=True)
MY_TRADES = Endpoint("GET", "/api/v3/myTrades", weight(20), idempotent=True)
ACCOUNT = Endpoint("GET", "/api/v3/account", weight(20), idempotent=True)
EXCHANGE_INFO = Endpoint("GET", "/api/v3/exchangeInfo", weight(20), idempotent=True, signed=False)
TIME = Endpoint("GET", "/api/v3/time", weight(1), idempotent=True, signed=False)
DEPTH = Endpoint("GET", "/api/v3/depth", weight(250), idempotent=True, signed=False)
TICKER = Endpoint("GET", "/api/v3/ticker/24hr", weight(2), idempotent=True, signed=False)

_DEPTHS = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))


def depth_cost(levels: int) -> Cost:
    """Weight of a book by its number of levels (1 to 5000)."""
    return weight(next(units for most, units in _DEPTHS if levels <= most))


TICKER_OFFERS = ((20, 2), (100, 40), (10_000, 80))
"""Weight of tickers by the number of symbols they are asked for; 80 is for all there are."""


def open_orders_cost(*, one_symbol: bool) -> Cost:
    """Weight of open orders: of one symbol, or of all."""
    return weight(6 if one_symbol else 80)


def trades_cost(*, one_order: bool) -> Cost:
    """Weight of executions: of one order, or of a whole symbol."""
    return weight(5 if one_order else 20)
