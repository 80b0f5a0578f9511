"""The exchange's own clock, which a fault may shift."""

import time


class Clock:
    """Wall time plus a skew; every time stamp, window and deadline of the simulator comes from here."""

    __slots__ = ("skew_ms",)

    def __init__(self) -> None:
        self.skew_ms = 0

    def now_us(self) -> int:
        """Microseconds since the epoch."""
        return time.time_ns() // 1000 + self.skew_ms * 1000

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000 + self.skew_ms
