"""Conditional futures orders: they live on the algo service, need no margin, and place an order when they fire.

Source: Binance futures docs, "New Algo Order" and its siblings; change log of 2025-11-06. The order that is placed
has the algo order's client id, as clients' logs show.
"""

import re

from simulator.algos import Algo, AlgoStatus
from simulator.amounts import parse
from simulator.binance import errors
from simulator.binance.call import Call
from simulator.binance.ids import random_id
from simulator.binance.params import Params
from simulator.binance.usdm import contracts, filters, wire
from simulator.binance.usdm.codes import from_engine, refuse
from simulator.binance.usdm.limits import limits_of
from simulator.binance.usdm.lookups import KEPT_US, UNFILLED_KEPT_US, rows, span
from simulator.binance.usdm.new_order import CONDITIONAL, read_side, read_terms
from simulator.instruments import Instrument
from simulator.orders import NewOrder, Refused, Side
from simulator.triggers import Trigger

PRICED = ("STOP", "TAKE_PROFIT")
TRAILING = "TRAILING_STOP_MARKET"
CLOSING = ("STOP_MARKET", "TAKE_PROFIT_MARKET")
_RATE = re.compile(r"[0-9]{1,2}(\.[0-9])?", re.ASCII)
_LEAST_RATE, _MOST_RATE = 10, 1000  # basis points


def place(call: Call) -> object:
    """POST /fapi/v1/algoOrder."""
    params = call.params
    if params.need("algoType") != "CONDITIONAL":
        raise errors.invalid_data("algotype")
    instrument, side, word = call.instrument(), read_side(params), params.need("type")
    if word not in CONDITIONAL:
        raise errors.ApiError(-1116, "Invalid orderType.")
    _check_shape(params, word)
    close_all = params.flag("closePosition")
    ask = _read(call, instrument, side, word)
    trigger = _trigger(call, instrument, side, word)
    params.choice("newOrderRespType", ("ACK", "RESULT"))
    params.finish()
    limits_of(call).take_orders(call.user)
    _check(call, ask, close_all=close_all)
    try:
        algo = call.market.watch(ask, trigger, ask.client_order_id, close_all=close_all)
    except Refused as refusal:
        raise from_engine(refusal.reason) from refusal
    call.headers.update(call.limits.order_headers(call.user))
    return wire.algo(call, algo)


def _check_shape(params: Params, word: str) -> None:
    if word == TRAILING:
        needs: tuple[str, ...] = ("callbackRate",)
    else:
        needs = ("triggerPrice", "price") if word in PRICED and not params.has("priceMatch") else ("triggerPrice",)
    for name in needs:
        if not params.has(name):
            raise errors.missing(name.lower())
    if word not in PRICED and params.has("price"):
        raise errors.not_required("price")
    _check_closing(params, word)


def _check_closing(params: Params, word: str) -> None:
    """`closePosition` goes with the two market types only, and excludes quantity and reduceOnly."""
    if params.peek("closePosition").lower() != "true":
        if not params.has("quantity"):
            raise errors.missing("quantity")
        return
    if word not in CLOSING:
        raise errors.ApiError(-4136, f"Target strategy invalid for orderType '{word}',closePosition 'true'")
    if params.has("quantity"):
        raise refuse(-4137)
    if params.has("reduceOnly"):
        raise refuse(-4138)


def _read(call: Call, instrument: Instrument, side: Side, word: str) -> NewOrder:
    params = call.params
    ask = read_terms(call, instrument, side, word)
    ask.client_order_id = params.client_id("clientAlgoId") or random_id()
    ask.notes.update(
        placedType="LIMIT" if word in PRICED else "MARKET",
        workingType=params.choice("workingType", ("CONTRACT_PRICE", "MARK_PRICE")) or "CONTRACT_PRICE",
        closePosition=params.peek("closePosition").lower(),
        priceProtect=str(params.flag("priceProtect")).lower(),
    )
    return ask


def _trigger(call: Call, instrument: Instrument, side: Side, word: str) -> Trigger:
    """STOP buys when the price rises to it, TAKE_PROFIT when it falls; trailing stops follow the best price."""
    params, by_mark = call.params, call.params.peek("workingType") == "MARK_PRICE"
    price_places = contracts.places(instrument)[0]
    if word != TRAILING:
        price = params.amount("triggerPrice") or 0
        filters.check_price(instrument, price, price_places, trigger=True)
        return Trigger(rises=word.startswith("STOP") is (side is Side.BUY), price=price, by_mark=by_mark)
    text = params.need("callbackRate")
    rate = parse(text) // 10**10 if _RATE.fullmatch(text) else 0
    if not _LEAST_RATE <= rate <= _MOST_RATE:
        raise errors.invalid_data("callbackrate")
    given = params.amount("activatePrice")
    activation = params.amount("activationPrice") if given is None else given
    if activation is not None:
        filters.check_price(instrument, activation, price_places, trigger=True)
        last = call.market.pits[instrument.symbol].book.last_price
        if (activation >= last) if side is Side.BUY else (activation <= last):
            raise refuse(-2021)
    return Trigger(
        rises=side is Side.BUY, price=activation, trailing=rate, by_mark=by_mark, activates_rising=side is Side.SELL
    )


def _check(call: Call, ask: NewOrder, *, close_all: bool) -> None:
    market = call.market
    if not close_all:
        filters.check(ask, market, count=False)
    waiting = market.algos.waiting(call.user)
    if len(waiting) >= contracts.MAX_ALGOS:
        raise refuse(-4045)
    if any(each.client_id == ask.client_order_id for each in waiting):
        raise refuse(-4116)


def _named(call: Call) -> Algo | None:
    """The algo order that algoId or clientAlgoId names; a symbol may come along. Raises: ApiError -1102."""
    params, algos = call.params, call.market.algos
    params.text("symbol")
    number, name = params.integer("algoId"), params.text("clientAlgoId")
    if number is None and name is None:
        raise errors.missing_either("algoid", "clientalgoid")
    found = algos.by_client(call.user, name or "") if number is None else algos.by_id.get(number)
    return found if found is not None and found.ask.account == call.user else None


def cancel(call: Call) -> object:
    """DELETE /fapi/v1/algoOrder."""
    algo = _named(call)
    call.params.finish()
    if algo is None or algo.status is not AlgoStatus.WAITING:
        raise refuse(-2011)
    call.market.unwatch(algo)
    return {"algoId": algo.algo_id, "clientAlgoId": algo.client_id, "code": "200", "msg": "success"}


def cancel_all(call: Call) -> object:
    """DELETE /fapi/v1/algoOpenOrders."""
    symbol = call.instrument().symbol
    call.params.finish()
    for algo in call.market.algos.waiting(call.user, symbol):
        call.market.unwatch(algo)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def get(call: Call) -> object:
    """GET /fapi/v1/algoOrder."""
    algo = _named(call)
    call.params.finish()
    if algo is None or not _visible(call, algo):
        raise refuse(-2013)
    return wire.found_algo(call, algo)


def open_orders(call: Call) -> object:
    """GET /fapi/v1/openAlgoOrders."""
    params = call.params
    params.choice("algoType", ("CONDITIONAL",))
    params.integer("algoId")
    symbol = call.instrument().symbol if params.has("symbol") else None
    params.finish()
    return [
        wire.found_algo(call, each) for each in call.market.algos.waiting(call.user, symbol) if _visible(call, each)
    ]


def all_orders(call: Call) -> object:
    """GET /fapi/v1/allAlgoOrders."""
    params = call.params
    symbol = call.instrument().symbol
    first, limit = params.integer("algoId"), rows(call)
    page = params.integer("page") or 1
    start, end = span(call)
    params.finish()
    found = [
        each
        for each in call.market.algos.of(call.user, symbol)
        if _visible(call, each) and start <= each.created_us <= end and each.algo_id >= (first or 0)
    ]
    return [wire.found_algo(call, each) for each in found[(page - 1) * limit : page * limit]]


def _visible(call: Call, algo: Algo) -> bool:
    """Not yet shown, or ended so long ago that it has vanished."""
    if algo.visible_from_us > call.received_us:
        return False
    if algo.status is AlgoStatus.WAITING:
        return True
    kept = KEPT_US if algo.order is not None and algo.order.filled else UNFILLED_KEPT_US
    return call.market.clock.now_us() - algo.updated_us <= kept
