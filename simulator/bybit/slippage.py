"""How far a market order may run: a number of ticks or a percentage from the best price of the other side.

Source: Bybit v5 docs, "Place Order", slippageToleranceType.
"""

import re

from simulator.amounts import SCALE, parse
from simulator.books import Book
from simulator.bybit import errors
from simulator.bybit.params import Params
from simulator.orders import NewOrder, Side

TICKS, PERCENT = "TickSize", "Percent"
_MAX_TICKS = 10_000
_LEAST, _MOST = parse("0.01"), parse("10")
_TWO_DECIMALS = re.compile(r"[0-9]+(\.[0-9]{1,2})?", re.ASCII)


def read(params: Params, order: NewOrder, book: Book) -> None:
    """Give a market order its limit, if it asks for one: from then on it is an IOC order at that price.

    Raises: ApiError 110108, 110109; 10001 where it does not apply.
    """
    kind = params.choice("slippageToleranceType", (TICKS, PERCENT))
    if not kind:
        return
    if order.trigger is not None or order.quote_quantity:
        raise errors.invalid("slippageToleranceType")
    tolerance = params.text("slippageTolerance")
    best = book.other(order.side).best()
    if best is None:
        return
    away = _ticks(order, tolerance) if kind == TICKS else _percent(best, tolerance)
    tick = order.instrument.tick
    edge = best + away if order.side is Side.BUY else best - away
    order.price = max(tick, edge // tick * tick if order.side is Side.BUY else -(-edge // tick) * tick)
    order.notes.update(slippageToleranceType=kind, slippageTolerance=tolerance)


def _ticks(order: NewOrder, tolerance: str) -> int:
    if not tolerance.isdecimal() or not 1 <= int(tolerance) <= _MAX_TICKS:
        raise errors.ApiError(errors.SLIPPAGE_TICKS, "Allowable range: 1 to 10000 tick size")
    return int(tolerance) * order.instrument.tick


def _percent(best: int, tolerance: str) -> int:
    if not _TWO_DECIMALS.fullmatch(tolerance) or not _LEAST <= parse(tolerance) <= _MOST:
        raise errors.ApiError(errors.SLIPPAGE_PERCENT, "Allowable range: 0.01% to 10%")
    return best * parse(tolerance) // (100 * SCALE)
