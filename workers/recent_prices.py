"""What a market's price was a moment ago: the yardstick of the guards."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from router.models import Ticker
from router.symbols import Symbol
from workers.freshness import Fresh

FRESH_SECONDS = 5.0


class RecentPrices:
    """Prices by symbol, at most five seconds old; shared by all accounts of an exchange environment. Thread-safe."""

    def __init__(self) -> None:
        self._prices: dict[Symbol, Fresh[Decimal | None]] = {}

    def get(self, symbol: Symbol, read: Callable[[], Ticker]) -> Decimal | None:
        """The recent price in quote; None when the exchange tells none. Raises: what ``read`` raises."""
        fresh = self._prices.setdefault(symbol, Fresh())
        return fresh.get(lambda: price_of(read()), FRESH_SECONDS).value


def price_of(ticker: Ticker) -> Decimal | None:
    """The last trade's price, moved to the nearest side of the book if the book has left it behind.

    So neither an old trade nor a book that somebody has emptied on one side is the whole story. Where nothing was
    traded yet it is the middle of the book. Returns: None when neither is told.
    """
    bid, ask, last = ticker.bid_price, ticker.ask_price, ticker.last_price
    if last > 0:
        above = max(last, bid) if bid else last
        return min(above, ask) if ask else above
    return (bid + ask) / 2 if bid and ask else None
