"""Positions as OKX shows them. Source: OKX v5 docs, "Get positions"; `exchanges/okx.md`, section 4.5."""

import zlib

from simulator.amounts import SCALE, short
from simulator.funding import FUNDING
from simulator.okx.call import Call, Row
from simulator.okx.errors import illegal
from simulator.okx.margin_positions import MarginPosition, margin_positions
from simulator.okx.names import CONTRACTS, MARGIN, OPTION, kind_of
from simulator.okx.venue import MULTI_CURRENCY, Venue
from simulator.orders import PositionSide
from simulator.positions import Position

MAX_INSTRUMENTS, MAX_POSITIONS = 10, 20
_EMPTY = (
    "availPos", "nonSettleAvgPx", "settledPnl", "liqPx", "imr", "mmr", "margin", "mgnRatio", "liab", "liabCcy",
    "posCcy",
    "interest", "optVal", "hedgedPos", "deltaBS", "deltaPA", "gammaBS", "gammaPA", "thetaBS", "thetaPA", "vegaBS",
    "vegaPA", "spotInUseAmt", "spotInUseCcy", "clSpotInUseAmt", "maxSpotInUseAmt", "bizRefId", "bizRefType", "baseBal",
    "quoteBal", "baseBorrowed", "quoteBorrowed", "baseInterest", "quoteInterest", "tradeId",
)  # fmt: skip


def positions(call: Call) -> list[Row]:
    """GET /account/positions, newest first; without `instId` and `posId` only what is not zero."""
    params = call.params
    kind = params.choice("instType", (MARGIN, *CONTRACTS))
    ids = params.words("instId", MAX_INSTRUMENTS)
    numbers = params.words("posId", MAX_POSITIONS)
    if any(name not in call.venue.listed for name in ids):
        raise illegal("instId")
    rows = [
        _contract_row(call.venue, each)
        for each in call.venue.pool.positions.of(call.user)
        if each.quantity or ((ids or numbers) and each.opened_us)
    ]
    if call.venue.level(call.user) < MULTI_CURRENCY:
        rows += [_margin_row(call, each) for each in margin_positions(call.venue, call.user) if each.quantity]
    chosen = [
        row
        for row in rows
        if kind in ("", row["instType"])
        and (not ids or row["instId"] in ids)
        and (not numbers or row["posId"] in numbers)
    ]
    return sorted(chosen, key=lambda row: int(str(row["cTime"])), reverse=True)


def position_id(user: str, inst_id: str, mode: str, side: str) -> str:
    """The same position has the same number every time it is opened."""
    return str(10**15 + zlib.crc32(f"{user}/{inst_id}/{mode}/{side}".encode()))


def _contract_row(venue: Venue, each: Position) -> Row:
    listed = venue.listed[each.instrument.symbol]
    margin = listed.market.funds.margin(each)
    leverage = venue.pool.positions.of_position(each)
    upl, value = each.unrealised(listed.mark), each.value(listed.mark)
    funding = _funding(venue, each)
    opening = abs(each.cost) * SCALE // leverage
    size = each.quantity if each.side is PositionSide.NET else abs(each.quantity)
    option = listed.kind == OPTION
    mode = "isolated" if each.isolated else "cross"
    row: Row = {
        **dict.fromkeys(_EMPTY, ""),
        **_prices(venue, each, listed.mark),
        "instType": listed.kind,
        "instId": listed.inst_id,
        "mgnMode": mode,
        "posId": position_id(each.account, listed.inst_id, mode, each.side),
        "posSide": each.side.lower(),
        "pos": short(size),
        "ccy": each.instrument.settle,
        "lever": "" if option else short(leverage),
        "upl": short(upl),
        "uplRatio": short(upl * SCALE // opening) if opening else "",
        "mmr": short(margin.maintenance),
        "notionalUsd": short(value * venue.pool.price(each.instrument.settle) // SCALE),
        "pnl": short(each.realised),
        "fee": short(-each.fees),
        "fundingFee": short(funding),
        "realizedPnl": short(each.realised - each.fees + funding),
        "cTime": str(each.opened_us // 1000),
        "uTime": str(each.updated_us // 1000),
    }
    row["margin" if each.isolated else "imr"] = short(margin.position)
    backing = (each.margin if each.isolated else margin.position) + upl
    row["mgnRatio"] = short(backing * SCALE // margin.maintenance) if margin.maintenance else ""
    if option:
        row.update({"optVal": short(each.worth(listed.mark) if each.quantity else 0), "availPos": short(size)})
    return row


def _prices(venue: Venue, each: Position, mark: int) -> Row:
    last = short(venue.listed[each.instrument.symbol].pit.book.last_price)
    upl = short(each.unrealised(mark))
    index = venue.markets[kind_of(each.instrument.symbol)].funds.index(each.instrument)
    entry = short(each.entry_price) if each.quantity else ""
    return {
        "avgPx": entry,
        "bePx": entry,
        "markPx": short(mark),
        "last": last,
        "idxPx": short(index),
        "usdPx": short(venue.pool.price(each.instrument.settle)),
        "uplLastPx": upl,
        "uplRatioLastPx": "",
        "liqPenalty": "0",
        "adl": "1",
        "closeOrderAlgo": [],
    }


def _funding(venue: Venue, each: Position) -> int:
    """What the position has paid (below zero) or got as funding since it was opened."""
    return sum(
        row.amount
        for row in venue.pool.positions.income[each.account]
        if row.kind == FUNDING and row.symbol == each.instrument.symbol and row.time_us >= each.opened_us
    )


def _margin_row(call: Call, each: MarginPosition) -> Row:
    instrument, mark = each.listed.instrument, each.listed.mark
    long = each.quantity > 0
    size = abs(each.quantity) if long else abs(each.cost)
    lever = call.venue.margin_leverage(call.user, each.listed.inst_id, each.mode)
    upl = short(each.unrealised())
    return {
        **dict.fromkeys(_EMPTY, ""),
        "instType": MARGIN,
        "instId": each.listed.inst_id,
        "mgnMode": each.mode,
        "posId": position_id(call.user, each.listed.inst_id, each.mode, MARGIN),
        "posSide": "net",
        "pos": short(size),
        "availPos": short(size),
        "posCcy": instrument.base if long else instrument.quote,
        "liabCcy": instrument.quote if long else instrument.base,
        "liab": short(-abs(each.cost) if long else -abs(each.quantity)),
        "interest": "0",
        "ccy": each.ccy,
        "lever": short(lever),
        "avgPx": short(each.average),
        "bePx": short(each.average),
        "markPx": short(mark),
        "last": short(each.listed.pit.book.last_price),
        "idxPx": short(mark),
        "usdPx": "",
        "upl": upl,
        "uplLastPx": upl,
        **dict.fromkeys(("uplRatio", "uplRatioLastPx"), ""),
        "notionalUsd": short(instrument.value(mark, abs(each.quantity))),
        "pnl": short(each.realised),
        "realizedPnl": short(each.realised),
        "fee": "0",
        "fundingFee": "0",
        "liqPenalty": "0",
        "adl": "1",
        "closeOrderAlgo": [],
        "cTime": str(each.opened_us // 1000),
        "uTime": str(each.updated_us // 1000),
    }
