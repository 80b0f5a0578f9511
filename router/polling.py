"""What an app asks of many accounts at once: balances with totals and their worth, positions, open orders."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypedDict, TypeVar, Unpack

from pydantic import TypeAdapter

from router.catalog import Catalog
from router.commands import PollAccounts
from router.connection import answering
from router.errors import InvalidCommand, Problem, RouterError, UnknownAccount, UnknownExchange
from router.journal import Journal
from router.models import Balances, Order, Ticker
from router.poll_command import What
from router.poll_report import (
    AccountBalances,
    AccountOrders,
    AccountOutcome,
    AccountPositions,
    AssetTotal,
    BalancePoll,
    OrderPoll,
    PositionPoll,
    Valuation,
    totals_of,
)
from router.poll_steps import Polls
from router.poller import Ask, OnProgress, Outcome, Poller, Stores
from router.positions import Position
from router.settings import RouterSettings
from router.snapshots import Snapshots
from router.valuation import Prices, routes, symbols_of, value
from router.watching import BalanceChange, Changes, Wanted

T = TypeVar("T", bound=AccountOutcome)
_PRICE_AGE_SECONDS = 5.0
_LONGEST_SECONDS = 86_400.0 * 30
_BALANCES: TypeAdapter[Any] = TypeAdapter(Balances)
_POSITIONS: TypeAdapter[Any] = TypeAdapter(list[Position])
_ORDERS: TypeAdapter[Any] = TypeAdapter(list[Order])


class Options(TypedDict, total=False):
    """What every poll can be told.

    ``exchange``: only its accounts. ``market``: the wallet or the list, as in single reads. ``max_age``: seconds; an
    account whose last answer is younger is not asked, and one that somebody else's poll is asking is asked once for
    both. ``deadline``: seconds; what has not answered by then is late. ``on_progress``: hears a `Progress` as accounts
    answer, and at least once a second.
    """

    exchange: str | None
    market: str | None
    max_age: float
    deadline: float
    on_progress: OnProgress | None


class _Polled(NamedTuple):
    outcomes: Mapping[str, Outcome]
    calls: int
    took_seconds: float


class Polling(ABC):
    """Reads of many accounts: each account comes to an outcome of its own, and one bad key spoils nothing.

    All raise: InvalidCommand and UnknownExchange for an argument that cannot be; QueueUnavailable. An account that
    nobody serves is no error but that account's outcome.
    """

    settings: RouterSettings
    journal: Journal
    catalog: Catalog
    snapshots: Snapshots

    @abstractmethod
    def submit(self, command: PollAccounts) -> object:
        """Accept one command."""

    @abstractmethod
    def get_tickers(self, symbols: Iterable[str], **names: Any) -> dict[str, Ticker]:  # noqa: ANN401 - see Reads
        """The tickers of several symbols."""

    def poll_balances(
        self, accounts: Iterable[str] | None = None, *, value_in: str | None = None, **options: Unpack[Options]
    ) -> BalancePoll:
        """Balances of many accounts, all of them if none are named; ``value_in`` values the totals in that asset."""
        polled = self._poll("balances", accounts, options)
        found = {each[0]: _whole(AccountBalances, "balances", _BALANCES, each) for each in polled.outcomes.items()}
        totals = totals_of(found.values())
        return BalancePoll(
            accounts=found,
            totals=totals,
            calls=polled.calls,
            took_seconds=polled.took_seconds,
            valuation=None if value_in is None else self._value(totals, value_in, found),
        )

    def poll_positions(self, accounts: Iterable[str] | None = None, **options: Unpack[Options]) -> PositionPoll:
        """Open positions of many accounts."""
        polled = self._poll("positions", accounts, options)
        found = {each[0]: _whole(AccountPositions, "positions", _POSITIONS, each) for each in polled.outcomes.items()}
        return PositionPoll(accounts=found, calls=polled.calls, took_seconds=polled.took_seconds)

    def poll_open_orders(self, accounts: Iterable[str] | None = None, **options: Unpack[Options]) -> OrderPoll:
        """Open orders of many accounts."""
        polled = self._poll("open_orders", accounts, options)
        found = {each[0]: _whole(AccountOrders, "orders", _ORDERS, each) for each in polled.outcomes.items()}
        return OrderPoll(accounts=found, calls=polled.calls, took_seconds=polled.took_seconds)

    def watch_balances(
        self, accounts: Iterable[str] | None = None, since: str | None = None, *, patience: float | None = None
    ) -> Iterator[BalanceChange]:
        """Balances that are not what they were, as any read by anybody shows them.

        ``since`` is the id of the last change that was heard ('0' for the oldest that is kept), None for from now on.
        Ends after ``patience`` seconds without one, never if None. Raises: QueueUnavailable, after which the next step
        goes on where it was.
        """
        chosen = None if accounts is None else frozenset(accounts)
        wanted = Wanted(chosen, since, patience)
        return Changes(self.journal.client, self.journal.keys.changes, self.settings, wanted)

    def _poll(self, what: What, accounts: Iterable[str] | None, options: Options) -> _Polled:
        started = time.monotonic()
        ask, chosen = _checked(what, options), _named(accounts)
        with answering(self.settings):
            targets, unknown = self._targets(chosen, options.get("exchange"))
            polls = Polls(self.journal.client, self.journal.keys, round(self.settings.keep_query_seconds * 1_000))
            stores = Stores(polls, self.snapshots, self._state_of, self._sleep)
            poller = Poller(ask, stores, self.submit, options.get("on_progress"))
            outcomes = {**poller.run(targets), **unknown}
        in_order = {name: outcomes[name] for name in chosen or sorted(outcomes)}
        return _Polled(in_order, poller.calls, round(time.monotonic() - started, 3))

    def _sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def _state_of(self, command_id: str) -> str | None:
        record = self.journal.record(command_id)
        return None if record is None else record.state

    def _targets(self, accounts: list[str] | None, exchange: str | None) -> tuple[dict[str, str], dict[str, Outcome]]:
        """Which accounts are asked and where; those that cannot be, with the reason."""
        if exchange is not None and exchange not in self.catalog.exchanges():
            rule = f"must be one of {', '.join(self.catalog.exchanges())}"
            raise UnknownExchange.because("exchange", exchange, rule)
        if accounts is None:
            served = self.catalog.accounts()
            chosen = {name: each.exchange for name, each in served.items() if exchange in (None, each.exchange)}
            return dict(sorted(chosen.items())), {}
        targets: dict[str, str] = {}
        unknown: dict[str, Outcome] = {}
        for name in accounts:
            found = self.catalog.find_account(name)
            if found is not None and exchange in (None, found.exchange):
                targets[name] = found.exchange
            else:
                unknown[name] = Outcome("failed", None, problem=self._no_such(name, exchange))
        return targets, unknown

    def _no_such(self, name: str, exchange: str | None) -> Problem:
        where = f" on {exchange}" if exchange else ""
        known = sorted(self.catalog.accounts())
        some = ", ".join(known[:10]) + (f" and {len(known) - 10} more" if len(known) > 10 else "")  # noqa: PLR2004 - fits a line
        rule = f"no worker serves an account of that name{where}; known are {some}"
        return UnknownAccount.because("account", name, rule).problem

    def _value(self, totals: Mapping[str, AssetTotal], quote: str, found: Mapping[str, AccountBalances]) -> Valuation:
        """By the markets of the exchanges whose accounts answered."""
        by_exchange = {each.exchange: name for name, each in found.items() if each.exchange and each.answered}
        places: dict[str, tuple[str, str]] = {}
        with answering(self.settings):
            for exchange, account in sorted(by_exchange.items()):
                served = self.catalog.find_account(account)
                if served is not None:
                    places[exchange] = account, served.environment
            markets = {name: self.catalog.symbols(name, environment) for name, (_, environment) in places.items()}
        ways = routes(totals, quote, markets)
        tickers: dict[str, Mapping[str, Ticker]] = {}
        troubles: dict[str, str] = {}
        for exchange, symbols in symbols_of(ways).items():
            try:
                account = places[exchange][0]
                tickers[exchange] = self.get_tickers(
                    symbols, exchange=exchange, account=account, max_age=_PRICE_AGE_SECONDS
                )
            except (RouterError, TimeoutError) as error:
                troubles[exchange] = f"{exchange} told no prices: {error}"
        return value(totals, quote, ways, Prices(tickers, troubles))


def _named(accounts: Iterable[str] | None) -> list[str] | None:
    if isinstance(accounts, str):
        raise InvalidCommand.because("accounts", accounts, "must be a list of names, not one text")
    return None if accounts is None else list(dict.fromkeys(accounts))


def _is_number(given: object) -> bool:
    return isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given)


def _checked(what: What, options: Options) -> Ask:
    max_age, deadline = options.get("max_age", 0.0), options.get("deadline", 30.0)
    if not (_is_number(max_age) and max_age >= 0):
        raise InvalidCommand.because("max_age", max_age, "must be seconds, 0 or more")
    if not (_is_number(deadline) and 0 < deadline <= _LONGEST_SECONDS):
        raise InvalidCommand.because(
            "deadline", deadline, f"must be seconds, more than 0 and at most {_LONGEST_SECONDS:g}"
        )
    return Ask(what, options.get("market"), max_age, deadline)


def _whole(kind: type[T], field: str, reader: TypeAdapter[Any], outcome: tuple[str, Outcome]) -> T:
    """An account's outcome, with its answer read into our models."""
    name, (status, exchange, kept, problem) = outcome
    answer = (
        {} if kept is None else {field: reader.validate_json(kept.document), "age_seconds": round(kept.age_seconds, 3)}
    )
    return kind(account=name, exchange=exchange, status=status, problem=problem, **answer)
