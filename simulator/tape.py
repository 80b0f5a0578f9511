"""The tape of one instrument: its public trades, one-minute candles, and figures over a span of time."""

from collections import deque
from dataclasses import dataclass
from itertools import takewhile

from simulator.amounts import SCALE
from simulator.orders import Trade

MINUTE_US = 60_000_000
DAY_MINUTES = 1440
KEPT_TRADES = 5_000


@dataclass(slots=True)
class Candle:
    """Trading within a span of whole minutes; amounts as in `simulator.amounts`, `minute` counted from the epoch."""

    minute: int
    open: int
    high: int
    low: int
    close: int
    first_id: int
    last_id: int
    volume: int = 0
    quote: int = 0
    taker_base: int = 0
    taker_quote: int = 0
    count: int = 0
    last_quantity: int = 0

    def add(self, trade: Trade) -> None:
        """Count a trade in."""
        self.high = max(self.high, trade.price)
        self.low = min(self.low, trade.price)
        self.close, self.last_id, self.last_quantity = trade.price, trade.trade_id, trade.quantity
        self.volume += trade.quantity
        self.quote += trade.quote
        self.count += 1
        if not trade.buyer_is_maker:
            self.taker_base += trade.quantity
            self.taker_quote += trade.quote

    def merge(self, later: "Candle") -> None:
        """Append a later candle to this one."""
        self.high, self.low = max(self.high, later.high), min(self.low, later.low)
        self.close, self.last_id, self.last_quantity = later.close, later.last_id, later.last_quantity
        self.volume += later.volume
        self.quote += later.quote
        self.taker_base += later.taker_base
        self.taker_quote += later.taker_quote
        self.count += later.count


class Tape:
    """Remembers the last trades and the minutes of the last day."""

    def __init__(self) -> None:
        self.trades: deque[Trade] = deque(maxlen=KEPT_TRADES)
        self.candles: deque[Candle] = deque(maxlen=DAY_MINUTES)

    def add(self, trade: Trade) -> None:
        """Record a trade."""
        self.trades.append(trade)
        minute = trade.time_us // MINUTE_US
        if not self.candles or self.candles[-1].minute < minute:
            price, number = trade.price, trade.trade_id
            self.candles.append(Candle(minute, price, price, price, price, number, number))
        self.candles[-1].add(trade)

    def span(self, now_us: int, minutes: int) -> Candle | None:
        """Trading of the last so many minutes as one candle; None when there was none."""
        start = now_us // MINUTE_US - minutes + 1
        total: Candle | None = None
        recent = list(takewhile(lambda candle: candle.minute >= start, reversed(self.candles)))
        for candle in reversed(recent):
            if total is None:
                total = Candle(
                    candle.minute, candle.open, candle.high, candle.low, candle.close, candle.first_id, candle.last_id
                )
            total.merge(candle)
        return total

    def average_price(self, now_us: int, minutes: int, otherwise: int) -> int:
        """Volume-weighted average price of the last so many minutes, or `otherwise` without trades."""
        total = self.span(now_us, minutes)
        return total.quote * SCALE // total.volume if total else otherwise
