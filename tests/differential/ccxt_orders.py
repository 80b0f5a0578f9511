"""Our orders as ccxt's unified `create_order` takes them, with the parameters that its manual names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from router.commands import (
    AnyNewOrder,
    LimitOrder,
    MarketOrder,
    StopLimitOrder,
    StopOrder,
    TakeProfitLimitOrder,
    TriggeredOrder,
)
from router.instruments import Instrument
from router.terms import Side

Params = dict[str, Any]

_NAMES = {
    "binance": {"last": "CONTRACT_PRICE", "mark": "MARK_PRICE"},
    "bybit": {"last": "LastPrice", "mark": "MarkPrice", "index": "IndexPrice"},
}


def order_arguments(exchange: str, order: AnyNewOrder, instrument: Instrument | None) -> tuple[object, ...]:
    """symbol, type, side, amount, price, params."""
    params: Params = {} if order.client_order_id is None else {"clientOrderId": order.client_order_id}
    params |= _positions(exchange, order) | _kind(order) | _triggered(exchange, order)
    priced = isinstance(order, (LimitOrder, StopLimitOrder, TakeProfitLimitOrder))
    price = float(order.price) if isinstance(order, (LimitOrder, StopLimitOrder, TakeProfitLimitOrder)) else None
    size = 0.0 if order.quantity is None else amount(order.quantity, instrument)
    if isinstance(order, MarketOrder) and order.notional is not None:
        size, params = float(order.notional), params | _cost(exchange, order, order.notional)
    return str(order.symbol), "limit" if priced else "market", str(order.side), size, price, params


def _cost(exchange: str, order: MarketOrder, notional: Decimal) -> Params:
    cost = {"cost": float(notional)}
    if exchange != "okx":
        return cost
    return {"tgtCcy": "quote_ccy"} | (cost if order.side is Side.BUY else {})


def _positions(exchange: str, order: AnyNewOrder) -> Params:
    params: Params = {}
    if order.reduce_only:
        params["reduceOnly"] = True
    if order.position_side is not None:
        params["hedged"] = True
    if order.margin_mode is not None:
        params |= {"isLeverage": 1} if exchange == "bybit" else {"marginMode": str(order.margin_mode)}
    return params


def _kind(order: AnyNewOrder) -> Params:
    params: Params = {}
    force = getattr(order, "time_in_force", None)
    if force is not None:
        params["timeInForce"] = str(force)
    if isinstance(order, LimitOrder) and order.post_only:
        params = {"postOnly": True}
    if isinstance(order, LimitOrder) and order.visible_quantity is not None:
        params["icebergQty"] = f"{order.visible_quantity}"
    return params


def _triggered(exchange: str, order: AnyNewOrder) -> Params:
    if not isinstance(order, TriggeredOrder):
        return {}
    stops = isinstance(order, (StopOrder, StopLimitOrder))
    params: Params = _watched(exchange, order, stops) | _closing(exchange, order)
    trigger = None if order.trigger_price is None else float(order.trigger_price)
    if order.trailing_delta is not None:
        return params | _trail(exchange, order, stops)
    if exchange == "bybit" and not order.close_position:
        rises = stops == (order.side is Side.BUY)
        way = {} if order.symbol.is_spot else {"triggerDirection": "ascending" if rises else "descending"}
        return {**params, "triggerPrice": trigger, **way}
    return {**params, "stopLossPrice" if stops else "takeProfitPrice": trigger}


def _trail(exchange: str, order: TriggeredOrder, stops: bool) -> Params:  # noqa: FBT001 - which of two
    params: Params = {"trailingPercent": f"{(Decimal(order.trailing_delta or 0) / 100).normalize():f}"}
    trigger = order.trigger_price
    if trigger is not None:
        params["activePx" if exchange == "okx" else "trailingTriggerPrice"] = f"{trigger:f}"
    if exchange == "binance" and order.symbol.is_spot:
        params["stopLossOrTakeProfit"] = "stopLoss" if stops else "takeProfit"
    return params


def _watched(exchange: str, order: TriggeredOrder, stops: bool) -> Params:  # noqa: FBT001 - which of two
    if order.trigger_by is None:
        return {}
    if exchange == "okx":
        return {"slTriggerPxType" if stops else "tpTriggerPxType": str(order.trigger_by)}
    name = _NAMES[exchange].get(str(order.trigger_by), str(order.trigger_by))
    return {"workingType" if exchange == "binance" else "triggerBy": name}


def _closing(exchange: str, order: TriggeredOrder) -> Params:
    if not order.close_position:
        return {}
    spelt: dict[str, Params] = {
        "binance": {"closePosition": True},
        "bybit": {"closeOnTrigger": True, "qty": "0"},
        "okx": {"closeFraction": "1"},
    }
    return spelt[exchange]


def amount(quantity: Decimal, instrument: Instrument | None) -> float:
    """How ccxt is told a size: contracts are counted, whatever they hold."""
    assert instrument is not None
    return float(instrument.contracts(quantity))
