"""Positions, leverage and position mode.

`curRealisedPnl` and `cumRealisedPnl` are both the position's whole realised result less its fees. There is no
liquidation, so no liquidation price.

Source: Bybit v5 docs, "Get Position Info", "Set Leverage", "Switch Position Mode".
"""

from simulator.amounts import SCALE, short
from simulator.bybit import decimals, errors
from simulator.bybit.call import Call
from simulator.bybit.guards import STOP, TAKE
from simulator.bybit.pages import page
from simulator.instruments import Instrument
from simulator.orders import PositionSide
from simulator.positions import Position

CONTRACTS = ("linear", "inverse", "option")
FUTURES = ("linear", "inverse")
ROWS, MOST_ROWS = 20, 200
_ONE_WAY = ((0, PositionSide.NET),)
_TWO_WAY = ((1, PositionSide.LONG), (2, PositionSide.SHORT))
Row = dict[str, object]


def positions(call: Call) -> object:
    """GET /v5/position/list: with a symbol flat ones too, else only what is held."""
    category, params = call.category(CONTRACTS), call.params
    named = params.has("symbol")
    if category == "linear" and not named and not params.has("settleCoin"):
        raise errors.parameter("Missing some parameters that must be filled in: symbol or settleCoin")
    found = [row for each in call.instruments(category) for row in _held(call, each)]
    if not named:
        found = [(index, position) for index, position in found if position.quantity]
    numbered = [(len(found) - number, *row) for number, row in enumerate(found)]
    chosen, cursor = page(numbered, lambda row: row[0], params, ROWS, MOST_ROWS)
    rows = [_row(call, category, index, position) for _, index, position in chosen]
    return {"list": rows, "nextPageCursor": cursor, "category": category}


def _held(call: Call, instrument: Instrument) -> list[tuple[int, Position]]:
    """The positions of a symbol with their positionIdx: one, or in hedge mode two."""
    modes = call.exchange.modes
    sides = _TWO_WAY if modes.hedged(call.user, instrument) else _ONE_WAY
    isolated = modes.of(call.user).isolated
    found = call.exchange.pool.positions
    return [(index, found.get(call.user, instrument, side, isolated=isolated)) for index, side in sides]


def _row(call: Call, category: str, index: int, position: Position) -> Row:
    instrument = position.instrument
    market = call.market(category)
    mark = market.pits[instrument.symbol].mark
    held = position.quantity
    option = category == "option"
    fills = market.registry.fills.get((call.user, instrument.symbol))
    return {
        "positionIdx": index,
        "riskId": 0 if option else 1,
        "riskLimitValue": "" if option else "2000000",
        "symbol": instrument.symbol,
        "side": "Buy" if held > 0 else "Sell" if held else "",
        "size": decimals.quantity(instrument, abs(held)),
        "avgPrice": decimals.plain(position.entry_price) if held else "0",
        "positionValue": decimals.plain(abs(position.cost)) if held else "",
        "leverage": "" if option else short(market.positions.of_position(position)),
        "markPrice": decimals.price(instrument, mark),
        "liqPrice": "",
        "bustPrice": "",
        "unrealisedPnl": decimals.plain(position.unrealised(mark)) if held else "",
        "curRealisedPnl": decimals.plain(position.realised - position.fees),
        "cumRealisedPnl": "" if option else decimals.plain(position.realised - position.fees),
        "seq": fills[-1][0].seq if fills else -1,
        "createdTime": str(position.opened_us // 1000) if position.opened_us else "",
        "updatedTime": str(position.updated_us // 1000) if position.updated_us else "",
        "openTime": position.opened_us // 1000 if held else 0,
        **_margins(call, category, position),
        **_STANDING,
        TAKE: call.exchange.guards.shown(position, TAKE),
        STOP: call.exchange.guards.shown(position, STOP),
    }


def _margins(call: Call, category: str, position: Position) -> Row:
    if not position.quantity:
        return dict.fromkeys(("positionIM", "positionIMByMp", "positionMM", "positionMMByMp", "positionBalance"), "")
    margin = call.market(category).funds.margin(position)
    held, least = decimals.plain(margin.position), decimals.plain(margin.maintenance)
    return {
        "positionIM": held,
        "positionIMByMp": held,
        "positionMM": least,
        "positionMMByMp": least,
        "positionBalance": held,
    }


_STANDING: Row = {
    "tradeMode": 0,
    "positionStatus": "Normal",
    "autoAddMargin": 0,
    "adlRankIndicator": 0,
    "tpslMode": "Full",
    "trailingStop": "0",
    "breakEvenPrice": "",
    "sessionAvgPrice": "",
    "isReduceOnly": False,
    "mmrSysUpdatedTime": "",
    "leverageSysUpdatedTime": "",
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
