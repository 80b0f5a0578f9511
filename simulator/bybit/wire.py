"""Orders and executions in Bybit's JSON.

Assumptions: an IOC or market order without enough against it carries EC_NoImmediateQtyToFill, a FOK order
EC_CancelForNoFullFill; a conditional order that is cancelled before it wakes up is Deactivated in every category.

Source: Bybit v5 docs, "Get Open & Closed Orders", "Get Order History", "Get Trade History", "Enums Definitions".
"""

from collections import defaultdict

from simulator.amounts import short
from simulator.bybit import conditional, decimals, ids
from simulator.floor import FOK_MISSED, IOC_REST, NO_LIQUIDITY, WOULD_TAKE
from simulator.instruments import Kind
from simulator.listing import Rates
from simulator.orders import Order, SelfTrade, Side, Status, Trade

Document = dict[str, object]
SPOT, OPTION = "spot", "option"
OPEN = ("New", "PartiallyFilled", "Untriggered")
FINAL = ("Filled", "Cancelled", "PartiallyFilledCanceled", "Rejected", "Deactivated")
BY_USER, BY_DCP, BY_SMP, BY_REDUCE_ONLY = "CancelByUser", "CancelByDCP", "CancelBySmp", "CancelByReduceOnly"
_REJECTS = {
    WOULD_TAKE: "EC_PostOnlyWillTakeLiquidity",
    FOK_MISSED: "EC_CancelForNoFullFill",
    IOC_REST: "EC_NoImmediateQtyToFill",
    NO_LIQUIDITY: "EC_NoImmediateQtyToFill",
}
_SMP = {
    SelfTrade.NONE: "None",
    SelfTrade.EXPIRE_MAKER: "CancelMaker",
    SelfTrade.EXPIRE_TAKER: "CancelTaker",
    SelfTrade.EXPIRE_BOTH: "CancelBoth",
}
SIDES = {Side.BUY: "Buy", Side.SELL: "Sell"}
_ATTACHED = ("takeProfit", "stopLoss", "tpTriggerBy", "slTriggerBy", "tpLimitPrice", "slLimitPrice")


def status(category: str, order: Order) -> str:
    """An order's status in Bybit's words."""
    asleep = order.ask.trigger is not None and not order.working_us
    if order.open:
        return "Untriggered" if asleep else "PartiallyFilled" if order.filled else "New"
    if order.status is Status.FILLED:
        return "Filled"
    if asleep and order.status is Status.CANCELED:
        return "Deactivated"
    return "PartiallyFilledCanceled" if order.filled and category == SPOT else "Cancelled"


def order_row(category: str, order: Order) -> Document:
    """An order as the real-time query shows it."""
    ask = order.ask
    row: Document = {
        "symbol": order.instrument.symbol,
        "orderType": ask.type_name,
        "orderLinkId": order.client_order_id,
        "orderId": ids.spell(category, order.order_id),
        "cancelType": _cancel_type(order),
        "stopOrderType": conditional.stop_type(ask.notes, spot=category == SPOT),
        "orderStatus": status(category, order),
        "timeInForce": ask.notes.get("timeInForce", ""),
        "price": _price(order),
        "side": SIDES[order.side],
        "createdTime": str(order.accepted_us // 1000),
        "updatedTime": str(order.updated_us // 1000),
        "rejectReason": _reject_reason(order),
        "reduceOnly": ask.reduce_only,
        "closeOnTrigger": "closeOnTrigger" in ask.notes,
        "positionIdx": int(ask.notes.get("positionIdx", "0")),
        "smpType": _SMP[ask.self_trade],
        "smpGroup": 0,
        "smpOrderId": "",
        "blockTradeId": "",
        "parentOrderLinkId": "",
        "orderIv": "",
        "placeType": "price" if category == OPTION else "",
        "isLeverage": ask.notes.get("isLeverage", ""),
    }
    row.update(_filled(order))
    row.update(_trigger(category, order))
    row.update(_only_spot(order) if category == SPOT else _only_contract(order))
    return row


def history_row(category: str, order: Order) -> Document:
    """An order as the history shows it."""
    notes = order.ask.notes
    return {
        **order_row(category, order),
        "slippageToleranceType": notes.get("slippageToleranceType", "UNKNOWN"),
        "slippageTolerance": notes.get("slippageTolerance", ""),
        "extraFees": "",
        "rpiTakerAccess": False,
        "rpiMatchedQty": "0",
    }


def _cancel_type(order: Order) -> str:
    if order.status is Status.EXPIRED_IN_MATCH:
        return BY_SMP
    return order.ask.notes.get("cancelType", "UNKNOWN")


def _reject_reason(order: Order) -> str:
    if order.expiry in _REJECTS:
        return _REJECTS[order.expiry]
    if order.status is Status.EXPIRED_IN_MATCH:
        return "EC_BySelfMatch"
    return "EC_PerCancelRequest" if order.status is Status.CANCELED else "EC_NoError"


def _price(order: Order) -> str:
    """A market order shows the bound that protects it, not what it traded at."""
    if order.price is not None:
        return decimals.price(order.instrument, order.price)
    return order.ask.notes.get("bound", "0")


def _filled(order: Order) -> Document:
    instrument = order.instrument
    by_value = bool(order.ask.quote_quantity)
    left = order.remaining if order.open and not by_value else 0
    fees = _fees(order)
    return {
        "qty": short(order.ask.quote_quantity) if by_value else decimals.quantity(instrument, order.quantity),
        "leavesQty": decimals.quantity(instrument, left),
        "leavesValue": decimals.plain(instrument.value(order.price, left) if order.price and left else 0),
        "cumExecQty": decimals.quantity(instrument, order.filled),
        "cumExecValue": decimals.plain(order.filled_quote, 12),
        "avgPrice": decimals.plain(instrument.average(order.filled_quote, order.filled)) if order.filled else "",
        "cumExecFee": decimals.plain(sum(fees.values())),
        "cumFeeDetail": {asset: decimals.plain(amount) for asset, amount in fees.items()},
    }


def _fees(order: Order) -> dict[str, int]:
    fees: dict[str, int] = defaultdict(int)
    for trade in order.trades:
        amount, asset = fee(trade, order)
        fees[asset] += amount
    return fees


def _trigger(category: str, order: Order) -> Document:
    trigger, notes = order.ask.trigger, order.ask.notes
    futures = category not in (SPOT, OPTION)
    price = trigger.price if trigger is not None else None
    return {
        "triggerPrice": decimals.price(order.instrument, price) if price else "",
        "triggerDirection": int(notes.get("triggerDirection", "0")),
        "triggerBy": notes.get("triggerBy", "UNKNOWN" if futures else ""),
        **{name: notes.get(name, "") for name in _ATTACHED},
    }


def _only_spot(order: Order) -> Document:
    return {
        "marketUnit": order.ask.notes.get("marketUnit", ""),
        "basePrice": order.ask.notes.get("lastPrice", ""),
        "ocoTriggerBy": "OcoTriggerByUnknown",
        "lastPriceOnCreated": "",
    }


def _only_contract(order: Order) -> Document:
    return {
        "marketUnit": "",
        "createType": order.ask.notes.get("createType", "CreateByUser"),
        "tpslMode": order.ask.notes.get("tpslMode", ""),
        "lastPriceOnCreated": order.ask.notes.get("lastPrice", ""),
    }


def fee(trade: Trade, order: Order) -> tuple[int, str]:
    """What the owner of an order paid for a trade."""
    return trade.buy_fee if order.side is Side.BUY else trade.sell_fee


def execution_row(category: str, rates: Rates, trade: Trade, order: Order) -> Document:
    """A trade as the owner of one of its orders sees it."""
    instrument = order.instrument
    paid, asset = fee(trade, order)
    maker = trade.buyer_is_maker is (order.side is Side.BUY)
    contract = instrument.kind is not Kind.SPOT
    row: Document = {
        "symbol": trade.symbol,
        "orderId": ids.spell(category, order.order_id),
        "orderLinkId": order.client_order_id,
        "side": SIDES[order.side],
        "orderPrice": _price(order),
        "orderQty": decimals.quantity(instrument, order.quantity),
        "leavesQty": decimals.quantity(instrument, _left_after(order, trade)),
        "orderType": order.ask.type_name,
        "stopOrderType": conditional.stop_type(order.ask.notes, spot=not contract),
        "execId": ids.execution(category, trade.symbol, trade.trade_id),
        "execPrice": decimals.price(instrument, trade.price),
        "execQty": decimals.quantity(instrument, trade.quantity),
        "execValue": decimals.plain(trade.quote, 12),
        "execTime": str(trade.time_us // 1000),
        "execType": "Trade",
        "execFee": decimals.plain(paid),
        "feeRate": short(rates.maker if maker else rates.taker),
        "feeCurrency": "" if contract else asset,
        "isMaker": maker,
        "seq": trade.seq,
    }
    row.update(_execution_rest(order, trade) if contract else _NO_PRICES)
    return row


_PRICES = ("markPrice", "indexPrice", "underlyingPrice", "tradeIv", "markIv", "blockTradeId", "closedSize", "extraFees")
_NO_PRICES: Document = {name: "" for name in _PRICES}  # noqa: C420 - typed as a document


def _execution_rest(order: Order, trade: Trade) -> Document:
    """What only contracts have; the size that a trade closed is told by its result."""
    closed = trade.buy_pnl if order.side is Side.BUY else trade.sell_pnl
    mark = order.ask.notes.get("lastPrice", "")
    return {
        **_NO_PRICES,
        "markPrice": mark,
        "closedSize": decimals.quantity(order.instrument, trade.quantity if closed or order.ask.closes else 0),
        "createType": order.ask.notes.get("createType", "CreateByUser"),
    }


def _left_after(order: Order, trade: Trade) -> int:
    """What an order still wanted after one of its trades."""
    if order.ask.quote_quantity:
        return 0
    return max(0, order.quantity - sum(each.quantity for each in order.trades if each.seq <= trade.seq))
