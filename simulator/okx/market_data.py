"""Public market data. Source: OKX v5 docs, "Market Data", "Public Data"; shapes in `exchanges/okx.md`, section 4.6."""

from simulator.amounts import SCALE, short
from simulator.books import BookSide
from simulator.okx.call import Call, Row
from simulator.okx.checks import price_band
from simulator.okx.errors import error, illegal
from simulator.okx.names import CONTRACTS, KINDS, OPTION, SPOT
from simulator.okx.venue import Listed
from simulator.tape import DAY_MINUTES, MINUTE_US, Candle

MAX_BOOK, MAX_FULL_BOOK = 400, 5000
MAX_TRADES, MAX_CANDLES = 500, 300
_BARS = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1H": 60, "2H": 120, "4H": 240, "1D": DAY_MINUTES}


def server_time(call: Call) -> list[Row]:
    """GET /public/time."""
    return [{"ts": str(call.now_ms)}]


def status(call: Call) -> list[Row]:  # noqa: ARG001 - the shape of a handler
    """GET /system/status: nothing is planned."""
    return []


def ticker(call: Call) -> list[Row]:
    """GET /market/ticker."""
    return [_ticker(call, call.venue.find(call.params.need("instId")))]


def tickers(call: Call) -> list[Row]:
    """GET /market/tickers."""
    return [_ticker(call, each) for each in _listed(call, (SPOT, *CONTRACTS))]


def _listed(call: Call, legal: tuple[str, ...]) -> list[Listed]:
    """What `instType`, a family and an instrument select. Raises: ApiError 50014, 51000, 51001."""
    params = call.params
    kind = params.need("instType")
    if kind not in legal:
        raise illegal("instType")
    inst_id = params.text("instId")
    found = call.venue.of_kind(kind, params.text("instFamily") or params.text("uly"), inst_id)
    if inst_id and not found:
        raise error("51001")
    return found


def _ticker(call: Call, each: Listed) -> Row:
    pit = each.pit
    day = pit.tape.span(call.received_us, DAY_MINUTES)
    last = short(pit.book.last_price)
    (ask, ask_size), (bid, bid_size) = _best(pit.book.asks), _best(pit.book.bids)
    return {
        "instType": each.kind,
        "instId": each.inst_id,
        "last": last,
        "lastSz": short(day.last_quantity) if day else "0",
        "askPx": ask,
        "askSz": ask_size,
        "bidPx": bid,
        "bidSz": bid_size,
        "open24h": short(day.open) if day else last,
        "high24h": short(day.high) if day else last,
        "low24h": short(day.low) if day else last,
        "volCcy24h": short(_traded_coin(each, day)) if day else "0",
        "vol24h": short(day.volume) if day else "0",
        "sodUtc0": short(day.open) if day else last,
        "sodUtc8": short(day.open) if day else last,
        "ts": str(call.now_ms),
    }


def _traded_coin(each: Listed, candle: Candle) -> int:
    """Volume in quote for a pair, in the base coin for contracts."""
    instrument = each.instrument
    if each.kind == SPOT:
        return candle.quote
    if instrument.settle == instrument.base and each.kind != OPTION:
        return candle.quote
    return candle.volume * instrument.contract // SCALE


def _best(side: BookSide) -> tuple[str, str]:
    found = next(side.best_first(), None)
    if found is None:
        return "", ""
    return short(found[0]), short(sum(order.visible for order in found[1].values()))


def books(call: Call) -> list[Row]:
    """GET /market/books: one level unless `sz` asks for more; price, size, always 0, number of orders."""
    return [_book(call, MAX_BOOK, 1, full=False)]


def books_full(call: Call) -> list[Row]:
    """GET /market/books-full: levels of three."""
    return [_book(call, MAX_FULL_BOOK, 1, full=True)]


def _book(call: Call, most: int, default: int, *, full: bool) -> Row:
    each = call.venue.find(call.params.need("instId"))
    size = call.params.number("sz")
    if size is not None and not 1 <= size <= most:
        raise illegal("sz")
    book = each.pit.book
    asks, bids = (_levels(side, size or default, full=full) for side in (book.asks, book.bids))
    return {"asks": asks, "bids": bids, "ts": str(call.now_ms), **({} if full else {"seqId": book.updates})}


def _levels(side: BookSide, count: int, *, full: bool) -> list[list[str]]:
    found: list[list[str]] = []
    for price, level in side.best_first():
        if len(found) == count:
            break
        size = short(sum(order.visible for order in level.values()))
        found.append([short(price), size, *([] if full else ["0"]), str(len(level))])
    return found


def trades(call: Call) -> list[Row]:
    """GET /market/trades and /market/history-trades: the newest public trades."""
    each = call.venue.find(call.params.need("instId"))
    limit = min(call.params.number("limit") or 100, MAX_TRADES)
    return [
        {
            "instId": trade.symbol,
            "tradeId": str(trade.trade_id),
            "px": short(trade.price),
            "sz": short(trade.quantity),
            "side": "sell" if trade.buyer_is_maker else "buy",
            "source": "0",
            "ts": str(trade.time_us // 1000),
        }
        for trade in list(each.pit.tape.trades)[: -limit - 1 : -1]
    ]


def candles(call: Call) -> list[list[str]]:
    """GET /market/candles and /market/history-candles, newest first; minutes without a trade are left out.

    Bars longer than a minute start when their first trade's minute does (a simplification).
    """
    params = call.params
    each = call.venue.find(params.need("instId"))
    minutes = _BARS[params.choice("bar", _BARS, "1m")]
    limit = min(params.number("limit") or 100, MAX_CANDLES)
    after, before = params.number("after") or 2**63, params.number("before") or 0
    bars: list[Candle] = []
    for candle in each.pit.tape.candles:
        if bars and candle.minute // minutes == bars[-1].minute // minutes:
            bars[-1].merge(candle)
        else:
            bars.append(Candle(candle.minute, candle.open, candle.high, candle.low, candle.close, 0, 0))
            bars[-1].merge(candle)
    rows = [_candle(each, bar, minutes) for bar in reversed(bars)]
    return [row for row in rows if before < int(row[0]) < after][:limit]


def _candle(each: Listed, bar: Candle, minutes: int) -> list[str]:
    start_ms = bar.minute // minutes * minutes * MINUTE_US // 1000
    prices = [short(value) for value in (bar.open, bar.high, bar.low, bar.close)]
    return [str(start_ms), *prices, short(bar.volume), short(_traded_coin(each, bar)), short(bar.quote), "0"]


def mark_price(call: Call) -> list[Row]:
    """GET /public/mark-price."""
    kinds = KINDS
    return [
        {
            "instType": call.params.text("instType"),
            "instId": each.inst_id,
            "markPx": short(each.mark),
            "ts": str(call.now_ms),
        }
        for each in _listed(call, kinds)
    ]


def price_limit(call: Call) -> list[Row]:
    """GET /public/price-limit; options have none here."""
    each = call.venue.find(call.params.need("instId"))
    enabled = each.kind != OPTION
    highest, lowest = price_band(each)
    return [
        {
            "instType": each.kind,
            "instId": each.inst_id,
            "buyLmt": short(highest) if enabled else "",
            "sellLmt": short(lowest) if enabled else "",
            "enabled": enabled,
            "ts": str(call.now_ms),
        }
    ]


def funding_rate(call: Call) -> list[Row]:
    """GET /public/funding-rate: no funding is paid here, so the rate is zero."""
    each = call.venue.find(call.params.need("instId"))
    if each.instrument.expiry_ms or each.kind == SPOT:
        raise error("51001")
    eight_hours = 8 * 3_600_000
    following = (call.now_ms // eight_hours + 1) * eight_hours
    return [
        {
            "instType": each.kind,
            "instId": each.inst_id,
            "method": "current_period",
            "fundingRate": "0",
            "fundingTime": str(following),
            "nextFundingRate": "",
            "nextFundingTime": str(following + eight_hours),
            "minFundingRate": "-0.015",
            "maxFundingRate": "0.015",
            "settState": "settled",
            "settFundingRate": "0",
            "ts": str(call.now_ms),
        }
    ]
