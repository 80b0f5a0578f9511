"""Algo orders: conditional, oco, trigger and move_order_stop.

Source: OKX v5 docs, "Algo Trading". They set nothing aside and have numbers of their own; what they place is an
ordinary order. Left out, and refused as an unknown `ordType`: chase, twap, iceberg.
"""

from collections.abc import Callable

from simulator.algos import Algo
from simulator.okx import algo_rows, checks
from simulator.okx.call import Call, Row
from simulator.okx.errors import ApiError, error, illegal
from simulator.okx.legs import Leg, Legs, Trail, read_leg
from simulator.okx.names import FUTURES, SWAP
from simulator.okx.new_order import Intent, new_order, read_intent, read_size
from simulator.okx.params import Params
from simulator.okx.venue import PORTFOLIO
from simulator.orders import NewOrder, Refused, Side
from simulator.triggers import BASIS_POINTS, Trigger

CONDITIONAL, OCO, TRIGGER, TRAILING = "conditional", "oco", "trigger", "move_order_stop"
MOST = {CONDITIONAL: 100, OCO: 100, TRIGGER: 500, TRAILING: 50}
"""How many may wait, per instrument."""
_MIN_RATIO, _MAX_RATIO = 10, BASIS_POINTS
"""The callback ratio of a trailing stop, 0.001 to 1, in basis points."""


def place(call: Call) -> list[Row]:
    """POST /trade/order-algo."""
    return algo_rows.each(call, _place_one)


def _place_one(call: Call, item: Params) -> Row:
    kind = item.need("ordType")
    if kind not in MOST:
        raise illegal("ordType")
    if item.objects("attachAlgoOrds"):
        raise illegal("attachAlgoOrds")
    intent = read_intent(call, item)
    # `clOrdId` is the former name of `algoClOrdId`.
    client_id = item.client_id("algoClOrdId") or item.client_id("clOrdId")
    _check_room(call, intent, kind, client_id)
    ask = new_order(call, item, intent, "market")
    ask.notes["ordType"] = kind
    close_all = _read_close_fraction(call, item, intent, kind)
    if not close_all:
        _read_size(item, intent, ask)
    trigger = _TRIGGERS[kind](item, intent, ask)
    try:
        algo = intent.listed.market.watch(ask, trigger, client_id, close_all=close_all)
    except Refused as refusal:
        raise error("51250") from refusal
    return algo_rows.done(algo)


def _check_room(call: Call, intent: Intent, kind: str, client_id: str) -> None:
    waiting = intent.listed.market.algos.waiting(call.user, intent.listed.inst_id)
    if sum(each.ask.notes["ordType"] == kind for each in waiting) >= MOST[kind]:
        raise error("51253", MOST[kind])
    if client_id and any(each.client_id == client_id for each in call.venue.waiting(call.user)):
        raise error("51065")


def _read_close_fraction(call: Call, item: Params, intent: Intent, kind: str) -> bool:
    """`closeFraction=1`: the whole position, for take profit and stop loss of swaps and futures."""
    if not item.has("closeFraction"):
        return False
    if call.venue.level(call.user) == PORTFOLIO:
        raise error("51332")
    if item.text("closeFraction") != "1" or kind not in (CONDITIONAL, OCO) or intent.listed.kind not in (SWAP, FUTURES):
        raise illegal("closeFraction")
    if item.has("sz"):
        raise error("50024", "sz", "closeFraction")
    return True


def _read_size(item: Params, intent: Intent, ask: NewOrder) -> None:
    at_market = all(item.text(name) in ("", "-1") for name in ("orderPx", "tpOrdPx", "slOrdPx"))
    ask.quantity, ask.quote_quantity = read_size(item, intent, "market" if at_market else "limit")
    if ask.quantity:
        checks.check_quantity(intent.listed, ask.quantity, at_market=False)


def _read_trigger(item: Params, intent: Intent, ask: NewOrder) -> Trigger:
    """A plain trigger fires from whatever side the market reaches it."""
    item.need("triggerPx")
    item.need("orderPx")
    rises = (item.price("triggerPx") or 0) > intent.listed.pit.book.last_price
    leg = read_leg(item, "", rises=rises)
    return _legs(intent, ask, [leg])


def _read_stops(item: Params, intent: Intent, ask: NewOrder) -> Trigger:
    """Take profit or stop loss; `oco` has both. Each lies on its side of the market."""
    sells = intent.side is Side.SELL
    legs = [read_leg(item, "tp", rises=sells), read_leg(item, "sl", rises=not sells)]
    present = [leg for leg in legs if leg is not None]
    if not present:
        raise error("50015", "tpTriggerPx", "slTriggerPx")
    if item.text("ordType") == OCO and len(present) == 1:
        raise error("50014", "slTriggerPx" if present[0].name == "tp" else "tpTriggerPx")
    check_sides(intent, present)
    # A conditional order with both prices is taken for an oco, as the exchange does.
    if len(present) > 1:
        ask.notes["ordType"] = OCO
    return _legs(intent, ask, legs)


def check_sides(intent: Intent, legs: list[Leg]) -> None:
    """Raises: ApiError 51277 to 51280 when a price lies on the wrong side of the market."""
    codes = {
        ("tp", Side.SELL): "51277",
        ("sl", Side.BUY): "51278",
        ("tp", Side.BUY): "51279",
        ("sl", Side.SELL): "51280",
    }
    for leg in legs:
        if leg.reached(intent.listed.pit):
            raise error(codes[leg.name, intent.side])


def _legs(intent: Intent, ask: NewOrder, legs: list[Leg | None]) -> Trigger:
    present = tuple(leg for leg in legs if leg is not None)
    for leg in present:
        if leg.order_price is not None and leg.order_price % intent.listed.instrument.tick:
            raise error("51150")
        ask.notes.update(leg.fields())
    first = present[0]
    return Legs(first.rises, first.price, legs=present, ask=ask, pit=intent.listed.pit)


def _read_trailing(item: Params, intent: Intent, ask: NewOrder) -> Trigger:
    """`callbackRatio` or `callbackSpread`, from `activePx` on if there is one."""
    rises = intent.side is Side.BUY
    active = item.price("activePx")
    ratio, spread = item.amount("callbackRatio"), item.amount("callbackSpread")
    if (ratio is None) is (spread is None):
        raise error("50015", "callbackRatio", "callbackSpread")
    for name in ("callbackRatio", "callbackSpread", "activePx"):
        ask.notes[name] = item.text(name)
    # A stop that buys is armed when the market has fallen to the activation price, one that sells when it has risen.
    if spread is not None:
        return Trail(rises, active, 1, activates_rising=not rises, spread=spread)
    points = (ratio or 0) * BASIS_POINTS // 10**12
    if not _MIN_RATIO <= points <= _MAX_RATIO:
        raise error("51274")
    return Trigger(rises, active, points, activates_rising=not rises)


_TRIGGERS: dict[str, Callable[[Params, Intent, NewOrder], Trigger]] = {
    CONDITIONAL: _read_stops,
    OCO: _read_stops,
    TRIGGER: _read_trigger,
    TRAILING: _read_trailing,
}


def cancel(call: Call) -> list[Row]:
    """POST /trade/cancel-algos."""
    return algo_rows.each(call, _cancel_one)


def _cancel_one(call: Call, item: Params) -> Row:
    algo = _named(call, item, none="51407", gone="51400")
    call.venue.find(algo.ask.instrument.symbol).market.unwatch(algo)
    return algo_rows.done(algo)


def _named(call: Call, item: Params, *, none: str, gone: str) -> Algo:
    """The waiting algo order that an item names by `algoId` (which wins) or `algoClOrdId`."""
    inst_id = item.need("instId")
    algo_id, client_id = item.text("algoId"), item.text("algoClOrdId")
    if not algo_id and not client_id:
        raise error(none)
    for algo in call.venue.waiting(call.user):
        if algo.ask.instrument.symbol == inst_id and (
            str(algo.algo_id) == algo_id if algo_id else algo.client_id == client_id
        ):
            return algo
    raise error(gone)


def amend(call: Call) -> list[Row]:
    """POST /trade/amend-algos: size and prices of conditional, oco and trigger orders."""
    return algo_rows.each(call, _amend_one)


def _amend_one(call: Call, item: Params) -> Row:
    algo = _named(call, item, none="51003", gone="51503")
    if not isinstance(algo.trigger, Legs):
        raise error("51506")
    listed = call.venue.find(algo.ask.instrument.symbol)
    intent = Intent(listed, algo.ask.notes["tdMode"], algo.ask.side, algo.ask.notes["instType"], margined=False)
    legs = tuple(_changed(item, leg) for leg in algo.trigger.legs)
    size = item.amount("newSz")
    if size is None and legs == algo.trigger.legs:
        raise error("51500")
    if size is not None:
        checks.check_quantity(listed, size, at_market=False)
    if legs[0].name:
        check_sides(intent, list(legs))
    algo.trigger.legs, algo.trigger.price = legs, legs[0].price
    algo.updated_us = call.received_us
    for leg in legs:
        algo.ask.notes.update(leg.fields())
    if size is not None:
        algo.ask.quantity, algo.ask.notes["sz"] = size, item.text("newSz")
    return {**algo_rows.done(algo), "reqId": item.client_id("reqId")}


def _changed(item: Params, leg: Leg) -> Leg:
    """A leg with what an amendment changes of it."""
    words = {name: item.text(name) for name in _amendments(leg.name)}
    if not any(words.values()):
        return leg
    kept = leg.fields()
    trigger, kind, order = (words[new] or kept[old] for new, old in zip(words, kept, strict=True))
    merged = Params(dict(zip(words, (trigger, kind, order), strict=True)))
    changed = read_leg(merged, leg.name, rises=leg.rises, new="new")
    if changed is None:
        raise ApiError("51000", "Parameter error")
    return changed


def _amendments(name: str) -> tuple[str, str, str]:
    head = f"new{name.capitalize()}"
    return f"{head}TriggerPx", f"{head}TriggerPxType", f"{head}OrdPx"
