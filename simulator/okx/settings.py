"""An account's own settings: level, position mode, leverage. Source: OKX v5 docs, "Trading Account".

Leverage of a dated future on cross margin holds for its whole family (the docs: per underlying); of a swap for itself.
"""

from simulator.amounts import SCALE, short
from simulator.okx.call import Call, Row
from simulator.okx.errors import error, illegal
from simulator.okx.names import FUTURES, OPTION, SPOT, SWAP
from simulator.okx.venue import MULTI_ASSET_LEVELS, PORTFOLIO, Listed
from simulator.orders import PositionSide
from simulator.positions import Position

LEVELS = ("1", "2", "3", "4")
MODES = ("cross", "isolated")
MAX_INSTRUMENTS = 20
_HEDGE_SIDES = {"long": PositionSide.LONG, "short": PositionSide.SHORT}


def set_account_level(call: Call) -> list[Row]:
    """POST /account/set-account-level; with orders or positions open it is refused (59000)."""
    level = call.params.need("acctLv")
    if level not in LEVELS:
        raise illegal("acctLv")
    _check_idle(call)
    if int(level) == PORTFOLIO and call.venue.hedged(call.user):
        raise error("51041")
    call.venue.levels[call.user] = int(level)
    backing = call.venue.pool.positions.multi_asset
    if int(level) in MULTI_ASSET_LEVELS:
        backing.add(call.user)
    else:
        backing.discard(call.user)
        call.venue.auto_loan.discard(call.user)
    return [{"acctLv": level}]


def set_auto_loan(call: Call) -> list[Row]:
    """POST /account/set-auto-loan: at levels 3 and 4, whether orders may spend what other currencies back."""
    wish = call.params.flag("autoLoan", default=True)
    if call.venue.level(call.user) not in MULTI_ASSET_LEVELS:
        raise error("51010")
    if wish:
        call.venue.auto_loan.add(call.user)
    else:
        call.venue.auto_loan.discard(call.user)
    return [{"autoLoan": wish}]


def set_position_mode(call: Call) -> list[Row]:
    """POST /account/set-position-mode; with orders or positions open it is refused (59000), level 4 is net only."""
    mode = call.params.need("posMode")
    if mode not in ("long_short_mode", "net_mode"):
        raise illegal("posMode")
    hedged = mode == "long_short_mode"
    if hedged and call.venue.level(call.user) == PORTFOLIO:
        raise error("51041")
    if hedged is not call.venue.hedged(call.user):
        _check_idle(call)
        call.venue.pool.positions.hedged ^= {call.user}
    return [{"posMode": mode}]


def _check_idle(call: Call) -> None:
    venue = call.venue
    held = any(each.quantity for each in venue.pool.positions.of(call.user))
    if held or venue.open_orders(call.user) or venue.waiting(call.user):
        raise error("59000")


def set_leverage(call: Call) -> list[Row]:
    """POST /account/set-leverage. Raises: ApiError 51039, 51010, 59102, 59108, 51000."""
    params = call.params
    mode = params.need("mgnMode")
    if mode not in MODES:
        raise illegal("mgnMode")
    params.need("lever")
    lever = params.amount("lever") or 0
    inst_id, ccy = params.text("instId"), params.text("ccy")
    if not inst_id and not ccy:
        raise error("50015", "instId", "ccy")
    if not inst_id:
        call.venue.set_margin_leverage(call.user, ccy, mode, lever)
        return [_leverage_row(params.text("lever"), mode, "", "net")]
    listed = call.venue.find(inst_id)
    _check_leverage(call, listed, mode, lever)
    side = params.choice("posSide", ("net", *_HEDGE_SIDES))
    if listed.kind == SPOT:
        call.venue.set_margin_leverage(call.user, inst_id, mode, lever)
    else:
        side = _apply(call, listed, mode, lever)
    return [_leverage_row(short(lever), mode, inst_id, side or "net")]


def _leverage_row(lever: str, mode: str, inst_id: str, side: str) -> Row:
    return {"lever": lever, "mgnMode": mode, "instId": inst_id, "posSide": side}


def _check_leverage(call: Call, listed: Listed, mode: str, lever: int) -> None:
    level = call.venue.level(call.user)
    if listed.kind == OPTION or (level == 1 and listed.kind != SPOT):
        raise error("51010")
    if level == PORTFOLIO and mode == "cross" and listed.kind in (SWAP, FUTURES):
        raise error("51039")
    if level in MULTI_ASSET_LEVELS and mode == "isolated" and listed.kind != SPOT:
        raise error("50072")
    if lever > listed.instrument.max_leverage * SCALE:
        raise error("59102")


def _apply(call: Call, listed: Listed, mode: str, lever: int) -> str:
    """Set it for the positions it holds for; returns `posSide`. Raises: ApiError 51000, 59108 with nothing changed."""
    word = call.params.text("posSide")
    isolated = mode == "isolated"
    side = PositionSide.NET
    if isolated and call.venue.hedged(call.user):
        if word not in _HEDGE_SIDES:
            raise illegal("posSide")
        side = _HEDGE_SIDES[word]
    family = listed.kind == FUTURES and not isolated
    members = call.venue.of_kind(FUTURES, listed.family) if family else [listed]
    positions = call.venue.pool.positions
    chosen = [positions.get(call.user, each.instrument, side, isolated=isolated) for each in members]
    before = [positions.of_position(each) for each in chosen]
    _set_all(call, chosen, [lever] * len(chosen))
    if lever < min(before) and listed.market.funds.available(call.user, listed.instrument.settle) < 0:
        _set_all(call, chosen, before)
        raise error("59108")
    return side.lower()


def _set_all(call: Call, chosen: list[Position], levers: list[int]) -> None:
    for position, lever in zip(chosen, levers, strict=True):
        call.venue.pool.positions.set_leverage(position, lever)


def leverage_info(call: Call) -> list[Row]:
    """GET /account/leverage-info, by instruments or by currency. Raises: ApiError 59111 at level 4, 51000."""
    params = call.params
    mode = params.need("mgnMode")
    if mode not in MODES:
        raise illegal("mgnMode")
    rows: list[Row] = []
    for inst_id in params.words("instId", MAX_INSTRUMENTS):
        rows += _leverage_of(call, call.venue.find(inst_id), mode)
    for ccy in params.words("ccy", MAX_INSTRUMENTS):
        lever = call.venue.margin_leverage(call.user, ccy, mode)
        rows.append({"ccy": ccy, "instId": "", "mgnMode": mode, "posSide": "", "lever": short(lever)})
    return rows


def _leverage_of(call: Call, listed: Listed, mode: str) -> list[Row]:
    head: Row = {"ccy": "", "instId": listed.inst_id, "mgnMode": mode}
    if listed.kind == SPOT:
        lever = call.venue.margin_leverage(call.user, listed.inst_id, mode)
        return [{**head, "posSide": "net", "lever": short(lever)}]
    if call.venue.level(call.user) == PORTFOLIO and mode == "cross":
        raise error("59111")
    hedged = call.venue.hedged(call.user)
    sides = _HEDGE_SIDES.values() if hedged else (PositionSide.NET,)
    positions = call.venue.pool.positions
    found = [positions.get(call.user, listed.instrument, side, isolated=mode == "isolated") for side in sides]
    return [{**head, "posSide": each.side.lower(), "lever": short(positions.of_position(each))} for each in found]
