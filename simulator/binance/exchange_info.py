"""GET /api/v3/exchangeInfo. Source: Binance spot docs, `rest-api.md`, "Exchange information"."""

import json

from simulator.binance import errors, filters
from simulator.binance.call import Call
from simulator.binance.new_order import SHAPES
from simulator.instruments import Instrument
from simulator.orders import SelfTrade

STATUSES = ("TRADING", "HALT", "BREAK", "END_OF_DAY", "CANCEL_ONLY")


def exchange_info(call: Call) -> object:
    """Limits in force and the symbols asked for: one, several, those of a permission or status, or all."""
    chosen = _chosen(call)
    with_sets = call.params.flag("showPermissionSets", default=True)
    call.params.finish(signed=False)
    symbols = [_symbol(each) for each in chosen]
    if not with_sets:
        for each in symbols:
            each["permissionSets"] = []
    return {
        "timezone": "UTC",
        "serverTime": call.now(),
        "rateLimits": call.limits.documents(),
        "exchangeFilters": [],
        "symbols": symbols,
        "sors": [],
    }


def _chosen(call: Call) -> list[Instrument]:
    params = call.params
    ways = [name for name in ("symbol", "symbols", "permissions") if params.has(name)]
    if len(ways) > 1 or (params.has("symbolStatus") and ways and ways != ["permissions"]):
        raise errors.ApiError(-1128, "Combination of optional parameters invalid.")
    status = params.choice("symbolStatus", STATUSES)
    if ways == ["permissions"]:
        wanted = params.need("permissions")
        return every(call, "TRADING" if status is None else status) if "SPOT" in wanted else []
    return named(call) or every(call, "TRADING" if status is None else status)


def every(call: Call, status: str = "TRADING") -> list[Instrument]:
    """All symbols of a status; here all of them trade."""
    return list(call.market.instruments.values()) if status == "TRADING" else []


def named(call: Call) -> list[Instrument]:
    """The symbols that `symbol` or `symbols` name; empty when neither was sent.

    Raises: ApiError -1100 for a list that is not JSON, -1121, -1128 when both were sent.
    """
    params = call.params
    if params.has("symbol") and params.has("symbols"):
        raise errors.ApiError(-1128, "Combination of optional parameters invalid.")
    if params.has("symbol"):
        return [call.named(params.need("symbol"))]
    text = params.text("symbols")
    return [] if text is None else [call.named(symbol) for symbol in _listed(text)]


def _listed(text: str) -> list[str]:
    try:
        symbols = json.loads(text)
    except ValueError as error:
        raise errors.illegal("symbols", errors.LEGAL_SYMBOLS) from error
    if not isinstance(symbols, list) or not symbols or not all(isinstance(each, str) for each in symbols):
        raise errors.illegal("symbols", errors.LEGAL_SYMBOLS)
    return list(dict.fromkeys(symbols))


def _symbol(each: Instrument) -> dict[str, object]:
    """One symbol. What this simulator does not offer (order lists, pegs, margin) it says so."""
    return {
        "symbol": each.symbol,
        "status": "TRADING",
        "baseAsset": each.base,
        "baseAssetPrecision": 8,
        "quoteAsset": each.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": sorted(SHAPES),
        "icebergAllowed": True,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters.documents(each),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": SelfTrade.NONE,
        "allowedSelfTradePreventionModes": list(SelfTrade),
    }
