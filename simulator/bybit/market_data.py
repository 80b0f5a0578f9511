"""Public market data: time, order book, trades, candles, price limits, system status.

Source: Bybit v5 docs, "Market".
"""

from simulator.books import BookSide
from simulator.bybit import bounds, decimals, errors, ids, wire
from simulator.bybit.call import Call
from simulator.instruments import Instrument
from simulator.orders import Side
from simulator.tape import Candle

_DEPTH = {"spot": (1, 1000), "linear": (25, 1000), "inverse": (25, 1000), "option": (1, 25)}
_TRADES = {"spot": (60, 60), "linear": (500, 1000), "inverse": (500, 1000), "option": (500, 1000)}
_MINUTES = {
    "1": 1, "3": 3, "5": 5, "15": 15, "30": 30, "60": 60, "120": 120, "240": 240, "360": 360, "720": 720,
    "D": 1440, "W": 10_080, "M": 43_200,
}  # fmt: skip
_CANDLES, _MOST_CANDLES = 200, 1000
_MINUTE_MS = 60_000


def server_time(call: Call) -> object:
    """GET /v5/market/time."""
    now_us = call.exchange.clock.now_us()
    return {"timeSecond": str(now_us // 1_000_000), "timeNano": f"{now_us}000"}


def status(call: Call) -> object:  # noqa: ARG001 - the shape of a handler
    """GET /v5/system/status: nothing is announced."""
    return {"list": []}


def orderbook(call: Call) -> object:
    """GET /v5/market/orderbook."""
    category = call.category()
    instrument = call.instrument(category)
    default, most = _DEPTH[category]
    count = call.params.within("limit", 1, most, default)
    book = call.market(category).pits[instrument.symbol].book
    now = call.now_ms()
    return {
        "s": instrument.symbol,
        "b": levels(instrument, book.bids, count),
        "a": levels(instrument, book.asks, count),
        "ts": now,
        "u": book.updates,
        "seq": book.updates,
        "cts": now,
    }


def levels(instrument: Instrument, side: BookSide, count: int) -> list[list[str]]:
    """The best levels of a side as [price, quantity]."""
    found: list[list[str]] = []
    for price, level in side.best_first():
        if len(found) == count:
            break
        size = sum(order.visible for order in level.values())
        found.append([decimals.price(instrument, price), decimals.plain(size)])
    return found


def recent_trades(call: Call) -> object:
    """GET /v5/market/recent-trade: the newest first."""
    category = call.category()
    default, most = _TRADES[category]
    count = call.params.within("limit", 1, most, default)
    named = category != "option" or call.params.has("symbol")
    instruments = [call.instrument(category)] if named else call.instruments(category)
    pits = call.market(category).pits
    found = [(trade, each) for each in instruments for trade in pits[each.symbol].tape.trades]
    found.sort(key=lambda row: -row[0].seq)
    return {
        "category": category,
        "list": [
            {
                "execId": ids.execution(category, each.symbol, trade.trade_id),
                "symbol": each.symbol,
                "price": decimals.price(each, trade.price),
                "size": decimals.plain(trade.quantity),
                "side": wire.SIDES[Side.SELL if trade.buyer_is_maker else Side.BUY],
                "time": str(trade.time_us // 1000),
                "isBlockTrade": False,
                "isRPITrade": False,
                "seq": str(trade.seq),
            }
            for trade, each in found[:count]
        ],
    }


def kline(call: Call) -> object:
    """GET /v5/market/kline: candles of the last day that had trades, the newest first; linear by default."""
    category = call.params.choice("category", ("spot", "linear", "inverse"), "linear")
    instrument = call.instrument(category)
    word = call.params.need("interval")
    if word not in _MINUTES:
        raise errors.parameter("Invalid interval")
    count = call.params.within("limit", 1, _MOST_CANDLES, _CANDLES)
    start, end = call.params.integer("start") or 0, call.params.integer("end") or 2**63
    minutes = _MINUTES[word]
    merged: dict[int, Candle] = {}
    for candle in call.market(category).pits[instrument.symbol].tape.candles:
        opened = candle.minute // minutes * minutes
        if opened not in merged:
            merged[opened] = Candle(
                opened, candle.open, candle.high, candle.low, candle.close, candle.first_id, candle.last_id
            )
        merged[opened].merge(candle)
    wanted = [each for each in merged.values() if start <= each.minute * _MINUTE_MS <= end]
    rows = [_candle(instrument, each) for each in reversed(wanted)]
    return {"symbol": instrument.symbol, "category": category, "list": rows[:count]}


def _candle(instrument: Instrument, each: Candle) -> list[str]:
    prices = [decimals.price(instrument, price) for price in (each.open, each.high, each.low, each.close)]
    return [str(each.minute * _MINUTE_MS), *prices, decimals.plain(each.volume), decimals.plain(each.quote)]


def price_limit(call: Call) -> object:
    """GET /v5/market/price-limit: the greatest price of a buy and the least of a sell; linear by default."""
    category = call.params.choice("category", ("spot", "linear", "inverse"), "linear")
    instrument = call.instrument(category)
    low, high = bounds.band(instrument, call.market(category).pits[instrument.symbol].mark)
    return {
        "symbol": instrument.symbol,
        "buyLmt": decimals.price(instrument, high),
        "sellLmt": decimals.price(instrument, low),
        "ts": str(call.now_ms()),
    }
