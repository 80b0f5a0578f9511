"""The command line: `pointsman up`, `demo`, `worker`, `order`, ... ; each group of commands is a file of its own."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.markup import escape

from router.errors import RouterError
from workers.cli import (
    balances,
    config,
    dead,
    doctor,
    halt,
    http,
    live,
    local,
    metrics,
    schema,
    status,
    trade,
    tuning,
    watch,
)
from workers.cli.exits import NO_ANSWER, exit_code
from workers.cli.views import problem_as_json

cli = typer.Typer(
    name="pointsman",
    help="Routes orders to crypto exchanges: each accepted command ends in exactly one known outcome.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for module in (balances, config, dead, doctor, halt, http, live, local, metrics, schema, status, trade, tuning, watch):
    module.add_to(cli)


def main() -> None:
    """Run one command. Its exit codes are in `workers.cli.exits`; with --json, trouble is JSON on standard error."""
    as_json = "--json" in sys.argv
    try:
        cli()
    except RouterError as error:
        if as_json:
            problem_as_json(error.problem.model_dump(mode="json", exclude_none=True))
        else:
            kind, message = error.problem.kind, escape(error.problem.message)
            Console(stderr=True).print(f"[red]{kind}[/red] {message}", highlight=False, soft_wrap=True)
        sys.exit(exit_code(error))
    except TimeoutError as error:
        if as_json:
            problem_as_json({"kind": "timeout", "message": str(error)})
        else:
            Console(stderr=True).print(escape(str(error)), highlight=False, soft_wrap=True)
        sys.exit(NO_ANSWER)
