"""What the control API can set on this exchange (`/_sim/bybit`): the points where the real one is slow or undecided.

realtime_delay_ms    before a new order, a cancel or an amendment shows in the real-time query (0)
history_delay_ms     before a closed order shows in the history (0)
remember_link_ids    whether an orderLinkId of a closed order stays taken (true)
limit_headers        whether replies carry the X-Bapi-Limit headers (true)
restart              true clears the closed orders from the real-time query, once
disconnect, connect  an account whose private stream is gone, or back: disconnect protection counts from there
"""

from simulator.bybit import dcp
from simulator.bybit.exchange import Exchange

_FIELDS = (
    "realtime_delay_ms", "history_delay_ms", "remember_link_ids", "limit_headers", "restart", "disconnect", "connect",
)  # fmt: skip
Wish = dict[str, object]


def set_up(exchange: Exchange, wish: Wish) -> Wish:
    """Carry out a wish, all of it or nothing.

    Returns: what is set now. Raises: ValueError, naming field, value and rule.
    """
    unknown = sorted(wish.keys() - set(_FIELDS))
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown field; allowed are {', '.join(_FIELDS)}")
    visibility = exchange.visibility
    realtime = _delay(wish, "realtime_delay_ms", visibility.realtime_delay_ms)
    history = _delay(wish, "history_delay_ms", visibility.history_delay_ms)
    remembers = _flag(wish, "remember_link_ids", now=exchange.links.remembers)
    tells = _flag(wish, "limit_headers", now=exchange.limits.tells)
    restart = _flag(wish, "restart", now=False)
    gone, back = _account(exchange, wish, "disconnect"), _account(exchange, wish, "connect")
    visibility.realtime_delay_ms, visibility.history_delay_ms = realtime, history
    exchange.links.remembers, exchange.limits.tells = remembers, tells
    if restart:
        visibility.restart()
    if gone:
        dcp.disconnected(exchange, gone)
    if back:
        dcp.connected(exchange, back)
    return {
        "realtime_delay_ms": realtime,
        "history_delay_ms": history,
        "remember_link_ids": remembers,
        "limit_headers": tells,
    }


def _delay(wish: Wish, name: str, now: int) -> int:
    value = wish.get(name, now)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: {value!r} must be a whole number of zero or more")
    return value


def _flag(wish: Wish, name: str, *, now: bool) -> bool:
    value = wish.get(name, now)
    if value is not True and value is not False:
        raise ValueError(f"{name}: {value!r} must be true or false")
    return value


def _account(exchange: Exchange, wish: Wish, name: str) -> str:
    value = wish.get(name, "")
    known = [account.name for account in exchange.world.accounts]
    if value not in ("", *known):
        raise ValueError(f"{name}: {value!r} is none of the accounts")
    return str(value)
