"""An account's level and position mode, and what they make of an order: its trade mode and position side.

Source: OKX v5 docs, "Trading Mode", "Place order" (tdMode, posSide, reduceOnly, ccy). Taken to the safe side: isolated
margin is refused at levels 3 and 4 (50072), and reduce-only at level 4, where the docs do not offer it and an order
that ignored it would open a position. UNCONFIRMED: whether swaps and futures may still be isolated at level 2; OKX
judges that.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple

from router.commands import AnyNewOrder
from router.errors import Unsupported
from router.symbols import Symbol
from router.terms import MarginMode, PositionMode, PositionSide, Side
from workers.exchanges.okx.wire import Doc

SPOT_LEVEL, FUTURES_LEVEL, MULTI_CURRENCY_LEVEL, PORTFOLIO_LEVEL = 1, 2, 3, 4
CASH: Final = "cash"
POSITION_MODES: Final = {"net_mode": PositionMode.ONE_WAY, "long_short_mode": PositionMode.HEDGE}
_OLD_SECONDS = 300.0
_STALE_SECONDS = 5.0  # what is older is read again before an order is refused by it


class Mode(NamedTuple):
    """What `/account/config` tells of how an account trades."""

    level: int
    position_mode: PositionMode

    @property
    def hedges(self) -> bool:
        """Whether swaps and futures have a long and a short position side by side."""
        return self.position_mode is PositionMode.HEDGE


def to_mode(row: Doc) -> Mode:
    """Raises: KeyError or ValueError for a level or mode of a new kind."""
    level = int(row["acctLv"])
    if not SPOT_LEVEL <= level <= PORTFOLIO_LEVEL:
        raise ValueError(f"account level {level} is not known")
    return Mode(level, POSITION_MODES[row["posMode"]])


class KnownMode:
    """What is known of one account's mode, read when it is needed and old. Thread-safe."""

    def __init__(self, read: Callable[[], Mode]) -> None:
        self._read = read
        self._lock = Lock()
        self._known: tuple[Mode, float] | None = None

    def get(self, max_age: float = _OLD_SECONDS) -> Mode:
        """The mode, at most so many seconds old. Raises: what a read raises."""
        known = self._known
        if known is not None and monotonic() - known[1] <= max_age:
            return known[0]
        with self._lock:
            if self._known is known:
                self._known = self._read(), monotonic()
            return self._known[0] if self._known is not None else self._read()

    def again(self) -> Mode:
        """The mode, read again unless that was a moment ago: before an order is refused by it."""
        return self.get(_STALE_SECONDS)

    def forget(self) -> None:
        """It was changed, or OKX refuses what it should allow."""
        self._known = None


def trade_mode(order: AnyNewOrder, mode: Mode) -> dict[str, str]:
    """`tdMode`, and the margin coin `ccy` where one must be named: the quote coin.

    Raises: Unsupported for what the account's level does not have.
    """
    spot, asked = order.symbol.is_spot, order.margin_mode
    if asked is MarginMode.ISOLATED and mode.level != FUTURES_LEVEL:
        raise _refused("margin_mode", asked, mode, "has no isolated margin")
    if mode.level == SPOT_LEVEL:
        _check_spot_level(order, mode)
        return {"tdMode": CASH}
    if mode.level == FUTURES_LEVEL and spot:
        return {"tdMode": CASH} if asked is None else {"tdMode": str(asked), "ccy": order.symbol.quote}
    return {"tdMode": str(asked or MarginMode.CROSS)}


def _check_spot_level(order: AnyNewOrder, mode: Mode) -> None:
    if order.margin_mode is not None:
        raise _refused("margin_mode", order.margin_mode, mode, "has no margin")
    if not (order.symbol.is_spot or order.symbol.strike):
        raise _refused("symbol", str(order.symbol), mode, "trades spot and buys options only")


def position_side(order: AnyNewOrder, mode: Mode) -> dict[str, str]:
    """`posSide`, which swaps and futures need in hedge mode and nothing else may have. Raises: Unsupported."""
    side = order.position_side
    if not _has_sides(order.symbol, mode):
        if side is not None:
            why = "one-way mode" if not mode.hedges else "hedge mode for swaps and futures only"
            raise Unsupported.because("position_side", str(side), f"must be left out: the account is in {why}")
        return {}
    if side is None:
        raise Unsupported.because("position_side", side, "must be long or short: the account is in hedge mode")
    return {"posSide": str(side)}


def reduces_only(order: AnyNewOrder, mode: Mode) -> bool:
    """Whether `reduceOnly` is to be sent. In hedge mode an order that closes can do nothing else.

    Raises: Unsupported where it cannot be had.
    """
    closes = order.reduce_only or order.closes_position
    if not closes:
        return False
    field = "reduce_only" if order.reduce_only else "close_position"
    if mode.level == PORTFOLIO_LEVEL:
        raise _refused(field, closes, mode, "has no such orders")
    if order.symbol.strike is not None:
        raise Unsupported.because(field, closes, "is not offered on options")
    if not _has_sides(order.symbol, mode):
        return True
    closing = Side.SELL if order.position_side is PositionSide.LONG else Side.BUY
    if order.side is not closing:
        rule = f"must be false: in hedge mode a {order.side} opens the {order.position_side} side"
        raise Unsupported.because(field, closes, rule)
    return False


def _has_sides(symbol: Symbol, mode: Mode) -> bool:
    return mode.hedges and not symbol.is_spot and symbol.strike is None


def _refused(field: str, value: object, mode: Mode, rule: str) -> Unsupported:
    shown = value if isinstance(value, bool) else str(value)
    return Unsupported.because(field, shown, f"an okx account of level {mode.level} {rule}")
