"""What an account pays, may and has set. Source: Binance futures docs, "Account"."""

from simulator.amounts import SCALE, short
from simulator.binance.call import Call
from simulator.binance.usdm import contracts
from simulator.binance.usdm.positions import every_side
from simulator.binance.usdm.wire import Document
from simulator.positions import Position


def commission_rate(call: Call) -> object:
    """GET /fapi/v1/commissionRate."""
    symbol = call.instrument().symbol
    call.params.finish()
    rates = call.market.listing.rates
    return {
        "symbol": symbol,
        "makerCommissionRate": short(rates.maker),
        "takerCommissionRate": short(rates.taker),
        "rpiCommissionRate": "0",
    }


def order_counts(call: Call) -> object:
    """GET /fapi/v1/rateLimit/order."""
    call.params.finish()
    return call.limits.documents(call.user)


def account_config(call: Call) -> object:
    """GET /fapi/v1/accountConfig."""
    call.params.finish()
    positions = call.market.positions
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": call.user in positions.hedged,
        "updateTime": 0,
        "multiAssetsMargin": call.user in positions.multi_asset,
        "tradeGroupId": -1,
    }


def symbol_config(call: Call) -> object:
    """GET /fapi/v1/symbolConfig."""
    symbol = call.instrument().symbol if call.params.has("symbol") else None
    call.params.finish()
    chosen = [each for each in call.market.instruments.values() if symbol in (None, each.symbol)]
    return [_symbol_config(call, every_side(call, each)[0]) for each in chosen]


def _symbol_config(call: Call, position: Position) -> Document:
    leverage = call.market.positions.of_position(position) // SCALE
    return {
        "symbol": position.instrument.symbol,
        "marginType": "ISOLATED" if position.isolated else "CROSSED",
        "isAutoAddMargin": False,
        "leverage": leverage,
        "maxNotionalValue": short(contracts.cap(position.instrument, leverage)),
    }


def leverage_brackets(call: Call) -> object:
    """GET /fapi/v1/leverageBracket: a list, also for one symbol."""
    symbol = call.instrument().symbol if call.params.has("symbol") else None
    call.params.finish()
    return [
        {"symbol": each.symbol, "notionalCoef": 1, "brackets": [_bracket(row) for row in contracts.brackets(each)]}
        for each in call.market.instruments.values()
        if symbol in (None, each.symbol)
    ]


def _bracket(row: contracts.Bracket) -> Document:
    return {
        "bracket": row.number,
        "initialLeverage": row.leverage,
        "notionalCap": row.cap // SCALE,
        "notionalFloor": row.floor // SCALE,
        "maintMarginRatio": float(short(row.ratio)),
        "cum": float(short(row.cum)),
    }
