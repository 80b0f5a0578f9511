"""The accounts file: which accounts there are, read once at start and checked before anything is traded."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from router.catalog import EXCHANGES
from router.errors import ConfigurationError
from workers.exchanges import exchange_class, exchange_names
from workers.guard_settings import GuardSettings
from workers.schedules import Schedule, to_schedules
from workers.secret_sources import resolve
from workers.settings import SIMULATOR_URL, AccountSettings, Environment

_SECRETS = ("api_key", "api_secret", "passphrase", "proxy")
_FIELDS = tuple(field for field in AccountSettings.model_fields if field != "name")
_SECTIONS = ("accounts", "schedules")
_SIMULATED = 9


def load_accounts(path: Path, live: frozenset[str]) -> dict[str, AccountSettings]:
    """Every account of the file, by name. ``live`` names the accounts that may trade real money.

    Raises: ConfigurationError naming the field (``accounts.main.api_secret``), the value (never a secret) and the rule.
    """
    tables = _accounts_in(_read(path))
    unknown = live - tables.keys()
    if unknown:
        raise ConfigurationError.because(
            "live accounts", ", ".join(sorted(unknown)), f"not in {path}{_near(unknown, tables)}"
        )
    known = exchange_names()  # once: it looks through everything that is installed
    return {name: _account(name, table, live, known) for name, table in tables.items()}


def load_schedules(path: Path) -> list[Schedule]:
    """What the file says is to be read from time to time. Raises: ConfigurationError."""
    document = _read(path)
    return to_schedules(document.get("schedules", {}), _accounts_in(document))


def simulator_accounts(base_url: str = SIMULATOR_URL, exchange: str = "binance") -> dict[str, AccountSettings]:
    """The simulator's own accounts sim-1 to sim-9, as one of the exchanges it plays."""
    return {
        f"sim-{number}": AccountSettings(
            name=f"sim-{number}",
            exchange=exchange,
            environment=Environment.SIMULATOR,
            base_url=base_url,
            api_key=SecretStr(f"sim-key-{number}"),
            api_secret=SecretStr(f"sim-secret-{number}"),
            passphrase=SecretStr(f"sim-pass-{number}"),
        )
        for number in range(1, _SIMULATED + 1)
    }


def every_simulator_account(base_url: str = SIMULATOR_URL) -> dict[str, AccountSettings]:
    """The simulator's accounts on each exchange it plays: sim-N on Binance, sim-bybit-N, sim-okx-N.

    An account has one name among all exchanges, and the simulator's keys are the same on each.
    """
    accounts = simulator_accounts(base_url)
    for exchange in EXCHANGES[1:]:
        for name, account in simulator_accounts(base_url, exchange).items():
            own = name.replace("sim-", f"sim-{exchange}-")
            accounts[own] = account.model_copy(update={"name": own})
    return accounts


def _read(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)  # a guard's numbers are exact
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigurationError.because("accounts file", str(path), f"cannot be read: {reason}") from None
    except tomllib.TOMLDecodeError as error:  # its message tells what and at which line, and shows no value
        raise ConfigurationError.because("accounts file", str(path), f"is not TOML: {error}") from None
    for key in document:
        if key not in _SECTIONS:
            rule = "is no section of this file; accounts stand in [accounts.NAME], schedules in [schedules.NAME]"
            raise ConfigurationError.because(key, key, rule)
    return document


def _accounts_in(document: Mapping[str, Any]) -> dict[str, Any]:
    tables = document.get("accounts", {})
    if not isinstance(tables, dict):
        raise ConfigurationError.because("accounts", type(tables).__name__, "must be a table, as in [accounts.main]")
    return tables


def _account(name: str, table: object, live: frozenset[str], exchanges: list[str]) -> AccountSettings:
    where = f"accounts.{name}"
    if not isinstance(table, dict):
        raise ConfigurationError.because(where, type(table).__name__, f"must be a table, as in [{where}]")
    _check_keys(where, table, _FIELDS, "setting of an account")
    _check_names(where, table, exchanges)
    _check_armed(name, table, live)
    secrets = {key: SecretStr(resolve(f"{where}.{key}", table[key])) for key in _SECRETS if key in table}
    guards = _guards(f"{where}.guards", table.get("guards", {}))
    try:
        account = AccountSettings.model_validate({**table, **secrets, "guards": guards, "name": name})
    except ValidationError as error:
        complaint = _complaint(where, table, error)
    else:
        _check_dead_man(account)
        return account
    raise complaint  # outside the handler: pydantic's error holds what was given


def _check_dead_man(account: AccountSettings) -> None:
    seconds = account.dead_man_seconds
    if seconds is None:
        return
    timer = exchange_class(account.exchange).cancel_timer
    if timer is None or seconds > timer.longest:
        rule = (
            f"must be at most {timer.longest}"
            if timer
            else "cannot be had: it has no timer that a worker could keep up"
        )
        where = f"accounts.{account.name}.dead_man_seconds"
        raise ConfigurationError.because(where, seconds, f"{rule} (exchange {account.exchange})")


def _guards(where: str, table: object) -> GuardSettings:
    if not isinstance(table, dict):
        raise ConfigurationError.because(where, type(table).__name__, f"must be a table, as in [{where}]")
    _check_keys(where, table, tuple(GuardSettings.model_fields), "guard")
    try:
        return GuardSettings.model_validate(table)
    except ValidationError as error:
        raise _complaint(where, table, error) from None


def _check_keys(where: str, table: Mapping[str, object], known: tuple[str, ...], what: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigurationError.because(f"{where}.{key}", key, f"is no {what}{_near([key], known)}")


def _check_names(where: str, table: Mapping[str, object], exchanges: list[str]) -> None:
    known = {"exchange": exchanges, "environment": [str(known) for known in Environment]}
    for key, names in known.items():
        given = table.get(key)
        if given is not None and given not in names:
            rule = f"must be one of {', '.join(names)}{_near([str(given)], names)}"
            raise ConfigurationError.because(f"{where}.{key}", str(given), rule)


def _check_armed(name: str, table: Mapping[str, object], live: frozenset[str]) -> None:
    if table.get("environment") == Environment.LIVE and name not in live:
        rule = f"trades real money and must be armed by name: POINTSMAN_LIVE_ACCOUNTS={','.join(sorted({*live, name}))}"
        raise ConfigurationError.because(f"accounts.{name}.environment", "live", rule)


def _complaint(where: str, table: Mapping[str, object], error: ValidationError) -> ConfigurationError:
    """Pydantic's first complaint in our words; what our own validators say begins with the field they mean."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field, message = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
    if not field:
        field, _, message = message.partition(": ")
    if first["type"] == "missing":
        message = "is required"
    key = field.partition(".")[0]
    given = table.get(key, "(not set)")
    given = str(given) if isinstance(given, Decimal) else given
    shown = "(not shown)" if key in _SECRETS or "@" in str(given) else given  # user:password@ may stand in a URL
    return ConfigurationError.because(f"{where}.{field}", shown, message)


def _near(given: Iterable[str], known: Iterable[str]) -> str:
    found = difflib.get_close_matches(next(iter(given)), list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
