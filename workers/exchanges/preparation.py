"""How a command becomes a call: validated here, before anything is spent or sent."""

from __future__ import annotations

from typing import Any, assert_never

from router.commands import (
    AmendOrder,
    AnyCommand,
    AnyNewOrder,
    AnyQuery,
    AnySetting,
    AnyWrite,
    CancelAfter,
    CancelAll,
    CancelOrder,
    GetBalances,
    GetFills,
    GetIncome,
    GetOpenOrders,
    GetOrder,
    GetOrderBook,
    GetPositions,
    GetTicker,
    GetTickers,
    GetTradingSettings,
    NewOrder,
    PollAccounts,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
)
from router.errors import ErrorKind, InvalidCommand, NotProcessed, Problem
from router.instruments import Instrument
from router.validation import check_order
from workers.calls.clock import Clock
from workers.calls.endpoint import Call
from workers.exchanges.builders import CallBuilders, Placed, Reference
from workers.exchanges.listing import Instruments
from workers.exchanges.tickers import cheapest
from workers.guards import Guards
from workers.settings import AccountSettings

_STALE_SECONDS = 300.0  # rules older than this are read again before an order is refused by them
_CLOCK_AGAIN_MS = 500  # upkeep measures a clock that is in doubt every second


class Preparation(CallBuilders):
    """Finds the builder for a command and checks what can be checked here."""

    account: AccountSettings
    clock: Clock
    instruments: Instruments
    guards: Guards

    def prepare(self, command: AnyCommand) -> Call[Any]:
        """The command's first call, after local validation; sends nothing unless rules must be read first.

        Raises: InvalidCommand or UnknownSymbol, naming field, value, rule and the nearest valid values; NotProcessed
        (clock) for a new or amended order while the exchange's clock is in doubt; and what a read raises, when
        the rules are not known yet.
        """
        self._check_address(command)
        if isinstance(command, AnyWrite):
            call = self._write_call(command)
            call.window_ms = self._window_ms(command.expires_in)
        else:
            call = self._query_call(command)
        call.command_id = command.id
        call.symbol = call.symbol or str(getattr(command, "symbol", None) or "")
        return call

    def _write_call(self, command: AnyWrite) -> Call[Any]:
        match command:
            case NewOrder():
                return self._order_call(command)
            case CancelOrder():
                return self.cancel_call(command)
            case AmendOrder():
                self._check_clock()
                self.guards.check_amendment(command)
                return self.amend_call(command)
            case CancelAll():
                return self.cancel_all_call(command)
            case CancelAfter():
                return self.cancel_after_call(command)
            case _:
                return self._setting_call(command)

    def _setting_call(self, command: AnySetting) -> Call[Any]:
        match command:
            case SetLeverage():
                return self.set_leverage_call(command)
            case SetMarginMode():
                return self.set_margin_mode_call(command)
            case SetPositionMode():
                return self.set_position_mode_call(command)
            case _:
                assert_never(command)

    def _query_call(self, command: AnyQuery | PollAccounts) -> Call[Any]:
        match command:
            case GetOrder():
                return self.order_call(Reference.of(command))
            case GetOpenOrders():
                return self.open_orders_call(command)
            case GetFills():
                return self.fills_call(command)
            case GetTicker() | GetTickers() | GetOrderBook():
                return self._market_call(command)
            case PollAccounts():
                raise self.unsupported("kind", command.kind, "is not one account's")
            case _:
                return self._account_call(command)

    def _market_call(self, command: GetTicker | GetTickers | GetOrderBook) -> Call[Any]:
        match command:
            case GetTicker():
                return self.ticker_call(command.symbol)
            case GetTickers():
                return cheapest(command.symbols, self.ticker_offers(command.symbols))
            case GetOrderBook():
                return self.order_book_call(command)
            case _:
                assert_never(command)

    def _account_call(self, command: GetBalances | GetPositions | GetIncome | GetTradingSettings) -> Call[Any]:
        match command:
            case GetBalances():
                return self.balances_call(command)
            case GetPositions():
                return self.positions_call(command.symbol)
            case GetIncome():
                return self.income_call(command)
            case GetTradingSettings():
                return self.trading_settings_call(command)
            case _:
                assert_never(command)

    def _order_call(self, order: AnyNewOrder) -> Call[Placed]:
        """Check the order, and before it is refused by old rules check it by new ones."""
        instrument = self.instruments.get(order.symbol)
        if not _is_allowed(order, instrument):
            self.instruments.renew(older_than=_STALE_SECONDS)
            instrument = self.instruments.get(order.symbol)
            check_order(order, instrument)
        self._check_clock()
        self.guards.check_order(order)
        return self.place_call(order, instrument)

    def _check_clock(self) -> None:
        """A new order may not execute outside of its window because nobody knows what time it is over there."""
        doubt = self.clock.doubt(self.account.receive_window_ms)
        if doubt is not None:
            text = f"new orders wait until the clock of {self.name} is known: {doubt}"
            raise NotProcessed(Problem(kind=ErrorKind.CLOCK, message=text, retry_after_ms=_CLOCK_AGAIN_MS))

    def _window_ms(self, expires_in: float | None) -> int:
        window_ms = self.account.receive_window_ms
        return window_ms if expires_in is None else max(min(window_ms, int(expires_in * 1_000)), 1)

    def _check_address(self, command: AnyCommand) -> None:
        if command.exchange != self.name:
            raise InvalidCommand.because("exchange", command.exchange, f"this is {self.name}")
        if command.account != self.account.name:
            raise InvalidCommand.because("account", command.account, f"this is account {self.account.name}")


def _is_allowed(order: AnyNewOrder, instrument: Instrument) -> bool:
    try:
        check_order(order, instrument)
    except InvalidCommand:
        return False
    return True
