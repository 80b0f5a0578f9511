"""Is this order one the exchange could accept? Checked exactly, before anything is spent or sent."""

from __future__ import annotations

from decimal import Decimal

from router.commands import AnyNewOrder, LimitOrder, MarketOrder, StopLimitOrder, TakeProfitLimitOrder, TriggeredOrder
from router.errors import InvalidCommand
from router.instruments import ZERO, Instrument, Steps
from router.numbers import plain

_PRICED = (LimitOrder, StopLimitOrder, TakeProfitLimitOrder)


def check_order(order: AnyNewOrder, instrument: Instrument) -> None:
    """Raise InvalidCommand (field, value, rule, nearest valid values) unless the instrument allows the order."""
    _check_market(order, instrument)
    if isinstance(order, _PRICED):
        instrument.price.check("price", order.price)
    if isinstance(order, TriggeredOrder) and order.trigger_price is not None:
        instrument.price.check("trigger_price", order.trigger_price)
    if isinstance(order, MarketOrder):
        _check_market_size(order, instrument)
        return
    if order.quantity is not None:
        _steps_of(order, instrument).check("quantity", order.quantity)
    if isinstance(order, LimitOrder) and order.visible_quantity is not None:
        _check_iceberg(order.visible_quantity, order.quantity, instrument)
    if isinstance(order, _PRICED) and (instrument.minimum_notional_on_reduce or not order.reduce_only):
        instrument.check_notional(order.quantity, order.price)


def _steps_of(order: AnyNewOrder, instrument: Instrument) -> Steps:
    rests = isinstance(order, LimitOrder) and order.post_only
    return (instrument.post_only_quantity if rests else None) or instrument.quantity


def _check_market(order: AnyNewOrder, instrument: Instrument) -> None:
    if not instrument.is_trading:
        raise InvalidCommand.because("symbol", str(order.symbol), "is not trading now")
    if order.type not in instrument.order_types:
        allowed = ", ".join(instrument.order_types)
        raise InvalidCommand.because("type", str(order.type), f"{order.symbol} takes {allowed}")
    _check_position(order)
    if isinstance(order, LimitOrder) and order.post_only and not instrument.post_only:
        raise InvalidCommand.because("post_only", order.post_only, f"{order.symbol} takes no post-only orders")


def _check_position(order: AnyNewOrder) -> None:
    """Spot has positions only where it trades on margin, which the order then says itself."""
    if not order.symbol.is_spot or order.margin_mode is not None:
        return
    about = {
        "reduce_only": order.reduce_only,
        "position_side": order.position_side,
        "close_position": order.closes_position,
    }
    for field, value in about.items():
        if value:
            raise InvalidCommand.because(field, value, "needs a position, and spot markets have none")


def _check_market_size(order: MarketOrder, instrument: Instrument) -> None:
    if order.quantity is not None:
        instrument.quantity.check("quantity", order.quantity)
        instrument.market_quantity.check("quantity", order.quantity)
    if order.notional is not None:
        _check_quote_size(order.notional, instrument)


def _check_quote_size(notional: Decimal, instrument: Instrument) -> None:
    if not instrument.sizes_by_notional:
        raise InvalidCommand.because("notional", plain(notional), f"{instrument.symbol} takes quantity only")
    rounded = instrument.quantise_notional(notional)
    if rounded != notional:
        rule = f"must have at most {instrument.quote_decimals} decimals; nearest below is {plain(rounded)}"
        raise InvalidCommand.because("notional", plain(notional), rule)
    if instrument.minimum_notional_on_market and notional < instrument.minimum_notional:
        raise InvalidCommand.because(
            "notional", plain(notional), f"must be at least {plain(instrument.minimum_notional)}"
        )


def _check_iceberg(visible: Decimal, quantity: Decimal, instrument: Instrument) -> None:
    if not instrument.icebergs:
        raise InvalidCommand.because("visible_quantity", plain(visible), f"{instrument.symbol} takes no icebergs")
    instrument.quantity.check("visible_quantity", visible)
    if visible > quantity or visible <= ZERO:
        raise InvalidCommand.because("visible_quantity", plain(visible), f"must be at most quantity {plain(quantity)}")
