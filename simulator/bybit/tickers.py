"""GET /v5/market/tickers: best prices, last price, and the last day.

Index and mark price are one here; funding is nil unless it is set (`simulator.funding`), open interest is not kept.
An option's implied volatilities and greeks are not computed: they are shown as zero.

Source: Bybit v5 docs, "Get Tickers".
"""

from simulator.amounts import SCALE
from simulator.bybit import decimals, errors
from simulator.bybit.call import Call
from simulator.bybit.market_data import levels
from simulator.instruments import Instrument
from simulator.pit import Pit
from simulator.tape import DAY_MINUTES, Candle

_HOUR_MINUTES = 60
_FUNDING_MS = 8 * 3_600_000
_PERCENT_PLACES = 6
_NOT_OF_OPTIONS = ("prevPrice24h", "price24hPcnt")
_IV_AND_GREEKS = ("bid1Iv", "ask1Iv", "markIv", "delta", "gamma", "vega", "theta")


def tickers(call: Call) -> object:
    """One symbol or all of a category; options need a symbol or a base coin. Raises: ApiError 10001."""
    category, params = call.category(), call.params
    if category == "option" and not params.has("symbol") and not params.has("baseCoin"):
        raise errors.parameter("params error: symbol or baseCoin is required")
    if params.has("symbol"):
        found = [call.instrument(category)]
    elif category == "option":
        day = params.text("expDate")
        found = [each for each in call.instruments(category) if day in each.symbol]
    else:
        found = list(call.market(category).instruments.values())
    return {"category": category, "list": [_row(call, category, each) for each in found]}


def _row(call: Call, category: str, each: Instrument) -> dict[str, object]:
    pit = call.market(category).pits[each.symbol]
    now = call.exchange.clock.now_us()
    last = pit.book.last_price
    day = pit.tape.span(now, DAY_MINUTES) or Candle(0, last, last, last, last, 0, 0)
    row = {**_best(each, pit), **_day(each, day, last)}
    if category == "spot":
        index = call.exchange.pool.price(each.base) * (each.quote in ("USDT", "USDC", "USD"))
        return {**row, "usdIndexPrice": decimals.plain(index) if index else ""}
    row["markPrice"] = decimals.price(each, pit.mark)
    row["openInterest"] = "0"
    if category == "option":
        kept = {name: value for name, value in row.items() if name not in _NOT_OF_OPTIONS}
        return {**kept, **_option(call, category, each)}
    hour = pit.tape.span(now, _HOUR_MINUTES)
    return {**row, **_contract(call, each, pit, hour.open if hour else last)}


def _best(each: Instrument, pit: Pit) -> dict[str, object]:
    bids, asks = levels(each, pit.book.bids, 1), levels(each, pit.book.asks, 1)
    bid, ask = (side[0] if side else ["", ""] for side in (bids, asks))
    return {
        "symbol": each.symbol,
        "bid1Price": bid[0],
        "bid1Size": bid[1],
        "ask1Price": ask[0],
        "ask1Size": ask[1],
    }


def _day(each: Instrument, day: Candle, last: int) -> dict[str, object]:
    change = (last - day.open) * SCALE // day.open
    return {
        "lastPrice": decimals.price(each, last),
        "prevPrice24h": decimals.price(each, day.open),
        "price24hPcnt": decimals.plain(change, _PERCENT_PLACES),
        "highPrice24h": decimals.price(each, max(day.high, last)),
        "lowPrice24h": decimals.price(each, min(day.low, last)),
        "turnover24h": decimals.plain(day.quote),
        "volume24h": decimals.plain(day.volume),
    }


def _contract(call: Call, each: Instrument, pit: Pit, hour_ago: int) -> dict[str, object]:
    dated = bool(each.expiry_ms)
    now = call.now_ms()
    return {
        "indexPrice": decimals.price(each, pit.mark),
        "prevPrice1h": decimals.price(each, hour_ago),
        "openInterestValue": "0",
        "singleOpenInterest": "0",
        "singleOpenInterestValue": "0",
        "fundingRate": "" if dated else "0",
        "nextFundingTime": "0" if dated else str((now // _FUNDING_MS + 1) * _FUNDING_MS),
        "fundingIntervalHour": "" if dated else "8",
        "fundingCap": "" if dated else "0.005",
        "predictedDeliveryPrice": "",
        "basis": "",
        "basisRate": "",
        "basisRateYear": "",
        "deliveryFeeRate": "0.0005" if dated else "",
        "deliveryTime": str(each.expiry_ms),
        "preOpenPrice": "",
        "preQty": "",
        "curPreListingPhase": "",
    }


def _option(call: Call, category: str, each: Instrument) -> dict[str, object]:
    index = decimals.plain(call.market(category).funds.index(each))
    return {
        "indexPrice": index,
        "underlyingPrice": index,
        "totalVolume": "0",
        "totalTurnover": "0",
        "predictedDeliveryPrice": "0",
        "change24h": "0",
        **dict.fromkeys(_IV_AND_GREEKS, "0"),
    }
