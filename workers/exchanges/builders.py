"""What every exchange must bring: for each thing that can be asked, the call that asks it. Nothing here sends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from router.commands import (
    AmendOrder,
    AnyNewOrder,
    CancelAfter,
    CancelAll,
    CancelOrder,
    GetBalances,
    GetFills,
    GetIncome,
    GetOpenOrders,
    GetOrderBook,
    GetTradingSettings,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    Target,
)
from router.errors import InvalidCommand, RouterError, Unsupported
from router.instruments import Instrument
from router.models import Balances, Fill, Order, OrderBook, Ticker
from router.positions import Countdown, Income, Position, TradingSettings
from router.symbols import Symbol
from workers.calls.endpoint import Budget, Call
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.listing import Listing
from workers.exchanges.tickers import Offer, single

Placed = Order | Acknowledged
"""What an order call tells: the order, or only that the exchange took it; then its state is read (`Core.confirm`)."""

Item = Order | Acknowledged | RouterError
"""What became of one order of a batch; the error is of the class that a call of its own would have raised."""


class NewItem(NamedTuple):
    """An order that has been checked, on its way into a batch."""

    order: AnyNewOrder
    instrument: Instrument


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


class Batch(NamedTuple):
    """Commands of the same ``name`` may share a call, at most ``limit`` of them.

    ``first`` is what the first of them is charged for, ``more`` what each further one is. ``apart``: the exchange
    counts batches apart from single calls, so that they go on where those have to wait.
    """

    name: str
    limit: int
    first: Mapping[Budget, int]
    more: Mapping[Budget, int]
    apart: bool = False


class CallBuilders(ABC):
    """Translates what is asked into the exchange's parameters.

    Each method returns a call whose ``parse`` gives our model. All may raise Unsupported (or another InvalidCommand)
    for what this exchange cannot do, naming the field, its value and the rule. What is not abstract is refused so
    unless a subclass overrides it.
    """

    name: ClassVar[str]

    @abstractmethod
    def place_call(self, order: AnyNewOrder, instrument: Instrument) -> Call[Placed]:
        """Place an order that has been checked against the instrument. It always carries a client order id."""

    @abstractmethod
    def cancel_call(self, command: CancelOrder) -> Call[Placed]:
        """Cancel one order."""

    @abstractmethod
    def amend_call(self, command: AmendOrder) -> Call[Placed]:
        """Change one open order. May first read the order, where the exchange needs to be told what it is now."""

    @abstractmethod
    def cancel_all_call(self, command: CancelAll) -> Call[Sequence[Placed]]:
        """Cancel every open order of a symbol. May read them first, and may be several calls (`Call.then`)."""

    @abstractmethod
    def balances_call(self, command: GetBalances) -> Call[Balances]:
        """Read all non-zero balances of the wallet that the command means."""

    @abstractmethod
    def positions_call(self, symbol: Symbol | None) -> Call[list[Position]]:
        """Read open positions, all or one symbol's."""

    @abstractmethod
    def order_call(self, reference: Reference) -> Call[Order]:
        """Read one order."""

    @abstractmethod
    def open_orders_call(self, command: GetOpenOrders) -> Call[list[Order]]:
        """Read open orders: of one symbol, of a kind of market, or of all; those waiting for a trigger too."""

    @abstractmethod
    def fills_call(self, command: GetFills) -> Call[list[Fill]]:
        """Read executions of one symbol."""

    @abstractmethod
    def ticker_call(self, symbol: Symbol) -> Call[Ticker]:
        """Read the top of the book and the last 24 hours."""

    def ticker_offers(self, symbols: Sequence[Symbol]) -> Sequence[Offer]:
        """The ways to read tickers of symbols of one kind of market; one call each, unless the exchange has more."""
        return [Offer(1, self.ticker_call(symbols[0]).cost, lambda one: single(self.ticker_call(one[0])))]

    @abstractmethod
    def order_book_call(self, command: GetOrderBook) -> Call[OrderBook]:
        """Read the book's best levels."""

    @abstractmethod
    def listing_call(self, part: str) -> Call[Listing]:
        """Read the rules of every market of one of `Core.parts`, and the limits that are told with them."""

    @abstractmethod
    def server_time_call(self, area: str = "") -> Call[int]:
        """Read the clock of the exchange, or of one of its areas, in milliseconds; needs no signature."""

    def batch_of(self, command: AnyNewOrder | CancelOrder) -> Batch | None:
        """In which batch the command may go with others; None for what must go alone."""
        del command
        return None

    def place_batch_call(self, items: Sequence[NewItem]) -> Call[list[Item]]:
        """Place orders of one batch together; ``parse`` tells of each, in their order. Its cost is that of all."""
        raise self.unsupported("orders", len(items), "are placed one by one here")

    def cancel_batch_call(self, commands: Sequence[CancelOrder]) -> Call[list[Item]]:
        """Cancel orders of one batch together; ``parse`` tells of each, in their order."""
        raise self.unsupported("orders", len(commands), "are cancelled one by one here")

    def set_leverage_call(self, command: SetLeverage) -> Call[TradingSettings]:
        """Set a symbol's leverage. Repeating it does no harm, so its endpoint is idempotent; as of all that follow."""
        raise self.unsupported("leverage", command.leverage, f"cannot be set on {command.symbol}")

    def set_margin_mode_call(self, command: SetMarginMode) -> Call[TradingSettings]:
        """Set the margin mode of a symbol or of the account."""
        raise self.unsupported("margin_mode", command.margin_mode, "cannot be set beforehand; name it in each order")

    def set_position_mode_call(self, command: SetPositionMode) -> Call[TradingSettings]:
        """Choose between one position per symbol, and a long and a short one."""
        raise self.unsupported("position_mode", command.position_mode, "cannot be set")

    def trading_settings_call(self, command: GetTradingSettings) -> Call[TradingSettings]:
        """Read leverage and modes that hold for a symbol."""
        raise self.unsupported("symbol", str(command.symbol), "has no trading settings")

    def cancel_after_call(self, command: CancelAfter) -> Call[Countdown]:
        """Start, renew or stop the exchange's own timer that cancels open orders."""
        raise self.unsupported("seconds", command.seconds, "there is no such timer")

    def income_call(self, command: GetIncome) -> Call[list[Income]]:
        """Read what changed a futures wallet."""
        raise self.unsupported("market", command.market, "tells no income")

    def unsupported(self, field: str, value: object, rule: str) -> Unsupported:
        """The refusal of what this exchange does not have: it names the field, its value and the rule."""
        return Unsupported.because(field, value, f"{rule} (exchange {self.name})")
