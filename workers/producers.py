"""The producers file: whose signature is good for which accounts."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from router.errors import ConfigurationError
from router.signature import KeyName
from router.signing import SHORTEST_KEY
from workers.secret_sources import resolve

_NAME: TypeAdapter[str] = TypeAdapter(KeyName)
_FIELDS = ("key", "accounts")


class Producer(BaseModel):
    """One producer: its ``key``, and the ``accounts`` it may trade on, where * stands for any part of a name."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    key: SecretStr = Field(min_length=SHORTEST_KEY)
    accounts: tuple[str, ...] = Field(min_length=1)

    def may_trade_on(self, account: str) -> bool:
        """Whether its word counts there."""
        return any(fnmatchcase(account, pattern) for pattern in self.accounts)


def load_producers(path: Path) -> dict[str, Producer]:
    """Every producer of the file, by name.

    Raises: ConfigurationError naming the field (``producers.desk-1.key``), the value (never a key) and the rule.
    """
    tables = _read(path).get("producers")
    if not isinstance(tables, dict) or not tables:
        raise ConfigurationError.because("producers file", str(path), "must have a table [producers.NAME]")
    return {name: _producer(name, table) for name, table in tables.items()}


def _producer(name: str, table: object) -> Producer:
    where = f"producers.{name}"
    if not isinstance(table, dict):
        raise ConfigurationError.because(where, type(table).__name__, f"must be a table, as in [{where}]")
    for field in _FIELDS:
        if field not in table:
            raise ConfigurationError.because(f"{where}.{field}", "(not set)", "is required")
    for field in table:
        if field not in _FIELDS:
            raise ConfigurationError.because(f"{where}.{field}", field, "is no setting of a producer")
    key = SecretStr(resolve(f"{where}.key", table["key"]))
    try:
        _NAME.validate_python(name)
        return Producer(key=key, accounts=table["accounts"])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, (where, *first["loc"])))
        shown = "(not shown)" if first["loc"][:1] == ("key",) else str(table["accounts"]) if first["loc"] else name
        complaint = ConfigurationError.because(field, shown, first["msg"])
    raise complaint  # outside the handler: pydantic's error holds what was given


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigurationError.because("producers file", str(path), f"cannot be read: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError.because("producers file", str(path), f"is not TOML: {error}") from None
