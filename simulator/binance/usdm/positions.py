"""Positions and how they are margined: leverage, margin type, position mode, asset mode.

Source: Binance futures docs, "Position Information V2/V3", "Change Initial Leverage", "Change Margin Type", "Change
Position Mode". There are no liquidations here, so no liquidation prices either ("0").
"""

from simulator.amounts import SCALE, render, short
from simulator.binance import errors
from simulator.binance.call import Call
from simulator.binance.usdm import contracts
from simulator.binance.usdm.codes import refuse
from simulator.binance.usdm.new_order import read_position_side
from simulator.binance.usdm.wire import SIDES, Document
from simulator.instruments import Instrument
from simulator.margin import MarginSettlement
from simulator.orders import PositionSide, Refused
from simulator.positions import Position


def risk(call: Call) -> object:
    """GET /fapi/v3/positionRisk: what is held or has open orders."""
    symbol = _asked(call)
    return [risk_row(call, each) for each in in_use(call) if symbol in (None, each.instrument.symbol)]


def risk_of_all(call: Call) -> object:
    """GET /fapi/v2/positionRisk (and v1): every symbol, in hedge mode with its two sides."""
    symbol = _asked(call)
    chosen = [each for each in call.market.instruments.values() if symbol in (None, each.symbol)]
    return [_old_row(call, position) for each in chosen for position in every_side(call, each)]


def _asked(call: Call) -> str | None:
    symbol = call.instrument().symbol if call.params.has("symbol") else None
    call.params.finish()
    return symbol


def in_use(call: Call) -> list[Position]:
    """The account's positions that are held or have open orders that count."""
    return [each for each in call.market.positions.of(call.user) if each.quantity or each.bids or each.asks]


def every_side(call: Call, each: Instrument) -> list[Position]:
    """An instrument's positions in the present mode, flat ones too."""
    hedged = call.user in call.market.positions.hedged
    sides = (PositionSide.NET, PositionSide.LONG, PositionSide.SHORT) if hedged else (PositionSide.NET,)
    isolated = (call.user, each.symbol) in call.market.positions.isolated
    return [call.market.positions.get(call.user, each, side, isolated=isolated) for side in sides]


def risk_row(call: Call, position: Position) -> Document:
    """One position as v3 tells it."""
    held, each = _held(call, position), position.instrument
    margin = call.market.funds.margin(position)
    initial = position.value(call.market.pits[each.symbol].mark) * SCALE // call.market.positions.of_position(position)
    return {
        **held,
        "marginAsset": each.settle,
        "initialMargin": render(initial + margin.orders),
        "maintMargin": render(contracts.maintenance(each, position.value(call.market.pits[each.symbol].mark))),
        "positionInitialMargin": render(initial),
        "openOrderInitialMargin": render(margin.orders),
        "adl": 0,
        "bidNotional": render(position.bids),
        "askNotional": render(position.asks),
    }


def _held(call: Call, position: Position) -> Document:
    each, mark = position.instrument, call.market.pits[position.instrument.symbol].mark
    price_places, quantity_places = contracts.places(each)
    entry, unrealised = position.entry_price, position.unrealised(mark)
    value = position.value(mark)
    return {
        "symbol": each.symbol,
        "positionSide": SIDES[position.side],
        "positionAmt": render(position.quantity, quantity_places),
        "entryPrice": short(entry - entry % 10**2) if entry else "0.0",
        "breakEvenPrice": render(_break_even(call, position), price_places + 6) if entry else "0.0",
        "markPrice": render(mark),
        "unRealizedProfit": render(unrealised),
        "liquidationPrice": "0",
        "isolatedMargin": render(position.margin + unrealised if position.isolated and position.quantity else 0),
        "notional": render(value if position.quantity > 0 else -value),
        "isolatedWallet": render(position.margin),
        "updateTime": call.stamp(position.updated_us),
    }


def _break_even(call: Call, position: Position) -> int:
    """The entry price and what opening and closing as a taker costs."""
    fees = 2 * position.entry_price * call.market.listing.rates.taker // SCALE
    return position.entry_price + (fees if position.quantity > 0 else -fees)


def _old_row(call: Call, position: Position) -> Document:
    leverage = call.market.positions.of_position(position) // SCALE
    return {
        **_held(call, position),
        "leverage": str(leverage),
        "maxNotionalValue": short(contracts.cap(position.instrument, leverage)),
        "marginType": "isolated" if position.isolated else "cross",
        "isAutoAddMargin": "false",
        "isolated": position.isolated,
        "adlQuantile": 0,
    }


def set_leverage(call: Call) -> object:
    """POST /fapi/v1/leverage. Raises: ApiError -4028, -4161, -2027, -2028."""
    each = call.instrument()
    call.params.need("leverage")
    leverage = call.params.integer("leverage") or 0
    call.params.finish()
    if not 1 <= leverage <= each.max_leverage:
        raise errors.ApiError(-4028, f"Leverage {leverage} is not valid")
    _check_leverage(call, each, leverage)
    for isolated in (False, True):
        position = call.market.positions.get(call.user, each, PositionSide.NET, isolated=isolated)
        call.market.positions.set_leverage(position, leverage * SCALE)
    return {"symbol": each.symbol, "leverage": leverage, "maxNotionalValue": short(contracts.cap(each, leverage))}


def _check_leverage(call: Call, each: Instrument, leverage: int) -> None:
    market, mark = call.market, call.market.pits[each.symbol].mark
    needs = 0
    for position in in_use(call):
        if position.instrument is not each:
            continue
        before = market.positions.of_position(position)
        if position.isolated and position.quantity and leverage * SCALE < before:
            raise refuse(-4161)
        if position.value(mark) + max(position.bids, position.asks) > contracts.cap(each, leverage):
            raise refuse(-2027)
        margin = market.funds.margin(position)
        used = margin.orders if position.isolated else margin.position + margin.orders
        needs += used * before // (leverage * SCALE) - used
    if needs > 0 and needs > market.funds.available(call.user, each.settle):
        raise refuse(-2028)


def set_margin_type(call: Call) -> object:
    """POST /fapi/v1/marginType. Raises: ApiError -4046, -4047, -4048, -4168."""
    each = call.instrument()
    call.params.need("marginType")
    isolated = call.params.choice("marginType", ("ISOLATED", "CROSSED", "CROSS")) == "ISOLATED"
    call.params.finish()
    positions, key = call.market.positions, (call.user, each.symbol)
    if isolated is (key in positions.isolated):
        raise refuse(-4046)
    if isolated and call.user in positions.multi_asset:
        raise refuse(-4168)
    if _open(call, each.symbol):
        raise refuse(-4047)
    if any(held.quantity for held in positions.of(call.user) if held.instrument is each):
        raise refuse(-4048)
    if isolated:
        positions.isolated.add(key)
    else:
        positions.isolated.discard(key)
    return _done("success")


def get_mode(call: Call) -> object:
    """GET /fapi/v1/positionSide/dual."""
    call.params.finish()
    return {"dualSidePosition": call.user in call.market.positions.hedged}


def set_mode(call: Call) -> object:
    """POST /fapi/v1/positionSide/dual. Raises: ApiError -4059, -4067, -4068."""
    call.params.need("dualSidePosition")
    hedged = call.params.flag("dualSidePosition")
    call.params.finish()
    positions = call.market.positions
    if hedged is (call.user in positions.hedged):
        raise refuse(-4059)
    if _open(call):
        raise refuse(-4067)
    if any(held.quantity for held in positions.of(call.user)):
        raise refuse(-4068)
    if hedged:
        positions.hedged.add(call.user)
    else:
        positions.hedged.discard(call.user)
    return _done("success")


def get_assets_mode(call: Call) -> object:
    """GET /fapi/v1/multiAssetsMargin."""
    call.params.finish()
    return {"multiAssetsMargin": call.user in call.market.positions.multi_asset}


def set_assets_mode(call: Call) -> object:
    """POST /fapi/v1/multiAssetsMargin. Raises: ApiError -4171, -4167, -4170."""
    call.params.need("multiAssetsMargin")
    multi = call.params.flag("multiAssetsMargin")
    call.params.finish()
    positions = call.market.positions
    if multi is (call.user in positions.multi_asset):
        raise refuse(-4171)
    if multi and any(account == call.user for account, _ in positions.isolated):
        raise refuse(-4167)
    if _open(call):
        raise refuse(-4170)
    if multi:
        positions.multi_asset.add(call.user)
    else:
        positions.multi_asset.discard(call.user)
    return _done("success")


def add_margin(call: Call) -> object:
    """POST /fapi/v1/positionMargin: 1 adds to an isolated position, 2 takes from it. Raises: ApiError -405x."""
    params = call.params
    each, side = call.instrument(), read_position_side(call)
    params.need("amount")
    amount, kind = params.amount("amount") or 0, params.integer("type")
    params.finish()
    if kind not in (1, 2):
        raise errors.invalid_data("type")
    if not amount:
        raise refuse(-4055)
    position = call.market.positions.get(call.user, each, side, isolated=True)
    if not position.quantity:
        raise refuse(-4054)
    settlement = call.market.matcher.settlement
    assert isinstance(settlement, MarginSettlement)  # noqa: S101 - futures have no other
    try:
        settlement.add_margin(position, amount if kind == 1 else -amount)
    except Refused as refusal:
        raise refuse(-4050 if kind == 1 else -4051) from refusal
    return {**_done("Successfully modify position margin."), "amount": float(short(amount)), "type": kind}


def _open(call: Call, symbol: str | None = None) -> bool:
    """Whether there are open orders, algo orders among them."""
    market = call.market
    return bool(market.registry.open_orders(call.user, symbol) or market.algos.waiting(call.user, symbol))


def _done(text: str) -> Document:
    return {"code": 200, "msg": text}
