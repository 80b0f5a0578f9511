"""From futures parameters to an order the engine understands.

Source: Binance futures docs, "New Order". Assumption: in hedge mode `reduceOnly` is refused with -1106, as clients
report.
"""

from dataclasses import dataclass

from simulator.binance import errors
from simulator.binance.call import Call
from simulator.binance.ids import random_id
from simulator.binance.params import Params
from simulator.binance.usdm.codes import refuse
from simulator.books import Book
from simulator.instruments import Instrument
from simulator.orders import NewOrder, PositionSide, SelfTrade, Side, TimeInForce

PLAIN = ("LIMIT", "MARKET")
CONDITIONAL = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
FORCES = ("GTC", "IOC", "FOK", "GTX", "GTD")
PRICE_MATCHES = {
    "OPPONENT": (False, 1), "OPPONENT_5": (False, 5),
    "QUEUE": (True, 1), "QUEUE_5": (True, 5), "QUEUE_10": (True, 10), "QUEUE_20": (True, 20),
}  # fmt: skip
"""Whether it is the own side of the book, and which level."""
GTD_AHEAD_MS, GTD_LATEST_MS = 600_000, 253_402_300_799_000
_SIDES = {str(side): side for side in Side}
_POSITIONS = {"BOTH": PositionSide.NET, "LONG": PositionSide.LONG, "SHORT": PositionSide.SHORT}


@dataclass(frozen=True, slots=True)
class Wish:
    """An order as asked for, and whether its reply waits for the result."""

    ask: NewOrder
    result: bool


def read_order(call: Call) -> Wish:
    """Read the parameters of a plain order. Raises: ApiError."""
    params = call.params
    instrument = call.instrument()
    side, word = read_side(params), params.need("type")
    if word in CONDITIONAL:
        raise refuse(-4120)
    if word not in PLAIN:
        raise errors.ApiError(-1116, "Invalid orderType.")
    _check_shape(params, word)
    ask = read_terms(call, instrument, side, word)
    ask.client_order_id = params.client_id("newClientOrderId") or random_id()
    result = params.choice("newOrderRespType", ("ACK", "RESULT")) == "RESULT"
    for name in ("workingType", "priceProtect", "closePosition"):
        params.text(name)  # allowed, without meaning for a plain order
    return Wish(ask, result)


def read_terms(call: Call, instrument: Instrument, side: Side, word: str) -> NewOrder:
    """Read what plain and algo orders have in common."""
    params = call.params
    position_side = read_position_side(call)
    force = _time_in_force(params)
    price, match = read_price(call, instrument, side, word)
    return NewOrder(
        account=call.user,
        instrument=instrument,
        side=side,
        type_name=word,
        client_order_id="",
        quantity=params.amount("quantity") or 0,
        price=price,
        time_in_force=TimeInForce.GTC if force in ("GTX", "GTD") else TimeInForce(force),
        post_only=force == "GTX",
        self_trade=_self_trade(params),
        request_us=call.timestamp_us,
        recv_window_us=call.window_us,
        hidden_us=call.hidden_us,
        position_side=position_side,
        reduce_only=_reduce_only(params, position_side),
        isolated=(call.user, instrument.symbol) in call.market.positions.isolated,
        good_till_us=_good_till(call, force) * 1000,
        notes={"timeInForce": force, "priceMatch": match},
    )


def read_side(params: Params) -> Side:
    """The mandatory side. Raises: ApiError -1117."""
    word = params.need("side")
    if word not in _SIDES:
        raise errors.ApiError(-1117, "Invalid side.")
    return _SIDES[word]


def read_position_side(call: Call) -> PositionSide:
    """BOTH in one-way mode, LONG or SHORT in hedge mode. Raises: ApiError -4060, -4061."""
    word = call.params.text("positionSide") or "BOTH"
    if word not in _POSITIONS:
        raise refuse(-4060)
    if (word != "BOTH") is not (call.user in call.market.positions.hedged):
        raise refuse(-4061)
    return _POSITIONS[word]


def read_price(call: Call, instrument: Instrument, side: Side, word: str) -> tuple[int | None, str]:
    """The price, given or matched to the book, and how it was matched. Raises: ApiError -5037, -5038, -5041, -1102."""
    params = call.params
    match = params.text("priceMatch") or "NONE"
    if match == "NONE":
        return params.amount("price"), match
    if word not in ("LIMIT", "STOP", "TAKE_PROFIT"):
        raise refuse(-5038)
    if match not in PRICE_MATCHES or params.has("price"):
        raise refuse(-5037)
    return matched_price(call.market.pits[instrument.symbol].book, side, match), match


def matched_price(book: Book, side: Side, match: str) -> int:
    """The price of a level of the book. Raises: ApiError -5041."""
    own, number = PRICE_MATCHES[match]
    levels = book.own(side) if own else book.other(side)
    for count, (price, _) in enumerate(levels.best_first(), start=1):
        if count == number:
            return price
    raise refuse(-5041)


def _check_shape(params: Params, word: str) -> None:
    """What is mandatory must be there, and nothing that the type does not take."""
    needs = ("timeInForce", "quantity") if word == "LIMIT" else ("quantity",)
    for name in needs:
        if not params.has(name):
            raise errors.missing(name.lower())
    if word == "LIMIT" and not params.has("price") and not params.has("priceMatch"):
        raise errors.missing("price")
    refused = ("stopPrice", "activationPrice", "callbackRate")
    for name in refused if word == "LIMIT" else (*refused, "timeInForce", "price"):
        if params.has(name):
            raise errors.not_required(name.lower())
    if params.peek("closePosition").lower() == "true":
        raise errors.ApiError(-4136, f"Target strategy invalid for orderType '{word}',closePosition 'true'")


def _time_in_force(params: Params) -> str:
    word = params.text("timeInForce") or "GTC"
    if word not in FORCES:
        raise errors.ApiError(-1115, "Invalid timeInForce.")
    return word


def _self_trade(params: Params) -> SelfTrade:
    """EXPIRE_MAKER by default (assumption: other texts of the same documents say NONE)."""
    word = params.text("selfTradePreventionMode") or SelfTrade.EXPIRE_MAKER
    if word not in set(SelfTrade):
        raise refuse(-5039)
    return SelfTrade(word)


def _reduce_only(params: Params, position_side: PositionSide) -> bool:
    if position_side is not PositionSide.NET and params.has("reduceOnly"):
        raise errors.not_required("reduceonly")
    return params.flag("reduceOnly")


def _good_till(call: Call, force: str) -> int:
    """The date (ms) of a GTD order, 0 for others. Raises: ApiError -5040, -1102."""
    stamp = call.params.integer("goodTillDate")
    if force != "GTD":
        return 0
    if stamp is None:
        raise errors.missing("goodtilldate")
    if not call.market.clock.now_ms() + GTD_AHEAD_MS < stamp < GTD_LATEST_MS:
        raise refuse(-5040)
    return stamp // 1000 * 1000
