"""The reads an app asks for by name and waits for; each is one call at most, whoever else asks the same."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import cast

from router.catalog import Catalog
from router.commands import (
    AnyQuery,
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
    build,
)
from router.connection import answering
from router.errors import CommandExpired
from router.identity import with_id
from router.journal import Journal
from router.models import Balances, Fill, Order, OrderBook, Ticker
from router.positions import Income, Position, TradingSettings
from router.results import RESULT_OF, Result
from router.settings import RouterSettings
from router.snapshots import Snapshots, place_of
from router.symbols import Symbol
from router.tickets import Ticket


class Reads(ABC):
    """Each read is a command too: it waits for its turn under the exchange's limit, then answers.

    All take ``exchange`` and ``account`` by name and ``timeout`` in seconds. Where there is a ``max_age`` (seconds), an
    answer that is at most so old is given without a call, or that of an identical read under way; without one, only a
    read that was not sent yet is joined, so that whoever has just traded never sees what was before. The age is
    counted on Redis' clock from the moment at which the call was let through. Raises, all of them: InvalidCommand and
    its kin, Rejected, CommandExpired, CommandFailed, TimeoutError, QueueUnavailable.
    """

    settings: RouterSettings
    journal: Journal
    catalog: Catalog
    snapshots: Snapshots

    @abstractmethod
    def _submit_read(self, command: AnyQuery, flight: str, joins_ms: int) -> Ticket:
        """Accept a read, or find the identical one that is under way as ``flight``, sent at most so long ago."""

    def get_balances(self, /, *, max_age: float | None = None, timeout: float = 10.0, **names: object) -> Balances:
        """All non-zero balances; ``market`` names the wallet, where an exchange keeps several: see `GetBalances`."""
        return cast("Balances", self._ask(build(GetBalances, **names), timeout, max_age))

    def get_positions(
        self, /, *, max_age: float | None = None, timeout: float = 10.0, **names: object
    ) -> list[Position]:
        """Open positions, all or of one ``symbol``; none on spot."""
        return cast("list[Position]", self._ask(build(GetPositions, **names), timeout, max_age))

    def get_order(self, /, *, timeout: float = 10.0, **names: object) -> Order:
        """One order, by ``client_order_id``, ``order_id`` or ``command_id``."""
        return cast("Order", self._ask(build(GetOrder, **names), timeout))

    def get_open_orders(
        self, /, *, max_age: float | None = None, timeout: float = 10.0, **names: object
    ) -> list[Order]:
        """Open orders of one ``symbol``, of a kind of ``market``, or of all."""
        return cast("list[Order]", self._ask(build(GetOpenOrders, **names), timeout, max_age))

    def get_fills(self, /, *, timeout: float = 10.0, **names: object) -> list[Fill]:
        """Executions of one ``symbol``, oldest first."""
        return cast("list[Fill]", self._ask(build(GetFills, **names), timeout))

    def get_income(self, /, *, timeout: float = 10.0, **names: object) -> list[Income]:
        """What changed a futures wallet (realised PnL, funding, fees, ...), oldest first."""
        return cast("list[Income]", self._ask(build(GetIncome, **names), timeout))

    def get_trading_settings(self, /, *, timeout: float = 10.0, **names: object) -> TradingSettings:
        """Leverage, margin mode and position mode that hold for one ``symbol``."""
        return cast("TradingSettings", self._ask(build(GetTradingSettings, **names), timeout))

    def get_market_data(self, /, *, max_age: float | None = None, timeout: float = 10.0, **names: object) -> Ticker:
        """The ticker of one ``symbol``, whichever account of the environment asks."""
        return cast("Ticker", self._ask(build(GetTicker, **names), timeout, max_age))

    def get_orderbook(self, /, *, max_age: float | None = None, timeout: float = 10.0, **names: object) -> OrderBook:
        """The best ``depth`` levels of one ``symbol``, whichever account of the environment asks."""
        return cast("OrderBook", self._ask(build(GetOrderBook, **names), timeout, max_age))

    def get_tickers(
        self, /, symbols: Iterable[str], *, max_age: float | None = None, timeout: float = 10.0, **names: object
    ) -> dict[str, Ticker]:
        """The tickers of several symbols by unified name; those that must be asked for cost as little as they can."""
        wanted = {str(symbol): symbol for symbol in build(GetTickers, symbols=tuple(symbols), **names).symbols}
        kept = self._kept_tickers(list(wanted.values()), max_age or 0.0, names)
        found = {symbol: ticker for symbol, ticker in zip(wanted, kept, strict=True) if ticker is not None}
        markets = sorted({symbol.market for symbol in wanted.values()})
        for market in markets:
            missing = [name for name, symbol in wanted.items() if name not in found and symbol.market == market]
            if missing:
                command = build(GetTickers, symbols=tuple(missing), **names)
                tickers = cast("list[Ticker]", self._ask(command, timeout))
                found.update({str(ticker.symbol): ticker for ticker in tickers})
        return found

    def _kept_tickers(self, symbols: list[Symbol], max_age: float, names: dict[str, object]) -> list[Ticker | None]:
        commands = [build(GetTicker, symbol=symbol, **names) for symbol in symbols]
        with answering(self.settings):
            served = self.catalog.find_account(commands[0].account)
            if served is None or not max_age:
                return [None] * len(symbols)
            places = [place_of(command, served.environment) for command in commands]
            kept = self.snapshots.read_all([place for place in places if place is not None])
        return [
            None if each is None or each.age_seconds > max_age else Ticker.model_validate_json(each.document)
            for each in kept
        ]

    def _ask(self, command: AnyQuery, timeout: float, max_age: float | None = None) -> Result:
        end = time.monotonic() + timeout
        with answering(self.settings):
            self.catalog.check(command)
            served = self.catalog.find_account(command.account)
            place = None if served is None else place_of(command, served.environment)
            kept = self.snapshots.read(place) if place is not None and max_age else None
        if kept is not None and kept.age_seconds <= (max_age or 0):
            return RESULT_OF[command.task].validate_json(kept.document)
        named = with_id(command)
        flight = "" if place is None else self.journal.keys.flight(*place)
        while True:
            ticket = self._submit_read(named, flight, round((max_age or 0) * 1_000))
            try:
                return ticket.result(max(end - time.monotonic(), 0.0))
            except CommandExpired:  # another's, whose time to live has ended before ours
                if ticket.id == named.id or time.monotonic() >= end:
                    raise
