"""`pointsman schema`: the wire contract for those who write to the queues in another language."""

from __future__ import annotations

from typing import Annotated

import typer

from router.schema import names, schema, schemas
from workers.cli.views import as_json


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    cli.command("schema")(show)


def show(
    name: Annotated[
        str | None, typer.Argument(help="such as limit_order or result:orders.place; all if left out")
    ] = None,
    list_names: Annotated[bool, typer.Option("--list", help="print the names that have a schema")] = False,  # noqa: FBT002
) -> None:
    """Print the JSON Schemas of commands, results and errors (docs/wire.md)."""
    if list_names:
        for each in names():
            print(each)
        return
    as_json(schemas() if name is None else schema(name))
