"""Our orders in Binance futures' parameters (futures docs, "New Order", "New Algo Order").

The self-trade mode is said explicitly, since documents differ on its default. MARKET and LIMIT go to the order
endpoint; what waits for a trigger goes to the algo service, the only place that takes it since 2025-12-09.
"""

from __future__ import annotations

from decimal import Decimal

from router.commands import (
    AnyNewOrder,
    LimitOrder,
    MarketOrder,
    StopLimitOrder,
    StopOrder,
    TakeProfitLimitOrder,
    TakeProfitOrder,
    TriggeredOrder,
)
from router.errors import UnknownSymbol, Unsupported
from router.numbers import plain
from router.symbols import Symbol
from router.terms import PositionSide, PriceSource, Side
from workers.exchanges.naming import client_order_id

_LONGEST_ID = 36  # ^[.A-Z:/a-z0-9_-]{1,36}$
_LEAST_TRAIL, _MOST_TRAIL, _TRAIL_STEP = 10, 1_000, 10  # basis points; the exchange's are per cent with one decimal
SIDES = {Side.BUY: "BUY", Side.SELL: "SELL"}
POSITION_SIDES = {PositionSide.LONG: "LONG", PositionSide.SHORT: "SHORT"}
_WATCHED = {PriceSource.LAST: "CONTRACT_PRICE", PriceSource.MARK: "MARK_PRICE"}
_OPENS = {PositionSide.LONG: Side.BUY, PositionSide.SHORT: Side.SELL}


def spell(symbol: Symbol) -> str:
    """Binance's spelling of a linear contract: BTCUSDT, or BTCUSDT_261225. Raises: UnknownSymbol."""
    if symbol.market != "linear" or symbol.settle != symbol.quote:
        raise UnknownSymbol.because(
            "symbol", str(symbol), "Binance trades spot, and contracts that settle in their quote"
        )
    name = symbol.base + symbol.quote
    return f"{name}_{symbol.expiry}" if symbol.expiry else name


def plain_order(order: MarketOrder | LimitOrder, spelling: str) -> dict[str, str]:
    """The parameters of POST order, or of one item of a batch; the final state is asked for."""
    return {
        **_common(order, spelling),
        **_by_type(order),
        "newClientOrderId": client_order_id(order, _LONGEST_ID),
        "newOrderRespType": "RESULT",
    }


def algo_order(order: TriggeredOrder, spelling: str) -> dict[str, str]:
    """The parameters of POST algoOrder."""
    found = {"algoType": "CONDITIONAL", **_common(order, spelling), **_triggered(order)}
    found["clientAlgoId"] = client_order_id(order, _LONGEST_ID)  # type: ignore[arg-type]  # each of them is a new order
    return found


def _common(order: MarketOrder | LimitOrder | TriggeredOrder, spelling: str) -> dict[str, str]:
    if order.margin_mode is not None:
        rule = "is set per symbol on Binance (set_margin_mode), not per order"
        raise Unsupported.because("margin_mode", str(order.margin_mode), rule)
    found = {"symbol": spelling, "side": SIDES[order.side], "selfTradePreventionMode": "EXPIRE_MAKER"}
    if order.position_side is not None:
        found["positionSide"] = POSITION_SIDES[order.position_side]
    if order.reduce_only and _says_reduce_only(order):
        found["reduceOnly"] = "true"
    return found


def _says_reduce_only(order: MarketOrder | LimitOrder | TriggeredOrder) -> bool:
    """In hedge mode the exchange refuses the word: selling a long position, or buying a short one, only reduces it."""
    if order.position_side is None:
        return True
    if order.side is _OPENS[order.position_side]:
        rule = f"cannot be: to {order.side} adds to a {order.position_side} position"
        raise Unsupported.because("reduce_only", order.reduce_only, rule)
    return False


def _by_type(order: MarketOrder | LimitOrder) -> dict[str, str]:
    if isinstance(order, LimitOrder):
        if order.visible_quantity is not None:
            raise Unsupported.because("visible_quantity", plain(order.visible_quantity), "is not offered on futures")
        force = "GTX" if order.post_only else str(order.time_in_force)
        return {"type": "LIMIT", "quantity": plain(order.quantity), "price": plain(order.price), "timeInForce": force}
    if order.quantity is None:
        raise Unsupported.because("notional", plain(order.notional or Decimal(0)), "futures are sized by quantity")
    return {"type": "MARKET", "quantity": plain(order.quantity)}


def _triggered(order: TriggeredOrder) -> dict[str, str]:
    found = {"closePosition": "true"} if order.quantity is None else {"quantity": plain(order.quantity)}
    if order.trigger_by is not None:
        if order.trigger_by not in _WATCHED:
            raise Unsupported.because("trigger_by", str(order.trigger_by), "must be last or mark on Binance futures")
        found["workingType"] = _WATCHED[order.trigger_by]
    if order.trailing_delta is not None:
        return {**found, **_trailing(order, order.trailing_delta)}
    assert order.trigger_price is not None  # noqa: S101 - the model wants it or a trail
    return {**found, **_priced(order), "triggerPrice": plain(order.trigger_price)}


def _trailing(order: TriggeredOrder, delta: int) -> dict[str, str]:
    """A trailing stop fires at market; its trigger price is where it begins to follow."""
    if not isinstance(order, StopOrder) or order.close_position:
        rule = "is offered on futures for stop orders with a quantity only"
        raise Unsupported.because("trailing_delta", delta, rule)
    if not _LEAST_TRAIL <= delta <= _MOST_TRAIL or delta % _TRAIL_STEP:
        rule = f"must be a multiple of {_TRAIL_STEP} from {_LEAST_TRAIL} to {_MOST_TRAIL} on Binance futures"
        raise Unsupported.because("trailing_delta", delta, rule)
    found = {"type": "TRAILING_STOP_MARKET", "callbackRate": plain(Decimal(delta) / 100)}
    if order.trigger_price is not None:
        found["activatePrice"] = plain(order.trigger_price)
    return found


def _priced(order: TriggeredOrder) -> dict[str, str]:
    match order:
        case StopOrder():
            return {"type": "STOP_MARKET"}
        case TakeProfitOrder():
            return {"type": "TAKE_PROFIT_MARKET"}
        case StopLimitOrder() | TakeProfitLimitOrder():
            name = "STOP" if isinstance(order, StopLimitOrder) else "TAKE_PROFIT"
            return {"type": name, "price": plain(order.price), "timeInForce": str(order.time_in_force)}
        case _:
            raise AssertionError(type(order))


def is_conditional(order: AnyNewOrder) -> bool:
    """Whether it goes to the algo service."""
    return isinstance(order, TriggeredOrder)
