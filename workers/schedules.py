"""What the accounts file says is to be read from time to time, and when in its period each account's turn is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from router.command_base import Market, Name
from router.errors import ConfigurationError
from router.poll_command import What

_EVERYBODY = "all"
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600}
_PERIOD = re.compile(r"^(\d+)([smh])$")
_SHORTEST, _LONGEST = 1, 86_400
_MOST_SLOTS: Final = 600
_SLOT_SECONDS: Final = 1


class Schedule(BaseModel):
    """Read ``what`` of ``accounts`` (None: of all in the file) every so many seconds.

    The period is cut into slots of a second or more, and each account has one of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    accounts: Annotated[tuple[str, ...], Field(min_length=1)] | None
    every: int
    what: What = "balances"
    market: Market | None = None

    @field_validator("accounts", mode="before")
    @classmethod
    def _whose(cls, given: object) -> object:
        if given == _EVERYBODY:
            return None
        if not isinstance(given, list):
            raise ValueError("must be 'all' or a list of names")  # noqa: TRY004 - pydantic wants ValueError
        return given

    @field_validator("every", mode="before")
    @classmethod
    def _seconds(cls, given: object) -> int:
        return period(given)

    @property
    def slots(self) -> int:
        """How many slots a period has."""
        return min(max(self.every // _SLOT_SECONDS, 1), _MOST_SLOTS)

    @property
    def slot_ms(self) -> float:
        """How long one is."""
        return self.every * 1_000 / self.slots


def period(given: object) -> int:
    """The seconds of '30s', '5m' or '1h'. Raises: ValueError with the rule."""
    found = _PERIOD.match(given) if isinstance(given, str) else None
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError("must be a time such as '30s', '5m' or '1h', a day at most")
    return seconds


def to_schedules(tables: object, accounts: Mapping[str, object]) -> list[Schedule]:
    """The schedules of an accounts file. Raises: ConfigurationError naming field, value and rule."""
    if not isinstance(tables, dict):
        raise ConfigurationError.because("schedules", type(tables).__name__, "must be a table, as in [schedules.all]")
    return [_schedule(name, table, accounts) for name, table in tables.items()]


def _schedule(name: str, table: Any, accounts: Mapping[str, object]) -> Schedule:  # noqa: ANN401 - as TOML gives it
    where = f"schedules.{name}"
    if not isinstance(table, dict):
        raise ConfigurationError.because(where, type(table).__name__, f"must be a table, as in [{where}]")
    try:
        schedule = Schedule.model_validate({**table, "name": name})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0])
        rule = {"missing": "is required", "extra_forbidden": "is no setting of a schedule"}.get(
            first["type"], first["msg"]
        )
        given = table.get(field, "(not set)")
        raise ConfigurationError.because(f"{where}.{field}", given, rule.removeprefix("Value error, ")) from None
    for account in schedule.accounts or ():
        if account not in accounts:
            raise ConfigurationError.because(f"{where}.accounts", account, "is no account of this file")
    return schedule


def spread(schedule: Schedule, accounts: Iterable[str]) -> dict[int, list[str]]:
    """Which accounts are read in which slot of the period: as many in each, give or take one.

    Their order is a hash of their names, so that accounts of one exchange or purpose do not come together, every worker
    finds the same, and one account more or less moves the others by one place at most.
    """
    ranked = sorted(set(accounts), key=lambda account: hashlib.blake2b(f"{schedule.name}:{account}".encode()).digest())
    turns: dict[int, list[str]] = {}
    for rank, account in enumerate(ranked):
        turns.setdefault(rank * schedule.slots // len(ranked), []).append(account)
    return turns
