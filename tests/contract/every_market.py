"""All markets under test, and the words that the suite uses of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from binance_markets import BINANCE
from bybit_markets import BYBIT
from markets import MarketUnderTest
from okx_markets import OKX

from router.errors import ErrorKind, NotProcessed, Rejected

MARKETS = [*BINANCE, *BYBIT, *OKX]
T = TypeVar("T")


def on(which: Callable[[MarketUnderTest], bool]) -> pytest.MarkDecorator:
    """Run a test only on the markets of which that is true."""
    chosen = [market for market in MARKETS if which(market)]
    return pytest.mark.parametrize("stage", chosen, indirect=True, ids=[market.name for market in chosen])


def patiently(look: Callable[[], T]) -> T:
    """A look-up is sent once; at the edge of a limit's window the gate asks it to wait for a moment."""
    for _ in range(5):
        try:
            return look()
        except NotProcessed as refusal:
            if refusal.problem.kind is not ErrorKind.RATE_LIMITED:
                raise
            time.sleep((refusal.problem.retry_after_ms or 0) / 1_000)
    return look()


def refused(place: Callable[[], object], *, coded: bool = True) -> ErrorKind:
    """The kind of the exchange's refusal, which has a code; not where all it tells is an empty list."""
    with pytest.raises(Rejected) as caught:
        place()
    assert caught.value.problem.code is not None or not coded
    return caught.value.problem.kind
