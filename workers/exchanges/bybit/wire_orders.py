"""Bybit's orders as JSON and in our words (Bybit v5 docs, "Get Open & Closed Orders", "Enums Definitions")."""

from __future__ import annotations

from decimal import Decimal

from router.models import Fee, Order
from router.symbols import Symbol
from router.terms import MarginMode, OrderStatus, OrderType, PositionSide, PriceSource, Side, TimeInForce
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.bybit.wire import Row, moment, result, told, worth
from workers.exchanges.reading import Whose, exact, mapping

SIDE = {"Buy": Side.BUY, "Sell": Side.SELL}
POSITION_SIDE = {1: PositionSide.LONG, 2: PositionSide.SHORT}
_STATUS = {
    "New": OrderStatus.NEW,
    "PartiallyFilled": OrderStatus.PARTIALLY_FILLED,
    "Untriggered": OrderStatus.NEW,
    "Triggered": OrderStatus.NEW,  # for a moment, on its way to New, though the docs list it among the closed ones
    "Created": OrderStatus.NEW,
    "Active": OrderStatus.NEW,
    "PendingCancel": OrderStatus.NEW,
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELLED,
    "PartiallyFilledCanceled": OrderStatus.CANCELLED,
    "Rejected": OrderStatus.REJECTED,
    "Deactivated": OrderStatus.CANCELLED,
}
_TIME_IN_FORCE = {
    "GTC": TimeInForce.GTC,
    "PostOnly": TimeInForce.GTC,
    "RPI": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
}
_POST_ONLY = ("PostOnly", "RPI")
_PRICE_SOURCE = {"LastPrice": PriceSource.LAST, "MarkPrice": PriceSource.MARK, "IndexPrice": PriceSource.INDEX}
_WAITING = {
    (True, False): OrderType.STOP,
    (True, True): OrderType.TAKE_PROFIT,
    (False, False): OrderType.STOP_LIMIT,
    (False, True): OrderType.TAKE_PROFIT_LIMIT,
}
_TAKES_PROFIT = {
    "TakeProfit": True,
    "PartialTakeProfit": True,
    "StopLoss": False,
    "PartialStopLoss": False,
    "TrailingStop": False,
}
_RISES, _FALLS = 1, 2


def to_order(row: Row, whose: Whose) -> Order:
    """A row of the real-time query or of the history.

    The price of a market order is the bound that protects it, so it is left out. ``quantity`` of one that is sized in
    quote is what was filled once it has ended.
    """
    is_market = row["orderType"] == "Market"
    filled, status = exact(row["cumExecQty"]), _STATUS[row["orderStatus"]]
    by_notional = is_market and whose.symbol.is_spot and _is_sized_in_quote(row)
    size = exact(row["qty"])
    trigger = told(row.get("triggerPrice")) or None
    return Order.model_construct(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        client_order_id=row["orderLinkId"],
        order_id=row["orderId"],
        side=SIDE[row["side"]],
        type=_type(row, trigger),
        status=OrderStatus.PARTIALLY_FILLED if status is OrderStatus.NEW and filled else status,
        quantity=(filled if status.is_final else None) if by_notional else size or None,
        notional=size if by_notional else None,
        price=None if is_market else exact(row["price"]),
        trigger_price=trigger,
        trigger_by=_PRICE_SOURCE.get(row.get("triggerBy", "")),
        time_in_force=None if is_market else _TIME_IN_FORCE[row["timeInForce"]],
        post_only=row["timeInForce"] in _POST_ONLY,
        reduce_only=bool(row.get("reduceOnly", False)),
        close_position=bool(row.get("closeOnTrigger", False)) and not size,
        position_side=POSITION_SIDE.get(row.get("positionIdx", 0)),
        margin_mode=MarginMode.CROSS if row.get("isLeverage") == "1" else None,
        filled_quantity=filled,
        filled_notional=worth(whose.symbol, filled, told(row.get("avgPrice")), row["cumExecValue"]),
        fees=_fees(row, filled),
        created_at_ms=moment(row["createdTime"]),
        updated_at_ms=moment(row["updatedTime"]),
    )


def to_acknowledged(document: object, symbol: Symbol) -> Acknowledged:
    """The answer to placing, amending or cancelling: taken, no more than that."""
    return acknowledged(result(document), symbol)


def acknowledged(row: Row, symbol: Symbol) -> Acknowledged:
    """The ids of an order in an acknowledgement. Raises: ValueError when it names none."""
    order_id, client_order_id = row["orderId"] or None, row["orderLinkId"] or None
    if order_id is None and client_order_id is None:
        raise ValueError("an acknowledgement without an id")
    return Acknowledged(symbol, client_order_id, order_id)


def _is_sized_in_quote(row: Row) -> bool:
    """Without a unit a market buy is: that is the default (Bybit v5 docs, "Batch Place Order")."""
    unit = row.get("marketUnit")
    return bool(unit == "quoteCoin" if unit else row["side"] == "Buy")


def _type(row: Row, trigger: Decimal | None) -> OrderType:
    is_market = row["orderType"] == "Market"
    if trigger is None:
        return OrderType.MARKET if is_market else OrderType.LIMIT
    return _WAITING[is_market, _takes_profit(row, trigger)]


def _takes_profit(row: Row, trigger: Decimal) -> bool:
    """Whether it waits for the price to run in its favour: a sell for a rise, a buy for a fall."""
    kind = _TAKES_PROFIT.get(row.get("stopOrderType", ""))
    if kind is not None:
        return kind
    direction = row.get("triggerDirection")
    if direction in (_RISES, _FALLS):
        rises = direction == _RISES
    else:  # spot has no direction: it follows from where the price was
        then = told(row.get("basePrice")) or told(row.get("lastPriceOnCreated"))
        if not then:
            return False
        rises = trigger > then
    return bool(rises == (row["side"] == "Sell"))


def _fees(row: Row, filled: Decimal) -> list[Fee] | None:
    """What was paid in each coin; None where that is not told."""
    if not filled:
        return []
    detail = row.get("cumFeeDetail")
    if not detail:
        return None
    return [Fee.model_construct(asset=asset, amount=exact(amount)) for asset, amount in mapping(detail).items()]
