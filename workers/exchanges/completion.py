"""Completes an order's executions, fees and notional, where the exchange's reply did not carry them."""

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

    The outcome stands either way: what cannot be read now stays as it was told, or None, which says "not known". So do
    fees that the order itself tells while not all of its executions are shown.
    """
    if not isinstance(result, Order) or None not in (result.fees, result.fills) or result.order_id is None:
        return result
    if not result.filled_quantity:
        return result.model_copy(update={"fees": [], "fills": []})
    fills = _executions(exchange, result)
    if fills is None:
        return result
    whole = sum(fill.quantity for fill in fills) == result.filled_quantity
    if result.fees is not None and not whole:
        return result
    told: dict[str, object] = {"fills": fills}
    if result.fees is None:
        told["fees"] = total_fees(fills)
    if whole:  # exact, where an average price that was rounded is not
        told["filled_notional"] = sum((fill.notional for fill in fills), Decimal(0))
    return result.model_copy(update=told)


def _executions(exchange: Core, order: Order) -> list[Fill] | None:
    """An order's executions; None when they cannot be read, since its outcome must not hang on them."""
    names = {"exchange": order.exchange, "account": order.account}
    command = GetFills(**names, symbol=order.symbol, order_id=order.order_id, limit=_MOST)
    try:
        fills: list[Fill] = exchange.send(exchange.prepare(command))
    except RouterError as error:
        log.warning("the executions of order %s are not known: %s", order.order_id, error)
        return None
    except Exception:
        log.exception("the executions of order %s could not be read", order.order_id)
        return None
    return fills
