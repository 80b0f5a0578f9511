"""Switching between one position a symbol and two. Source: Bybit v5 docs, "Switch Position Mode"."""

from simulator.bybit import errors
from simulator.bybit.call import Call
from simulator.instruments import Instrument


def switch_mode(call: Call) -> object:
    """POST /v5/position/switch-mode: of one symbol, or of all of a coin that have neither position nor orders.

    Raises: ApiError 110029 (only USDT perpetuals can be hedged), 110025, 110024, 110028.
    """
    call.category(("linear", "inverse"))
    mode = call.params.integer("mode")
    if mode not in (0, 3):
        raise errors.invalid("mode")
    hedged = mode != 0
    if call.params.has("symbol"):
        _switch_symbol(call, hedged=hedged)
    else:
        _switch_coin(call, hedged=hedged)
    return {}


def _switch_symbol(call: Call, *, hedged: bool) -> None:
    instrument = call.tradable(call.params.text("category"))
    modes = call.exchange.modes
    if hedged and not modes.hedgeable(instrument):
        raise errors.ApiError(errors.NO_HEDGE_MODE, "Hedge mode is not supported for this symbol.")
    if modes.hedged(call.user, instrument) is hedged:
        raise errors.ApiError(errors.MODE_NOT_MODIFIED, "Position mode is not modified")
    if _holds(call, instrument):
        raise errors.ApiError(
            errors.POSITION_OPEN, "You have an existing position, so the position mode cannot be switched."
        )
    if call.market("linear").registry.count_open(call.user, instrument.symbol):
        raise errors.ApiError(
            errors.ORDERS_OPEN, "You have existing open orders, so the position mode cannot be switched."
        )
    modes.of(call.user).hedged_symbols[instrument.symbol] = hedged


def _switch_coin(call: Call, *, hedged: bool) -> None:
    coin = call.params.need("coin")
    modes, market = call.exchange.modes, call.market("linear")
    perpetuals = [each for each in market.instruments.values() if each.settle == coin and modes.hedgeable(each)]
    if not perpetuals:
        raise errors.ApiError(errors.NO_HEDGE_MODE, "Hedge mode is not supported for this symbol.")
    if all(modes.hedged(call.user, each) is hedged for each in perpetuals):
        raise errors.ApiError(errors.MODE_NOT_MODIFIED, "Position mode is not modified")
    settings = modes.of(call.user)
    for each in perpetuals:
        if _holds(call, each) or market.registry.count_open(call.user, each.symbol):
            settings.hedged_symbols[each.symbol] = modes.hedged(call.user, each)
        else:
            settings.hedged_symbols.pop(each.symbol, None)
    settings.hedged_coins[coin] = hedged


def _holds(call: Call, instrument: Instrument) -> bool:
    return any(each.quantity for each in call.exchange.pool.positions.of(call.user) if each.instrument is instrument)
