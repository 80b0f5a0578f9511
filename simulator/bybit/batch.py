"""Batches: items stand or fall alone, in two parallel lists of the same order.

The rate limit counts items, except on options; what it does not let pass fails with 10006 in its place (the code is an
assumption).

Source: Bybit v5 docs, "Batch Place Order", "Batch Amend Order", "Batch Cancel Order", "Rate limit".
"""

from collections.abc import Callable

from simulator.bybit import errors, ids, orders
from simulator.bybit.amending import amended
from simulator.bybit.call import Call, Result
from simulator.bybit.errors import ApiError
from simulator.bybit.params import Params
from simulator.orders import Order

MOST = {"spot": 10, "linear": 20, "inverse": 20, "option": 20}
Act = Callable[[Call, str], Order]


def create(call: Call) -> Result:
    """POST /v5/order/create-batch."""
    return _each(call, orders.placed, timed=True)


def amend(call: Call) -> Result:
    """POST /v5/order/amend-batch."""
    return _each(call, amended)


def cancel(call: Call) -> Result:
    """POST /v5/order/cancel-batch."""
    return _each(call, orders.cancelled)


def _each(call: Call, act: Act, *, timed: bool = False) -> Result:
    category = call.category()
    items = call.params.items("request")
    if len(items) > MOST[category]:
        raise errors.parameter(f"params error: the number of orders exceeds {MOST[category]}")
    passing = len(items) if category == "option" else call.granted
    rows: list[dict[str, object]] = []
    outcomes: list[dict[str, object]] = []
    for number, item in enumerate(items):
        row, outcome = _one(call, item, category, act if number < passing else _too_many)
        if timed:
            row["createAt"] = str(call.now_ms()) if outcome["code"] == 0 else ""
        rows.append(row)
        outcomes.append(outcome)
    return Result({"list": rows}, {"list": outcomes})


def _one(call: Call, item: Params, category: str, act: Act) -> tuple[dict[str, object], dict[str, object]]:
    row: dict[str, object] = {
        "category": category,
        "symbol": item.peek("symbol"),
        "orderId": "",
        "orderLinkId": item.peek("orderLinkId"),
    }
    try:
        order = act(call.item(item), category)
    except ApiError as error:
        call.exchange.world.ledger.refused[str(error.code)] += 1
        return row, {"code": error.code, "msg": error.msg}
    row["orderId"], row["orderLinkId"] = ids.spell(category, order.order_id), order.client_order_id
    return row, {"code": 0, "msg": "OK"}


def _too_many(call: Call, category: str) -> Order:  # noqa: ARG001 - the shape of an act
    raise errors.too_many_visits()
