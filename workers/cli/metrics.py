"""`pointsman metrics`: the exporter that Prometheus asks."""

from __future__ import annotations

import signal
import threading
from importlib.util import find_spec
from typing import Annotated

import typer

from router.connection import answering, connect
from router.errors import ConfigurationError
from router.journal import Journal
from router.keys import Keys
from router.settings import RouterSettings
from workers.cli.local import LogStyle
from workers.logs import LogFormat, configure


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    cli.command()(metrics)


def metrics(
    port: Annotated[int, typer.Option(min=0, max=65535, help="where to listen; 0 for any free one")] = 9108,
    address: Annotated[str, typer.Option(help="on which address")] = "127.0.0.1",
    log_format: LogStyle = LogFormat.TEXT,
) -> None:
    """Serve /metrics for Prometheus: one per Redis, whatever the number of workers (docs/metrics.md)."""
    if find_spec("prometheus_client") is None:
        rule = "is not installed; install the extra: pip install 'pointsman[monitor]'"
        raise ConfigurationError.because("package", "prometheus_client", rule)
    from workers.metrics.exporter import follow, serve  # noqa: PLC0415 - of the extra `monitor`
    from workers.metrics.tally import Tally  # noqa: PLC0415 - the same

    configure("info", log_format)
    settings = RouterSettings.from_environment()
    journal = Journal(connect(settings), Keys(settings.prefix))
    with answering(settings):
        journal.client.ping()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    told = serve(journal, address, port)
    print(f"serving http://{address}:{told}/metrics", flush=True)
    follow(Tally(journal), stopping)
