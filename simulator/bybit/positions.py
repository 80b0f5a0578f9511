"""GET /v5/position/list: what an account holds in contracts.

`curRealisedPnl` and `cumRealisedPnl` are both the position's whole realised result less its fees. There is no
liquidation, so no liquidation price.

Source: Bybit v5 docs, "Get Position Info".
"""

from simulator.amounts import short
from simulator.bybit import decimals, errors
from simulator.bybit.call import Call
from simulator.bybit.guards import STOP, TAKE
from simulator.bybit.pages import page
from simulator.instruments import Instrument
from simulator.orders import PositionSide
from simulator.positions import Position

CONTRACTS = ("linear", "inverse", "option")
ROWS, MOST_ROWS = 20, 200
_ONE_WAY = ((0, PositionSide.NET),)
_TWO_WAY = ((1, PositionSide.LONG), (2, PositionSide.SHORT))
Row = dict[str, object]


def positions(call: Call) -> object:
    """With a symbol flat ones too, else only what is held."""
    category, params = call.category(CONTRACTS), call.params
    named = params.has("symbol")
    if category == "linear" and not named and not params.has("settleCoin"):
        raise errors.parameter("Missing some parameters that must be filled in: symbol or settleCoin")
    found = [row for each in call.instruments(category) for row in held(call, each)]
    if not named:
        found = [(index, position) for index, position in found if position.quantity]
    numbered = [(len(found) - number, *row) for number, row in enumerate(found)]
    chosen, cursor = page(numbered, lambda row: row[0], params, ROWS, MOST_ROWS)
    rows = [_row(call, category, index, position) for _, index, position in chosen]
    return {"list": rows, "nextPageCursor": cursor, "category": category}


def held(call: Call, instrument: Instrument) -> list[tuple[int, Position]]:
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
    size = position.quantity
    option = category == "option"
    fills = market.registry.fills.get((call.user, instrument.symbol))
    return {
        "positionIdx": index,
        "riskId": 0 if option else 1,
        "riskLimitValue": "" if option else "2000000",
        "symbol": instrument.symbol,
        "side": "Buy" if size > 0 else "Sell" if size else "",
        "size": decimals.quantity(instrument, abs(size)),
        "avgPrice": decimals.plain(position.entry_price) if size else "0",
        "positionValue": decimals.plain(abs(position.cost)) if size else "",
        "leverage": "" if option else short(market.positions.of_position(position)),
        "markPrice": decimals.price(instrument, mark),
        "liqPrice": "",
        "bustPrice": "",
        "unrealisedPnl": decimals.plain(position.unrealised(mark)) if size else "",
        "curRealisedPnl": decimals.plain(position.realised - position.fees),
        "cumRealisedPnl": "" if option else decimals.plain(position.realised - position.fees),
        "seq": fills[-1][0].seq if fills else -1,
        "createdTime": str(position.opened_us // 1000) if position.opened_us else "",
        "updatedTime": str(position.updated_us // 1000) if position.updated_us else "",
        "openTime": position.opened_us // 1000 if size else 0,
        **_margins(call, category, position),
        **_STANDING,
        TAKE: call.exchange.guards.shown(position, TAKE),
        STOP: call.exchange.guards.shown(position, STOP),
    }


def _margins(call: Call, category: str, position: Position) -> Row:
    if not position.quantity:
        return dict.fromkeys(("positionIM", "positionIMByMp", "positionMM", "positionMMByMp", "positionBalance"), "")
    margin = call.market(category).funds.margin(position)
    initial, least = decimals.plain(margin.position), decimals.plain(margin.maintenance)
    return {
        "positionIM": initial,
        "positionIMByMp": initial,
        "positionMM": least,
        "positionMMByMp": least,
        "positionBalance": initial,
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
