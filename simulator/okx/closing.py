"""Closing a position at market, cancelling everything after a time, and the mass cancel of MMP orders.

Source: OKX v5 docs, "Close positions", "Cancel All After", "Mass Cancel Order".
"""

from simulator.okx import envelope, new_order
from simulator.okx.call import Call, Row
from simulator.okx.errors import ApiError, error, from_engine, illegal
from simulator.okx.margin_positions import margin_positions
from simulator.okx.names import MARGIN, OPTION, SPOT
from simulator.okx.orders import DEAD_MAN, MASS, USER
from simulator.okx.params import Params
from simulator.okx.settings import MODES
from simulator.okx.venue import PORTFOLIO, Listed, Venue
from simulator.orders import NewOrder, Order, PositionSide, Refused, SelfTrade, Side
from simulator.positions import Position

MAX_TAGS = 20
_SHORTEST_S, _LONGEST_S = 10, 120
_LONGEST_LOCK_MS = 10_000
_US_PER_SECOND = 1_000_000
_POSITION_SIDES = {
    "": PositionSide.NET,
    "net": PositionSide.NET,
    "long": PositionSide.LONG,
    "short": PositionSide.SHORT,
}


def close_position(call: Call) -> list[Row]:
    """POST /trade/close-position: the whole position at market, at once; a refusal looks like an order's.

    Raises: ApiError 51023, 51115 (orders that close it are pending and `autoCxl` is not set).
    """
    try:
        return _close(call, call.params)
    except ApiError as problem:
        problem.rows = [envelope.refused(call.params, problem, call.now_ms)]
        raise


def _close(call: Call, item: Params) -> list[Row]:
    listed = call.venue.find(item.need("instId"))
    mode = item.need("mgnMode")
    if mode not in MODES:
        raise illegal("mgnMode")
    ask = _close_margin(call, listed, mode) if listed.kind == SPOT else _close_contracts(call, listed, mode)
    ask.client_order_id = item.client_id("clOrdId")
    if ask.client_order_id and call.venue.pending_id(call.user, ask.client_order_id):
        raise error("51016")
    try:
        call.venue.accepted(listed.market.place(ask))
    except Refused as refusal:
        raise from_engine(refusal.reason, ask.instrument.settle or ask.instrument.quote) from refusal
    return [
        {
            "instId": listed.inst_id,
            "posSide": item.text("posSide") or "net",
            "clOrdId": ask.client_order_id,
            "tag": item.tag(),
        }
    ]


def _close_contracts(call: Call, listed: Listed, mode: str) -> NewOrder:
    item = call.params
    word = item.choice("posSide", _POSITION_SIDES)
    if call.venue.hedged(call.user) and listed.kind != OPTION and word not in ("long", "short"):
        raise illegal("posSide")
    position = call.venue.pool.positions.get(
        call.user, listed.instrument, _POSITION_SIDES[word], isolated=mode == "isolated"
    )
    if not position.quantity:
        raise error("51023")
    side = Side.SELL if position.quantity > 0 else Side.BUY
    _free_closers(call, position)
    ask = _market_order(call, listed, side, {"instType": listed.kind, "tdMode": mode, "reduceOnly": "true"})
    ask.quantity, ask.position_side = abs(position.quantity), position.side
    ask.isolated, ask.reduce_only = position.isolated, True
    return ask


def _free_closers(call: Call, position: Position) -> None:
    closers = [each for each in position.closers.values() if each.open]
    if closers and not call.params.flag("autoCxl"):
        raise error("51115")
    for each in closers:
        call.venue.market_of(each).cancel(each, None, USER)


def _close_margin(call: Call, listed: Listed, mode: str) -> NewOrder:
    held = [each for each in margin_positions(call.venue, call.user) if (each.listed, each.mode) == (listed, mode)]
    if not held or not held[0].quantity:
        raise error("51023")
    side = Side.SELL if held[0].quantity > 0 else Side.BUY
    ask = _market_order(call, listed, side, {"instType": MARGIN, "tdMode": mode, "reduceOnly": "true"})
    size = abs(held[0].quantity)
    ask.quantity = size - size % listed.instrument.step
    ask.borrow = True
    return ask


def _market_order(call: Call, listed: Listed, side: Side, notes: dict[str, str]) -> NewOrder:
    item = call.params
    base = {"ccy": item.text("ccy"), "tag": item.tag(), "tgtCcy": "", "stpMode": "cancel_maker"}
    return NewOrder(
        account=call.user,
        instrument=listed.instrument,
        side=side,
        type_name="market",
        client_order_id="",
        self_trade=SelfTrade.EXPIRE_MAKER,
        request_us=call.timestamp_us,
        hidden_us=call.hidden_us,
        notes={**dict.fromkeys(("px", "pxUsd", "pxVol", "sz"), ""), **base, **notes},
    )


def cancel_all_after(call: Call) -> list[Row]:
    """POST /trade/cancel-all-after: a countdown per tag (or one without); zero stops it.

    Algo orders are not covered (not documented). Raises: ApiError 51000, 51071.
    """
    item, venue = call.params, call.venue
    item.need("timeOut")
    seconds, tag = item.number("timeOut") or 0, item.tag()
    if seconds and not _SHORTEST_S <= seconds <= _LONGEST_S:
        raise illegal("timeOut")
    key = ("okx cancel all after", call.user, tag)
    due_us = call.received_us + seconds * _US_PER_SECOND
    tags = venue.countdowns[call.user]
    if not seconds:
        tags.discard(tag)
        venue.timers.clear(key)
    else:
        if tag and tag not in tags and len(tags - {""}) >= MAX_TAGS:
            raise error("51071")
        tags.add(tag)
        venue.timers.set(key, due_us, lambda: _cancel_tagged(venue, call.user, tag))
    return [{"triggerTime": str(due_us // 1000) if seconds else "0", "tag": tag, "ts": str(call.now_ms)}]


def _cancel_tagged(venue: Venue, user: str, tag: str) -> None:
    """What a countdown does when it ends."""
    venue.countdowns[user].discard(tag)
    for order in venue.open_orders(user):
        if order.open and tag in ("", order.ask.notes["tag"]):
            venue.market_of(order).cancel(order, None, DEAD_MAN)


def mass_cancel(call: Call) -> list[Row]:
    """POST /trade/mass-cancel: the MMP orders of an option family, at level 4. Raises: ApiError 51010, 54008, 51000."""
    item, venue = call.params, call.venue
    if item.need("instType") != OPTION:
        raise illegal("instType")
    family = item.need("instFamily")
    if (item.number("lockInterval") or 0) > _LONGEST_LOCK_MS:
        raise illegal("lockInterval")
    if venue.level(call.user) != PORTFOLIO:
        raise error("51010")
    if not venue.of_kind(OPTION, family):
        raise error("54008")
    for order in venue.open_orders(call.user):
        if order.open and order.ask.type_name in new_order.MMP and _in_family(venue, order, family):
            venue.market_of(order).cancel(order, None, MASS)
    return [{"result": True}]


def _in_family(venue: Venue, order: Order, family: str) -> bool:
    return venue.find(order.instrument.symbol).family == family
