"""Public market data. Source: Binance spot docs, `rest-api.md`, "Market data endpoints"."""

from simulator.amounts import SCALE, render
from simulator.binance import errors
from simulator.binance.call import Call
from simulator.binance.exchange_info import every, named
from simulator.books import BookSide
from simulator.instruments import Instrument
from simulator.matching import Pit
from simulator.tape import DAY_MINUTES, MINUTE_US, Candle

DEPTH, MAX_DEPTH = 100, 5000
AVERAGE_MINUTES = 5
TRADES, MAX_TRADES = 500, 1000
INTERVALS = {
    "1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240,
    "6h": 360, "8h": 480, "12h": 720, "1d": 1440, "3d": 4320, "1w": 10080,
}  # fmt: skip
_DAY_MS = 86_400_000


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
    _status(call)
    call.params.finish(signed=False)
    book = call.market.pits[instrument.symbol].book
    count = min(limit or DEPTH, MAX_DEPTH)
    return {"lastUpdateId": book.updates, "bids": _levels(book.bids, count), "asks": _levels(book.asks, count)}


def _levels(side: BookSide, count: int) -> list[list[str]]:
    found: list[list[str]] = []
    for price, level in side.best_first():
        if len(found) == count:
            break
        found.append([render(price), render(sum(order.visible for order in level.values()))])
    return found


def _status(call: Call) -> None:
    call.params.choice("symbolStatus", ("TRADING", "HALT", "BREAK"))


def _several(call: Call) -> tuple[list[Instrument], bool]:
    """The symbols asked for, and whether the reply is a single object."""
    single = call.params.has("symbol")
    chosen = named(call) or every(call)
    _status(call)
    return chosen, single


def price(call: Call) -> object:
    """GET /api/v3/ticker/price."""
    chosen, single = _several(call)
    call.params.finish(signed=False)
    found = [{"symbol": each.symbol, "price": render(call.market.pits[each.symbol].book.last_price)} for each in chosen]
    return found[0] if single else found


def book_ticker(call: Call) -> object:
    """GET /api/v3/ticker/bookTicker."""
    chosen, single = _several(call)
    call.params.finish(signed=False)
    found = [{"symbol": each.symbol, **_best(call.market.pits[each.symbol])} for each in chosen]
    return found[0] if single else found


def _best(pit: Pit) -> dict[str, object]:
    bids, asks = _levels(pit.book.bids, 1), _levels(pit.book.asks, 1)
    bid, ask = (side[0] if side else [render(0), render(0)] for side in (bids, asks))
    return {"bidPrice": bid[0], "bidQty": bid[1], "askPrice": ask[0], "askQty": ask[1]}


def average(call: Call) -> object:
    """GET /api/v3/avgPrice."""
    pit = call.market.pits[call.instrument().symbol]
    call.params.finish(signed=False)
    now = call.market.clock.now_us()
    value = pit.tape.average_price(now, AVERAGE_MINUTES, pit.book.last_price)
    closed = pit.tape.trades[-1].time_us if pit.tape.trades else now
    return {"mins": AVERAGE_MINUTES, "price": render(value), "closeTime": call.stamp(closed)}


def day(call: Call) -> object:
    """GET /api/v3/ticker/24hr."""
    chosen, single = _several(call)
    mini = (call.params.choice("type", ("FULL", "MINI")) or "FULL") == "MINI"
    call.params.finish(signed=False)
    found = [_day(call, each, mini=mini) for each in chosen]
    return found[0] if single else found


def _day(call: Call, each: Instrument, *, mini: bool) -> dict[str, object]:
    pit = call.market.pits[each.symbol]
    now = call.market.clock.now_us()
    last = pit.book.last_price
    total = pit.tape.span(now, DAY_MINUTES) or Candle(0, last, last, last, last, -1, -1)
    head = {
        "symbol": each.symbol,
        "openPrice": render(total.open),
        "highPrice": render(max(total.high, last)),
        "lowPrice": render(min(total.low, last)),
        "lastPrice": render(last),
        "volume": render(total.volume),
        "quoteVolume": render(total.quote),
        "openTime": call.stamp(now - _DAY_MS * 1000),
        "closeTime": call.stamp(now),
        "firstId": total.first_id,
        "lastId": total.last_id,
        "count": total.count,
    }
    return head if mini else {**head, **_day_details(pit, total, last)}


def _day_details(pit: Pit, total: Candle, last: int) -> dict[str, object]:
    change = last - total.open
    return {
        "priceChange": render(change),
        "priceChangePercent": render(change * 100 * SCALE // total.open, 3),
        "weightedAvgPrice": render(total.quote * SCALE // total.volume if total.volume else last),
        "prevClosePrice": render(total.open),
        "lastQty": render(total.last_quantity),
        **_best(pit),
    }


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


def klines(call: Call) -> object:
    """GET /api/v3/klines: candles of the last day that had trades. Raises: ApiError -1120."""
    pit = call.market.pits[call.instrument().symbol]
    word = call.params.need("interval")
    if word not in INTERVALS:
        raise errors.ApiError(-1120, "Invalid interval.")
    limit = min(call.params.integer("limit") or TRADES, MAX_TRADES)
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    call.params.finish(signed=False)
    minutes = INTERVALS[word]
    merged: dict[int, Candle] = {}
    for candle in pit.tape.candles:
        opened = candle.minute // minutes * minutes
        if opened not in merged:
            merged[opened] = Candle(
                opened, candle.open, candle.high, candle.low, candle.close, candle.first_id, candle.last_id
            )
        merged[opened].merge(candle)
    wanted = [each for each in merged.values() if (start or 0) <= each.minute * 60_000 <= (end or 2**63)]
    chosen = wanted[:limit] if start is not None else wanted[-limit:]
    return [_kline(call, each, minutes) for each in chosen]


def _kline(call: Call, each: Candle, minutes: int) -> list[object]:
    closed = (each.minute + minutes) * MINUTE_US - 1
    return [
        call.stamp(each.minute * MINUTE_US),
        render(each.open),
        render(each.high),
        render(each.low),
        render(each.close),
        render(each.volume),
        call.stamp(closed),
        render(each.quote),
        each.count,
        render(each.taker_base),
        render(each.taker_quote),
        "0",
    ]
