"""Binance spot's JSON, field for field, and what it means in our words (rest-api.md, the replies of each endpoint).

Unknown fields are passed over; a missing or misspelt one raises, and the caller learns that it was not understood.
Models are built without validation: every value is made exact here, once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NotRequired, TypedDict, cast

from router.commands import AnyNewOrder
from router.models import (
    Balance,
    Fee,
    Fill,
    Level,
    Order,
    OrderBook,
    OrderStatus,
    OrderType,
    Side,
    Ticker,
    TimeInForce,
)
from router.symbols import Symbol

ZERO = Decimal(0)
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


@dataclass(frozen=True)
class Whose:
    """What a reply does not say itself: of which exchange, account and symbol it speaks."""

    exchange: str
    account: str
    symbol: Symbol


def exact(text: object) -> Decimal:
    """A number from its text. Raises: TypeError or ArithmeticError for what is no finite number."""
    if not isinstance(text, str):
        raise TypeError(f"expected a number as text, not {type(text).__name__}")
    number = Decimal(text)
    if not number.is_finite():
        raise ArithmeticError(f"{text} is no finite number")
    return number


def some(text: object) -> Decimal | None:
    """A number, or None for the zero that stands for "does not apply"."""
    return (exact(text) or None) if text is not None else None


def mapping(document: object) -> Mapping[str, Any]:
    """A JSON object. Raises: TypeError for anything else."""
    if not isinstance(document, dict):
        raise TypeError(f"expected an object, not {type(document).__name__}")
    return document


def rows(document: object) -> list[Mapping[str, Any]]:
    """A JSON array of objects. Raises: TypeError for anything else."""
    if not isinstance(document, list):
        raise TypeError(f"expected an array, not {type(document).__name__}")
    return [mapping(row) for row in document]


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
        fees=None if fills is None else _fees(fills),
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


def _fees(fills: list[Fill]) -> list[Fee]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        if fill.fee is not None:
            sums[fill.fee.asset] += fill.fee.amount
    return [Fee.model_construct(asset=asset, amount=amount) for asset, amount in sums.items()]


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


def to_balances(document: object) -> list[Balance]:
    """The non-zero rows of an account reply."""
    found = []
    for row in rows(mapping(document)["balances"]):
        free, locked = exact(row["free"]), exact(row["locked"])
        if free or locked:
            found.append(Balance.model_construct(asset=row["asset"], free=free, locked=locked))
    return found


def to_ticker(document: object, exchange: str, symbol: Symbol) -> Ticker:
    """A 24-hour FULL ticker; a side of the book that is empty is told as zero."""
    doc = mapping(document)
    return Ticker.model_construct(
        exchange=exchange,
        symbol=symbol,
        last_price=exact(doc["lastPrice"]),
        bid_price=some(doc["bidPrice"]),
        bid_quantity=some(doc["bidQty"]),
        ask_price=some(doc["askPrice"]),
        ask_quantity=some(doc["askQty"]),
        high_price=exact(doc["highPrice"]),
        low_price=exact(doc["lowPrice"]),
        open_price=exact(doc["openPrice"]),
        base_volume=exact(doc["volume"]),
        quote_volume=exact(doc["quoteVolume"]),
        time_ms=doc["closeTime"],
    )


def to_order_book(document: object, exchange: str, symbol: Symbol) -> OrderBook:
    """A depth reply."""
    doc = mapping(document)
    return OrderBook.model_construct(
        exchange=exchange,
        symbol=symbol,
        bids=_levels(doc["bids"]),
        asks=_levels(doc["asks"]),
        update_id=doc["lastUpdateId"],
    )


def _levels(side: list[list[str]]) -> list[Level]:
    return [Level.model_construct(price=exact(price), quantity=exact(quantity)) for price, quantity in side]
