"""What an account's level and position mode allow an order to be. Source: OKX v5 docs, "Trading Mode", "Place order".

Unconfirmed, so decided here: `tdMode` other than cash makes a pair's order one of type MARGIN at every level; futures
and swaps may still be isolated at level 2.
"""

from simulator.okx.call import Call
from simulator.okx.errors import error, illegal, missing
from simulator.okx.names import FUTURES, MARGIN, OPTION, SPOT, SWAP
from simulator.okx.params import Params
from simulator.okx.venue import FUTURES_MODE, MULTI_ASSET_LEVELS, PORTFOLIO, Listed
from simulator.orders import PositionSide, Side

CASH, CROSS, ISOLATED = "cash", "cross", "isolated"
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_POSITION_SIDES = {"net": PositionSide.NET, "long": PositionSide.LONG, "short": PositionSide.SHORT}


def trade_mode(call: Call, item: Params, listed: Listed) -> str:
    """`tdMode`, if the account's level has it for this instrument.

    Raises: ApiError 51000 (tdMode, ccy), 51010, 50072.
    """
    mode = item.need("tdMode")
    if mode not in (CASH, CROSS, ISOLATED):
        raise illegal("tdMode")
    level = call.venue.level(call.user)
    if level in MULTI_ASSET_LEVELS:
        if mode == ISOLATED:
            raise error("50072")
        if mode == CASH:
            raise illegal("tdMode")
    elif level == FUTURES_MODE:
        _check_futures_mode(item, listed, mode)
    elif mode != CASH or listed.kind in (SWAP, FUTURES):
        raise error("51010")
    return mode


def _check_futures_mode(item: Params, listed: Listed, mode: str) -> None:
    if listed.kind == SPOT:
        if mode != CASH and item.text("ccy") not in (listed.instrument.base, listed.instrument.quote):
            raise illegal("ccy")
    elif mode == CASH:
        raise illegal("tdMode")


def kind_shown(listed: Listed, mode: str) -> str:
    """The instrument type that an order of this mode is listed under."""
    return MARGIN if listed.kind == SPOT and mode != CASH else listed.kind


def position_side(call: Call, item: Params, listed: Listed) -> PositionSide:
    """`posSide`: mandatory in long/short mode for swaps and futures, net everywhere else. Raises: ApiError 51000."""
    word = item.text("posSide")
    if call.venue.hedged(call.user) and listed.kind in (SWAP, FUTURES):
        if word not in ("long", "short"):
            raise illegal("posSide")
        return _POSITION_SIDES[word]
    if word not in ("", "net"):
        raise illegal("posSide")
    return PositionSide.NET


def reduce_only(call: Call, item: Params, listed: Listed, mode: str) -> bool:
    """`reduceOnly`, for margin, swaps and futures at levels 2 and 3.

    In long/short mode and for spot it is ignored. Raises: ApiError 51205 for options and at level 4.
    """
    if not item.flag("reduceOnly") or kind_shown(listed, mode) == SPOT:
        return False
    if listed.kind == OPTION or call.venue.level(call.user) == PORTFOLIO:
        raise error("51205")
    return not (call.venue.hedged(call.user) and listed.kind in (SWAP, FUTURES))


def side(item: Params) -> Side:
    """`side`. Raises: ApiError 50014, 51000."""
    word = item.need("side")
    if word not in SIDES:
        raise illegal("side")
    return SIDES[word]


def limit_price(item: Params, name: str = "px") -> int:
    """The mandatory price of a limit order. Raises: ApiError 51204, 51000, 51514."""
    price = item.price(name)
    if price is None:
        raise error("51204") if name == "px" else missing(name)
    return price
