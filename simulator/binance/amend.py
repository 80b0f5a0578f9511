"""Amend, keeping the place in the queue.

Source: Binance spot docs, `rest-api.md`, "Order Amend Keep Priority", and its FAQ.
"""

from simulator.amounts import render
from simulator.binance import errors, filters
from simulator.binance.call import Call
from simulator.binance.ids import random_id
from simulator.binance.lookups import find, rows
from simulator.orders import Amendment, Order


def amend(call: Call) -> object:
    """PUT /api/v3/order/amend/keepPriority. Raises: ApiError -2038 when it cannot be done."""
    params = call.params
    instrument = call.instrument()
    order_id, client_id = params.integer("orderId"), params.text("origClientOrderId")
    if order_id is None and client_id is None:
        raise errors.missing_either("orderId", "origClientOrderId")
    params.need("newQty")
    quantity = params.amount("newQty") or 0
    new_id = params.client_id("newClientOrderId") or random_id()
    params.finish()
    filters.check_lot(instrument, quantity)
    order = find(call, instrument.symbol, order_id, client_id)
    if order is None or not order.open:
        raise _refused("Unknown order sent.")
    _check(call, order, quantity, new_id)
    original = order.client_order_id
    record = call.market.amend(order, quantity, new_id)
    return {
        "transactTime": call.stamp(record.time_us),
        "executionId": record.execution_id,
        "amendedOrder": _amended(call, order, original),
    }


def _check(call: Call, order: Order, quantity: int, new_id: str) -> None:
    if quantity == order.quantity:
        raise _refused("The requested action would change no state; rejecting")
    if quantity > order.quantity:
        raise _refused("Order amend (quantity increase) is not supported.")
    if len(order.amendments) >= filters.MAX_AMENDS:
        raise _refused("Filter failure: MAX_NUM_ORDER_AMENDS")
    if order.price is not None:
        filters.check_notional(order.instrument, order.price, quantity, 0)
    taken = call.market.registry.taken(order.account, order.instrument.symbol, new_id)
    if taken and new_id != order.client_order_id:
        raise _refused("Duplicate order sent.")


def _refused(text: str) -> errors.ApiError:
    return errors.ApiError(errors.AMEND_REJECTED, text)


def _amended(call: Call, order: Order, original: str) -> dict[str, object]:
    """Note the spelling: only here the cumulative amount has one m."""
    return {
        "symbol": order.instrument.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "origClientOrderId": original,
        "clientOrderId": order.client_order_id,
        "price": render(order.price or 0),
        "qty": render(order.quantity),
        "executedQty": render(order.filled),
        "preventedQty": render(order.prevented),
        "quoteOrderQty": render(order.ask.quote_quantity),
        "cumulativeQuoteQty": render(order.filled_quote),
        "status": order.status,
        "timeInForce": order.ask.time_in_force,
        "type": order.ask.type_name,
        "side": order.side,
        "workingTime": call.stamp(order.working_us) if order.working_us else -1,
        "selfTradePreventionMode": order.ask.self_trade,
    }


def amendments(call: Call) -> object:
    """GET /api/v3/order/amendments."""
    params = call.params
    symbol = call.instrument().symbol
    params.need("orderId")
    order = find(call, symbol, params.integer("orderId"), None)
    first, limit = params.integer("fromExecutionId") or 0, rows(call)
    params.finish()
    if order is None:
        raise errors.ApiError(errors.NO_SUCH_ORDER, "Order does not exist.")
    wanted = [record for record in order.amendments if record.execution_id >= first]
    return [_row(call, order, record) for record in wanted[:limit]]


def _row(call: Call, order: Order, record: Amendment) -> dict[str, object]:
    return {
        "symbol": order.instrument.symbol,
        "orderId": order.order_id,
        "executionId": record.execution_id,
        "origClientOrderId": record.old_client_order_id,
        "newClientOrderId": record.new_client_order_id,
        "origQty": render(record.old_quantity),
        "newQty": render(record.new_quantity),
        "time": call.stamp(record.time_us),
    }
