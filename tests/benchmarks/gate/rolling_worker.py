"""A worker for an exchange whose orders are limited to 10 in each rolling second.

Binance's listing can tell how long a window is, but not that it rolls. So this entry point, used by the benchmark only,
declares the budget anew before anything has read the declaration, and then starts an ordinary worker.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from workers.calls.endpoint import Budget, Endpoint, Scope, Window
from workers.exchanges.binance import endpoints

_LISTED = ("ORDERS", 1_000)
_HEADER = "x-mbx-order-count-1s"


def declare() -> Budget:
    """Put a rolling second in the place of the ten fixed ones, wherever these are named."""
    fixed = endpoints.ORDERS_10S
    rolling = Budget("orders_1s", 10, 1_000, Scope.ACCOUNT, Window.ROLLING)

    def instead(budget: Budget) -> Budget:
        return rolling if budget is fixed else budget

    endpoints.ORDERS_10S = rolling
    endpoints.BUDGETS = tuple(map(instead, endpoints.BUDGETS))
    endpoints.ORDERS = frozenset(map(instead, endpoints.ORDERS))
    for name, declared in vars(endpoints).items():
        if isinstance(declared, Endpoint) and fixed in declared.cost:
            cost: Mapping[Budget, int] = {instead(budget): units for budget, units in declared.cost.items()}
            refunds = declared.refund_on_fill - {fixed}  # what rolls counts arrivals and gives nothing back
            setattr(endpoints, name, dataclasses.replace(declared, cost=cost, refund_on_fill=refunds))
    _follow(fixed, rolling)
    return rolling


def _follow(fixed: Budget, rolling: Budget) -> None:
    """What reads the declaration is imported only now; then nothing may know the old budget any more."""
    from workers.exchanges.binance import errors, rules  # noqa: PLC0415 - see above
    from workers.exchanges.binance.exchange import BinanceExchange  # noqa: PLC0415 - the same

    rules._BUDGETS.pop(("ORDERS", fixed.window_ms))
    rules._BUDGETS[_LISTED] = rolling
    usage = {_HEADER if budget is rolling else header: budget for header, budget in errors.SIGNS.usage.items()}
    errors.SIGNS.usage.clear()  # type: ignore[attr-defined]  # a plain dictionary behind its type
    errors.SIGNS.usage.update(usage)  # type: ignore[attr-defined]
    known = [*rules._BUDGETS.values(), *BinanceExchange.dialect.signs.usage.values(), *endpoints.PLACE.cost]
    if fixed in known or known.count(rolling) != 3:
        raise RuntimeError("the rolling budget did not reach every place that names the orders' budget")


if __name__ == "__main__":
    declare()
    from workers.cli import main

    main()
