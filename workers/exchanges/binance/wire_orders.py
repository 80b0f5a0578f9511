"""Binance spot's orders and executions as JSON, in every shape a reply has (rest-api.md), and in our words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NotRequired, TypedDict, cast

from router.commands import AnyNewOrder
from router.models import Fee, Fill, Order, OrderStatus, OrderType, Side, TimeInForce, total_fees
from workers.exchanges.reading import Whose, exact, mapping, rows, some

_SIDE = {"BUY": Side.BUY, "SELL": Side.SELL}
_TYPE = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
    "TAKE_PROFIT": OrderType.TAKE_PROFIT,
    "TAKE_PROFIT_LIMIT": OrderType.TAKE_PROFIT_LIMIT,
}
_STATUS = {
    "NEW": OrderStatus.NEW,
    "PENDING_NEW": OrderStatus.NEW,
    "PENDING_CANCEL": OrderStatus.NEW,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELLED,
    "REJECTED": OrderStatus.REJECTED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,
}
_TIME_IN_FORCE = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}


class FillDoc(TypedDict):
    """One entry of ``fills`` in a FULL reply."""

    price: str
    qty: str
    commission: str
    commissionAsset: str
    tradeId: NotRequired[int]


class OrderDoc(TypedDict, total=False):
    """An order in any reply but ACK; the spelling ``cummulativeQuoteQty`` is Binance's, except in the amend reply."""

    symbol: str
    orderId: int
    clientOrderId: str
    origClientOrderId: str
    side: str
    type: str
    status: str
    timeInForce: str
    price: str
    origQty: str
    qty: str
    origQuoteOrderQty: str
    quoteOrderQty: str
    executedQty: str
    cummulativeQuoteQty: str
    cumulativeQuoteQty: str
    stopPrice: str
    transactTime: int
    time: int
    updateTime: int
    fills: list[FillDoc]


def to_order(document: object, whose: Whose) -> Order:
    """An order from a RESULT or FULL reply, a query, an open-orders row, a cancel or an ``amendedOrder``."""
    doc = cast("OrderDoc", mapping(document))
    filled = exact(doc["executedQty"])
    fills = to_fills(doc, whose) if "fills" in doc else None
    moment = doc.get("transactTime")
    return Order.model_construct(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        client_order_id=doc.get("origClientOrderId") or doc["clientOrderId"],  # a cancel renames the order it ends
        order_id=str(doc["orderId"]),
        side=_SIDE[doc["side"]],
        type=_TYPE[doc["type"]],
        status=_STATUS[doc["status"]],
        quantity=some(doc.get("origQty", doc.get("qty"))),
        notional=some(doc.get("origQuoteOrderQty", doc.get("quoteOrderQty"))),
        price=some(doc["price"]),
        trigger_price=some(doc.get("stopPrice")),
        time_in_force=_TIME_IN_FORCE.get(doc.get("timeInForce", "")) if doc["type"] not in _TIMELESS else None,
        post_only=doc["type"] == "LIMIT_MAKER",
        filled_quantity=filled,
        filled_notional=_filled_notional(doc, filled),
        fees=None if fills is None else total_fees(fills),
        fills=fills,
        created_at_ms=doc.get("time", moment if "origClientOrderId" not in doc else None),
        updated_at_ms=doc.get("updateTime", moment),
    )


def to_acknowledged(document: object, whose: Whose, order: AnyNewOrder) -> Order:
    """An order from an ACK reply, which tells no more than the ids: the rest is what was asked for."""
    doc = cast("OrderDoc", mapping(document))
    return Order.model_construct(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        client_order_id=doc["clientOrderId"],
        order_id=str(doc["orderId"]),
        side=order.side,
        type=order.type,
        status=OrderStatus.NEW,
        quantity=order.quantity,
        notional=getattr(order, "notional", None),
        price=getattr(order, "price", None),
        trigger_price=getattr(order, "trigger_price", None),
        time_in_force=getattr(order, "time_in_force", None),
        post_only=getattr(order, "post_only", False),
        created_at_ms=doc["transactTime"],
        updated_at_ms=doc["transactTime"],
    )


def under_id(order: Order, client_order_id: str) -> Order:
    """The order under the id we know it by; a cancelled one bears its cancel's."""
    if order.client_order_id == client_order_id:
        return order
    return order.model_copy(update={"client_order_id": client_order_id})


def to_amended(document: object, whose: Whose) -> Order:
    """An order from the reply to an amendment, which may have renamed it."""
    doc = mapping(document)
    order = to_order({**mapping(doc["amendedOrder"]), "transactTime": doc["transactTime"]}, whose)
    return under_id(order, doc["amendedOrder"]["clientOrderId"])


def to_cancelled(document: object, whose: Whose) -> list[Order]:
    """Every order from the reply to cancel-all, where an order list stands for the orders in it."""
    found: list[Order] = []
    for row in rows(document):
        found += [to_order(report, whose) for report in (rows(row["orderReports"]) if "orderReports" in row else [row])]
    return found


_TIMELESS = frozenset({"MARKET", "STOP_LOSS", "TAKE_PROFIT", "LIMIT_MAKER"})  # they report a GTC that means nothing


def to_fills(doc: OrderDoc, whose: Whose) -> list[Fill]:
    """The executions of a FULL reply; they happened on arrival, so the order was the taker."""
    order_id, side, moment = str(doc["orderId"]), _SIDE[doc["side"]], doc.get("transactTime")
    return [
        Fill.model_construct(
            exchange=whose.exchange,
            symbol=whose.symbol,
            trade_id=str(row.get("tradeId", "")),
            order_id=order_id,
            side=side,
            price=(price := exact(row["price"])),
            quantity=(quantity := exact(row["qty"])),
            notional=price * quantity,
            fee=Fee.model_construct(asset=row["commissionAsset"], amount=exact(row["commission"])),
            is_maker=False,
            time_ms=moment,
        )
        for row in doc["fills"]
    ]


def _filled_notional(doc: OrderDoc, filled: Decimal) -> Decimal:
    told = exact(doc["cummulativeQuoteQty"] if "cummulativeQuoteQty" in doc else doc["cumulativeQuoteQty"])
    if told >= 0:
        return told
    return filled * exact(doc["price"])  # negative means unknown (old orders): the limit price is the best there is


def to_trade(row: Mapping[str, Any], whose: Whose) -> Fill:
    """One row of myTrades."""
    return Fill.model_construct(
        exchange=whose.exchange,
        symbol=whose.symbol,
        trade_id=str(row["id"]),
        order_id=str(row["orderId"]),
        side=Side.BUY if row["isBuyer"] else Side.SELL,
        price=exact(row["price"]),
        quantity=exact(row["qty"]),
        notional=exact(row["quoteQty"]),
        fee=Fee.model_construct(asset=row["commissionAsset"], amount=exact(row["commission"])),
        is_maker=row["isMaker"],
        time_ms=row["time"],
    )
