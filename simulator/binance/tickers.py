"""Prices: last, best, average, and over a day. Source: Binance spot docs, `rest-api.md`, "Market data endpoints"."""

from simulator.amounts import SCALE, render
from simulator.binance.call import Call
from simulator.binance.exchange_info import every, named
from simulator.binance.market_data import levels, status
from simulator.instruments import Instrument
from simulator.pit import Pit
from simulator.tape import DAY_MINUTES, Candle

AVERAGE_MINUTES = 5
_DAY_MS = 86_400_000


def _several(call: Call) -> tuple[list[Instrument], bool]:
    """The symbols asked for, and whether the reply is a single object."""
    single = call.params.has("symbol")
    chosen = named(call) or every(call)
    status(call)
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
    bids, asks = levels(pit.book.bids, 1), levels(pit.book.asks, 1)
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


def reference_price(call: Call) -> object:
    """GET /api/v3/referencePrice: there is none here, so averages and last prices stand in (`filters.md`)."""
    symbol = call.instrument().symbol
    call.params.finish(signed=False)
    return {"symbol": symbol, "referencePrice": None, "timestamp": call.now()}


def execution_rules(call: Call) -> object:
    """GET /api/v3/executionRules: no symbol here has any."""
    chosen, _ = _several(call)
    call.params.finish(signed=False)
    return {"symbolRules": [{"symbol": each.symbol, "rules": []} for each in chosen]}
