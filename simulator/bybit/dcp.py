"""Disconnect protection: cancel what is open when the account's private stream has been gone for too long.

There is no stream here: the control API says when an account's is gone and when it is back. Every account may set the
protection (on the exchange, institutions only).

Source: Bybit v5 docs, "Set DCP", "Get DCP Info".
"""

from functools import partial

from simulator.bybit import errors, wire
from simulator.bybit.call import Call, Result
from simulator.bybit.exchange import Exchange

PRODUCTS = {"OPTIONS": ("option",), "DERIVATIVES": ("linear", "inverse"), "SPOT": ("spot",)}
_LEAST, _MOST = 3, 300
_US_PER_SECOND = 1_000_000


def set_dcp(call: Call) -> Result:
    """POST /v5/order/disconnected-cancel-all; the documented answer has nothing but code and text."""
    product = call.params.choice("product", PRODUCTS, "OPTIONS")
    window = call.params.within("timeWindow", _LEAST, _MOST, 0)
    if not window:
        raise errors.missing("timeWindow")
    call.exchange.modes.of(call.user).dcp_seconds[product] = window
    return Result({}, message="success", lacks=("result", "retExtInfo", "time"))


def dcp_info(call: Call) -> Result:
    """GET /v5/account/query-dcp-info: what is protected."""
    windows = call.exchange.modes.of(call.user).dcp_seconds
    rows = [{"product": product, "dcpStatus": "ON", "timeWindow": str(seconds)} for product, seconds in windows.items()]
    return Result({"dcpInfos": rows}, message="success")


def disconnected(exchange: Exchange, account: str) -> None:
    """An account's stream is gone: what it has protected is cancelled when its window has passed."""
    now = exchange.clock.now_us()
    for product, seconds in exchange.modes.of(account).dcp_seconds.items():
        due = now + seconds * _US_PER_SECOND
        exchange.world.timers.set(_key(account, product), due, partial(_cancel, exchange, account, product))


def connected(exchange: Exchange, account: str) -> None:
    """It is back."""
    for product in PRODUCTS:
        exchange.world.timers.clear(_key(account, product))


def _key(account: str, product: str) -> tuple[str, str, str]:
    return ("bybit dcp", account, product)


def _cancel(exchange: Exchange, account: str, product: str) -> None:
    for category in PRODUCTS[product]:
        market = exchange.markets[category]
        for order in market.registry.open_orders(account):
            if order.open:
                order.ask.notes["cancelType"] = wire.BY_DCP
                market.cancel(order)
