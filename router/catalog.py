"""What the workers serve, as they told Redis: so that a producer refuses early what a worker would refuse late."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import redis
from pydantic import BaseModel, ConfigDict

from router.commands import AnyCommand, AnyNewOrder, GetTickers, PollAccounts
from router.errors import UnknownAccount, UnknownExchange, UnknownSymbol
from router.instruments import Instrument
from router.keys import Keys
from router.symbols import Symbol
from router.validation import check_order

T = TypeVar("T")
EXCHANGES = ("binance", "bybit", "okx")
_FRESH_SECONDS = 30.0
_ASK_AGAIN_SECONDS = 0.5  # after a miss, so that a stream of bad commands does not become a stream of reads


class ServedAccount(BaseModel):
    """Where an account belongs; nothing secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exchange: str
    environment: str


@dataclass
class _Kept:
    value: object
    read_at: float


class Catalog:
    """A short-lived copy of the accounts and instruments that workers have registered.

    What no worker has told yet is not refused here: the command is accepted and the worker judges it.
    """

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._kept: dict[str, _Kept] = {}

    def accounts(self) -> dict[str, ServedAccount]:
        """Every account that some worker serves or has served. Raises: redis.RedisError."""
        return self._fresh(self._keys.accounts, self._read_accounts, _FRESH_SECONDS)

    def find_account(self, name: str) -> ServedAccount | None:
        """The account of that name, looked for anew before it is said to be unknown. Raises: redis.RedisError."""
        known = self.accounts()
        if name not in known:
            known = self._fresh(self._keys.accounts, self._read_accounts, _ASK_AGAIN_SECONDS)
        return known.get(name)

    def exchanges(self) -> list[str]:
        """Every exchange that is built in or that some worker serves. Raises: redis.RedisError."""
        return sorted({*EXCHANGES, *(account.exchange for account in self.accounts().values())})

    def lists(self, exchange: str, symbol: Symbol) -> bool:
        """Whether a worker has told of that market, in any environment. Raises: redis.RedisError."""
        places = {(account.exchange, account.environment): account for account in self.accounts().values()}
        served = [account for (name, _), account in places.items() if name == exchange]
        return any(str(symbol) in self._instruments(account, str(symbol)) for account in served)

    def symbols(self, exchange: str, environment: str) -> frozenset[str]:
        """The unified names of every market that workers have told of there. Raises: redis.RedisError."""
        key = self._keys.instruments(exchange, environment)
        names = self._fresh(f"{key}:names", lambda: self._client.hkeys(key), _FRESH_SECONDS)
        return frozenset(map(_text, names))

    def instruments(self, account: str) -> dict[str, Instrument]:
        """The rules of every market of an account's exchange, by symbol; empty as long as no worker has told them.

        Raises: redis.RedisError.
        """
        served = self.find_account(account)
        return {} if served is None else self._instruments(served, "")

    def check(self, command: AnyCommand) -> None:
        """Refuse what is known to be wrong.

        Raises: UnknownExchange, UnknownAccount, UnknownSymbol, InvalidCommand; redis.RedisError.
        """
        if isinstance(command, PollAccounts):
            self._check_exchange(command)
            return
        served = self._account(command)
        if served is None:
            return
        if isinstance(command, GetTickers):
            for each in command.symbols:
                self._listed(served, each)
            return
        symbol = getattr(command, "symbol", None)
        instrument = None if symbol is None else self._listed(served, symbol)
        if instrument is not None and isinstance(command, AnyNewOrder):
            check_order(command, instrument)

    def _listed(self, served: ServedAccount, symbol: Symbol) -> Instrument | None:
        """The rules of a market; None while no worker has told any. Raises: UnknownSymbol."""
        instruments = self._instruments(served, str(symbol))
        if instruments and str(symbol) not in instruments:
            rule = f"is not listed on {served.exchange} {served.environment}"
            raise UnknownSymbol.because("symbol", str(symbol), rule)
        return instruments.get(str(symbol))

    def _account(self, command: AnyCommand) -> ServedAccount | None:
        served = self.find_account(command.account)
        if served is not None and served.exchange == command.exchange:
            return served
        self._check_exchange(command)
        known = self.accounts()
        if not known:
            return None
        if served is None:
            rule = f"no worker serves an account of that name; known are {', '.join(sorted(known))}"
            raise UnknownAccount.because("account", command.account, rule)
        rule = f"is an account on {served.exchange}, not on {command.exchange}"
        raise UnknownAccount.because("account", command.account, rule)

    def _check_exchange(self, command: AnyCommand) -> None:
        exchanges = self.exchanges()
        if command.exchange not in exchanges:
            rule = f"must be one of {', '.join(exchanges)}"
            raise UnknownExchange.because("exchange", command.exchange, rule)

    def _instruments(self, served: ServedAccount, symbol: str) -> dict[str, Instrument]:
        key = self._keys.instruments(served.exchange, served.environment)

        def read() -> dict[str, Instrument]:
            rows = self._client.hgetall(key)
            return {_text(name): Instrument.model_validate_json(row) for name, row in rows.items()}

        instruments = self._fresh(key, read, _FRESH_SECONDS)
        return instruments if symbol in instruments else self._fresh(key, read, _ASK_AGAIN_SECONDS)

    def _read_accounts(self) -> dict[str, ServedAccount]:
        rows = self._client.hgetall(self._keys.accounts)
        return {_text(name): ServedAccount.model_validate_json(row) for name, row in rows.items()}

    def _fresh(self, key: str, read: Callable[[], T], seconds: float) -> T:
        kept = self._kept.get(key)
        if kept is None or time.monotonic() - kept.read_at > seconds:
            kept = self._kept[key] = _Kept(read(), time.monotonic())
        return kept.value  # type: ignore[return-value]  # one key always holds one type


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name
