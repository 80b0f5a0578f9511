"""Setting and reading leverage. Source: Bybit v5 docs, "Set Leverage", "Get Futures Leverage"."""

from simulator.amounts import SCALE, short
from simulator.bybit import errors, modes
from simulator.bybit.call import Call
from simulator.bybit.positions import held
from simulator.instruments import Instrument
from simulator.orders import PositionSide

FUTURES = ("linear", "inverse")


def leverages(call: Call) -> object:
    """GET /v5/position/symbol-info: of one symbol or all, two rows in hedge mode. Raises: ApiError 110077."""
    category = call.category(FUTURES)
    if call.exchange.modes.of(call.user).margin == modes.PORTFOLIO:
        raise errors.ApiError(errors.PORTFOLIO_UNSUPPORTED, "Pm mode cannot support")
    positions = [row for each in call.instruments(category) for row in held(call, each)]
    found = call.exchange.pool.positions
    return {
        "category": category,
        "list": [
            {
                "symbol": position.instrument.symbol,
                "leverage": short(found.of_position(position)),
                "side": "",
                "positionIdx": index,
            }
            for index, position in positions
        ],
    }


def set_leverage(call: Call) -> object:
    """POST /v5/position/set-leverage.

    Raises: ApiError 10001, 110013 above the greatest, 110043 when nothing changes, 110044 when margin does not do.
    """
    category = call.category(FUTURES)
    instrument = call.tradable(category)
    buy, sell = (_leverage(call, instrument, name) for name in ("buyLeverage", "sellLeverage"))
    modes = call.exchange.modes
    isolated = modes.of(call.user).isolated
    apart = isolated and modes.hedged(call.user, instrument)
    if buy != sell and not apart:
        raise errors.parameter("buy leverage must be equal to sell leverage")
    found = call.exchange.pool.positions
    wanted = {PositionSide.NET: buy, PositionSide.LONG: buy, PositionSide.SHORT: sell}
    now = {side: found.leverage(call.user, instrument.symbol, side, isolated=isolated) for side in wanted}
    if now == wanted:
        raise errors.ApiError(errors.LEVERAGE_NOT_MODIFIED, "leverage not modified")
    _apply(call, instrument, wanted, isolated=isolated)
    if call.market(category).funds.available(call.user, instrument.settle) < 0:
        _apply(call, instrument, now, isolated=isolated)
        raise errors.ApiError(errors.MARGIN_INSUFFICIENT, "Available margin is insufficient.")
    return {}


def _apply(call: Call, instrument: Instrument, wanted: dict[PositionSide, int], *, isolated: bool) -> None:
    found = call.exchange.pool.positions
    for side, leverage in wanted.items():
        found.set_leverage(found.get(call.user, instrument, side, isolated=isolated), leverage)


def _leverage(call: Call, instrument: Instrument, name: str) -> int:
    value = call.params.amount(name)
    if value is None:
        raise errors.missing(name)
    if value < SCALE or value % (SCALE // 100):
        raise errors.invalid(name)
    if value > instrument.max_leverage * SCALE:
        raise errors.ApiError(errors.LEVERAGE_ABOVE_TIER, "Cannot set leverage due to risk limit level.")
    return value
