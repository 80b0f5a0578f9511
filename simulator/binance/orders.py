"""Placing, testing and cancelling orders. Source: Binance spot docs, `rest-api.md`, "Trading endpoints"."""

from dataclasses import dataclass

from simulator.amounts import render
from simulator.binance import errors, filters, wire
from simulator.binance.call import Call
from simulator.binance.ids import random_id
from simulator.binance.lookups import find
from simulator.binance.new_order import read_order
from simulator.orders import NewOrder, Order, Refused

_SHAPES = {"ACK": wire.ack, "RESULT": wire.result, "FULL": wire.full}


def place(call: Call) -> object:
    """POST /api/v3/order."""
    ask, shape = read_order(call)
    call.params.finish()
    filters.check(ask, call.market)
    call.limits.order_room(call.user)
    return _SHAPES[shape](call, submit(call, ask))


def submit(call: Call, ask: NewOrder) -> Order:
    """Hand a checked order to the engine.

    Raises: ApiError -2010; a refused order does not count as unfilled (assumption).
    """
    if call.market.registry.taken(ask.account, ask.instrument.symbol, ask.client_order_id):
        raise errors.duplicate_order()
    call.limits.order_accepted(call.user)
    try:
        order = call.market.place(ask)
    except Refused as refusal:
        call.limits.order_refused(call.user)
        raise errors.from_engine(refusal.reason) from refusal
    call.headers.update(call.limits.order_headers(call.user))
    return order


def test(call: Call) -> object:
    """POST /api/v3/order/test: every check but the engine's; nothing is placed."""
    with_rates = call.params.flag("computeCommissionRates")
    ask, _ = read_order(call)
    call.params.finish()
    filters.check(ask, call.market)
    return commission_rates(call, "ForOrder") if with_rates else {}


def commission_rates(call: Call, suffix: str) -> wire.Document:
    """Commission rates as several replies have them; buying and selling add nothing here."""
    rates = call.market.listing.rates
    none = {"maker": render(0), "taker": render(0)}
    sides = {} if suffix else {"buyer": render(0), "seller": render(0)}
    return {
        f"standardCommission{suffix}": {"maker": render(rates.maker), "taker": render(rates.taker), **sides},
        f"specialCommission{suffix}": {**none, **sides},
        f"taxCommission{suffix}": {**none, **sides},
        "discount": {
            "enabledForAccount": False,
            "enabledForSymbol": False,
            "discountAsset": "BNB",
            "discount": render(0),
        },
    }


def cancel(call: Call) -> object:
    """DELETE /api/v3/order."""
    symbol = call.instrument().symbol
    wish = read_cancel(call, "orderId", "origClientOrderId", "newClientOrderId")
    call.params.finish()
    return cancel_one(call, symbol, wish)


@dataclass(frozen=True, slots=True)
class CancelWish:
    """Which order to cancel (number or client id), the cancel's own client id, restrictions on the order's status."""

    order_id: int | None
    client_id: str | None
    new_id: str
    restrictions: str | None = None


def read_cancel(call: Call, number: str, original: str, renamed: str) -> CancelWish:
    """Read a cancel from the parameters of these names. Raises: ApiError -1102, -1145."""
    params = call.params
    order_id, client_id = params.integer(number), params.text(original)
    if order_id is None and client_id is None:
        raise errors.missing_either(number, original)
    new_id = params.client_id(renamed) or random_id()
    restrictions = params.text("cancelRestrictions")
    if restrictions not in (None, "ONLY_NEW", "ONLY_PARTIALLY_FILLED"):
        raise errors.ApiError(-1145, "cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED.")
    return CancelWish(order_id, client_id, new_id, restrictions)


def cancel_one(call: Call, symbol: str, wish: CancelWish) -> wire.Document:
    """Cancel an open order.

    Raises: ApiError -2011 (not on the book, or against the restrictions), -2039.
    """
    order = find(call, symbol, wish.order_id, wish.client_id)
    if order is None or not order.open:
        raise errors.unknown_cancel()
    if wish.restrictions is not None and order.status != wish.restrictions.removeprefix("ONLY_"):
        raise errors.ApiError(errors.CANCEL_REJECTED, "Order was not canceled due to cancel restrictions.")
    original = order.client_order_id
    call.market.cancel(order, wish.new_id)
    return wire.cancelled(call, order, original)


def cancel_all(call: Call) -> object:
    """DELETE /api/v3/openOrders; with none open the exchange answers -2011."""
    symbol = call.instrument().symbol
    call.params.finish()
    orders = call.market.registry.open_orders(call.user, symbol)
    if not orders:
        raise errors.unknown_cancel()
    return [cancel_one(call, symbol, CancelWish(order.order_id, None, random_id())) for order in orders if order.open]
