"""What prices, quantities and values must keep to.

Off the grid: spot refuses (170134, 170137, 170148). On derivatives it is not documented whether an order is refused or
its quantity cut; here a quantity is cut to the step, refused with 110017 when nothing is left of it, and a price off
the tick is refused with 10001. Reduce-only orders need no least value (assumption).

Source: Bybit v5 docs, "Get Instruments Info", "Error codes".
"""

from simulator.amounts import SCALE
from simulator.bybit import errors
from simulator.instruments import Instrument, Kind
from simulator.market import Market
from simulator.orders import NewOrder

SPOT_ACTIVE, SPOT_SLEEPING = 500, 30
ACTIVE, SLEEPING = 500, 10
OPTION_ACTIVE = 50


def check_price(instrument: Instrument, price: int) -> None:
    """A limit or trigger price. Raises: ApiError 170134, 170133, 170132; 10001, 110003."""
    if instrument.kind is Kind.SPOT:
        if price % instrument.tick:
            raise errors.ApiError(errors.SPOT_PRICE_DECIMALS, "Order price decimal too long.")
        if price < instrument.min_price:
            raise errors.ApiError(errors.SPOT_BELOW_MINIMUM, "Order price lower than the minimum.")
        if price > instrument.max_price:
            raise errors.ApiError(errors.SPOT_ABOVE_MAXIMUM, "Order price too high.")
        return
    if not instrument.min_price <= price <= instrument.max_price:
        raise errors.ApiError(errors.PRICE_RANGE, "Order price exceeds the allowable range.")
    if price % instrument.tick:
        raise errors.parameter("params error: price is not a multiple of the tick size")


def fit_quantity(instrument: Instrument, quantity: int, *, market: bool) -> int:
    """The quantity that is booked.

    Raises: ApiError 170137, 170136, 170381, 170382 on spot; 110017, 10001.
    """
    most = instrument.max_market_quantity if market else instrument.max_quantity
    if instrument.kind is Kind.SPOT:
        _check_spot_quantity(instrument, quantity, most, market=market)
        return quantity
    fitted = quantity - quantity % instrument.step
    if not fitted:
        raise errors.ApiError(errors.REDUCE_ONLY, "orderQty will be truncated to zero.")
    if fitted < instrument.min_quantity:
        raise errors.parameter("The number of contracts is below the minimum required")
    if fitted > most:
        # The numbers of this text are scaled by 10**8 on the wire (issue pybit#284).
        wanted, bound = fitted * 10**8 // SCALE, most * 10**8 // SCALE
        raise errors.parameter(
            f"The number of contracts exceeds maximum limit allowed: too large, order_qty:{wanted} > max_qty:{bound}"
        )
    return fitted


def _check_spot_quantity(instrument: Instrument, quantity: int, most: int, *, market: bool) -> None:
    if quantity % instrument.step:
        raise errors.ApiError(errors.SPOT_QUANTITY_DECIMALS, "Order volume decimal too long.")
    if not quantity:
        raise errors.ApiError(errors.SPOT_QUANTITY_BELOW, "Order quantity lower than the minimum.")
    if quantity > most:
        code = errors.SPOT_TOO_LARGE_MARKET if market else errors.SPOT_TOO_LARGE_LIMIT
        raise errors.ApiError(code, "Order quantity too large.")


def check_amount(instrument: Instrument, amount: int) -> None:
    """A spot market order by value: its decimals are those of tick times step. Raises: ApiError 170148."""
    if amount % quote_grid(instrument):
        raise errors.ApiError(errors.SPOT_AMOUNT_DECIMALS, "Market order amount decimal too long.")


def quote_grid(instrument: Instrument) -> int:
    """The least part of the quote asset that counts."""
    return max(1, instrument.tick * instrument.step // SCALE)


def check_value(ask: NewOrder, reference: int) -> None:
    """The least value of a new order, at its price or, without one, a reference price. Raises: as `check_least`."""
    value = ask.quote_quantity or ask.instrument.value(ask.price or reference, ask.quantity)
    check_least(ask, value)


def check_least(ask: NewOrder, value: int) -> None:
    """The least value of an order, unless it may only reduce. Raises: ApiError 170140, 110094."""
    instrument = ask.instrument
    if value >= instrument.min_notional or ask.closes or instrument.kind is Kind.INVERSE:
        return
    if instrument.kind is Kind.SPOT:
        raise errors.ApiError(errors.SPOT_VALUE_BELOW, "Order value exceeded lower limit.")
    least = instrument.min_notional // SCALE
    raise errors.ApiError(errors.NOTIONAL, f"Order does not meet minimum order value {least}{instrument.settle}")


def check_count(ask: NewOrder, market: Market, category: str) -> None:
    """How many orders may be open. Raises: ApiError 170810; 110020, 110009 (per symbol, options per base coin)."""
    registry, instrument = market.registry, ask.instrument
    if category == "spot":
        if len(registry.open_orders(ask.account)) >= SPOT_ACTIVE or _asleep(ask, market) >= SPOT_SLEEPING:
            raise errors.ApiError(
                errors.SPOT_TOO_MANY, "Cannot exceed maximum of 500 conditional, TP/SL and active orders."
            )
        return
    if category == "option":
        same = [each for each in registry.open_orders(ask.account) if each.instrument.base == instrument.base]
        if len(same) >= OPTION_ACTIVE:
            raise errors.ApiError(errors.TOO_MANY_ACTIVE, "Not allowed to have more than 50 active orders")
        return
    asleep = _asleep(ask, market)
    if ask.trigger is not None and asleep >= SLEEPING:
        text = "The number of stop orders exceeds the maximum allowable limit"
        raise errors.ApiError(errors.TOO_MANY_CONDITIONAL, text)
    if registry.count_open(ask.account, instrument.symbol) - asleep >= ACTIVE:
        raise errors.ApiError(errors.TOO_MANY_ACTIVE, "Not allowed to have more than 500 active orders.")


def _asleep(ask: NewOrder, market: Market) -> int:
    """How many conditional orders of the same kind the account has in the symbol; 0 for a plain order on spot."""
    kind = ask.notes.get("orderFilter")
    if ask.instrument.kind is Kind.SPOT and ask.trigger is None:
        return 0
    found = market.pits[ask.instrument.symbol].asleep.values()
    return sum(
        each.account == ask.account and (ask.trigger is None or each.ask.notes.get("orderFilter") == kind)
        for each in found
    )
