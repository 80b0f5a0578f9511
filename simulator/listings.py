"""Every market of the simulator, as the exchanges' own tables have them."""

from collections.abc import Callable

from simulator.binance.listings import listings as binance
from simulator.bybit.listings import listings as bybit
from simulator.listing import Listing
from simulator.okx.listings import listings as okx

LISTERS: tuple[Callable[[int], tuple[Listing, ...]], ...] = (binance, bybit, okx)
"""Each gets the time (ms): dated contracts are listed by it, so that they have not expired."""


def listings(now_ms: int) -> tuple[Listing, ...]:
    """All markets of all exchanges."""
    return tuple(each for lister in LISTERS for each in lister(now_ms))
