"""Completes an order's fees, and its notional, where the exchange's reply did not carry them."""

from __future__ import annotations

import logging
from decimal import Decimal

from router.commands import GetFills
from router.errors import RouterError
from router.models import Fill, Order, total_fees
from router.results import Result
from workers.exchanges.core import Core

log = logging.getLogger("pointsman.completion")
_MOST = 1_000  # executions in one read


def completed(exchange: Core, result: Result) -> Result:
    """The result, with its executions read once if something was filled and they are missing.

    The outcome stands either way: if they cannot be read now, ``fees`` stays None, which says "not known".
    """
    if not isinstance(result, Order) or result.fees is not None or result.order_id is None:
        return result
    if not result.filled_quantity:
        return result.model_copy(update={"fees": [], "fills": []})
    names = {"exchange": result.exchange, "account": result.account}
    command = GetFills(**names, symbol=result.symbol, order_id=result.order_id, limit=_MOST)
    try:
        fills: list[Fill] = exchange.send(exchange.prepare(command))
    except RouterError as error:
        log.warning("the fees of order %s are not known: %s", result.order_id, error)
        return result
    except Exception:
        log.exception("the fees of order %s could not be read", result.order_id)  # its outcome must not hang on them
        return result
    told = {"fees": total_fees(fills), "fills": fills}
    if result.filled_notional is not None or sum(fill.quantity for fill in fills) != result.filled_quantity:
        return result.model_copy(update=told)
    return result.model_copy(update={**told, "filled_notional": sum((fill.notional for fill in fills), Decimal(0))})
