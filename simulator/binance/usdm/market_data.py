"""Public market data of futures. Source: Binance futures docs, "Market Data"."""

from datetime import UTC, datetime, timedelta

from simulator.amounts import SCALE, render, short
from simulator.binance import errors
from simulator.binance.call import Call
from simulator.binance.usdm import contracts, filters
from simulator.binance.usdm.new_order import CONDITIONAL, FORCES, PLAIN
from simulator.binance.usdm.wire import Document
from simulator.books import BookSide
from simulator.instruments import Instrument
from simulator.tape import DAY_MINUTES, Candle

DEPTHS = (5, 10, 20, 50, 100, 500, 1000)
DEFAULT_DEPTH = 500
TRADES, MAX_TRADES = 500, 1000
FUNDING_HOURS = 8
_QUARTERS = ("CURRENT_QUARTER", "NEXT_QUARTER")
_DAY_MS = 86_400_000


def exchange_info(call: Call) -> object:
    """GET /fapi/v1/exchangeInfo: everything; it takes no parameters."""
    call.params.finish(signed=False)
    listed = list(call.market.instruments.values())
    expiries = sorted({each.expiry_ms for each in listed if each.expiry_ms})
    return {
        "timezone": "UTC",
        "serverTime": call.now(),
        "futuresType": "U_MARGINED",
        "rateLimits": call.limits.documents(),
        "exchangeFilters": [],
        "assets": [
            {"asset": asset, "marginAvailable": True, "autoAssetExchange": "-10000"}
            for asset in contracts.MARGIN_ASSETS
        ],
        "symbols": [_symbol(each, expiries) for each in listed],
    }


def _symbol(each: Instrument, expiries: list[int]) -> Document:
    price_places, quantity_places = contracts.places(each)
    return {
        "symbol": each.symbol,
        "pair": each.base + each.quote,
        "contractType": _QUARTERS[expiries.index(each.expiry_ms)] if each.expiry_ms else "PERPETUAL",
        "deliveryDate": each.expiry_ms or contracts.PERPETUAL_DELIVERY_MS,
        "onboardDate": contracts.ONBOARD_MS,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": each.base,
        "quoteAsset": each.quote,
        "marginAsset": each.settle,
        "pricePrecision": price_places,
        "quantityPrecision": quantity_places,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": short(contracts.TAKE_BOUND),
        "maxMoveOrderLimit": 10_000,
        "filters": filters.documents(each),
        "orderTypes": [*PLAIN, *CONDITIONAL],
        "timeInForce": list(FORCES),
        "permissionSets": ["GRID", "COPY"],
    }


def depth(call: Call) -> object:
    """GET /fapi/v1/depth. Raises: ApiError -4021 for a limit that is none of the offered."""
    each = call.instrument()
    limit = call.params.integer("limit")
    call.params.finish(signed=False)
    count = DEFAULT_DEPTH if limit is None else limit
    if count not in DEPTHS:
        raise errors.ApiError(-4021, f"{count} is not valid depth limit.")
    book = call.market.pits[each.symbol].book
    return {
        "lastUpdateId": book.updates,
        "E": call.now(),
        "T": call.now(),
        "bids": _levels(each, book.bids, count),
        "asks": _levels(each, book.asks, count),
    }


def _levels(each: Instrument, side: BookSide, count: int) -> list[list[str]]:
    price_places, quantity_places = contracts.places(each)
    found: list[list[str]] = []
    for price, level in side.best_first():
        if len(found) == count:
            break
        quantity = sum(order.visible for order in level.values())
        found.append([render(price, price_places), render(quantity, quantity_places)])
    return found


def _chosen(call: Call) -> tuple[list[Instrument], bool]:
    """The symbol asked for or all, and whether the reply is a single object."""
    single = call.params.has("symbol")
    chosen = [call.instrument()] if single else list(call.market.instruments.values())
    call.params.finish(signed=False)
    return chosen, single


def price(call: Call) -> object:
    """GET /fapi/v1/ticker/price and /fapi/v2/ticker/price."""
    chosen, single = _chosen(call)
    found = [
        {
            "symbol": each.symbol,
            "price": render(call.market.pits[each.symbol].book.last_price, contracts.places(each)[0]),
            "time": call.now(),
        }
        for each in chosen
    ]
    return found[0] if single else found


def book_ticker(call: Call) -> object:
    """GET /fapi/v1/ticker/bookTicker."""
    chosen, single = _chosen(call)
    found = [_best(call, each) for each in chosen]
    return found[0] if single else found


def _best(call: Call, each: Instrument) -> Document:
    book = call.market.pits[each.symbol].book
    bids, asks = _levels(each, book.bids, 1), _levels(each, book.asks, 1)
    bid, ask = (side[0] if side else ["0", "0"] for side in (bids, asks))
    return {
        "symbol": each.symbol,
        "bidPrice": bid[0],
        "bidQty": bid[1],
        "askPrice": ask[0],
        "askQty": ask[1],
        "time": call.now(),
        "lastUpdateId": book.updates,
    }


def day(call: Call) -> object:
    """GET /fapi/v1/ticker/24hr: without best prices and without the previous close, unlike spot."""
    chosen, single = _chosen(call)
    found = [_day(call, each) for each in chosen]
    return found[0] if single else found


def _day(call: Call, each: Instrument) -> Document:
    pit, now = call.market.pits[each.symbol], call.market.clock.now_us()
    last, (price_places, quantity_places) = pit.book.last_price, contracts.places(each)
    total = pit.tape.span(now, DAY_MINUTES) or Candle(0, last, last, last, last, -1, -1)
    change = last - total.open
    return {
        "symbol": each.symbol,
        "priceChange": render(change, price_places),
        "priceChangePercent": render(change * 100 * SCALE // total.open, 3),
        "weightedAvgPrice": render(each.average(total.quote, total.volume) or last, price_places),
        "lastPrice": render(last, price_places),
        "lastQty": render(total.last_quantity, quantity_places),
        "openPrice": render(total.open, price_places),
        "highPrice": render(max(total.high, last), price_places),
        "lowPrice": render(min(total.low, last), price_places),
        "volume": render(total.volume, quantity_places),
        "quoteVolume": render(total.quote, 2),
        "openTime": call.stamp(now) - _DAY_MS,
        "closeTime": call.stamp(now),
        "firstId": total.first_id,
        "lastId": total.last_id,
        "count": total.count,
    }


def mark_price(call: Call) -> object:
    """GET /fapi/v1/premiumIndex: mark, index and settlement price are one here, and funding is what is commanded."""
    chosen, single = _chosen(call)
    found = [_mark(call, each) for each in chosen]
    return found[0] if single else found


def _mark(call: Call, each: Instrument) -> Document:
    mark = render(call.market.pits[each.symbol].mark)
    return {
        "symbol": each.symbol,
        "markPrice": mark,
        "indexPrice": mark,
        "estimatedSettlePrice": mark,
        "lastFundingRate": "" if each.expiry_ms else "0.00010000",
        "interestRate": "" if each.expiry_ms else "0.00010000",
        "nextFundingTime": 0 if each.expiry_ms else _next_funding_ms(call),
        "time": call.now(),
    }


def _next_funding_ms(call: Call) -> int:
    now = datetime.fromtimestamp(call.market.clock.now_ms() / 1000, UTC)
    start = now.replace(hour=now.hour // FUNDING_HOURS * FUNDING_HOURS, minute=0, second=0, microsecond=0)
    return int((start + timedelta(hours=FUNDING_HOURS)).timestamp()) * 1000


def open_interest(call: Call) -> object:
    """GET /fapi/v1/openInterest: what is held long."""
    each = call.instrument()
    call.params.finish(signed=False)
    held = sum(max(0, row.quantity) for row in call.market.positions if row.instrument is each)
    return {"openInterest": render(held, contracts.places(each)[1]), "symbol": each.symbol, "time": call.now()}


def trades(call: Call) -> object:
    """GET /fapi/v1/trades."""
    each = call.instrument()
    limit = call.params.integer("limit") or TRADES
    call.params.finish(signed=False)
    price_places, quantity_places = contracts.places(each)
    return [
        {
            "id": trade.trade_id,
            "price": render(trade.price, price_places),
            "qty": render(trade.quantity, quantity_places),
            "quoteQty": render(trade.quote, price_places + quantity_places),
            "time": call.stamp(trade.time_us),
            "isBuyerMaker": trade.buyer_is_maker,
        }
        for trade in list(call.market.pits[each.symbol].tape.trades)[-min(limit, MAX_TRADES) :]
    ]


def no_contracts(call: Call) -> object:
    """GET /dapi/v1/exchangeInfo: no coin-margined contracts here; clients that load every market ask all the same."""
    call.params.finish(signed=False)
    return {"timezone": "UTC", "serverTime": call.now(), "rateLimits": [], "exchangeFilters": [], "symbols": []}
