"""Limits over a rolling window: what was spent during the last so many milliseconds, at any moment."""

from collections import deque


class RollingMeter:
    """Counts one budget per key (an account and a call, an address).

    A spending counts until it is `window_ms` old. What is refused may be counted as well: `add` takes any amount.
    """

    __slots__ = ("_spent", "_used", "window_ms")

    def __init__(self, window_ms: int) -> None:
        self.window_ms = window_ms
        self._spent: dict[str, deque[tuple[int, int]]] = {}
        self._used: dict[str, int] = {}

    def used(self, key: str, now_ms: int) -> int:
        """What the key has spent within the window that ends now."""
        spent = self._spent.get(key)
        if not spent:
            return 0
        start = now_ms - self.window_ms
        while spent and spent[0][0] <= start:
            self._used[key] -= spent.popleft()[1]
        return self._used[key]

    def add(self, key: str, amount: int, now_ms: int) -> int:
        """Spend an amount; returns what the key has spent then."""
        used = self.used(key, now_ms)
        if amount:
            self._spent.setdefault(key, deque()).append((now_ms, amount))
            self._used[key] = used + amount
        return used + amount

    def frees_ms(self, key: str, most: int, now_ms: int) -> int:
        """When (ms since the epoch) no more than `most` will be spent, if nothing is added until then; now at best."""
        used, freed_ms = self.used(key, now_ms), now_ms
        for at_ms, amount in self._spent.get(key, ()):
            if used <= most:
                break
            used -= amount
            freed_ms = at_ms + self.window_ms
        return freed_ms
