"""Reading take profit and stop loss: attached to an order, or set for a position.

Left out, and refused: trailing stops, and take profit or stop loss attached to spot and option orders.

Source: Bybit v5 docs, "Place Order", "Amend Order", "Set Trading Stop".
"""

from simulator.bybit import decimals, errors, filters
from simulator.bybit.call import Call
from simulator.bybit.guards import FULL, PARTIAL, STOP, TAKE, Leg, pair
from simulator.bybit.params import Params
from simulator.instruments import Instrument
from simulator.orders import NewOrder, Order, PositionSide, Side
from simulator.positions import Position

PRICES = ("LastPrice", "IndexPrice", "MarkPrice")
FUTURES = ("linear", "inverse")
_SHORT = {TAKE: "tp", STOP: "sl"}
_SIDES = {0: PositionSide.NET, 1: PositionSide.LONG, 2: PositionSide.SHORT}


def asked(params: Params) -> bool:
    """Whether an order comes with either; "0" is none."""
    return any(params.amount(name) for name in (TAKE, STOP))


def attach(params: Params, order: NewOrder, last: int) -> None:
    """Note what is attached to a futures order. Raises: ApiError 10001, 110057."""
    if not asked(params):
        return
    if order.reduce_only or order.trigger is not None:
        text = "Conditional order or limit order contains TP/SL related params"
        raise errors.ApiError(errors.ATTACHED_NOT_ALLOWED, text)
    mode = params.choice("tpslMode", (FULL, PARTIAL), FULL)
    base = order.price or last
    order.notes["tpslMode"] = mode
    for name in (TAKE, STOP):
        if params.amount(name):
            leg = _leg(params, order.instrument, name, mode)
            check_side(order.instrument, leg, base, long=order.side is Side.BUY)
            note(order.notes, order.instrument, leg)


def note(notes: dict[str, str], instrument: Instrument, leg: Leg) -> None:
    """Write a leg into an order's notes, as queries show it."""
    short = _SHORT[leg.name]
    notes[leg.name] = decimals.price(instrument, leg.price)
    notes[f"{short}TriggerBy"] = leg.watched
    notes[f"{short}LimitPrice"] = decimals.price(instrument, leg.limit) if leg.limit is not None else ""


def amended(params: Params, order: Order) -> bool:
    """Change what is attached to an open order; "0" takes it away. Says whether anything changed.

    Raises: ApiError 110059 when the order has filled in part, 10001.
    """
    notes, instrument = order.ask.notes, order.instrument
    before = {name: notes.get(name, "") for name in (TAKE, STOP)}
    for name in (TAKE, STOP):
        if not params.has(name):
            continue
        if params.amount(name):
            leg = _leg(params, instrument, name, notes.get("tpslMode", FULL))
            if order.price is not None:
                check_side(instrument, leg, order.price, long=order.side is Side.BUY)
            note(notes, instrument, leg)
        else:
            notes.pop(name, None)
    changed = before != {name: notes.get(name, "") for name in (TAKE, STOP)}
    if changed and order.filled:
        notes.update({name: value for name, value in before.items() if value})
        raise errors.ApiError(
            errors.ATTACHED_LOCKED, "Not allowed to modify the TP/SL of a partially filled open order"
        )
    return changed


def set_stop(call: Call) -> object:
    """POST /v5/position/trading-stop.

    Raises: ApiError 10001 (also without a position), 34040 when nothing changes.
    """
    category, params = call.category(FUTURES), call.params
    position = _position(call, call.tradable(category))
    mode = params.choice("tpslMode", (FULL, PARTIAL), FULL)
    if params.amount("trailingStop"):
        raise errors.parameter("params error: trailingStop is not supported")
    if not position.quantity:
        raise errors.parameter("can not set tp/sl/ts for zero position")
    guards = call.exchange.guards
    legs = [_stop_leg(call, category, position, name) for name in (TAKE, STOP) if params.amount(name)]
    if mode == FULL:
        legs = [leg for leg in legs if guards.shown(position, leg.name) != _shown(position, leg)]
    cleared = [guards.clear(position, name) for name in (TAKE, STOP) if params.has(name) and not params.amount(name)]
    if not legs and not any(cleared):
        raise errors.ApiError(errors.STOP_NOT_MODIFIED, "not modified")
    made = [guards.protect(call.market(category), position, leg, full=mode == FULL) for leg in legs]
    if mode == PARTIAL:
        pair([guard for guard in made if guard is not None])
    return {}


def _stop_leg(call: Call, category: str, position: Position, name: str) -> Leg:
    """Read one side for a position, held against the price that it watches. Raises: ApiError 10001."""
    instrument = position.instrument
    leg = _leg(call.params, instrument, name, call.params.text("tpslMode") or FULL)
    pit = call.market(category).pits[instrument.symbol]
    long = position.quantity > 0
    check_side(instrument, leg, pit.watched(leg.trigger(long=long)), long=long)
    return leg


def _shown(position: Position, leg: Leg) -> str:
    return decimals.price(position.instrument, leg.price)


def _position(call: Call, instrument: Instrument) -> Position:
    index = call.params.within("positionIdx", 0, 2, 0)
    modes = call.exchange.modes
    if modes.hedged(call.user, instrument) is (index == 0):
        raise errors.parameter("position idx not match position mode")
    found = call.exchange.pool.positions
    return found.get(call.user, instrument, _SIDES[index], isolated=modes.of(call.user).isolated)


def _leg(params: Params, instrument: Instrument, name: str, mode: str) -> Leg:
    """Raises: ApiError 10001 for a limit price in mode Full."""
    short = _SHORT[name]
    price = params.amount(name) or 0
    filters.check_price(instrument, price)
    kind = params.choice(f"{short}OrderType", ("Market", "Limit"), "Market")
    limit = params.amount(f"{short}LimitPrice") if kind == "Limit" else None
    if kind == "Limit":
        if mode == FULL or not limit:
            raise errors.parameter(f"params error: {short}OrderType Limit needs tpslMode Partial and {short}LimitPrice")
        filters.check_price(instrument, limit)
    size = params.amount(f"{short}Size") or 0
    return Leg(name, price, params.choice(f"{short}TriggerBy", PRICES, PRICES[0]), limit, size)


def check_side(instrument: Instrument, leg: Leg, base: int, *, long: bool) -> None:
    """Profit lies beyond the base price, loss before it. Raises: ApiError 10001."""
    above = long is (leg.name == TAKE)
    if leg.price > base if above else leg.price < base:
        return
    word = "TakeProfit" if leg.name == TAKE else "StopLoss"
    side, rule = "Buy" if long else "Sell", "higher" if above else "lower"
    price, against = (decimals.price(instrument, each) for each in (leg.price, base))
    raise errors.parameter(
        f"{word}:{price} set for {side} position should be {rule} than base_price:{against}??LastPrice"
    )
