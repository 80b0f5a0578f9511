"""Amend an open order: values are absolute, what is not sent stays.

Source: Bybit v5 docs, "Amend Order", "Error codes".
"""

from simulator.bybit import bounds, conditional, errors, filters, lookups, trading_stop, wire
from simulator.bybit.call import SPOT, Call
from simulator.floor import WOULD_TAKE
from simulator.orders import Order, Reason, Refused

UNCHANGED = "The order remains unchanged as the parameters entered match the existing ones."


def amended(call: Call, category: str) -> Order:
    """Amend the order that the parameters name.

    Raises: ApiError 110001, 170213 when it is not open; 10001 when nothing would change; 110064, 170313 for no more
    than is filled; 110007, 170131; and what a new order of these values would be refused with.
    """
    call.tradable(category)
    order = lookups.find(call, category)
    spot = category == SPOT
    if order is None or not order.open or order.instrument.symbol != call.params.text("symbol"):
        raise errors.gone(spot=spot)
    price, quantity, trigger = _wished(call, category, order)
    old_trigger = order.ask.trigger.price if order.ask.trigger is not None else None
    attached = not spot and trading_stop.amended(call.params, order)
    if (price, quantity, trigger) == (order.price, order.quantity, old_trigger):
        if attached:
            return order
        raise errors.parameter(UNCHANGED)
    if quantity <= order.filled:
        code = errors.SPOT_BELOW_FILLED if spot else errors.BELOW_FILLED
        raise errors.ApiError(
            code, "The modified contract quantity cannot be less than or equal to the filled quantity."
        )
    _carry_out(call, category, order, (price, quantity, trigger))
    return order


def _wished(call: Call, category: str, order: Order) -> tuple[int | None, int, int | None]:
    """Price, quantity and trigger price after the amendment."""
    params, instrument, ask = call.params, order.instrument, order.ask
    pit = call.market(category).pits[instrument.symbol]
    price, quantity = order.price, order.quantity
    trigger = ask.trigger.price if ask.trigger is not None else None
    if params.has("price") and price is not None:
        price = params.amount("price") or 0
        filters.check_price(instrument, price)
        price = bounds.kept(instrument, order.side, price, pit.mark, call.exchange.modes.of(call.user))
    if params.has("qty"):
        quantity = filters.fit_quantity(instrument, params.amount("qty") or 0, market=price is None)
    if params.has("triggerPrice") and ask.trigger is not None:
        trigger = params.amount("triggerPrice") or 0
        filters.check_price(instrument, trigger)
        if category != SPOT:
            conditional.check_side(ask.trigger, trigger, pit.watched(ask.trigger))
    if price is not None:
        filters.check_least(ask, instrument.value(price, quantity))
    return price, quantity, trigger


def _carry_out(call: Call, category: str, order: Order, wish: tuple[int | None, int, int | None]) -> None:
    """A post-only order that would take at its new price is cancelled, as a new one would be (assumption)."""
    price, quantity, trigger = wish
    market = call.market(category)
    call.exchange.visibility.keep(order, wire.order_row(category, order))
    if category == SPOT and order.ask.trigger is not None and trigger is not None:
        # Spot has no direction: it follows from where the price is.
        order.ask.trigger.rises = trigger > market.pits[order.instrument.symbol].book.last_price
    try:
        market.replace(order, price, quantity, trigger)
    except Refused as refusal:
        if refusal.reason is Reason.WOULD_TAKE:
            market.cancel(order, reason=WOULD_TAKE)
            return
        if category == SPOT:
            raise errors.ApiError(errors.SPOT_NO_BALANCE, "Insufficient balance.") from refusal
        raise errors.ApiError(errors.NO_BALANCE, "ab not enough for new order") from refusal
