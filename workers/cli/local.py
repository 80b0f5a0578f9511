"""The commands that start things: up, demo, sim, worker; flower is a file of its own."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from router.environment import is_set
from router.errors import ConfigurationError, UnknownExchange
from router.queues import LANES
from workers.cli.dashboard import flower
from workers.cli.demo import run_demo
from workers.cli.services import Service
from workers.cli.stack import Stack, where_it_runs
from workers.configuration import WorkerSettings
from workers.exchanges import exchange_names
from workers.logs import LogFormat, configure

_READS, _GIVES_WAY = "queries", 10
Log = Annotated[str, typer.Option("--log-level", help="debug, info, warning or error")]
LogStyle = Annotated[str, typer.Option("--log-format", envvar="POINTSMAN_LOG_FORMAT", help="text or json")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    for command in (up, demo, worker, flower):
        cli.command()(command)
    cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})(
        sim
    )


def up(
    state: Annotated[Path, typer.Option(help="where data and logs are kept")] = Path("state"),
    workers: Annotated[int, typer.Option(min=1, help="processes that carry orders")] = max(
        (os.cpu_count() or 1) - 1, 1
    ),
    any_port: Annotated[bool, typer.Option("--any-port", help="free ports, even where the usual are free")] = False,  # noqa: FBT002
) -> None:
    """Start everything here; Ctrl-C stops it all in order.

    Valkey unless POINTSMAN_REDIS_URL is set, the simulator unless POINTSMAN_ACCOUNTS is, workers and Flower.
    """
    console = Console()
    stack = Stack(WorkerSettings.from_environment(), state, any_port, workers)
    stack.start(lambda service, what: _tell(console, service, what))
    console.print(_services_table(stack))
    user, password = stack.flower_login
    console.print(f"Flower's login: {user} / {password} (read-only)", highlight=False, markup=False, soft_wrap=True)
    if not is_set("POINTSMAN_REDIS_URL"):  # what was given may hold a password
        shell = f"In your app's shell: export POINTSMAN_REDIS_URL={stack.settings.redis_url}"
        console.print(shell, highlight=False, soft_wrap=True)
    console.print("Ctrl-C stops everything.")
    try:
        _until_interrupted(stack)
    finally:
        stack.stop(lambda service, what: _tell(console, service, what))


def demo(
    state: Annotated[Path | None, typer.Option(help="where data and logs are kept; a new folder if not given")] = None,
    every: Annotated[bool, typer.Option("--all", help="trade on every exchange and market")] = False,  # noqa: FBT002
) -> None:
    """Start everything on free ports, trade a little on the simulator, compare journal and ledger, stop."""
    raise typer.Exit(run_demo(state, every=every))


def sim(context: typer.Context) -> None:
    """Run the simulated exchange; `pointsman sim --help` shows its options."""
    from simulator.server import main  # noqa: PLC0415 - of the extra `local`, which workers do not need

    raise typer.Exit(main(context.args))


def worker(
    exchanges: Annotated[str, typer.Argument(help="exchanges to serve, separated by commas: binance,bybit")],
    concurrency: Annotated[
        int, typer.Option(min=1, max=1024, envvar="POINTSMAN_CONCURRENCY", help="commands carried at once")
    ] = 32,
    lanes: Annotated[str, typer.Option(help="the lanes to serve, separated by commas")] = ",".join(LANES),
    log_level: Log = "info",
    log_format: LogStyle = LogFormat.TEXT,
) -> None:
    """Run one worker process for the queues of these exchanges.

    A process that serves reads only gives way to the others on a busy machine (it runs at a lower priority).
    """
    names, served = _known(exchanges), _lanes(lanes)
    if served == [_READS]:
        os.nice(_GIVES_WAY)
    os.environ["POINTSMAN_CONCURRENCY"] = str(concurrency)
    os.environ["POINTSMAN_LOG_FORMAT"] = log_format
    configure(log_level, log_format)
    settings = WorkerSettings.from_environment()
    if settings.accounts is not None:
        settings.load()  # what is wrong with the accounts is better said before Celery starts
    from workers.app import app  # noqa: PLC0415 - reads the settings just made

    queues = ",".join(f"{name}.{lane}" for name in names for lane in served)
    greeting = ["--quiet"] if log_format == LogFormat.JSON else []  # Celery's banner is no JSON
    argv = [*greeting, "worker", "--queues", queues, "--concurrency", str(concurrency), "--loglevel", log_level]
    argv += ["--hostname", f"{'-'.join(names)}-{os.getpid()}@%h", "--without-gossip", "--without-mingle"]
    app.worker_main(argv)


def _lanes(text: str) -> list[str]:
    lanes = [lane.strip() for lane in text.split(",")]
    for lane in lanes:
        if lane not in LANES:
            raise ConfigurationError.because("lanes", lane, f"must be one of {', '.join(LANES)}")
    return lanes


def _known(exchanges: str) -> list[str]:
    known = exchange_names()
    names = [name.strip() for name in exchanges.split(",")]
    for name in names:
        if name not in known:
            raise UnknownExchange.because("exchange", name, f"must be one of {', '.join(known)}")
    return names


def _tell(console: Console, service: Service, what: str) -> None:
    console.print(f"  {service.name:<12} {what}", highlight=False)


def _services_table(stack: Stack) -> Table:
    table = Table("service", "where", "pid", "log", title="What runs")
    for service, (name, where, log) in zip(stack.services, where_it_runs(stack), strict=True):
        table.add_row(name, where, str(service.child.pid) if service.child else "", log)
    return table


def _until_interrupted(stack: Stack) -> None:
    with suppress(KeyboardInterrupt):
        while True:
            stack.check()
            threading.Event().wait(1.0)
