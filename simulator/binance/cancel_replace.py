"""Cancel an order and place another.

Source: Binance spot docs, `rest-api.md`, "Cancel an Existing Order and Send a New Order".

Filters and the order count are checked before either action; the count rises even if the new order is not attempted.
"""

from simulator.binance import errors, filters, orders, wire
from simulator.binance.call import Call
from simulator.binance.lookups import find
from simulator.binance.new_order import read_order
from simulator.orders import NewOrder, Order, Refused

SUCCESS, FAILURE, NOT_ATTEMPTED = "SUCCESS", "FAILURE", "NOT_ATTEMPTED"
_SHAPES = {"ACK": wire.ack, "RESULT": wire.result, "FULL": wire.full}


def cancel_replace(call: Call) -> object:
    """POST /api/v3/order/cancelReplace.

    Raises: ApiError -2022 (400: the cancel failed and nothing was placed, or both failed), -2021 (409: one of them
    failed; 429 when only the cancel was wanted past the order limit), -1015 (429).
    """
    params = call.params
    params.need("cancelReplaceMode")
    keep_going = params.choice("cancelReplaceMode", ("STOP_ON_FAILURE", "ALLOW_FAILURE")) == "ALLOW_FAILURE"
    cancel_only = params.choice("orderRateLimitExceededMode", ("DO_NOTHING", "CANCEL_ONLY")) == "CANCEL_ONLY"
    ask, shape = read_order(call)
    wish = orders.read_cancel(call, "cancelOrderId", "cancelOrigClientOrderId", "cancelNewClientOrderId")
    params.finish()
    filters.check(ask, call.market, _leaving(call, ask.instrument.symbol, wish))
    exceeded = _exceeded(call)
    if exceeded is not None and not cancel_only:
        raise exceeded
    cancel = _cancel(call, ask.instrument.symbol, wish)
    if exceeded is not None:
        raise _failed(cancel, exceeded, 429)
    call.limits.order_accepted(call.user)
    if isinstance(cancel, errors.ApiError) and not keep_going:
        raise _failed(cancel, None, 400)
    return _finish(cancel, _place(call, ask, shape))


Outcome = wire.Document | errors.ApiError


def _leaving(call: Call, symbol: str, wish: orders.CancelWish) -> Order | None:
    order = find(call, symbol, wish.order_id, wish.client_id)
    return order if order is not None and order.open else None


def _exceeded(call: Call) -> errors.ApiError | None:
    try:
        call.limits.order_room(call.user)
    except errors.ApiError as error:
        return error
    return None


def _cancel(call: Call, symbol: str, wish: orders.CancelWish) -> Outcome:
    try:
        return orders.cancel_one(call, symbol, wish)
    except errors.ApiError as error:
        return error


def _place(call: Call, ask: NewOrder, shape: str) -> Outcome:
    if call.market.registry.taken(ask.account, ask.instrument.symbol, ask.client_order_id):
        return errors.duplicate_order()
    try:
        order = call.market.place(ask)
    except Refused as refusal:
        return errors.from_engine(refusal.reason)
    call.headers.update(call.limits.order_headers(call.user))
    return _SHAPES[shape](call, order)


def _finish(cancel: Outcome, new: Outcome) -> object:
    failed = isinstance(cancel, errors.ApiError) + isinstance(new, errors.ApiError)
    if failed:
        raise _failed(cancel, new, 409 if failed == 1 else 400)
    return {"cancelResult": SUCCESS, "newOrderResult": SUCCESS, "cancelResponse": cancel, "newOrderResponse": new}


def _failed(cancel: Outcome, new: Outcome | None, status: int) -> errors.ApiError:
    data = {
        "cancelResult": _word(cancel),
        "newOrderResult": NOT_ATTEMPTED if new is None else _word(new),
        "cancelResponse": _document(cancel),
        "newOrderResponse": None if new is None else _document(new),
    }
    if _word(cancel) == FAILURE and (new is None or _word(new) == FAILURE):
        return errors.ApiError(errors.WHOLLY_FAILED, "Order cancel-replace failed.", status, data)
    return errors.ApiError(errors.PARTLY_FAILED, "Order cancel-replace partially failed.", status, data)


def _word(outcome: Outcome) -> str:
    return FAILURE if isinstance(outcome, errors.ApiError) else SUCCESS


def _document(outcome: Outcome) -> object:
    return outcome.document() if isinstance(outcome, errors.ApiError) else outcome
