"""BaseExchange: one exchange account in our words, usable without Celery and Redis."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from router.commands import (
    AmendOrder,
    AnyNewOrder,
    CancelAll,
    CancelOrder,
    GetBalances,
    GetFills,
    GetOpenOrders,
    GetOrder,
    GetOrderBook,
    GetTickers,
    Market,
    new_order,
)
from router.instruments import Instrument
from router.models import Balance, Balances, Fill, Order, OrderBook, Ticker
from router.shortcuts import Shortcuts
from router.symbols import Symbol
from workers.exchanges.batches import Batches
from workers.exchanges.builders import Reference
from workers.exchanges.completion import completed
from workers.exchanges.health import Health, examine


class BaseExchange(Batches, Shortcuts[Order]):
    """An exchange account. Use it as a context manager, or call ``connect`` and ``disconnect``.

    Every method may raise NotProcessed (nothing happened), Rejected (the exchange said no) and, if it writes,
    OutcomeUnknown (look up by client order id before anything else). What certainly did nothing is tried again
    within bounds. Symbols may be given in their unified spelling.
    """

    def health(self) -> Health:
        """Whether the exchange answers, how fast, and what is left of its limits. Raises none of our errors."""
        return examine(self)

    def get_server_time(self) -> int:
        """The exchange's clock in milliseconds."""
        return self._ask(self.server_time_call())

    def get_balances(self, market: Market | None = None) -> Balances:
        """All non-zero balances, of the wallet that ``market`` names where there are several; see `GetBalances`."""
        return self._ask(self.balances_call(self._command(GetBalances, market=market)))

    def get_balance(self, asset: str, market: Market | None = None) -> Balance:
        """One asset's balance; zero when the account holds none."""
        return self.get_balances(market)[asset]

    def place_order(self, order: AnyNewOrder) -> Order:
        """Place an order; its client order id is its own, else the command's id, else a fresh one.

        Raises: InvalidCommand naming field, value and rule, before anything is sent.
        """
        return self._whole(self._carry_out(order))

    def _place(self, type: str, **fields: object) -> Order:  # noqa: A002 - the field's name, as callers write it
        return self.place_order(new_order(type, exchange=self.name, account=self.account.name, **fields))

    def amend_order(
        self, symbol: Symbol | str, *, client_order_id: str | None = None, order_id: str | None = None,
        quantity: Decimal | str | None = None, price: Decimal | str | None = None,
    ) -> Order:  # fmt: skip
        """Change an open order's total quantity (base) or price; what the exchange cannot amend it refuses."""
        named = {"symbol": symbol, "client_order_id": client_order_id, "order_id": order_id}
        command = self._command(AmendOrder, **named, quantity=quantity, price=price)
        return self._whole(self._carry_out(command))

    def cancel_order(
        self, symbol: Symbol | str, *, client_order_id: str | None = None, order_id: str | None = None
    ) -> Order:
        """Cancel one order; returns it as it ended, also when it had ended before.

        Raises: Rejected (order_not_found) when the exchange does not know it.
        """
        command = self._command(CancelOrder, symbol=symbol, client_order_id=client_order_id, order_id=order_id)
        return self._whole(self._carry_out(command))

    def cancel_all_orders(self, symbol: Symbol | str) -> list[Order]:
        """Cancel every open order of a symbol; empty when there was none."""
        command = self._command(CancelAll, symbol=symbol)
        cancelled: list[Order] = self._carry_out(command)
        return cancelled

    def get_order(
        self, symbol: Symbol | str, *, client_order_id: str | None = None, order_id: str | None = None
    ) -> Order:
        """One order as it stands. Raises: Rejected (order_not_found)."""
        command = self._command(GetOrder, symbol=symbol, client_order_id=client_order_id, order_id=order_id)
        return self._ask(self.order_call(Reference.of(command)))

    def get_open_orders(self, symbol: Symbol | str | None = None, market: Market | None = None) -> list[Order]:
        """Open orders of one symbol, of a kind of market, or of all; see `GetOpenOrders`."""
        return self._ask(self.open_orders_call(self._command(GetOpenOrders, symbol=symbol, market=market)))

    def get_fills(
        self, symbol: Symbol | str, *, order_id: str | None = None, since_ms: int | None = None, limit: int = 500
    ) -> list[Fill]:
        """Executions of one symbol: of one order, or since a moment (ms, exchange clock)."""
        command = self._command(GetFills, symbol=symbol, order_id=order_id, since_ms=since_ms, limit=limit)
        return self._ask(self.fills_call(command))

    def get_instruments(self) -> list[Instrument]:
        """Every market's rules."""
        return self.instruments.all()

    def get_instrument(self, symbol: Symbol | str) -> Instrument:
        """One market's rules, at most an hour old. Raises: UnknownSymbol."""
        return self.instruments.get(self._symbol(symbol))

    def get_market_data(self, symbol: Symbol | str) -> Ticker:
        """The top of the book and the last 24 hours."""
        return self._ask(self.ticker_call(self._symbol(symbol)))

    def get_tickers(self, symbols: Sequence[Symbol | str]) -> list[Ticker]:
        """The same of several symbols of one kind of market, in the calls that cost least."""
        return self._ask(self.prepare(self._command(GetTickers, symbols=tuple(symbols))))

    def get_orderbook(self, symbol: Symbol | str, depth: int = 100) -> OrderBook:
        """The book's best ``depth`` levels."""
        return self._ask(self.order_book_call(self._command(GetOrderBook, symbol=symbol, depth=depth)))

    def find_order(self, symbol: Symbol, client_order_id: str) -> Order | None:
        """Look an order up by client order id, for settling a lost reply; as `find`."""
        return self.find(Reference(symbol, client_order_id=client_order_id))

    def _whole(self, order: Order) -> Order:
        """The order with its notional, which some replies to what changes an order do not tell."""
        return cast("Order", completed(self, order)) if order.filled_notional is None else order

    @abstractmethod
    def search_order(self, symbol: Symbol, client_order_id: str, since_ms: int) -> Order | None:
        """Look through open orders, history and executions since ``since_ms`` (exchange clock, when it was sent).

        Returns: None only when every source was read in full and none has it. Raises: for any other trouble.
        """
