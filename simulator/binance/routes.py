"""The calls of Binance's spot API: method, path, handler, security and weight.

Source: Binance spot docs, `rest-api.md`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.binance import (
    account,
    amend,
    cancel_replace,
    candles,
    exchange_info,
    lookups,
    market_data,
    orders,
    sapi,
    tickers,
)
from simulator.binance.call import Call
from simulator.binance.params import Params

Handler = Callable[[Call], object]
Weight = Callable[[Params], int]
_DEPTH_STEPS = ((100, 5), (500, 25), (1000, 50))
_MANY_SYMBOLS, _FEW_SYMBOLS = 100, 20


@dataclass(frozen=True, slots=True)
class Route:
    """One call. `on_failure`: the weight is charged only when it fails (Binance spot change log, 2026-03-27).

    `keyed` calls need a key but no signature.
    """

    handler: Handler
    weight: int | Weight = 1
    signed: bool = True
    on_failure: bool = False
    counts_order: bool = False
    keyed: bool = False

    def cost(self, params: Params) -> int:
        """The weight of a call with these parameters."""
        return self.weight if isinstance(self.weight, int) else self.weight(params)


def _depth(params: Params) -> int:
    limit = int(params.peek("limit")) if params.peek("limit").isdecimal() else 100
    return next((weight for most, weight in _DEPTH_STEPS if limit <= most), 250)


def _day(params: Params) -> int:
    if params.has("symbol"):
        return 2
    if not params.has("symbols"):
        return 80
    count = params.peek("symbols").count(",") + 1
    return 2 if count <= _FEW_SYMBOLS else 40 if count <= _MANY_SYMBOLS else 80


def _rules(params: Params) -> int:
    if params.has("symbol"):
        return 2
    return min(40, 2 * (params.peek("symbols").count(",") + 1)) if params.has("symbols") else 40


def _ticker(params: Params) -> int:
    return 2 if params.has("symbol") else 4


def _open_orders(params: Params) -> int:
    return 6 if params.has("symbol") else 80


def _my_trades(params: Params) -> int:
    return 5 if params.has("orderId") else 20


def _test(params: Params) -> int:
    return 20 if params.peek("computeCommissionRates").lower() == "true" else 1


ROUTES = {
    ("GET", "/api/v3/ping"): Route(market_data.ping, signed=False),
    ("GET", "/api/v3/time"): Route(market_data.server_time, signed=False),
    ("GET", "/api/v3/exchangeInfo"): Route(exchange_info.exchange_info, 20, signed=False),
    ("GET", "/api/v3/depth"): Route(market_data.depth, _depth, signed=False),
    ("GET", "/api/v3/trades"): Route(market_data.trades, 25, signed=False),
    ("GET", "/api/v3/aggTrades"): Route(market_data.aggregate_trades, 4, signed=False),
    ("GET", "/api/v3/klines"): Route(candles.klines, 2, signed=False),
    ("GET", "/api/v3/avgPrice"): Route(tickers.average, 2, signed=False),
    ("GET", "/api/v3/ticker/24hr"): Route(tickers.day, _day, signed=False),
    ("GET", "/api/v3/ticker/price"): Route(tickers.price, _ticker, signed=False),
    ("GET", "/api/v3/ticker/bookTicker"): Route(tickers.book_ticker, _ticker, signed=False),
    ("GET", "/api/v3/referencePrice"): Route(tickers.reference_price, 2, signed=False),
    ("GET", "/api/v3/executionRules"): Route(tickers.execution_rules, _rules, signed=False),
    ("POST", "/api/v3/order"): Route(orders.place, on_failure=True, counts_order=True),
    ("POST", "/api/v3/order/test"): Route(orders.test, _test),
    ("GET", "/api/v3/order"): Route(lookups.get, 4),
    ("DELETE", "/api/v3/order"): Route(orders.cancel, on_failure=True),
    ("PUT", "/api/v3/order/amend/keepPriority"): Route(amend.amend, 4),
    ("GET", "/api/v3/order/amendments"): Route(amend.amendments, 4),
    ("POST", "/api/v3/order/cancelReplace"): Route(cancel_replace.cancel_replace, on_failure=True, counts_order=True),
    ("GET", "/api/v3/openOrders"): Route(lookups.open_orders, _open_orders),
    ("DELETE", "/api/v3/openOrders"): Route(orders.cancel_all, on_failure=True),
    ("GET", "/api/v3/allOrders"): Route(lookups.all_orders, 20),
    ("GET", "/api/v3/account"): Route(account.account, 20),
    ("GET", "/api/v3/myTrades"): Route(account.my_trades, _my_trades),
    ("GET", "/api/v3/rateLimit/order"): Route(account.order_counts, 40),
    ("GET", "/api/v3/account/commission"): Route(account.commission, 20),
    ("GET", "/api/v3/myFilters"): Route(account.my_filters, 40),
    ("GET", "/sapi/v1/capital/config/getall"): Route(sapi.currencies, 10),
    ("GET", "/sapi/v1/margin/allPairs"): Route(sapi.margin_pairs),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): Route(sapi.margin_pairs, 10),
    ("GET", "/sapi/v1/system/status"): Route(sapi.status, signed=False),
    ("GET", "/sapi/v1/asset/tradeFee"): Route(sapi.trade_fee),
}
GONE = frozenset({"/api/v3/userDataStream"})
"""Retired 2026-02-20: 410 with an HTML body (issue node-binance-api#995)."""
ALWAYS = frozenset({"/api/v3/ping", "/api/v3/time"})
"""What still answers during maintenance."""
