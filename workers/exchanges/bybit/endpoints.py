"""Bybit's budgets and every v5 call we make, declared once.

Most private calls are counted per account, call and group of categories, in every rolling second; all calls of an
address together in every five seconds. Replies tell an account's true limits (`limit_signs`), which its VIP or PRO
level raises. Source: Bybit v5 docs, "Rate limit" (default level) and the page of each call. Taken to the safe side
where the docs leave it open: linear and inverse share a budget, refused calls count, the address' five seconds are
rolling too, and a batch holds ten orders (the order pages say 20, the rate limit page 10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workers.calls.endpoint import Budget, Endpoint, Lane, Scope, Window

CATEGORIES = ("spot", "linear", "inverse", "option")
ADDRESS = Budget("requests", 600, 5_000, Scope.ADDRESS, Window.ROLLING)
BATCH = 10
CANCELLED_AT_ONCE = 500
ORDERS_PAGE, FILLS_PAGE, POSITIONS_PAGE, INSTRUMENTS_PAGE = 50, 100, 200, 1_000
DEPTHS = {"spot": 1_000, "linear": 1_000, "inverse": 1_000, "option": 25}

Cost = Mapping[Budget, int]
ByCategory = Mapping[str, Endpoint]
_GROUPS = {"spot": "spot", "linear": "futures", "inverse": "futures", "option": "option"}


def _second(name: str, limit: int) -> Budget:
    return Budget(name, limit, 1_000, Scope.ACCOUNT, Window.ROLLING)


def _write(path: str, name: str, limits: tuple[int, int, int], lane: Lane) -> ByCategory:
    """A call counted by category; limits are those of futures, option and spot."""
    budgets = {
        group: _second(f"{name}_{group}", limit)
        for group, limit in zip(("futures", "option", "spot"), limits, strict=True)
    }
    return {
        category: Endpoint("POST", path, {budgets[_GROUPS[category]]: 1, ADDRESS: 1}, lane=lane)
        for category in CATEGORIES
    }


def _read(path: str, name: str) -> ByCategory:
    """50 a second in each group of categories."""
    budgets = {group: _second(f"{name}_{group}", 50) for group in ("futures", "option", "spot")}
    return {
        category: Endpoint("GET", path, {budgets[_GROUPS[category]]: 1, ADDRESS: 1}, idempotent=True)
        for category in CATEGORIES
    }


def _one(path: str, name: str, limit: int) -> Endpoint:
    return Endpoint("GET", path, {_second(name, limit): 1, ADDRESS: 1}, idempotent=True)


def _setting(path: str, name: str, limit: int) -> Endpoint:
    """Setting the same again does no harm."""
    return Endpoint("POST", path, {_second(name, limit): 1, ADDRESS: 1}, idempotent=True, lane=Lane.ORDERS)


def _public(path: str) -> Endpoint:
    return Endpoint("GET", path, {ADDRESS: 1}, idempotent=True, signed=False)


PLACE = _write("/v5/order/create", "create", (10, 10, 20), Lane.ORDERS)
PLACE_BATCH = _write("/v5/order/create-batch", "create_batch", (10, 10, 20), Lane.ORDERS)
AMEND = _write("/v5/order/amend", "amend", (10, 10, 10), Lane.ORDERS)
CANCEL = _write("/v5/order/cancel", "cancel", (10, 10, 20), Lane.CANCELS)
CANCEL_BATCH = _write("/v5/order/cancel-batch", "cancel_batch", (10, 10, 20), Lane.CANCELS)
CANCEL_ALL = _write("/v5/order/cancel-all", "cancel_all", (10, 1, 20), Lane.CANCELS)
REALTIME = _read("/v5/order/realtime", "realtime")
HISTORY = _read("/v5/order/history", "history")
EXECUTIONS = _read("/v5/execution/list", "executions")
POSITIONS = _one("/v5/position/list", "positions", 50)
WALLET = _one("/v5/account/wallet-balance", "wallet", 50)
ACCOUNT_INFO = _one("/v5/account/info", "account_info", 50)
SET_LEVERAGE = _setting("/v5/position/set-leverage", "set_leverage", 10)
SET_POSITION_MODE = _setting("/v5/position/switch-mode", "switch_mode", 10)
SET_MARGIN_MODE = _setting("/v5/account/set-margin-mode", "set_margin_mode", 5)  # no figure is published: the lowest
SET_PROTECTION = _setting("/v5/order/disconnected-cancel-all", "disconnected_cancel_all", 5)
TIME = _public("/v5/market/time")
INSTRUMENTS = _public("/v5/market/instruments-info")
OPTION_COINS = _public("/v5/market/option-base-coins")
TICKERS = _public("/v5/market/tickers")
ORDER_BOOK = _public("/v5/market/orderbook")

_FAMILIES = (PLACE, PLACE_BATCH, AMEND, CANCEL, CANCEL_BATCH, CANCEL_ALL, REALTIME, HISTORY, EXECUTIONS)
_SINGLE = (POSITIONS, WALLET, ACCOUNT_INFO, SET_LEVERAGE, SET_POSITION_MODE, SET_MARGIN_MODE, SET_PROTECTION)


def _all_budgets(families: Iterable[ByCategory], single: Iterable[Endpoint]) -> tuple[Budget, ...]:
    endpoints = [*(each for family in families for each in family.values()), *single]
    return tuple(dict.fromkeys(budget for endpoint in endpoints for budget in endpoint.cost))


BUDGETS = _all_budgets(_FAMILIES, _SINGLE)


def counted(cost: Cost) -> Budget | None:
    """The budget of the account that a call draws on, which its reply's headers speak of; None for a public call."""
    return next((budget for budget in cost if budget.scope is Scope.ACCOUNT), None)


def batch_cost(endpoint: Endpoint, category: str, orders: int) -> Cost:
    """What a batch of so many orders costs: each order counts, but on options the call."""
    return {budget: 1 if category == "option" or budget is ADDRESS else orders for budget in endpoint.cost}


def batch_more(endpoint: Endpoint, category: str) -> Cost:
    """What each further order of a batch adds to that."""
    return {} if category == "option" else {budget: 1 for budget in endpoint.cost if budget is not ADDRESS}
