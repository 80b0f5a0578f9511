"""The few `/sapi` calls that client libraries make on the way to spot trading.

Source: ccxt 4.5 `binance.py`; Binance wallet docs.
"""

from simulator.amounts import render
from simulator.binance.call import Call


def currencies(call: Call) -> object:
    """GET /sapi/v1/capital/config/getall: every asset, without networks, since nothing can be moved in or out."""
    call.params.finish()
    assets = sorted({asset for each in call.market.instruments.values() for asset in (each.base, each.quote)})
    wallet = call.market.wallet(call.user)
    return [
        {
            "coin": asset,
            "depositAllEnable": False,
            "withdrawAllEnable": False,
            "name": asset,
            "free": render(wallet.free.get(asset, 0)),
            "locked": render(wallet.locked.get(asset, 0)),
            "freeze": "0",
            "withdrawing": "0",
            "ipoing": "0",
            "ipoable": "0",
            "storage": "0",
            "isLegalMoney": False,
            "trading": True,
            "networkList": [],
        }
        for asset in assets
    ]


def margin_pairs(call: Call) -> object:
    """GET /sapi/v1/margin/allPairs and /sapi/v1/margin/isolated/allPairs: there is no margin trading here."""
    call.params.finish()
    return []


def status(call: Call) -> object:
    """GET /sapi/v1/system/status."""
    call.params.finish(signed=False)
    return {"status": 0, "msg": "normal"}


def trade_fee(call: Call) -> object:
    """GET /sapi/v1/asset/tradeFee."""
    chosen = [call.instrument()] if call.params.has("symbol") else list(call.market.instruments.values())
    call.params.finish()
    paid = call.market.listing.rates
    rates = {"makerCommission": render(paid.maker), "takerCommission": render(paid.taker)}
    return [{"symbol": each.symbol, **rates} for each in chosen]
