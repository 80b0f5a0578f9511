"""Completes an order's fees where the exchange's reply did not carry them: replies to cancels and look-ups do not."""

from __future__ import annotations

import logging

from router.commands import GetFills
from router.errors import RouterError
from router.models import Fill, Order, total_fees
from router.results import Result
from workers.exchanges.base import BaseExchange

log = logging.getLogger("pointsman.fees")


def with_fees(exchange: BaseExchange, result: Result) -> Result:
    """The result, with fees and fills read once if something was filled and they are missing.

    The outcome stands either way: if they cannot be read now, ``fees`` stays None, which says "not known".
    """
    if not isinstance(result, Order) or result.fees is not None or result.order_id is None:
        return result
    if not result.filled_quantity:
        return result.model_copy(update={"fees": [], "fills": []})
    command = GetFills(
        exchange=result.exchange, account=result.account, symbol=result.symbol, order_id=result.order_id, limit=1000
    )
    try:
        fills: list[Fill] = exchange.send(exchange.prepare(command))
    except RouterError as error:
        log.warning("the fees of order %s are not known: %s", result.order_id, error)
        return result
    except Exception:
        log.exception("the fees of order %s could not be read", result.order_id)  # its outcome must not hang on them
        return result
    return result.model_copy(update={"fees": total_fees(fills), "fills": fills})
