"""Balance, account information, fee rates, margin mode, behaviour at the price limit.

Source: Bybit v5 docs, "Get Wallet Balance", "Get Account Info", "Get Fee Rate", "Set Margin Mode", "Set Price Limit
Behaviour", "Get User Setting Config".
"""

from simulator.amounts import short
from simulator.bybit import errors, modes
from simulator.bybit.call import Call, Result
from simulator.bybit.modes import Settings

_STATUS_UTA2_PRO = 6
_MODES = (modes.REGULAR, modes.ISOLATED, modes.PORTFOLIO)


def info(call: Call) -> Result:
    """GET /v5/account/info: a unified account 2.0; the documented sample has neither retExtInfo nor time."""
    settings = call.exchange.modes.of(call.user)
    document = {
        "marginMode": settings.margin,
        "updatedTime": str(settings.updated_ms or call.now_ms()),
        "unifiedMarginStatus": _STATUS_UTA2_PRO,
        "dcpStatus": "OFF",
        "timeWindow": 0,
        "smpGroup": 0,
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
    }
    return Result(document, lacks=("retExtInfo", "time"))


def fee_rate(call: Call) -> object:
    """GET /v5/account/fee-rate: per symbol, for options per base coin."""
    category, params = call.category(), call.params
    rates = call.market(category).listing.rates
    figures = {"takerFeeRate": short(rates.taker), "makerFeeRate": short(rates.maker)}
    if category == "option":
        coins = sorted({each.base for each in call.market(category).instruments.values()})
        asked = params.text("baseCoin")
        rows = [{"symbol": "", "baseCoin": coin, **figures} for coin in coins if asked in ("", coin)]
        return {"category": category, "list": rows}
    chosen = [call.instrument(category)] if params.has("symbol") else call.market(category).instruments.values()
    found = {"list": [{"symbol": each.symbol, **figures} for each in chosen]}
    return {"category": category, **found} if category == "spot" else found


def set_margin_mode(call: Call) -> Result:
    """POST /v5/account/set-margin-mode. Raises: ApiError 110026 when it is so already, 3400045 with open business."""
    wanted = call.params.choice("setMarginMode", _MODES)
    if not wanted:
        raise errors.missing("setMarginMode")
    settings = call.exchange.modes.of(call.user)
    if settings.margin == wanted:
        raise errors.ApiError(errors.MARGIN_MODE_NOT_MODIFIED, "Cross/isolated margin mode is not modified")
    if _busy(call):
        raise errors.ApiError(errors.MARGIN_MODE_FAILED, "Set margin mode failed")
    settings.margin, settings.updated_ms = wanted, call.now_ms()
    backed = call.exchange.pool.positions.multi_asset
    if wanted == modes.ISOLATED:
        backed.discard(call.user)
    else:
        backed.add(call.user)
    return Result({"reasons": []}, message="Request accepted")


def _busy(call: Call) -> bool:
    """The simulator switches only what holds no contracts (the exchange is more lenient)."""
    held = any(each.quantity for each in call.exchange.pool.positions.of(call.user))
    contracts = ("linear", "inverse", "option")
    return held or any(call.market(each).registry.open_orders(call.user) for each in contracts)


def set_limit_price_action(call: Call) -> object:
    """POST /v5/account/set-limit-px-action: linear and inverse share the setting."""
    category = call.category(("spot", "linear", "inverse"))
    moves = call.params.flag("modifyEnable")
    settings = call.exchange.modes.of(call.user)
    if category == "spot":
        settings.moves_spot = moves
    else:
        settings.moves_futures = moves
    return {}


def user_setting(call: Call) -> object:
    """GET /v5/account/user-setting-config."""
    settings: Settings = call.exchange.modes.of(call.user)
    return {"lpaSpot": settings.moves_spot, "lpaPerp": settings.moves_futures, "smsef": False, "fmsef": False}
