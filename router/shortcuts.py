"""The orders people write by hand, spelt once for the router and for an exchange used directly."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

R = TypeVar("R")


class Shortcuts(ABC, Generic[R]):
    """Named ways to place an order; what is left out has the command's default.

    Every method takes the same further fields as the command it builds (``client_order_id``, ``expires_in``, ...) and
    raises InvalidCommand naming the first wrong one.
    """

    @abstractmethod
    def _place(self, type: str, **fields: object) -> R:  # noqa: A002 - the field's name
        """Place an order of the class that ``type`` names."""

    def buy_market(self, /, symbol: str, **fields: object) -> R:
        """Buy at once, sized by ``quantity`` (base) or ``notional`` (quote)."""
        return self._place("market", side="buy", symbol=symbol, **fields)

    def sell_market(self, /, symbol: str, **fields: object) -> R:
        """Sell at once, sized by ``quantity`` (base) or ``notional`` (quote)."""
        return self._place("market", side="sell", symbol=symbol, **fields)

    def buy_limit(self, /, symbol: str, quantity: object, price: object, **fields: object) -> R:
        """Buy ``quantity`` (base) at ``price`` or lower."""
        return self._place("limit", side="buy", symbol=symbol, quantity=quantity, price=price, **fields)

    def sell_limit(self, /, symbol: str, quantity: object, price: object, **fields: object) -> R:
        """Sell ``quantity`` (base) at ``price`` or higher."""
        return self._place("limit", side="sell", symbol=symbol, quantity=quantity, price=price, **fields)

    def buy_stop(self, /, symbol: str, quantity: object, trigger_price: object, **fields: object) -> R:
        """Buy at market once the price rises to ``trigger_price``; with ``price`` given, as a limit order."""
        return self._triggered("stop", "buy", symbol, quantity, trigger_price=trigger_price, **fields)

    def sell_stop(self, /, symbol: str, quantity: object, trigger_price: object, **fields: object) -> R:
        """Sell at market once the price falls to ``trigger_price``; with ``price`` given, as a limit order."""
        return self._triggered("stop", "sell", symbol, quantity, trigger_price=trigger_price, **fields)

    def buy_take_profit(self, /, symbol: str, quantity: object, trigger_price: object, **fields: object) -> R:
        """Buy at market once the price falls to ``trigger_price``; with ``price`` given, as a limit order."""
        return self._triggered("take_profit", "buy", symbol, quantity, trigger_price=trigger_price, **fields)

    def sell_take_profit(self, /, symbol: str, quantity: object, trigger_price: object, **fields: object) -> R:
        """Sell at market once the price rises to ``trigger_price``; with ``price`` given, as a limit order."""
        return self._triggered("take_profit", "sell", symbol, quantity, trigger_price=trigger_price, **fields)

    def _triggered(self, kind: str, side: str, symbol: str, quantity: object, **fields: object) -> R:
        type_name = f"{kind}_limit" if fields.get("price") is not None else kind
        return self._place(type_name, side=side, symbol=symbol, quantity=quantity, **fields)
