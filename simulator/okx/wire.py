"""Orders and fills in OKX's JSON: every scalar a text, empty where it does not apply.

Source: OKX v5 docs, "Get order details", "Get transaction details"; recorded rows in `exchanges/okx.md`, 4.2 and 4.3.
"""

from simulator.amounts import SCALE, short
from simulator.floor import FOK_MISSED, IOC_REST, NO_LIQUIDITY, WOULD_TAKE
from simulator.instruments import Kind
from simulator.matching import NOTHING_LEFT
from simulator.okx.call import Row
from simulator.okx.new_order import UNPRICED
from simulator.okx.venue import Venue
from simulator.orders import Order, Side, Status, Trade

LIVE, PARTLY, FILLED, CANCELED = "live", "partially_filled", "filled", "canceled"
_STATES = {Status.NEW: LIVE, Status.PARTIALLY_FILLED: PARTLY, Status.FILLED: FILLED}
_SOURCES = {
    "USER": "1",
    "CANCEL_ON_FAIL": "0",
    "MASS": "38",
    "DEAD_MAN": "20",
    FOK_MISSED: "13",
    IOC_REST: "14",
    NO_LIQUIDITY: "14",
    WOULD_TAKE: "31",
    NOTHING_LEFT: "17",
}
_SELF_TRADE_SOURCE = "32"


def state(order: Order) -> str:
    """An order's state; one that was amended down to what it had filled counts as filled."""
    if order.open:
        return _STATES[order.status]
    if order.status is Status.FILLED or (order.amendments and 0 < order.filled >= order.quantity):
        return FILLED
    return CANCELED


def order_row(venue: Venue, order: Order) -> Row:
    """One order as every query shows it."""
    return {**_identity(venue, order), **_intent(venue, order), **_progress(order)}


def _identity(venue: Venue, order: Order) -> Row:
    notes = order.ask.notes
    algo = venue.market_of(order).algos.by_id.get(order.ask.algo_id)
    algo_id = str(order.ask.algo_id or "")
    return {
        "instType": notes["instType"],
        "instId": order.instrument.symbol,
        "ordId": str(order.order_id),
        "clOrdId": order.client_order_id,
        "tag": notes["tag"],
        "algoId": algo_id,
        "algoClOrdId": algo.client_id if algo else "",
        "attachAlgoClOrdId": notes.get("attachAlgoClOrdId", ""),
        "linkedAlgoOrd": {"algoId": ""},
        "attachAlgoOrds": [each.row() for each in venue.attached.get(order.order_id, ())],
    }


def _intent(venue: Venue, order: Order) -> Row:
    ask, notes = order.ask, order.ask.notes
    contract = order.instrument.kind is not Kind.SPOT
    price_kind = next((name for name in ("pxUsd", "pxVol") if notes.get(name)), "px")
    return {
        "side": ask.side.lower(),
        "posSide": ask.position_side.lower(),
        "tdMode": notes["tdMode"],
        "ccy": notes["ccy"],
        "ordType": ask.type_name if ask.type_name != "fok" or order.instrument.kind is not Kind.OPTION else "op_fok",
        "px": "" if ask.type_name in UNPRICED or price_kind != "px" else short(order.price or 0),
        "pxType": price_kind if order.instrument.kind is Kind.OPTION else "",
        "pxUsd": notes["pxUsd"],
        "pxVol": notes["pxVol"],
        "sz": short(ask.quote_quantity or order.quantity),
        "tgtCcy": notes["tgtCcy"] if ask.type_name == "market" else "",
        "tradeQuoteCcy": "" if contract else order.instrument.quote,
        "reduceOnly": notes["reduceOnly"],
        "stpMode": notes["stpMode"],
        "stpId": "",
        "lever": leverage(venue, order) if contract and order.instrument.kind is not Kind.OPTION else "",
        "quickMgnType": "",
        "category": "normal",
        "source": "7" if ask.algo_id else "",
        "isTpLimit": "false",
        **dict.fromkeys(_NO_STOPS, ""),
    }


_NO_STOPS = ("tpTriggerPx", "tpTriggerPxType", "tpOrdPx", "slTriggerPx", "slTriggerPxType", "slOrdPx")


def leverage(venue: Venue, order: Order) -> str:
    """The leverage of the position that an order acts on."""
    ask = order.ask
    positions = venue.pool.positions
    position = positions.get(order.account, ask.instrument, ask.position_side, isolated=ask.isolated)
    return short(positions.of_position(position))


def _progress(order: Order) -> Row:
    shown = state(order)
    last = order.trades[-1] if order.trades else None
    fee, asset = fees(order)
    return {
        "state": shown,
        "accFillSz": short(order.filled),
        "avgPx": short(order.instrument.average(order.filled_quote, order.filled)) if order.filled else "",
        "fillPx": short(last.price) if last else "",
        "fillSz": short(last.quantity) if last else "0",
        "fillTime": str(last.time_us // 1000) if last else "",
        "tradeId": str(last.trade_id) if last else "",
        "pnl": short(sum(_pnl(order, trade) for trade in order.trades)),
        "fee": short(-fee),
        "feeCcy": asset,
        "rebate": "0",
        "rebateCcy": _other_asset(order),
        "cancelSource": _source(order) if shown == CANCELED else "",
        "cancelSourceReason": order.expiry if shown == CANCELED else "",
        "cTime": str(order.accepted_us // 1000),
        "uTime": str(order.updated_us // 1000),
    }


def _source(order: Order) -> str:
    if order.status is Status.EXPIRED_IN_MATCH:
        return _SELF_TRADE_SOURCE
    return _SOURCES.get(order.expiry, "0")


def _other_asset(order: Order) -> str:
    instrument = order.instrument
    if instrument.settle:
        return instrument.settle
    return instrument.quote if order.side is Side.BUY else instrument.base


def fees(order: Order) -> tuple[int, str]:
    """What an order has paid so far, and in which asset: of pairs the one received, of contracts the settlement one."""
    instrument = order.instrument
    asset = instrument.settle or (instrument.base if order.side is Side.BUY else instrument.quote)
    return sum(_fee(order, trade) for trade in order.trades), asset


def _fee(order: Order, trade: Trade) -> int:
    return (trade.buy_fee if order.side is Side.BUY else trade.sell_fee)[0]


def _pnl(order: Order, trade: Trade) -> int:
    return trade.buy_pnl if order.side is Side.BUY else trade.sell_pnl


def bill_id(order: Order, trade: Trade) -> int:
    """A number of its own for each side of each trade, in the order of time."""
    return trade.seq * 2 + (order.side is Side.SELL)


def fill_row(order: Order, trade: Trade) -> Row:
    """One fill, as the owner of `order` sees it. The marks and volatilities of options are left empty."""
    fee = _fee(order, trade)
    buys = order.side is Side.BUY
    value = trade.quote if order.instrument.kind is not Kind.SPOT or not buys else trade.quantity
    return {
        "instType": order.ask.notes["instType"],
        "instId": trade.symbol,
        "tradeId": str(trade.trade_id),
        "ordId": str(order.order_id),
        "clOrdId": order.client_order_id,
        "billId": str(bill_id(order, trade)),
        "subType": "1" if buys else "2",
        "tag": order.ask.notes["tag"],
        "fillPx": short(trade.price),
        "fillSz": short(trade.quantity),
        "fillPnl": short(_pnl(order, trade)),
        **dict.fromkeys(("fillIdxPx", "fillPxVol", "fillPxUsd", "fillMarkVol", "fillFwdPx", "fillMarkPx"), ""),
        "side": order.side.lower(),
        "posSide": order.ask.position_side.lower(),
        "execType": "M" if trade.buyer_is_maker is buys else "T",
        "feeCcy": fees(order)[1],
        "fee": short(-fee),
        "feeRate": short(-(fee * SCALE // value)) if value else "0",
        "fillTime": str(trade.time_us // 1000),
        "ts": str(trade.time_us // 1000),
        "tradeQuoteCcy": "" if order.instrument.settle else order.instrument.quote,
    }
