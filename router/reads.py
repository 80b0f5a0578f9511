"""The reads an app asks for by name and waits for, and the poll of many accounts at once."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from router.catalog import Catalog
from router.commands import (
    AnyCommand,
    AnyQuery,
    GetBalances,
    GetFills,
    GetIncome,
    GetOpenOrders,
    GetOrder,
    GetOrderBook,
    GetPositions,
    GetTicker,
    GetTradingSettings,
    build,
)
from router.connection import answering
from router.errors import ErrorKind, InvalidCommand, Problem, RouterError, UnknownAccount
from router.journal import Journal
from router.models import Balances, Fill, Order, OrderBook, Ticker
from router.positions import Income, Position, TradingSettings
from router.results import Result
from router.settings import RouterSettings
from router.tickets import Ticket

Q = TypeVar("Q", bound=AnyQuery)
Progress = Callable[[str, int, int], None]


class Reads(ABC):
    """Each read is a command too: it waits for its turn under the exchange's limit, then answers.

    All take ``exchange`` and ``account`` by name and ``timeout`` in seconds. Raises, all of them: InvalidCommand and
    its kin, Rejected, CommandExpired, CommandFailed, TimeoutError, QueueUnavailable.
    """

    settings: RouterSettings
    journal: Journal
    catalog: Catalog

    @abstractmethod
    def submit(self, command: AnyCommand | Mapping[str, Any]) -> Ticket:
        """Accept one command."""

    def get_balances(self, *, max_age: float | None = None, timeout: float = 10.0, **names: object) -> Balances:
        """All non-zero balances; answered without a call when the last are at most ``max_age`` seconds old.

        ``market`` names the wallet, where an exchange keeps several; see `GetBalances`.
        """
        command = build(GetBalances, **names)
        if max_age is not None:
            with answering(self.settings):
                self.catalog.check(command)
                kept = self.journal.snapshot(wallet_of(command), command.account, max_age)
            if kept is not None:
                return Balances.model_validate_json(kept)
        return cast("Balances", self._ask(command, timeout))

    def get_positions(self, *, timeout: float = 10.0, **names: object) -> list[Position]:
        """Open positions, all or of one ``symbol``; none on spot."""
        return cast("list[Position]", self._ask(build(GetPositions, **names), timeout))

    def get_order(self, *, timeout: float = 10.0, **names: object) -> Order:
        """One order, by ``client_order_id``, ``order_id`` or ``command_id``."""
        return cast("Order", self._ask(build(GetOrder, **names), timeout))

    def get_open_orders(self, *, timeout: float = 10.0, **names: object) -> list[Order]:
        """Open orders of one ``symbol``, of a kind of ``market``, or of all."""
        return cast("list[Order]", self._ask(build(GetOpenOrders, **names), timeout))

    def get_fills(self, *, timeout: float = 10.0, **names: object) -> list[Fill]:
        """Executions of one ``symbol``, oldest first."""
        return cast("list[Fill]", self._ask(build(GetFills, **names), timeout))

    def get_income(self, *, timeout: float = 10.0, **names: object) -> list[Income]:
        """What changed a futures wallet (realised PnL, funding, fees, ...), oldest first."""
        return cast("list[Income]", self._ask(build(GetIncome, **names), timeout))

    def get_trading_settings(self, *, timeout: float = 10.0, **names: object) -> TradingSettings:
        """Leverage, margin mode and position mode that hold for one ``symbol``."""
        return cast("TradingSettings", self._ask(build(GetTradingSettings, **names), timeout))

    def get_market_data(self, *, timeout: float = 10.0, **names: object) -> Ticker:
        """The ticker of one ``symbol``."""
        return cast("Ticker", self._ask(build(GetTicker, **names), timeout))

    def get_orderbook(self, *, timeout: float = 10.0, **names: object) -> OrderBook:
        """The best ``depth`` levels of one ``symbol``."""
        return cast("OrderBook", self._ask(build(GetOrderBook, **names), timeout))

    def poll_balances(
        self,
        accounts: Iterable[str] | None = None,
        *,
        deadline: float = 30.0,
        on_progress: Progress | None = None,
    ) -> dict[str, Balances | Problem]:
        """Balances of many accounts (all, if none are named), each with its own outcome.

        ``on_progress`` hears (account, done, total) as each answers. What has not answered within ``deadline`` seconds
        is a Problem of kind timeout; one bad account spoils no other.
        Raises: QueueUnavailable.
        """
        end = time.monotonic() + deadline
        with answering(self.settings):
            served = self.catalog.accounts()
        names = list(accounts) if accounts is not None else sorted(served)
        exchanges = {name: account.exchange for name, account in served.items()}
        asked: dict[str, Ticket | Problem] = {name: self._asked(name, exchanges, deadline) for name in names}
        outcomes: dict[str, Balances | Problem] = {}
        for name, ticket in asked.items():
            outcomes[name] = ticket if isinstance(ticket, Problem) else _outcome(ticket, end - time.monotonic())
            if on_progress is not None:
                on_progress(name, len(outcomes), len(names))
        return outcomes

    def _asked(self, name: str, exchanges: Mapping[str, str], deadline: float) -> Ticket | Problem:
        try:
            if name not in exchanges:
                rule = f"no worker serves an account of that name; known are {', '.join(sorted(exchanges))}"
                raise UnknownAccount.because("account", name, rule)
            return self.submit(build(GetBalances, exchange=exchanges[name], account=name, expires_in=deadline))
        except InvalidCommand as error:
            return error.problem

    def _ask(self, command: AnyQuery, timeout: float) -> Result:
        return self.submit(command).result(timeout)


def wallet_of(command: GetBalances) -> str:
    """Under which name the last balances of that wallet are kept."""
    return "balances" if command.market is None else f"balances.{command.market}"


def _outcome(ticket: Ticket, seconds: float) -> Balances | Problem:
    try:
        return cast("Balances", ticket.result(max(0.0, seconds)))
    except TimeoutError as error:
        return Problem(kind=ErrorKind.TIMEOUT, message=str(error))
    except RouterError as error:
        return error.problem
