"""The command line: `pointsman up`, `demo`, `worker`, `order`, ... ; each group of commands is a file of its own."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.markup import escape

from router.errors import RouterError
from workers.cli import balances, dead, doctor, halt, local, status, trade, tuning, watch

cli = typer.Typer(
    name="pointsman",
    help="Routes orders to crypto exchanges: each accepted command ends in exactly one known outcome.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for module in (balances, dead, doctor, halt, local, status, trade, tuning, watch):
    module.add_to(cli)

BAD_INPUT, REFUSED, NO_ANSWER = 2, 3, 4


def main() -> None:
    """Run one command. Exit codes: 0 done, 2 bad input or settings, 3 refused or not sent, 4 no answer in time."""
    try:
        cli()
    except RouterError as error:
        kind, message = error.problem.kind, escape(error.problem.message)
        Console(stderr=True).print(f"[red]{kind}[/red] {message}", highlight=False, soft_wrap=True)
        sys.exit(BAD_INPUT if isinstance(error, ValueError) else REFUSED)
    except TimeoutError as error:
        Console(stderr=True).print(escape(str(error)), highlight=False, soft_wrap=True)
        sys.exit(NO_ANSWER)
