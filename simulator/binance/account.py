"""Balances, trades, fees and counts of an account. Source: Binance spot docs, `rest-api.md`, "Account endpoints"."""

import zlib

from simulator.amounts import render
from simulator.binance import errors, filters, wire
from simulator.binance.call import Call
from simulator.binance.lookups import rows, time_span
from simulator.binance.orders import commission_rates

BASIS_POINTS = 10**8  # amounts have 12 decimals, a basis point is four of them


def account(call: Call) -> object:
    """GET /api/v3/account."""
    omit = call.params.flag("omitZeroBalances")
    call.params.finish()
    rates = call.market.listing.rates
    return {
        "makerCommission": rates.maker // BASIS_POINTS,
        "takerCommission": rates.taker // BASIS_POINTS,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": render(rates.maker),
            "taker": render(rates.taker),
            "buyer": render(0),
            "seller": render(0),
        },
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.stamp(call.market.wallet(call.user).updated_us),
        "accountType": "SPOT",
        "balances": balances(call, omit=omit),
        "permissions": ["SPOT"],
        "uid": zlib.crc32(call.user.encode()),
    }


def balances(call: Call, *, omit: bool) -> list[dict[str, str]]:
    """Free and locked per asset; every asset that is traded shows, unless empty ones are left out."""
    wallet = call.market.wallet(call.user)
    traded = {asset for each in call.market.instruments.values() for asset in (each.base, each.quote)}
    found = []
    for asset in sorted(traded | set(wallet.assets())):
        free, locked = wallet.free.get(asset, 0), wallet.locked.get(asset, 0)
        if free or locked or not omit:
            found.append({"asset": asset, "free": render(free), "locked": render(locked)})
    return found


def my_trades(call: Call) -> object:
    """GET /api/v3/myTrades in its documented combinations.

    Raises: ApiError -1128 for another combination, -1127 for a span above a day.
    """
    params = call.params
    symbol = call.instrument().symbol
    order_id, from_id, limit = params.integer("orderId"), params.integer("fromId"), rows(call)
    timed = params.has("startTime") or params.has("endTime")
    if timed and from_id is not None:
        raise errors.ApiError(-1128, "Combination of optional parameters invalid.")
    start, end = time_span(call)
    params.finish()
    fills = [
        (trade, order)
        for trade, order in call.market.registry.fills[call.user, symbol]
        if call.shown(order)
        and (order_id is None or order.order_id == order_id)
        and (from_id is None or trade.trade_id >= from_id)
        and (start or 0) <= trade.time_us <= end
    ]
    chosen = fills[:limit] if from_id is not None or start is not None else fills[-limit:]
    return [wire.trade_row(call, trade, order) for trade, order in chosen]


def order_counts(call: Call) -> object:
    """GET /api/v3/rateLimit/order."""
    call.params.finish()
    return call.limits.documents(call.user)


def commission(call: Call) -> object:
    """GET /api/v3/account/commission."""
    symbol = call.instrument().symbol
    call.params.finish()
    return {"symbol": symbol, **commission_rates(call, "")}


def my_filters(call: Call) -> object:
    """GET /api/v3/myFilters."""
    instrument = call.instrument()
    call.params.finish()
    return {
        "exchangeFilters": [],
        "symbolFilters": filters.documents(instrument),
        "assetFilters": filters.asset_documents(instrument),
    }
