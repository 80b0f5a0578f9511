"""`pointsman http` and `pointsman token`: orders over HTTP, and who may place them."""

from __future__ import annotations

from typing import Annotated

import typer

from router.errors import ConfigurationError, InvalidCommand
from router.http.settings import HttpSettings
from router.http.tokens import hash_of, new_token
from workers.cli.views import as_json
from workers.logs import LogFormat, configure

_SCOPES = ("trade", "read")


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.command("http")(serve)
    cli.command("token")(token)


def serve(
    host: Annotated[
        str, typer.Option(help="address to listen on; put a proxy with TLS before any but this one")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=1, max=65_535)] = 8080,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error")] = "info",
    log_format: Annotated[LogFormat, typer.Option(help="text or json")] = LogFormat.TEXT,
) -> None:
    """Serve orders, reads and events over HTTP (docs/http.md)."""
    try:
        from router.http.server import serve as run  # noqa: PLC0415 - needs an extra that few have
    except ImportError:
        rule = "needs the packages fastapi and uvicorn: install pointsman[http]"
        raise ConfigurationError.because("http", "(extra http)", rule) from None
    configure(log_level, log_format)
    run(HttpSettings.from_environment(), host, port)


def token(
    name: Annotated[str, typer.Argument(help="whose it is")],
    account: Annotated[list[str], typer.Option(help="an account, or a pattern such as sim-*; as often as needed")],
    scope: Annotated[list[str], typer.Option(help="trade or read; both unless given")] = list(_SCOPES),  # noqa: B006 - typer's way
    json: Annotated[bool, typer.Option("--json", help="print JSON instead of lines for the file")] = False,  # noqa: FBT002
) -> None:
    """Make a token. It is shown once; the lines below it are for the tokens file, which keeps only its hash."""
    for each in scope:
        if each not in _SCOPES:
            raise InvalidCommand.because("scope", each, f"must be one of {', '.join(_SCOPES)}")
    made = new_token()
    if json:
        as_json({"token": made, "name": name, "sha256": hash_of(made), "scopes": scope, "accounts": account})
        return
    print(made)
    print(f'\n[tokens.{name}]\nsha256 = "{hash_of(made)}"\nscopes = {scope}\naccounts = {account}'.replace("'", '"'))
