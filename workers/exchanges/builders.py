"""What every exchange must bring: for each thing that can be asked, the call that asks it. Nothing here sends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from router.commands import AmendOrder, AnyNewOrder, CancelAll, CancelOrder, GetFills, GetOrderBook, Target
from router.errors import InvalidCommand
from router.instruments import Instrument
from router.models import Balances, Fill, Order, OrderBook, Position, Ticker
from router.symbols import Symbol
from workers.calls.endpoint import Call
from workers.exchanges.listing import Listing


class Reference(NamedTuple):
    """One order at the exchange: by client order id, by the exchange's id, or by both."""

    symbol: Symbol
    client_order_id: str | None = None
    order_id: str | None = None

    @classmethod
    def of(cls, target: Target) -> Reference:
        """What a command names. Raises: InvalidCommand for a command id, which only the router can look up."""
        if target.symbol is None or target.command_id is not None:
            rule = "is known to the router only; here an order is named by symbol and client_order_id or order_id"
            raise InvalidCommand.because("command_id", target.command_id, rule)
        return cls(target.symbol, target.client_order_id, target.order_id)


class CallBuilders(ABC):
    """Translates what is asked into the exchange's parameters.

    Each method returns a call whose ``parse`` gives our model. All may raise InvalidCommand for what this exchange
    cannot do, naming the field, its value and the rule.
    """

    @abstractmethod
    def place_call(self, order: AnyNewOrder, instrument: Instrument) -> Call[Order]:
        """Place an order that has been checked against the instrument. It always carries a client order id."""

    @abstractmethod
    def cancel_call(self, command: CancelOrder) -> Call[Order]:
        """Cancel one order."""

    @abstractmethod
    def amend_call(self, command: AmendOrder) -> Call[Order]:
        """Change one open order. May first read the order, where the exchange needs to be told what it is now."""

    @abstractmethod
    def cancel_all_call(self, command: CancelAll) -> Call[list[Order]]:
        """Cancel every open order of a symbol."""

    @abstractmethod
    def balances_call(self) -> Call[Balances]:
        """Read all non-zero balances."""

    @abstractmethod
    def positions_call(self, symbol: Symbol | None) -> Call[list[Position]]:
        """Read open positions, all or one symbol's."""

    @abstractmethod
    def order_call(self, reference: Reference) -> Call[Order]:
        """Read one order."""

    @abstractmethod
    def open_orders_call(self, symbol: Symbol | None) -> Call[list[Order]]:
        """Read open orders, of all symbols or of one."""

    @abstractmethod
    def fills_call(self, command: GetFills) -> Call[list[Fill]]:
        """Read executions of one symbol."""

    @abstractmethod
    def ticker_call(self, symbol: Symbol) -> Call[Ticker]:
        """Read the top of the book and the last 24 hours."""

    @abstractmethod
    def order_book_call(self, command: GetOrderBook) -> Call[OrderBook]:
        """Read the book's best levels."""

    @abstractmethod
    def listing_call(self) -> Call[Listing]:
        """Read every market's rules and the exchange's limits."""

    @abstractmethod
    def server_time_call(self) -> Call[int]:
        """Read the exchange's clock, in milliseconds; needs no signature."""
