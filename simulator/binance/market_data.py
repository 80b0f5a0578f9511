"""Public market data. Source: Binance spot docs, `rest-api.md`, "Market data endpoints"."""

from simulator.amounts import render
from simulator.binance.call import Call
from simulator.books import BookSide

DEPTH, MAX_DEPTH = 100, 5000
TRADES, MAX_TRADES = 500, 1000


def ping(call: Call) -> object:
    """GET /api/v3/ping."""
    call.params.finish(signed=False)
    return {}


def server_time(call: Call) -> object:
    """GET /api/v3/time."""
    call.params.finish(signed=False)
    return {"serverTime": call.now()}


def depth(call: Call) -> object:
    """GET /api/v3/depth."""
    instrument = call.instrument()
    limit = call.params.integer("limit")
    status(call)
    call.params.finish(signed=False)
    book = call.market.pits[instrument.symbol].book
    count = min(limit or DEPTH, MAX_DEPTH)
    return {"lastUpdateId": book.updates, "bids": levels(book.bids, count), "asks": levels(book.asks, count)}


def levels(side: BookSide, count: int) -> list[list[str]]:
    """The best levels of a side as [price, quantity]; of an iceberg only what shows."""
    found: list[list[str]] = []
    for price, level in side.best_first():
        if len(found) == count:
            break
        found.append([render(price), render(sum(order.visible for order in level.values()))])
    return found


def status(call: Call) -> None:
    """Read the optional symbolStatus; every symbol here trades."""
    call.params.choice("symbolStatus", ("TRADING", "HALT", "BREAK"))


def trades(call: Call) -> object:
    """GET /api/v3/trades: the newest public trades."""
    pit = call.market.pits[call.instrument().symbol]
    limit = call.params.integer("limit") or TRADES
    call.params.finish(signed=False)
    return [
        {
            "id": trade.trade_id,
            "price": render(trade.price),
            "qty": render(trade.quantity),
            "quoteQty": render(trade.quote),
            "time": call.stamp(trade.time_us),
            "isBuyerMaker": trade.buyer_is_maker,
            "isBestMatch": True,
        }
        for trade in list(pit.tape.trades)[-min(limit, MAX_TRADES) :]
    ]


def aggregate_trades(call: Call) -> object:
    """GET /api/v3/aggTrades: every trade is an aggregate of its own here. Optional: fromId, startTime, endTime (ms)."""
    pit = call.market.pits[call.instrument().symbol]
    params = call.params
    limit, first = params.integer("limit") or TRADES, params.integer("fromId")
    start, end = params.integer("startTime"), params.integer("endTime")
    params.finish(signed=False)
    chosen = [
        trade
        for trade in pit.tape.trades
        if trade.trade_id >= (first or 0) and (start or 0) <= trade.time_us // 1000 <= (end or 2**63)
    ]
    forward = first is not None or start is not None
    return [
        {
            "a": trade.trade_id,
            "p": render(trade.price),
            "q": render(trade.quantity),
            "f": trade.trade_id,
            "l": trade.trade_id,
            "T": call.stamp(trade.time_us),
            "m": trade.buyer_is_maker,
            "M": True,
        }
        for trade in (chosen[:limit] if forward else chosen[-limit:])[:MAX_TRADES]
    ]
