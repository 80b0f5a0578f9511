"""Orders and trades in Binance's JSON.

Source: Binance spot docs, `rest-api.md`, "New order", "Query order", "Account trade list".
"""

from simulator.amounts import render
from simulator.binance.call import Call
from simulator.orders import Order, Side, Trade

Document = dict[str, object]


def ack(call: Call, order: Order) -> Document:
    """`newOrderRespType=ACK`."""
    return {
        "symbol": order.instrument.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "transactTime": call.stamp(order.accepted_us),
    }


def result(call: Call, order: Order) -> Document:
    """`newOrderRespType=RESULT`."""
    document = ack(call, order)
    document.update(_state(order))
    if order.working_us:
        document["workingTime"] = call.stamp(order.working_us)
    document["selfTradePreventionMode"] = order.ask.self_trade
    _add_conditional(call, order, document)
    if order.ask.trigger is not None and order.ask.trigger.price is not None:
        document["stopPrice"] = render(order.ask.trigger.price)
    if order.ask.iceberg:
        document["icebergQty"] = render(order.ask.iceberg)
    return document


def full(call: Call, order: Order) -> Document:
    """`newOrderRespType=FULL`."""
    document = result(call, order)
    document["fills"] = [_fill(trade, order) for trade in order.trades]
    return document


def query(call: Call, order: Order) -> Document:
    """An order in queries."""
    trigger = order.ask.trigger
    document: Document = {
        "symbol": order.instrument.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        **_state(order),
        "stopPrice": render(trigger.price or 0 if trigger else 0),
        "icebergQty": render(order.ask.iceberg),
        "time": call.stamp(order.accepted_us),
        "updateTime": call.stamp(order.updated_us),
        "isWorking": bool(order.working_us),
        "workingTime": call.stamp(order.working_us) if order.working_us else -1,
        "selfTradePreventionMode": order.ask.self_trade,
    }
    _add_conditional(call, order, document)
    return document


def cancelled(call: Call, order: Order, original: str) -> Document:
    """The reply to a cancel."""
    return {
        "symbol": order.instrument.symbol,
        "origClientOrderId": original,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "transactTime": call.stamp(order.updated_us),
        **_state(order),
        "selfTradePreventionMode": order.ask.self_trade,
    }


def trade_row(call: Call, trade: Trade, order: Order) -> Document:
    """One row of myTrades, as the owner of `order` sees it."""
    buys = order.side is Side.BUY
    fee, asset = trade.buy_fee if buys else trade.sell_fee
    return {
        "symbol": trade.symbol,
        "id": trade.trade_id,
        "orderId": order.order_id,
        "orderListId": -1,
        "price": render(trade.price),
        "qty": render(trade.quantity),
        "quoteQty": render(trade.quote),
        "commission": render(fee),
        "commissionAsset": asset,
        "time": call.stamp(trade.time_us),
        "isBuyer": buys,
        "isMaker": trade.buyer_is_maker is buys,
        "isBestMatch": True,
    }


def _state(order: Order) -> Document:
    return {
        "price": render(order.price or 0),
        "origQty": render(order.quantity),
        "executedQty": render(order.filled),
        "origQuoteOrderQty": render(order.ask.quote_quantity),
        "cummulativeQuoteQty": render(order.filled_quote),
        "status": order.status,
        "timeInForce": order.ask.time_in_force,
        "type": order.ask.type_name,
        "side": order.side,
    }


def _fill(trade: Trade, order: Order) -> Document:
    fee, asset = trade.buy_fee if order.side is Side.BUY else trade.sell_fee
    return {
        "price": render(trade.price),
        "qty": render(trade.quantity),
        "commission": render(fee),
        "commissionAsset": asset,
        "tradeId": trade.trade_id,
    }


def _add_conditional(call: Call, order: Order, document: Document) -> None:
    """Fields that appear only where they apply."""
    trigger = order.ask.trigger
    if trigger is not None and trigger.trailing:
        document["trailingDelta"] = trigger.trailing
        document["trailingTime"] = call.stamp(trigger.extreme_us) if trigger.extreme_us else -1
    if order.prevented_id:
        document["preventedMatchId"] = order.prevented_id
        document["preventedQuantity"] = render(order.prevented)
    if order.expiry:
        document["expiryReason"] = order.expiry
    document.update(order.ask.tags)
