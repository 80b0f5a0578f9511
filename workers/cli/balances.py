"""`pointsman balances`: of one, several or all accounts, once or again and again, with what they come to together."""

from __future__ import annotations

import json as json_text
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from router import BalancePoll, OrderRouter
from router import Progress as Told
from router.errors import ConfigurationError
from router.numbers import plain
from router.poll_report import AccountBalances, Valuation
from workers.cli.views import as_json
from workers.schedules import period

SOME_FAILED, NONE_ANSWERED = 3, 4


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    cli.command()(balances)


def balances(  # noqa: PLR0913, PLR0917 - a command line names everything that can be told
    account: Annotated[list[str] | None, typer.Option("--account", "-a", help="one or more; all if none")] = None,
    every_account: Annotated[bool, typer.Option("--all", help="all accounts, said by name")] = False,  # noqa: FBT002
    exchange: Annotated[str | None, typer.Option("--exchange", "-e", help="only accounts of this one")] = None,
    market: Annotated[str | None, typer.Option(help="linear: the futures wallet, where there is one")] = None,
    max_age: Annotated[float, typer.Option(help="seconds; a younger answer is not asked for again")] = 0.0,
    timeout: Annotated[float, typer.Option(help="seconds; who has not answered by then is late")] = 30.0,
    every: Annotated[str | None, typer.Option(help="again and again, as in 30s or 5m, until Ctrl-C")] = None,
    value_in: Annotated[str | None, typer.Option("--value-in", help="what all is worth, in USDT for one")] = None,
    json: Annotated[bool, typer.Option("--json", help="print JSON; with --every one line each time")] = False,  # noqa: FBT002
) -> None:
    """Balances of one, several or all accounts, and their totals.

    Exit codes: 0 when every account answered, 3 when some did not, 4 when none did.
    """
    if every_account and account:
        raise ConfigurationError.because("--all", ", ".join(account), "goes without --account")
    seconds = None if every is None else _period(every)
    asked = {"exchange": exchange, "market": market, "max_age": max_age, "deadline": timeout, "value_in": value_in}
    with OrderRouter() as router, suppress(KeyboardInterrupt):
        while True:
            begun = time.monotonic()
            poll = poll_shown(router, account or None, quiet=json, **asked)
            _show(poll, json=json, lines=seconds is not None)
            if seconds is None:
                raise typer.Exit(exit_code(poll))
            time.sleep(max(seconds - (time.monotonic() - begun), 0.0))


def exit_code(poll: BalancePoll) -> int:
    """0 when every account answered, another when some did not, a third when none did."""
    missing = len(poll.missing)
    if not missing:
        return 0
    return SOME_FAILED if missing < len(poll.accounts) else NONE_ANSWERED


def poll_shown(router: OrderRouter, accounts: list[str] | None, *, quiet: bool = False, **asked: object) -> BalancePoll:
    """Poll with a progress bar: accounts done, calls spent, what is left of the limit, time to go."""
    columns = (TextColumn("balances"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"))
    console = Console(stderr=True)
    with Progress(*columns, disable=quiet or not console.is_terminal, console=console, transient=True) as progress:
        bar = progress.add_task("balances", total=None, more="")

        def tell(told: Told) -> None:
            progress.update(bar, total=told.total, completed=told.done, more=_more(told))

        return router.poll_balances(accounts, on_progress=tell, **asked)  # type: ignore[arg-type]  # checked there


def _more(told: Told) -> str:
    parts = [f"{told.calls} calls"]
    if told.budget_left is not None:
        parts.append(f"{told.budget_left:.0%} of the limit left")
    if told.seconds_to_go is not None:
        parts.append(f"{told.seconds_to_go:.0f} s to go")
    return ", ".join(parts)


def accounts_table(outcomes: Iterable[AccountBalances]) -> Table:
    """One row per account and asset, or the account's trouble."""
    table = Table("account", "asset", "free", "locked", "status", "age s", title="Balances")
    for outcome in outcomes:
        age = "" if outcome.age_seconds is None else f"{outcome.age_seconds:.1f}"
        colour = "green" if outcome.answered else "red"
        status = f"[{colour}]{outcome.status}[/{colour}]"
        if outcome.problem is not None:
            kind, message = outcome.problem.kind, escape(outcome.problem.message)
            table.add_row(escape(outcome.account), "", f"[red]{kind}[/red]", message, status, age)
        for balance in outcome.balances.balances if outcome.balances else ():
            held = (balance.asset, plain(balance.free), plain(balance.locked))
            table.add_row(escape(outcome.account), *held, status, age)
    return table


def totals_table(poll: BalancePoll) -> Table:
    """What the accounts that answered have together, and what it is worth."""
    worth = {each.asset: each for each in poll.valuation.assets} if poll.valuation else {}
    priced = () if poll.valuation is None else ("price", f"in {poll.valuation.quote}")
    table = Table("asset", "free", "locked", "accounts", *priced, title="Totals")
    for asset, total in poll.totals.items():
        value = worth.get(asset)
        more = () if poll.valuation is None else (plain(value.price), plain(value.value)) if value else ("no price", "")
        table.add_row(asset, plain(total.free), plain(total.locked), str(total.accounts), *more)
    return table


def summary(poll: BalancePoll) -> str:
    """One line: how many came to what, the calls, the time, the worth."""
    counts = ", ".join(f"{count} {status}" for status, count in sorted(poll.counts.items()))
    line = f"{len(poll.accounts)} accounts ({counts or 'none'}), {poll.calls} calls, {poll.took_seconds:.1f} s"
    return line if poll.valuation is None else f"{line}, {_worth(poll.valuation)}"


def _worth(valuation: Valuation) -> str:
    text = f"worth {plain(valuation.value)} {valuation.quote}"
    if not valuation.unpriced:
        return text
    return f"{text} without {', '.join(f'{asset} ({why})' for asset, why in valuation.unpriced.items())}"


def _show(poll: BalancePoll, *, json: bool, lines: bool) -> None:
    if json:
        document = poll.model_dump(mode="json")
        print(json_text.dumps(document), flush=True) if lines else as_json(document)
        return
    console = Console()
    console.print(accounts_table(poll.accounts.values()))
    console.print(totals_table(poll))
    console.print(summary(poll), highlight=False, markup=False)


def _period(text: str) -> int:
    try:
        return period(text)
    except ValueError as error:
        rule = str(error)
    raise ConfigurationError.because("--every", text, rule)
