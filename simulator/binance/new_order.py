"""From parameters to an order the engine understands.

Source: Binance spot docs, `rest-api.md`, "New order", "Other info".
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from simulator.binance import errors
from simulator.binance.call import Call
from simulator.binance.ids import random_id
from simulator.binance.params import Params
from simulator.instruments import Instrument
from simulator.orders import NewOrder, SelfTrade, Side, TimeInForce
from simulator.triggers import Trigger

MIN_STRATEGY_TYPE = 1_000_000
PEG = ("pegPriceType", "pegOffsetType", "pegOffsetValue")
_PRICING = ("timeInForce", "price", "quantity", "quoteOrderQty", "stopPrice", "trailingDelta", "icebergQty")
_MODES = frozenset(SelfTrade)
_KNOWN_MODES = frozenset((*SelfTrade, "DECREMENT", "TRANSFER"))
_FORCES = {str(force): force for force in TimeInForce}
_SIDES = {str(side): side for side in Side}


@dataclass(frozen=True)
class Shape:
    """Which parameters an order type takes; `either` are alternatives of which one is mandatory."""

    needs: tuple[str, ...]
    either: tuple[str, str] | None = None
    may: tuple[str, ...] = ()

    @cached_property
    def refuses(self) -> tuple[str, ...]:
        """The pricing parameters that this type does not take."""
        taken = {*self.needs, *self.may, *(self.either or ())}
        return tuple(name for name in _PRICING if name not in taken)


_STOP = ("stopPrice", "trailingDelta")
SHAPES = {
    "LIMIT": Shape(("timeInForce", "quantity", "price"), may=("icebergQty",)),
    "MARKET": Shape((), ("quantity", "quoteOrderQty")),
    "LIMIT_MAKER": Shape(("quantity", "price"), may=("icebergQty",)),
    "STOP_LOSS": Shape(("quantity",), _STOP),
    "TAKE_PROFIT": Shape(("quantity",), _STOP),
    "STOP_LOSS_LIMIT": Shape(("timeInForce", "quantity", "price"), _STOP, ("icebergQty",)),
    "TAKE_PROFIT_LIMIT": Shape(("timeInForce", "quantity", "price"), _STOP, ("icebergQty",)),
}
RESPONSES = ("ACK", "RESULT", "FULL")
_FULL_BY_DEFAULT = ("LIMIT", "MARKET")


def read_order(call: Call) -> tuple[NewOrder, str]:
    """Read the parameters of a new order.

    Returns: the order and its newOrderRespType. Raises: ApiError.
    """
    params = call.params
    instrument = call.instrument()
    side, type_name = _side(params), _type(params)
    shape = SHAPES[type_name]
    _check_shape(params, shape)
    order = NewOrder(
        account=call.user,
        instrument=instrument,
        side=side,
        type_name=type_name,
        client_order_id=params.client_id("newClientOrderId") or random_id(),
        quantity=params.amount("quantity") or 0,
        quote_quantity=params.amount("quoteOrderQty") or 0,
        price=params.amount("price"),
        time_in_force=_time_in_force(params),
        post_only=type_name == "LIMIT_MAKER",
        trigger=_trigger(params, side, type_name),
        iceberg=params.amount("icebergQty") or 0,
        self_trade=_self_trade(params),
        request_us=call.timestamp_us,
        recv_window_us=call.window_us,
        hidden_us=call.hidden_us,
        tags=_tags(params),
    )
    _check_sense(order, instrument)
    default = "FULL" if type_name in _FULL_BY_DEFAULT else "ACK"
    return order, params.choice("newOrderRespType", RESPONSES) or default


def _side(params: Params) -> Side:
    word = params.need("side")
    if word not in _SIDES:
        raise errors.ApiError(-1117, "Invalid side.")
    return _SIDES[word]


def _type(params: Params) -> str:
    word = params.need("type")
    if word not in SHAPES:
        raise errors.ApiError(-1116, "Invalid orderType.")
    return word


def _time_in_force(params: Params) -> TimeInForce:
    word = params.text("timeInForce")
    if word is None:
        return TimeInForce.GTC
    if word not in _FORCES:
        raise errors.ApiError(-1115, "Invalid timeInForce.")
    return _FORCES[word]


def _check_shape(params: Params, shape: Shape) -> None:
    """What is mandatory must be there, and nothing that the type does not take.

    MARKET with timeInForce answers -1106 (assumption: -1114 is the other documented candidate).
    """
    if params.has_any(PEG):
        _refuse("Pegged orders are not supported for this symbol.")
    for name in shape.needs:
        if not params.has(name):
            raise errors.missing(name)
    if shape.either is not None:
        _check_either(params, shape.either)
    if params.has_any(shape.refuses):
        raise errors.not_required(next(name for name in shape.refuses if params.has(name)))


def _check_either(params: Params, either: tuple[str, str]) -> None:
    first, second = (params.has(name) for name in either)
    if not first and not second:
        raise errors.missing_either(*either)
    if first and second and either[0] == "quantity":
        raise errors.ApiError(-1128, "Combination of optional parameters invalid.")


def _trigger(params: Params, side: Side, type_name: str) -> Trigger | None:
    """STOP_LOSS BUY and TAKE_PROFIT SELL wait above the market, the other two below."""
    price, trailing = params.amount("stopPrice"), params.integer("trailingDelta")
    if price is None and trailing is None:
        return None
    stop_loss = type_name.startswith("STOP_LOSS")
    return Trigger(rises=stop_loss is (side is Side.BUY), price=price, trailing=trailing or 0)


def _self_trade(params: Params) -> SelfTrade:
    word = params.choice("selfTradePreventionMode", _KNOWN_MODES)
    if word is None:
        return SelfTrade.NONE
    if word not in _MODES:
        _refuse("This symbol does not allow the specified self-trade prevention mode.")
    return SelfTrade(word)


def _tags(params: Params) -> dict[str, int]:
    tags: dict[str, int] = {}
    if not params.has_any(("strategyId", "strategyType")):
        return tags
    for name in ("strategyId", "strategyType"):
        value = params.integer(name)
        if value is not None:
            tags[name] = value
    if tags.get("strategyType", MIN_STRATEGY_TYPE) < MIN_STRATEGY_TYPE:
        raise errors.ApiError(-1134, "strategyType was less than 1000000.")
    return tags


def _check_sense(order: NewOrder, instrument: Instrument) -> None:
    if order.iceberg and order.time_in_force is not TimeInForce.GTC:
        raise errors.unsupported_combination()
    if order.iceberg > order.quantity:
        _refuse("IcebergQty exceeds QTY.")
    if order.quantity + order.quote_quantity <= 0:
        raise errors.filter_failure("LOT_SIZE" if not order.quote_quantity else "NOTIONAL")
    if order.quote_quantity and order.quote_quantity < instrument.min_notional:
        raise errors.filter_failure("NOTIONAL")


def _refuse(text: str) -> NoReturn:
    raise errors.ApiError(errors.INVALID_MESSAGE, text)
