"""The greatest size that an account could trade now. Source: OKX v5 docs, "Get maximum order quantity"."""

from simulator.amounts import SCALE, short
from simulator.instruments import Kind
from simulator.okx.call import Call, Row
from simulator.okx.errors import error, illegal
from simulator.okx.names import FUTURES, SPOT, SWAP
from simulator.okx.rules import CASH, CROSS, ISOLATED
from simulator.okx.venue import PORTFOLIO, Listed
from simulator.orders import PositionSide

MAX_INSTRUMENTS = 5
_MODES = (CASH, CROSS, ISOLATED)


def max_size(call: Call) -> list[Row]:
    """GET /account/max-size: in base for pairs, in contracts otherwise, at `px` or the mark price."""
    mode, listed = _asked(call)
    rows: list[Row] = []
    for each in listed:
        if call.venue.level(call.user) == PORTFOLIO and each.kind in (SWAP, FUTURES):
            raise error("59202")
        buy, sell = _sizes(call, each, mode)
        ccy = each.instrument.settle or each.instrument.quote
        rows.append({"ccy": ccy, "instId": each.inst_id, "maxBuy": short(buy), "maxSell": short(sell)})
    return rows


def max_avail_size(call: Call) -> list[Row]:
    """GET /account/max-avail-size: what may be spent, in quote to buy and base to sell; of contracts the margin."""
    _, listed = _asked(call)
    rows: list[Row] = []
    for each in listed:
        buy, sell = _spendable(call, each)
        rows.append({"instId": each.inst_id, "availBuy": short(buy), "availSell": short(sell)})
    return rows


def _asked(call: Call) -> tuple[str, list[Listed]]:
    call.params.need("instId")
    mode = call.params.need("tdMode")
    if mode not in _MODES:
        raise illegal("tdMode")
    return mode, [call.venue.find(name) for name in call.params.words("instId", MAX_INSTRUMENTS)]


def _spendable(call: Call, each: Listed) -> tuple[int, int]:
    funds, instrument = each.market.funds, each.instrument
    if each.kind == SPOT:
        buy, sell = (funds.spendable(call.user, asset, borrow=False) for asset in (instrument.quote, instrument.base))
        return max(0, buy), max(0, sell)
    available = max(0, funds.available(call.user, instrument.settle))
    return available, available


def _sizes(call: Call, each: Listed, mode: str) -> tuple[int, int]:
    instrument = each.instrument
    price = call.params.price("px") or each.mark
    buy, sell = _spendable(call, each)
    if each.kind == SPOT:
        return _lots(buy * SCALE // price, instrument.step), _lots(sell, instrument.step)
    positions = call.venue.pool.positions
    position = positions.get(call.user, instrument, PositionSide.NET, isolated=mode == ISOLATED)
    leverage = SCALE if instrument.kind is Kind.OPTION else positions.of_position(position)
    one = instrument.value(price, SCALE)
    size = _lots(buy * leverage // one if one else 0, instrument.step)
    return size, size


def _lots(size: int, step: int) -> int:
    return size - size % step
