"""Rate limits in fixed windows, aligned to the exchange's clock, and bans of addresses."""

import math
from dataclasses import dataclass

UNLIMITED = 1_000_000_000
BAN_START_MS = 120_000
BAN_CAP_MS = 3 * 86_400_000
IGNORED_BEFORE_BAN = 30
"""Refusals within one window after which an address is banned; exchanges do not publish theirs."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How the published limits apply: times `factor`, or not at all when it is None."""

    factor: float | None = 1.0

    def limit(self, published: int) -> int:
        """The limit in force."""
        return UNLIMITED if self.factor is None else max(1, math.floor(published * self.factor))


def parse_policy(text: str) -> Policy:
    """Read `real`, `off` or a number above zero.

    Raises: ValueError.
    """
    named = {"real": Policy(), "off": Policy(None)}
    if text in named:
        return named[text]
    factor = float(text)
    if not math.isfinite(factor) or factor <= 0:
        raise ValueError("must be above zero")
    return Policy(factor)


class Meter:
    """Counts one budget per key (an address, an account) in its current window.

    Source: Binance spot docs, "Rate limits".
    """

    __slots__ = ("_used", "limit", "window_ms")

    def __init__(self, limit: int, window_ms: int) -> None:
        self.limit = limit
        self.window_ms = window_ms
        self._used: dict[str, tuple[int, int]] = {}

    def used(self, key: str, now_ms: int) -> int:
        """What is spent in the current window."""
        window, used = self._used.get(key, (0, 0))
        return used if window == now_ms // self.window_ms else 0

    def add(self, key: str, amount: int, now_ms: int) -> int:
        """Spend (or, with a negative amount, give back, down to zero) and return what is spent now."""
        used = max(0, self.used(key, now_ms) + amount)
        self._used[key] = (now_ms // self.window_ms, used)
        return used

    def wait_seconds(self, now_ms: int) -> int:
        """Whole seconds, rounded up, until the window ends."""
        return -(-(self.window_ms - now_ms % self.window_ms) // 1000)


class Bans:
    """Addresses that went on after being told to stop.

    Each further ban of an address lasts twice as long, up to three days.
    """

    def __init__(self) -> None:
        self._until: dict[str, int] = {}
        self._length: dict[str, int] = {}
        self._ignored: dict[str, tuple[int, int]] = {}

    def until(self, address: str, now_ms: int) -> int:
        """When the ban ends (ms since the epoch), 0 when there is none."""
        end = self._until.get(address, 0)
        return end if end > now_ms else 0

    def impose(self, address: str, duration_ms: int, now_ms: int) -> int:
        """Ban an address; returns when the ban ends."""
        self._until[address] = now_ms + duration_ms
        return self._until[address]

    def refused(self, address: str, window_ms: int, now_ms: int) -> None:
        """Note a refusal; too many within one window become a ban."""
        window = now_ms // window_ms
        seen, count = self._ignored.get(address, (window, 0))
        count = count + 1 if seen == window else 1
        self._ignored[address] = (window, count)
        if count > IGNORED_BEFORE_BAN:
            length = self._length.get(address, BAN_START_MS)
            self._length[address] = min(length * 2, BAN_CAP_MS)
            self._ignored.pop(address)
            self.impose(address, length, now_ms)
