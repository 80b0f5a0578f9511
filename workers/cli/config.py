"""`pointsman config check`: whether a worker could start with these settings, before one does."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from router.addresses import hide_password
from router.environment import FILE, PASSWORD, PREFIX, is_set
from router.errors import ConfigurationError
from router.http.settings import HttpSettings
from workers.cli.dashboard import LOGIN, read_login
from workers.cli.exits import BAD_INPUT
from workers.cli.views import as_json, problem_as_json, table_of
from workers.configuration import WorkerSettings
from workers.settings import AccountSettings

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]
_FIELDS = WorkerSettings.model_fields | HttpSettings.model_fields
KNOWN = (*(PREFIX + name.upper() for name in _FIELDS), *LOGIN, PASSWORD, f"{PREFIX}LOG_FORMAT")
config = typer.Typer(help="The settings: what they are, and whether they are right.", no_args_is_help=True)


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    config.callback()(_group)
    config.command("check")(check)
    cli.add_typer(config, name="config")


def _group() -> None:
    """The settings: what they are, and whether they are right."""


def check(json: Json = False) -> None:  # noqa: FBT002
    """Read settings, accounts and secrets as a worker would, and show them without the secrets. Calls nobody.

    Names every mistake, with the nearest known name; exits with 2 if there is one.
    """
    problems = list(unknown_settings(os.environ))
    settings = _tried(WorkerSettings.from_environment, problems)
    accounts = None if settings is None else _tried(settings.load, problems)
    if is_set(LOGIN[1]):
        _tried(lambda: read_login(os.environ), problems)
    for problem in problems:
        _tell(problem, json=json)
    if settings is None or accounts is None or problems:
        raise typer.Exit(BAD_INPUT)
    _show(settings, accounts, json=json)


def unknown_settings(environment: Mapping[str, str]) -> Iterator[ConfigurationError]:
    """Variables with our prefix that nobody reads: a misspelt one would silently leave its default."""
    for name in sorted(environment):
        if name.startswith(PREFIX) and name.removesuffix(FILE) not in KNOWN:
            near = difflib.get_close_matches(name, KNOWN, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield ConfigurationError.because(name, "(not shown)", f"is no setting of Pointsman{hint}")


def _tried(read: Callable[[], T], problems: list[ConfigurationError]) -> T | None:
    try:
        return read()
    except ConfigurationError as error:
        problems.append(error)
        return None


def _tell(problem: ConfigurationError, *, json: bool) -> None:
    if json:
        problem_as_json(problem.problem.model_dump(mode="json", exclude_none=True))
    else:
        text = f"configuration {problem.problem.message}"
        Console(stderr=True).print(text, highlight=False, markup=False, soft_wrap=True)


def _show(settings: WorkerSettings, accounts: dict[str, AccountSettings], *, json: bool) -> None:
    values = {name: hide_password(str(value)) for name, value in settings if value is not None}
    rows = [_row(account) for account in accounts.values()]
    if json:
        as_json({"settings": values, "accounts": {row["account"]: row for row in rows}})
        return
    origin = {name: "environment" if _given(name) else "default" for name in values}
    table = table_of(("setting", "value", "from"), [(n, v, origin[n]) for n, v in values.items()], "Settings")
    Console().print(table)
    columns = ("account", "exchange", "environment", "signs_with", "egress", "guards")
    Console().print(table_of(columns, [[row[column] for column in columns] for row in rows], "Accounts"))


def _given(name: str) -> bool:
    return is_set(PREFIX + name.upper())


def _row(account: AccountSettings) -> dict[str, str]:
    guards = account.guards.model_dump(mode="json", exclude_none=True)
    return {
        "account": account.name,
        "exchange": account.exchange,
        "environment": str(account.environment),
        "signs_with": str(account.signs_with),
        "egress": account.egress,
        "guards": ", ".join(f"{name} {value}" for name, value in guards.items()) or "none",
    }
