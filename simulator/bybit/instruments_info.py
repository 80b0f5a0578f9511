"""GET /v5/market/instruments-info, and the account's own version of it.

Source: Bybit v5 docs, "Get Instruments Info", "Get Account Instruments Info", "Get Option Base Coins".
"""

import zlib

from simulator.amounts import SCALE, render, short
from simulator.bybit import bounds, decimals
from simulator.bybit.call import Call
from simulator.bybit.filters import quote_grid
from simulator.bybit.pages import page
from simulator.instruments import Instrument, Kind

ROWS, MOST_ROWS = 500, 1000
OWN_ROWS, OWN_MOST_ROWS = 200, 200
_LAUNCHED_MS = "1585526400000"
_STATES = ("PreLaunch", "Trading", "Delivering", "Closed")
_PERPETUAL = {Kind.LINEAR: "LinearPerpetual", Kind.INVERSE: "InversePerpetual"}
_DATED = {Kind.LINEAR: "LinearFutures", Kind.INVERSE: "InverseFutures"}
_COIN_UNDERLYING = 0
_LEAST_ORDER = 11  # the deprecated least quantity of spot, in steps


def instruments(call: Call) -> object:
    """GET /v5/market/instruments-info: spot knows no pages."""
    return _listed(call, ROWS, MOST_ROWS, {})


def own_instruments(call: Call) -> object:
    """GET /v5/account/instruments-info: with what the account may do besides; no options."""
    call.category(("spot", "linear", "inverse"))
    return _listed(call, OWN_ROWS, OWN_MOST_ROWS, {"isPublicRpi": False, "myRpiPermission": False})


def option_coins(call: Call) -> object:
    """GET /v5/market/option-base-coins: one row for each base coin and what its options settle in; all are coins."""
    kinds = [kind for kind in call.params.text("underlyingType").split(",") if kind]
    pairs = dict.fromkeys((each.base, each.settle) for each in call.market("option").instruments.values())
    return {"list": [_option_coin(*pair) for pair in pairs if not kinds or str(_COIN_UNDERLYING) in kinds]}


def _option_coin(base: str, settle: str) -> dict[str, object]:
    return {
        "baseCoin": base,
        "quoteCoin": settle,
        "settleCoin": settle,
        "optionShowName": f"{base}-Options",
        "optionOnlineTime": int(_LAUNCHED_MS),
        "hasSymbol": 1,
        "underlyingType": _COIN_UNDERLYING,
    }


def _listed(call: Call, default: int, most: int, more: dict[str, object]) -> object:
    category, params = call.category(), call.params
    state = params.choice("status", _STATES, "Trading")
    params.choice("symbolType", ("innovation", "adventure", "xstocks", "commodity", ""), "")
    found = _wanted(call, category) if state == "Trading" else []
    cursor = ""
    if category != "spot":
        numbered = [(len(found) - number, each) for number, each in enumerate(found)]
        chosen, cursor = page(numbered, lambda row: row[0], params, default, most)
        found = [each for _, each in chosen]
    rows = [{**document(category, each), **more} for each in found]
    answer: dict[str, object] = {"category": category, "list": rows}
    if category != "spot":
        answer["nextPageCursor"] = cursor
    return answer


def _wanted(call: Call, category: str) -> list[Instrument]:
    """Spot ignores the base coin; options are those of BTC without one."""
    params = call.params
    every = list(call.market(category).instruments.values())
    if params.has("symbol"):
        return [call.instrument(category)]
    base = params.text("baseCoin") or ("BTC" if category == "option" else "")
    return [each for each in every if category == "spot" or base in ("", each.base)]


def document(category: str, each: Instrument) -> dict[str, object]:
    """One instrument."""
    head: dict[str, object] = {
        "symbol": each.symbol,
        "symbolId": zlib.crc32(f"{category}/{each.symbol}".encode()) % 10**6,
        "status": "Trading",
        "baseCoin": each.base,
        "quoteCoin": each.quote,
        "symbolType": "",
    }
    if category == "spot":
        return {**head, **_spot(each)}
    head["settleCoin"] = each.settle
    return {**head, **(_option(each) if category == "option" else _contract(each))}


def _spot(each: Instrument) -> dict[str, object]:
    return {
        "innovation": "0",
        "marginTrading": "utaOnly",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": short(each.step),
            "quotePrecision": short(quote_grid(each)),
            "minOrderQty": short(each.step * _LEAST_ORDER),
            "maxOrderQty": short(each.max_quantity),
            "minOrderAmt": short(each.min_notional),
            "maxOrderAmt": "8000000",
            "maxLimitOrderQty": short(each.max_quantity),
            "maxMarketOrderQty": short(each.max_market_quantity),
            "postOnlyMaxLimitOrderSize": short(each.max_quantity),
        },
        "priceFilter": {"tickSize": short(each.tick)},
        "riskParameters": {"priceLimitRatioX": bounds.RATIO_X, "priceLimitRatioY": bounds.RATIO_Y},
    }


def _price_filter(each: Instrument) -> dict[str, object]:
    return {
        "minPrice": decimals.price(each, each.min_price),
        "maxPrice": decimals.price(each, each.max_price),
        "tickSize": decimals.price(each, each.tick),
    }


def _contract(each: Instrument) -> dict[str, object]:
    """Inverse contracts have no least value."""
    kinds = _DATED if each.expiry_ms else _PERPETUAL
    lot = {
        "maxOrderQty": decimals.quantity(each, each.max_quantity),
        "minOrderQty": decimals.quantity(each, each.min_quantity),
        "qtyStep": decimals.quantity(each, each.step),
        "postOnlyMaxOrderQty": decimals.quantity(each, each.max_quantity),
        "maxMktOrderQty": decimals.quantity(each, each.max_market_quantity),
    }
    if each.kind is Kind.LINEAR:
        lot["minNotionalValue"] = short(each.min_notional)
    return {
        "contractType": kinds[each.kind],
        "launchTime": _LAUNCHED_MS,
        "deliveryTime": str(each.expiry_ms),
        "deliveryFeeRate": "0.0005" if each.expiry_ms else "",
        "priceScale": str(decimals.places(each.tick)),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": render(each.max_leverage * SCALE, 2),
            "leverageStep": "0.01",
        },
        "priceFilter": _price_filter(each),
        "lotSizeFilter": lot,
        "unifiedMarginTrade": True,
        "fundingInterval": 480,
        "copyTrading": "none",
        "upperFundingRate": "0.00375",
        "lowerFundingRate": "-0.00375",
        "isPreListing": False,
        "preListingInfo": None,
        "riskParameters": {"priceLimitRatioX": bounds.RATIO_X, "priceLimitRatioY": bounds.RATIO_Y},
        "displayName": "",
    }


def _option(each: Instrument) -> dict[str, object]:
    return {
        "optionsType": "Call" if each.call else "Put",
        "launchTime": _LAUNCHED_MS,
        "deliveryTime": str(each.expiry_ms),
        "deliveryFeeRate": "0.00015",
        "priceFilter": _price_filter(each),
        "lotSizeFilter": {
            "maxOrderQty": short(each.max_quantity),
            "minOrderQty": short(each.min_quantity),
            "qtyStep": short(each.step),
        },
        "displayName": each.symbol,
    }
