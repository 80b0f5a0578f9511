"""When a conditional order wakes up: a fixed stop price, or one that trails the market."""

from dataclasses import dataclass

BASIS_POINTS = 10_000


@dataclass(slots=True)
class Trigger:
    """Fires when the last price rises to (or, with `rises` False, falls to) the stop.

    With `trailing` (basis points) the stop follows the best price seen since activation; `price`, when given, is then
    the activation price (Binance spot FAQ, "Trailing stop"), reached in the stop's own direction unless
    `activates_rising` says otherwise. `by_mark` watches the mark price instead of the last.
    """

    rises: bool
    price: int | None = None
    trailing: int = 0
    extreme: int | None = None
    extreme_us: int = 0
    by_mark: bool = False
    activates_rising: bool | None = None

    def fires(self, last: int, now_us: int) -> bool:
        """Take note of a last price and say whether the order wakes up."""
        if not self.trailing:
            return self.price is not None and self._reached(self.price, last)
        if self.extreme is None:
            # A stop loss arms with its own direction, a take profit likewise; without a price it is armed at once.
            if self.price is not None and not self._activated(self.price, last):
                return False
            self.extreme, self.extreme_us = last, now_us
            return False
        if (last < self.extreme) if self.rises else (last > self.extreme):
            self.extreme, self.extreme_us = last, now_us
            return False
        return self._trailed(last)

    def _activated(self, price: int, last: int) -> bool:
        rising = self.rises if self.activates_rising is None else self.activates_rising
        return last >= price if rising else last <= price

    def _reached(self, price: int, last: int) -> bool:
        return last >= price if self.rises else last <= price

    def _trailed(self, last: int) -> bool:
        assert self.extreme is not None  # noqa: S101 - set by fires() before
        if self.rises:
            return last * BASIS_POINTS >= self.extreme * (BASIS_POINTS + self.trailing)
        return last * BASIS_POINTS <= self.extreme * (BASIS_POINTS - self.trailing)
