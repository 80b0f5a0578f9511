"""OKX's budgets and every call we make, declared once.

Source: OKX v5 docs, the limit named at each call, and "Rate Limits": one bucket per user (private calls) or address
(public ones), per instrument where the docs say so (options: per family), and per operation; a batch has a bucket of
its own, in which its orders count one by one, unless it is a batch of one. New and amended orders of contracts count
against the sub-account as well.

UNCONFIRMED is the shape of the window, and whether refused calls count: rolling windows are the safe reading, and nine
tenths of each figure are used, since a client that kept exactly to it was still refused (as ccxt found).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from router.symbols import Symbol
from workers.calls.endpoint import Budget, Endpoint, Lane, Scope, Window

_TENTHS: Final = 9
_TWO_SECONDS_MS: Final = 2_000
BATCH: Final = 20
"""Orders in one batch."""
ALGO_BATCH: Final = 10
"""Algo orders in one cancel."""
PAGE: Final = 100
"""Rows in one page of a list."""

Cost = Mapping[Budget, int]
_declared: list[Budget] = []


def _budget(name: str, published: int, scope: Scope, window_ms: int = _TWO_SECONDS_MS) -> Budget:
    budget = Budget(name, max(published * _TENTHS // 10, 1), window_ms, scope, Window.ROLLING)
    _declared.append(budget)
    return budget


PLACES = _budget("place_order", 60, Scope.SYMBOL)
BATCH_PLACES = _budget("batch_orders", 300, Scope.SYMBOL)
AMENDS = _budget("amend_order", 60, Scope.SYMBOL)
CANCELS = _budget("cancel_order", 60, Scope.SYMBOL)
BATCH_CANCELS = _budget("cancel_batch_orders", 300, Scope.SYMBOL)
ALGO_PLACES = _budget("order_algo", 20, Scope.SYMBOL)
ALGO_AMENDS = _budget("amend_algos", 20, Scope.SYMBOL)
ALGO_CANCELS = _budget("cancel_algos", 20, Scope.SYMBOL)
CHANGES = _budget("new_and_amended_contracts", 1_000, Scope.ACCOUNT)
ORDER_READS = _budget("get_order", 60, Scope.SYMBOL)
PENDING_READS = _budget("orders_pending", 60, Scope.ACCOUNT)
HISTORY_READS = _budget("orders_history", 40, Scope.ACCOUNT)
FILL_READS = _budget("fills", 60, Scope.ACCOUNT)
OLD_FILL_READS = _budget("fills_history", 10, Scope.ACCOUNT)
ALGO_READS = _budget("get_order_algo", 20, Scope.ACCOUNT)
ALGO_PENDING_READS = _budget("orders_algo_pending", 20, Scope.ACCOUNT)
COUNTDOWNS = _budget("cancel_all_after", 1, Scope.ACCOUNT, 1_000)
BALANCE_READS = _budget("balance", 10, Scope.ACCOUNT)
POSITION_READS = _budget("positions", 10, Scope.ACCOUNT)
CONFIG_READS = _budget("config", 5, Scope.ACCOUNT)
LEVERAGE_READS = _budget("leverage_info", 20, Scope.ACCOUNT)
LEVERAGE_CHANGES = _budget("set_leverage", 20, Scope.ACCOUNT)
MODE_CHANGES = _budget("set_position_mode", 5, Scope.ACCOUNT)
TIME_READS = _budget("time", 10, Scope.ADDRESS)
INSTRUMENT_READS = _budget("instruments", 20, Scope.ADDRESS)
BAND_READS = _budget("instrument_tick_bands", 5, Scope.ADDRESS)
TICKER_READS = _budget("ticker", 20, Scope.ADDRESS)
ALL_TICKER_READS = _budget("tickers", 20, Scope.ADDRESS)
BOOK_READS = _budget("books", 40, Scope.ADDRESS)
FULL_BOOK_READS = _budget("books_full", 10, Scope.ADDRESS)
BUDGETS = tuple(_declared)


def _read(path: str, budget: Budget, *, public: bool = False) -> Endpoint:
    return Endpoint("GET", f"/api/v5{path}", {budget: 1}, idempotent=True, signed=not public)


def _write(path: str, budget: Budget, lane: Lane = Lane.ORDERS) -> Endpoint:
    return Endpoint("POST", f"/api/v5{path}", {budget: 1}, lane=lane)


PLACE = _write("/trade/order", PLACES)
PLACE_BATCH = _write("/trade/batch-orders", BATCH_PLACES)
AMEND = _write("/trade/amend-order", AMENDS)
CANCEL = _write("/trade/cancel-order", CANCELS, Lane.CANCELS)
CANCEL_BATCH = _write("/trade/cancel-batch-orders", BATCH_CANCELS, Lane.CANCELS)
PLACE_ALGO = _write("/trade/order-algo", ALGO_PLACES)
AMEND_ALGO = _write("/trade/amend-algos", ALGO_AMENDS)
CANCEL_ALGOS = _write("/trade/cancel-algos", ALGO_CANCELS, Lane.CANCELS)
# What follows sets absolute values, so that repeating it does no harm ("Set leverage", "Cancel All After").
CANCEL_ALL_AFTER = Endpoint(
    "POST", "/api/v5/trade/cancel-all-after", {COUNTDOWNS: 1}, idempotent=True, lane=Lane.CANCELS
)
SET_LEVERAGE = Endpoint(
    "POST", "/api/v5/account/set-leverage", {LEVERAGE_CHANGES: 1}, idempotent=True, lane=Lane.ORDERS
)
SET_POSITION_MODE = Endpoint(
    "POST", "/api/v5/account/set-position-mode", {MODE_CHANGES: 1}, idempotent=True, lane=Lane.ORDERS
)

ORDER = _read("/trade/order", ORDER_READS)
ORDERS_PENDING = _read("/trade/orders-pending", PENDING_READS)
ORDERS_HISTORY = _read("/trade/orders-history", HISTORY_READS)
FILLS = _read("/trade/fills", FILL_READS)
OLD_FILLS = _read("/trade/fills-history", OLD_FILL_READS)
ALGO = _read("/trade/order-algo", ALGO_READS)
ALGOS_PENDING = _read("/trade/orders-algo-pending", ALGO_PENDING_READS)
BALANCE = _read("/account/balance", BALANCE_READS)
POSITIONS = _read("/account/positions", POSITION_READS)
CONFIG = _read("/account/config", CONFIG_READS)
LEVERAGE = _read("/account/leverage-info", LEVERAGE_READS)
TIME = _read("/public/time", TIME_READS, public=True)
INSTRUMENTS = _read("/public/instruments", INSTRUMENT_READS, public=True)
TICK_BANDS = _read("/public/instrument-tick-bands", BAND_READS, public=True)
TICKER = _read("/market/ticker", TICKER_READS, public=True)
ALL_TICKERS = _read("/market/tickers", ALL_TICKER_READS, public=True)
BOOK = _read("/market/books", BOOK_READS, public=True)
FULL_BOOK = _read("/market/books-full", FULL_BOOK_READS, public=True)

FENCED: Final = frozenset(endpoint.path for endpoint in (PLACE, PLACE_BATCH, AMEND))
"""The calls that obey the header `expTime`; cancels and algo orders do not."""


def changing_cost(budget: Budget, symbol: Symbol, orders: int = 1) -> Cost:
    """What placing or amending so many orders of one symbol costs; spot and margin do not count per sub-account."""
    return {budget: orders} if symbol.is_spot else {budget: orders, CHANGES: orders}


def counted_under(symbol: Symbol) -> str:
    """The name that a limit per instrument is kept under: options count by family."""
    if symbol.strike is None:
        return str(symbol)
    return f"{symbol.base}/{symbol.quote}:{symbol.settle} options"
