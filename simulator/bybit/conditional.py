"""Conditional orders: on spot by order filter, on futures by trigger price and direction.

A spot stop order holds no funds until it wakes up, a spot TP/SL order holds them at once. Spot has no direction: it
follows from where the price is. Futures name theirs, and it must fit the price.

Source: Bybit v5 docs, "Place Order", triggerPrice, triggerDirection, orderFilter.
"""

from collections.abc import Mapping

from simulator.bybit import errors, filters
from simulator.bybit.call import SPOT, Call
from simulator.orders import NewOrder
from simulator.triggers import Trigger

RISE, FALL = 1, 2
STOP, TPSL = "StopOrder", "tpslOrder"
FILTERS = ("Order", STOP, TPSL)
PRICES = ("LastPrice", "IndexPrice", "MarkPrice")
OPTION = "option"


def read(call: Call, category: str, order: NewOrder) -> None:
    """Make the order a conditional one if the parameters say so. Raises: ApiError."""
    if category == SPOT:
        _read_spot(call, order)
    elif category != OPTION and call.params.amount("triggerPrice"):
        _read_futures(call, category, order)


def _read_spot(call: Call, order: NewOrder) -> None:
    """Without an order filter the order works at once, whatever trigger price it has."""
    word = call.params.text("orderFilter") or "Order"
    if word not in FILTERS:
        raise errors.ApiError(errors.SPOT_FILTER, "Invalid orderFilter parameter.")
    order.notes["orderFilter"] = word
    if word == "Order":
        return
    price = call.params.amount("triggerPrice")
    if not price:
        raise errors.ApiError(errors.SPOT_TRIGGER_MISSING, "Please enter the TP/SL price.")
    filters.check_price(order.instrument, price)
    last = call.market(SPOT).pits[order.instrument.symbol].book.last_price
    if price == last:
        raise errors.ApiError(errors.SPOT_TRIGGER_MISSING, "Please enter the TP/SL price.")
    order.trigger = Trigger(rises=price > last, price=price)
    order.holds = word == TPSL


def _read_futures(call: Call, category: str, order: NewOrder) -> None:
    """Raises: ApiError 110092, 110093 when the price is on the wrong side of the market already."""
    price = call.params.amount("triggerPrice") or 0
    filters.check_price(order.instrument, price)
    direction = call.params.integer("triggerDirection")
    if direction not in (RISE, FALL):
        raise errors.invalid("triggerDirection")
    watched = call.params.choice("triggerBy", PRICES, "LastPrice")
    trigger = Trigger(rises=direction == RISE, price=price, by_mark=watched != "LastPrice")
    now = call.market(category).pits[order.instrument.symbol].watched(trigger)
    check_side(trigger, price, now)
    order.trigger = trigger
    order.notes.update(triggerBy=watched, triggerDirection=str(direction), orderFilter=STOP)


def check_side(trigger: Trigger, price: int, now: int) -> None:
    """The trigger price must lie where the price is yet to go. Raises: ApiError 110092, 110093."""
    wrong = price <= now if trigger.rises else price >= now
    if not wrong:
        return
    if trigger.rises:
        text = f"expect Rising, but trigger_price[{_scaled(price)}] <= current[{_scaled(now)}]??LastPrice"
        raise errors.ApiError(errors.EXPECTS_RISE, text)
    text = f"expect Falling, but trigger_price[{_scaled(price)}] >= current[{_scaled(now)}]??LastPrice"
    raise errors.ApiError(errors.EXPECTS_FALL, text)


def _scaled(price: int) -> int:
    """Prices in these texts are whole numbers, scaled by 10**4 (assumption)."""
    return price // 10**8


def stop_type(notes: Mapping[str, str], *, spot: bool) -> str:
    """The `stopOrderType` that an order's notes make."""
    if "stopOrderType" in notes:
        return notes["stopOrderType"]
    kind = notes.get("orderFilter", "")
    if kind == TPSL:
        return TPSL
    if kind == STOP:
        return "Stop"
    return "" if spot else "UNKNOWN"
