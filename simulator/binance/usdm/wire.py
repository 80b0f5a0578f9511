"""Futures orders, algo orders and trades in Binance's JSON.

Source: Binance futures docs, "New Order", "Query Order", "Account Trade List"; current SDK models: the replies to
placing, changing and cancelling no longer carry avgPrice and cumQuote.
"""

from simulator.algos import Algo, AlgoStatus
from simulator.amounts import render
from simulator.binance.call import Call
from simulator.binance.usdm.contracts import places
from simulator.orders import Amendment, NewOrder, Order, PositionSide, Side, Status, Trade

Document = dict[str, object]
SIDES = {PositionSide.NET: "BOTH", PositionSide.LONG: "LONG", PositionSide.SHORT: "SHORT"}
_ALGO_STATUSES = {
    AlgoStatus.WAITING: "NEW",
    AlgoStatus.REJECTED: "REJECTED",
    AlgoStatus.CANCELED: "CANCELED",
    AlgoStatus.EXPIRED: "EXPIRED",
}


def placed(call: Call, order: Order, *, final: bool) -> Document:
    """The reply to placing, changing or cancelling; not `final` tells the order as it was accepted."""
    filled = order.filled if final else 0
    status = order.status if final else Status.NEW
    document = _terms(order.ask, order.client_order_id, order.quantity, order.price)
    return {
        "orderId": order.order_id,
        "status": status,
        "executedQty": quantity(order, filled),
        "cumQty": quantity(order, filled),
        **document,
        "updateTime": call.stamp(order.updated_us if final else order.accepted_us),
    }


def found(call: Call, order: Order) -> Document:
    """An order in queries."""
    price_places, quantity_places = places(order.instrument)
    average = order.instrument.average(order.filled_quote, order.filled)
    return {
        "orderId": order.order_id,
        "status": order.status,
        "avgPrice": render(average, price_places + 3) if average else render(0, price_places),
        "executedQty": quantity(order, order.filled),
        "cumQuote": render(order.filled_quote, price_places + quantity_places),
        **_terms(order.ask, order.client_order_id, order.quantity, order.price),
        "time": call.stamp(order.accepted_us),
        "updateTime": call.stamp(order.updated_us),
    }


def tested(call: Call, ask: NewOrder) -> Document:
    """The reply to a test: the order as it would be, under number 0."""
    return {
        "orderId": 0,
        "status": Status.NEW,
        "executedQty": render(0, places(ask.instrument)[1]),
        "cumQty": render(0, places(ask.instrument)[1]),
        **_terms(ask, ask.client_order_id, ask.quantity, ask.price),
        "updateTime": call.now(),
    }


def quantity(order: Order, amount: int) -> str:
    """A quantity with the symbol's decimals."""
    return render(amount, places(order.instrument)[1])


def _terms(ask: NewOrder, client_order_id: str, amount: int, price: int | None) -> Document:
    price_places, quantity_places = places(ask.instrument)
    return {
        "symbol": ask.instrument.symbol,
        "clientOrderId": client_order_id,
        "price": render(price or 0, price_places),
        "origQty": render(amount, quantity_places),
        "timeInForce": ask.notes["timeInForce"],
        "type": ask.notes.get("placedType", ask.type_name),
        "origType": ask.type_name,
        "reduceOnly": ask.reduce_only,
        "closePosition": ask.notes.get("closePosition") == "true",
        "side": ask.side,
        "positionSide": SIDES[ask.position_side],
        "stopPrice": render(0, price_places),
        "workingType": ask.notes.get("workingType", "CONTRACT_PRICE"),
        "priceProtect": False,
        "priceMatch": ask.notes["priceMatch"],
        "selfTradePreventionMode": ask.self_trade,
        "goodTillDate": ask.good_till_us // 1000,
    }


def trade_row(call: Call, trade: Trade, order: Order) -> Document:
    """One row of userTrades, as the owner of `order` sees it."""
    buys = order.side is Side.BUY
    price_places, quantity_places = places(order.instrument)
    fee, asset = trade.buy_fee if buys else trade.sell_fee
    return {
        "symbol": trade.symbol,
        "id": trade.trade_id,
        "orderId": order.order_id,
        "side": order.side,
        "price": render(trade.price, price_places),
        "qty": render(trade.quantity, quantity_places),
        "realizedPnl": render(trade.buy_pnl if buys else trade.sell_pnl),
        "quoteQty": render(trade.quote, price_places + quantity_places),
        "commission": render(fee),
        "commissionAsset": asset,
        "time": call.stamp(trade.time_us),
        "positionSide": SIDES[order.ask.position_side],
        "buyer": buys,
        "maker": trade.buyer_is_maker is buys,
    }


def amendment(call: Call, order: Order, number: int, record: Amendment) -> Document:
    """One row of orderAmendment."""
    price_places, quantity_places = places(order.instrument)
    return {
        "amendmentId": record.execution_id,
        "symbol": order.instrument.symbol,
        "pair": order.instrument.symbol.partition("_")[0],
        "orderId": order.order_id,
        "clientOrderId": order.client_order_id,
        "time": call.stamp(record.time_us),
        "amendment": {
            "price": {
                "before": render(record.old_price, price_places),
                "after": render(record.new_price, price_places),
            },
            "origQty": {
                "before": render(record.old_quantity, quantity_places),
                "after": render(record.new_quantity, quantity_places),
            },
            "count": number,
        },
    }


def algo_status(algo: Algo) -> str:
    """NEW, then TRIGGERED while the order it placed is open, then FINISHED."""
    if algo.order is not None:
        return "TRIGGERED" if algo.order.open else "FINISHED"
    return _ALGO_STATUSES.get(algo.status, "REJECTED")


def algo(call: Call, each: Algo) -> Document:
    """An algo order in the reply to placing it."""
    ask, trigger = each.ask, each.trigger
    price_places, quantity_places = places(ask.instrument)
    trailing: Document = {}
    if trigger.trailing:
        activation = None if trigger.price is None else render(trigger.price, price_places)
        trailing = {"activatePrice": activation, "callbackRate": render(trigger.trailing * 10**10, 1)}
    return {
        "algoId": each.algo_id,
        "clientAlgoId": each.client_id,
        "algoType": "CONDITIONAL",
        "orderType": ask.type_name,
        "symbol": ask.instrument.symbol,
        "side": ask.side,
        "positionSide": SIDES[ask.position_side],
        "timeInForce": ask.notes["timeInForce"],
        "quantity": render(ask.quantity, quantity_places),
        "algoStatus": algo_status(each),
        "triggerPrice": render(0 if trigger.trailing else trigger.price or 0, price_places),
        "price": render(ask.price or 0, price_places),
        "icebergQuantity": None,
        "selfTradePreventionMode": ask.self_trade,
        "workingType": ask.notes["workingType"],
        "priceMatch": ask.notes["priceMatch"],
        "closePosition": each.close_all,
        "priceProtect": ask.notes["priceProtect"] == "true",
        "reduceOnly": ask.reduce_only,
        **trailing,
        "createTime": call.stamp(each.created_us),
        "updateTime": call.stamp(each.updated_us),
        "triggerTime": call.stamp(each.triggered_us),
        "goodTillDate": ask.good_till_us // 1000,
    }


def found_algo(call: Call, each: Algo) -> Document:
    """An algo order in queries: also which order it placed, and what became of that."""
    order = each.order
    price_places, quantity_places = places(each.ask.instrument)
    average = order.instrument.average(order.filled_quote, order.filled) if order else 0
    return {
        **algo(call, each),
        "actualOrderId": str(order.order_id) if order else "",
        "actualPrice": render(average, price_places),
        "actualQty": render(order.filled if order else 0, quantity_places),
    }
