"""GET /api/v3/klines. Source: Binance spot docs, `rest-api.md`, "Kline/Candlestick data"."""

from simulator.amounts import render
from simulator.binance import errors
from simulator.binance.call import Call
from simulator.tape import MINUTE_US, Candle

ROWS, MAX_ROWS = 500, 1000
INTERVALS = {
    "1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240,
    "6h": 360, "8h": 480, "12h": 720, "1d": 1440, "3d": 4320, "1w": 10080,
}  # fmt: skip


def klines(call: Call) -> object:
    """GET /api/v3/klines: candles of the last day that had trades. Raises: ApiError -1120."""
    pit = call.market.pits[call.instrument().symbol]
    word = call.params.need("interval")
    if word not in INTERVALS:
        raise errors.ApiError(-1120, "Invalid interval.")
    limit = min(call.params.integer("limit") or ROWS, MAX_ROWS)
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
