"""Several futures orders in one call: the reply has one element for each, an order or its refusal.

Source: Binance futures docs, "Place Multiple Orders", "Modify Multiple Orders", "Cancel Multiple Orders".
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import ParamSpec

from simulator.binance import errors
from simulator.binance.call import Call
from simulator.binance.errors import ApiError
from simulator.binance.usdm.codes import item, refuse
from simulator.binance.usdm.limits import limits_of
from simulator.binance.usdm.new_order import read_order
from simulator.binance.usdm.orders import cancel_one, change, submit
from simulator.binance.usdm.params import FuturesParams
from simulator.orders import Order

MOST_PLACED, MOST_CANCELLED = 5, 10
_ORDERS_10S, _ORDERS_1M = 5, 1
Document = dict[str, object]
P = ParamSpec("P")


def place(call: Call) -> object:
    """POST /fapi/v1/batchOrders."""
    return _each(call, _place_one)


def modify(call: Call) -> object:
    """PUT /fapi/v1/batchOrders."""
    return _each(call, change)


def cancel(call: Call) -> object:
    """DELETE /fapi/v1/batchOrders: by orderIdList or origClientOrderIdList, as JSON."""
    symbol = call.instrument().symbol
    params, registry = call.params, call.market.registry
    found: list[Order | None]
    if params.has("orderIdList"):
        numbers = _listed(call, "orderIdList", MOST_CANCELLED)
        found = [registry.number(call.user, symbol, each) if isinstance(each, int) else None for each in numbers]
    elif params.has("origClientOrderIdList"):
        names = _listed(call, "origClientOrderIdList", MOST_CANCELLED)
        found = [registry.by_client(call.user, symbol, str(each)) for each in names]
    else:
        raise errors.missing_either("orderidlist", "origclientorderidlist")
    params.finish()
    return [_answer(cancel_one, call, order) for order in found]


def _each(call: Call, carry_out: Callable[[Call], Document]) -> list[Document]:
    wishes = _listed(call, "batchOrders", MOST_PLACED)
    call.params.finish()
    if not all(isinstance(each, dict) for each in wishes):
        raise errors.missing("batchorders")
    limits_of(call).take_orders(call.user, _ORDERS_10S, _ORDERS_1M)
    replies = [
        _answer(carry_out, replace(call, params=FuturesParams.of(each))) for each in wishes if isinstance(each, dict)
    ]
    call.headers.update(call.limits.order_headers(call.user))
    return replies


def _place_one(call: Call) -> Document:
    wish = read_order(call)
    call.params.finish()
    return submit(call, wish)


def _answer(carry_out: Callable[P, Document], *args: P.args, **kwargs: P.kwargs) -> Document:
    try:
        return carry_out(*args, **kwargs)
    except ApiError as error:
        return item(error)


def _listed(call: Call, name: str, most: int) -> list[object]:
    """A parameter that is a JSON list. Raises: ApiError -1102, -4082 for none or too many."""
    try:
        found = json.loads(call.params.need(name))
    except ValueError as error:
        raise errors.missing(name.lower()) from error
    if not isinstance(found, list):
        raise errors.missing(name.lower())
    if not 0 < len(found) <= most:
        raise refuse(-4082)
    return found
