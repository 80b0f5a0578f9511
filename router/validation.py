"""An order held against its market's rules: the same judgement for a producer, a worker and a direct caller."""

from __future__ import annotations

from router.commands import AmendOrder, LimitOrder, MarketOrder, NewOrder, TriggeredOrder
from router.errors import InvalidCommand, UnknownSymbol
from router.instruments import Instrument
from router.numbers import plain


def check_order(order: NewOrder, instrument: Instrument) -> None:
    """Raise InvalidCommand (field, value, rule and the nearest valid values) for an order the market cannot take.

    What depends on the moment (balances, price bands, open orders) is left to the exchange.
    """
    if not instrument.is_trading:
        raise UnknownSymbol.because("symbol", str(order.symbol), "is not open for trading")
    if order.type not in instrument.order_types:
        allowed = ", ".join(instrument.order_types)
        raise InvalidCommand.because("type", order.type, f"is not allowed on {order.symbol}; allowed are {allowed}")
    if order.reduce_only and order.symbol.is_spot:
        raise InvalidCommand.because("reduce_only", "true", "needs a position, and spot has none")
    _check_size(order, instrument)
    _check_prices(order, instrument)


def check_amendment(amendment: AmendOrder, instrument: Instrument) -> None:
    """Raise InvalidCommand for a new quantity or price that is off the market's grid."""
    if not instrument.amends:
        raise InvalidCommand.because("symbol", str(instrument.symbol), "its orders cannot be amended")
    if amendment.quantity is not None:
        instrument.quantity.check("quantity", amendment.quantity)
    if amendment.price is not None:
        instrument.price.check("price", amendment.price)


def _check_size(order: NewOrder, instrument: Instrument) -> None:
    quantity = getattr(order, "quantity", None)
    if quantity is not None:
        instrument.quantity.check("quantity", quantity)
    if isinstance(order, MarketOrder):
        if quantity is not None:
            instrument.market_quantity.check("quantity", quantity)
        _check_quote_size(order, instrument)
    if isinstance(order, LimitOrder) and order.visible_quantity is not None:
        _check_iceberg(order, instrument)


def _check_quote_size(order: MarketOrder, instrument: Instrument) -> None:
    if order.notional is None:
        return
    if not instrument.sizes_by_notional:
        rule = f"market orders on {order.symbol} are sized by quantity only"
        raise InvalidCommand.because("notional", plain(order.notional), rule)
    if order.notional != instrument.quantise_notional(order.notional):
        rule = f"must have at most {instrument.quote_decimals} decimals"
        raise InvalidCommand.because("notional", plain(order.notional), rule)
    if instrument.minimum_notional_on_market and order.notional < instrument.minimum_notional:
        rule = f"must be at least {plain(instrument.minimum_notional)}"
        raise InvalidCommand.because("notional", plain(order.notional), rule)


def _check_iceberg(order: LimitOrder, instrument: Instrument) -> None:
    visible = order.visible_quantity
    if visible is None:
        return
    if not instrument.icebergs:
        rule = f"{order.symbol} takes no iceberg orders"
        raise InvalidCommand.because("visible_quantity", plain(visible), rule)
    if visible > order.quantity:
        rule = f"must be at most the quantity, {plain(order.quantity)}"
        raise InvalidCommand.because("visible_quantity", plain(visible), rule)
    instrument.quantity.check("visible_quantity", visible)


def _check_prices(order: NewOrder, instrument: Instrument) -> None:
    price = getattr(order, "price", None)
    if price is not None:
        instrument.price.check("price", price)
        instrument.check_notional(order.quantity, price)  # type: ignore[attr-defined]  # whatever has a price has it
    if isinstance(order, TriggeredOrder) and order.trigger_price is not None:
        instrument.price.check("trigger_price", order.trigger_price)
    if isinstance(order, LimitOrder) and order.post_only and not instrument.post_only:
        raise InvalidCommand.because("post_only", "true", f"{order.symbol} takes no post-only orders")
