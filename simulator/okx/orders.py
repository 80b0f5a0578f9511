"""Placing, cancelling and amending, one order or a batch.

Source: OKX v5 docs, "Place order", "Place multiple orders", "Cancel order", "Amend order"; `exchanges/okx.md`, 4.1, 5.
"""

from simulator.okx import attached, checks, envelope
from simulator.okx.call import Call, Row
from simulator.okx.errors import ApiError, error, from_engine
from simulator.okx.margin_positions import margin_positions
from simulator.okx.market_size import shrink_to_balance
from simulator.okx.names import MARGIN, OPTION
from simulator.okx.new_order import Intent, option_price, read_order
from simulator.okx.params import Params
from simulator.okx.rules import CASH
from simulator.okx.venue import PORTFOLIO
from simulator.orders import NewOrder, Order, Reason, Refused, Side

USER, DEAD_MAN, CANCEL_ON_FAIL, MASS = "USER", "DEAD_MAN", "CANCEL_ON_FAIL", "MASS"
"""Why the engine was told to cancel."""
PLACED = "Order placed"


def place(call: Call) -> list[Row]:
    """POST /trade/order and /trade/batch-orders.

    A client id may not occur twice in a batch. Level 4: all or none (54004).
    """
    if call.batch and len(call.items) > 1 and call.venue.level(call.user) == PORTFOLIO:
        refused = _refused_together(call)
        if refused:
            return refused
    call.taken.clear()
    return envelope.each(call, place_one)


def place_one(call: Call, item: Params) -> Row:
    """Accept one order. Raises: ApiError."""
    intent, ask = _accepted(call, item)
    attached_algos = attached.read(item, intent, ask)
    order = _enter(intent, ask, ban_amend=item.flag("banAmend"))
    call.venue.accepted(order)
    attached.hold(call.venue, order, attached_algos)
    return envelope.done(order.order_id, order.client_order_id, ask.notes["tag"], call.now_ms, PLACED)


def _accepted(call: Call, item: Params) -> tuple[Intent, NewOrder]:
    """Everything that can be refused before the engine sees it. Raises: ApiError."""
    intent, ask = read_order(call, item)
    name = ask.client_order_id
    if name and (call.venue.pending_id(call.user, name) or name in call.taken):
        raise error("51016")
    if name:
        call.taken.add(name)
    check_reduce_only(call, intent, ask)
    _check_writing(call, intent, ask)
    return intent, ask


def _enter(intent: Intent, ask: NewOrder, *, ban_amend: bool) -> Order:
    market = intent.listed.market
    try:
        return market.place(ask)
    except Refused as refusal:
        if refusal.reason is not Reason.INSUFFICIENT_BALANCE or ban_amend or not shrink_to_balance(market, ask):
            raise _engine_error(ask, refusal) from refusal
    try:
        return market.place(ask)
    except Refused as refusal:
        raise _engine_error(ask, refusal) from refusal


def _engine_error(ask: NewOrder, refusal: Refused) -> ApiError:
    instrument = ask.instrument
    spends = instrument.settle or (instrument.quote if ask.side == "BUY" else instrument.base)
    return from_engine(refusal.reason, spends)


def check_reduce_only(call: Call, intent: Intent, ask: NewOrder) -> None:
    """An order that may only close must not be greater than what it can close (assumption: the older behaviour trims).

    Orders that already wait to close the same position count. Raises: ApiError 51169, 51170, 51112.
    """
    if not ask.closes:
        return
    if intent.kind == MARGIN:
        _check_margin(call, intent, ask)
        return
    position = intent.listed.market.positions.get(call.user, ask.instrument, ask.position_side, isolated=ask.isolated)
    closable = position.closable(ask.side)
    if not closable:
        raise error("51170" if position.quantity else "51169")
    if ask.quantity > closable - sum(each.remaining for each in position.closers.values() if each.side is ask.side):
        raise error("51112")


def _check_writing(call: Call, intent: Intent, ask: NewOrder) -> None:
    """At level 1 options are only bought, and sold again. Raises: ApiError 51010."""
    if intent.listed.kind != OPTION or intent.mode != CASH or ask.side is Side.BUY:
        return
    position = intent.listed.market.positions.get(call.user, ask.instrument, ask.position_side, isolated=ask.isolated)
    if ask.quantity > position.closable(ask.side):
        raise error("51010")


def _check_margin(call: Call, intent: Intent, ask: NewOrder) -> None:
    """The same for a pair's position on margin; an amount in quote is held against its side only."""
    held = [
        each
        for each in margin_positions(call.venue, call.user)
        if (each.listed, each.mode) == (intent.listed, intent.mode) and each.quantity
    ]
    if not held or not held[0].closable(ask.side):
        raise error("51170" if held else "51169")
    if ask.quantity > held[0].closable(ask.side):
        raise error("51112")


def _refused_together(call: Call) -> list[Row]:
    """Level 4: what is wrong with a batch before any of it is placed; empty when nothing is.

    Balances are tried one after the other on the engine's own reservations, which are given back.
    """
    problems: list[ApiError | None] = []
    trial: list[tuple[Intent, Order]] = []
    for item in call.items:
        try:
            intent, ask = _accepted(call, item)
            trial.append((intent, _reserve(call, intent, ask)))
            problems.append(None)
        except ApiError as problem:
            problems.append(problem)
    for intent, order in trial:
        intent.listed.market.matcher.settlement.release(order)
    return _all_refused(call, problems) if any(problems) else []


def _all_refused(call: Call, problems: list[ApiError | None]) -> list[Row]:
    """Refuse every item: those without a problem of their own for the others' sake."""
    return [
        envelope.refused(item, problem or error("54004"), call.now_ms)
        for item, problem in zip(call.items, problems, strict=True)
    ]


def _reserve(call: Call, intent: Intent, ask: NewOrder) -> Order:
    order = Order(ask, 0, 0, call.received_us)
    settlement = intent.listed.market.matcher.settlement
    try:
        if ask.price is None:
            settlement.afford(order, intent.listed.pit.book)
        else:
            settlement.reserve(order, ask.price)
    except Refused as refusal:
        raise _engine_error(ask, refusal) from refusal
    return order


def cancel(call: Call) -> list[Row]:
    """POST /trade/cancel-order and /trade/cancel-batch-orders."""
    return envelope.each(call, cancel_one)


def cancel_one(call: Call, item: Params) -> Row:
    """Cancel one pending order. Raises: ApiError 50014, 51407, 51400, 51408."""
    order = _named(call, item, none="51407", gone="51400")
    call.venue.market_of(order).cancel(order, None, USER)
    return envelope.done(order.order_id, order.client_order_id, order.ask.notes.get("tag", ""), call.now_ms)


def _named(call: Call, item: Params, *, none: str, gone: str) -> Order:
    """The pending order that an item names by `ordId` (which wins) or `clOrdId`."""
    inst_id = item.need("instId")
    order_id, client_id = item.text("ordId"), item.text("clOrdId")
    if not order_id and not client_id:
        raise error(none)
    order = call.venue.order(call.user, order_id, client_id)
    if order is None or not order.open:
        raise error(gone)
    if order.instrument.symbol != inst_id:
        raise error("51408") if order_id else error(gone)
    return order


def amend(call: Call) -> list[Row]:
    """POST /trade/amend-order and /trade/amend-batch-orders; an order may occur once in a batch (51512).

    Level 4: all or none (54004), as far as can be seen before the balance is asked.
    """
    names = [item.text("ordId") or item.text("clOrdId") for item in call.items]
    if len(set(names)) < len(names):
        raise error("51512")
    if len(call.items) > 1 and call.venue.level(call.user) == PORTFOLIO:
        problems = [_problem_of_change(call, item) for item in call.items]
        if any(problems):
            return _all_refused(call, problems)
    return envelope.each(call, amend_one)


def amend_one(call: Call, item: Params) -> Row:
    """Change price, size or both of one pending order. Raises: ApiError."""
    request_id = item.client_id("reqId")
    order = _named(call, item, none="51003", gone="51503")
    cancels = item.flag("cxlOnFail")
    try:
        price, quantity = _changes(call, item, order)
        _apply(call, order, price, quantity)
    except ApiError:
        if cancels and order.open:
            call.venue.market_of(order).cancel(order, None, CANCEL_ON_FAIL)
        raise
    row = envelope.done(order.order_id, order.client_order_id, order.ask.notes.get("tag", ""), call.now_ms)
    return {**row, "reqId": request_id}


def _problem_of_change(call: Call, item: Params) -> ApiError | None:
    try:
        _changes(call, item, _named(call, item, none="51003", gone="51503"))
    except ApiError as problem:
        return problem
    return None


def _changes(call: Call, item: Params, order: Order) -> tuple[int, int]:
    """The price and the whole size an order is to have, fills included. Raises: ApiError."""
    listed = call.venue.find(order.instrument.symbol)
    names = ("newPx", "newPxUsd", "newPxVol")
    quantity, price = item.amount("newSz"), order.price or 0
    priced = any(item.has(name) for name in names)
    if quantity is None and not priced:
        raise error("51500")
    if quantity is not None:
        if order.ask.notes.get("pxUsd") and quantity != order.quantity:
            raise error("51536")
        checks.check_quantity(listed, quantity, at_market=False)
    if priced and listed.kind == OPTION:
        price = option_price(item, listed, names)
    elif priced:
        amends = item.choice("pxAmendType", ("0", "1")) == "1"
        price = checks.fit_price(listed, order.side, item.price("newPx") or 0, amends=amends)
    return price, quantity or order.quantity


def _apply(call: Call, order: Order, price: int, quantity: int) -> None:
    """Less size at the same price keeps its place; up to what is filled, it completes the order."""
    market = call.venue.market_of(order)
    try:
        if price == order.price and quantity < order.quantity:
            market.amend(order, quantity, order.client_order_id)
        elif (price, quantity) != (order.price, order.quantity):
            market.replace(order, price, quantity)
    except Refused as refusal:
        raise error("51511" if refusal.reason is Reason.WOULD_TAKE else "51502") from refusal
