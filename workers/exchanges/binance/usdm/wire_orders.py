"""Binance futures' orders, conditional orders and executions as JSON, and in our words.

Replies to placing, changing and cancelling tell no average price and no quote since 2026-07, queries do.
Source: Binance futures docs, "New Order", "Query Order", "New Algo Order", "Account Trade List".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from router.models import Fee, Fill, Order
from router.terms import OrderStatus, OrderType, PositionSide, PriceSource, Side, TimeInForce
from workers.exchanges.reading import Whose, exact, mapping, some

Doc = Mapping[str, Any]
ALGO = "algo-"
"""Before the id of a conditional order, whose ids are not those of orders."""

_SIDE = {"BUY": Side.BUY, "SELL": Side.SELL}
_POSITION_SIDE = {"BOTH": None, "LONG": PositionSide.LONG, "SHORT": PositionSide.SHORT}
_WATCHED = {"CONTRACT_PRICE": PriceSource.LAST, "MARK_PRICE": PriceSource.MARK}
TYPES = {
    "LIMIT": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP": OrderType.STOP_LIMIT,
    "STOP_MARKET": OrderType.STOP,
    "TAKE_PROFIT": OrderType.TAKE_PROFIT_LIMIT,
    "TAKE_PROFIT_MARKET": OrderType.TAKE_PROFIT,
    "TRAILING_STOP_MARKET": OrderType.STOP,
    "LIQUIDATION": OrderType.LIMIT,
}
_STATUS = {
    "NEW": OrderStatus.NEW,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELLED,
    "REJECTED": OrderStatus.REJECTED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,
    "TRIGGERING": OrderStatus.NEW,
    "TRIGGERED": OrderStatus.NEW,
}
_FORCE = {"GTC": TimeInForce.GTC, "GTX": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_PRICED = (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT)


def to_order(document: object, whose: Whose) -> Order:
    """An order from any reply. One that a conditional order has become tells that one's type."""
    doc = mapping(document)
    kind, filled = TYPES[doc.get("origType") or doc["type"]], exact(doc["executedQty"])
    return Order.model_construct(
        **_terms(doc, whose, kind),
        client_order_id=doc["clientOrderId"],
        order_id=str(doc["orderId"]),
        status=_STATUS[doc["status"]],
        quantity=some(doc["origQty"]),
        trigger_price=some(doc.get("stopPrice")),
        trigger_by=_WATCHED.get(doc.get("workingType", ""))
        if kind not in (OrderType.LIMIT, OrderType.MARKET)
        else None,
        filled_quantity=filled,
        filled_notional=_filled_notional(doc, filled),
        created_at_ms=doc.get("time"),
        updated_at_ms=doc.get("updateTime"),
    )


def to_algo(document: object, whose: Whose, became: Order | None = None) -> Order:
    """A conditional order; ``became`` is the order that it has placed, where that is known."""
    doc = mapping(document)
    kind = TYPES[doc["orderType"]]
    trail, filled = some(doc.get("callbackRate")), some(doc.get("actualQty")) or Decimal(0)
    order = Order.model_construct(
        **_terms(doc, whose, kind),
        client_order_id=doc["clientAlgoId"],
        order_id=f"{ALGO}{doc['algoId']}",
        status=_algo_status(doc),
        quantity=some(doc["quantity"]),
        trigger_price=some(doc.get("activatePrice")) if trail else some(doc["triggerPrice"]),
        trigger_by=_WATCHED.get(doc.get("workingType", "")),
        trailing_delta=None if trail is None else int(trail * 100),
        filled_quantity=filled,
        filled_notional=filled * exact(doc["actualPrice"]) if filled else Decimal(0),
        created_at_ms=doc.get("createTime"),
        updated_at_ms=doc.get("updateTime"),
    )
    return order if became is None else _with_fate(order, became)


def actual_order_id(document: object) -> str | None:
    """The id of the order that a conditional one has placed; None until then."""
    return str(mapping(document).get("actualOrderId") or "") or None


def _with_fate(algo: Order, became: Order) -> Order:
    fate = ("status", "filled_quantity", "filled_notional", "updated_at_ms")
    told = {name: getattr(became, name) for name in fate}
    return algo.model_copy(update={**told, "quantity": algo.quantity or became.quantity})


def _algo_status(doc: Doc) -> OrderStatus:
    """FINISHED says that the order it placed has ended; how that ended is told by its fill."""
    if doc["algoStatus"] == "FINISHED":
        return OrderStatus.FILLED if some(doc.get("actualQty")) else OrderStatus.EXPIRED
    return _STATUS[doc["algoStatus"]]


def _terms(doc: Doc, whose: Whose, kind: OrderType) -> dict[str, Any]:
    """What orders and conditional orders tell alike; all fields that they do not are None."""
    priced = kind in _PRICED
    return {
        "exchange": whose.exchange,
        "account": whose.account,
        "symbol": whose.symbol,
        "side": _SIDE[doc["side"]],
        "type": kind,
        "notional": None,
        "price": some(doc["price"]),
        "time_in_force": _FORCE.get(doc.get("timeInForce", "")) if priced else None,
        "post_only": priced and doc.get("timeInForce") == "GTX",
        "reduce_only": bool(doc.get("reduceOnly")),
        "close_position": bool(doc.get("closePosition")),
        "position_side": _POSITION_SIDE[doc.get("positionSide", "BOTH")],
    }


def _filled_notional(doc: Doc, filled: Decimal) -> Decimal | None:
    if not filled:
        return Decimal(0)
    if "cumQuote" in doc:
        return exact(doc["cumQuote"])
    average = some(doc.get("avgPrice"))
    return None if average is None else average * filled


def to_trade(row: Doc, whose: Whose) -> Fill:
    """One row of userTrades."""
    return Fill.model_construct(
        exchange=whose.exchange,
        symbol=whose.symbol,
        trade_id=str(row["id"]),
        order_id=str(row["orderId"]),
        side=_SIDE[row["side"]],
        price=exact(row["price"]),
        quantity=exact(row["qty"]),
        notional=exact(row["quoteQty"]),
        fee=Fee.model_construct(asset=row["commissionAsset"], amount=exact(row["commission"])),
        is_maker=row["maker"],
        position_side=_POSITION_SIDE[row.get("positionSide", "BOTH")],
        realised_pnl=exact(row["realizedPnl"]),
        time_ms=row["time"],
    )
