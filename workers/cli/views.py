"""How models are shown: a table for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from router.models import Model


def as_json(document: object) -> None:
    """Print plain JSON on standard output."""
    print(json.dumps(document, indent=2))


def problem_as_json(problem: Mapping[str, object]) -> None:
    """Tell what went wrong as one line of JSON on standard error."""
    print(json.dumps({"error": dict(problem)}), file=sys.stderr)


def show_model(model: Model, *, json: bool, extra: Mapping[str, str] | None = None) -> None:
    """One model as two columns; what is not known is left out."""
    document = {**(extra or {}), **model.model_dump(mode="json", exclude_none=True)}
    if json:
        as_json(document)
        return
    table = Table("field", "value", show_header=False)
    for name, value in document.items():
        if name not in ("fills", "fees", "command_id"):
            table.add_row(name.replace("_", " "), str(value))
    Console().print(table)


def show_models(title: str, models: Sequence[Model], *, json: bool) -> None:
    """Several models of one kind as rows."""
    documents = [model.model_dump(mode="json", exclude_none=True) for model in models]
    if json:
        as_json(documents)
        return
    if not documents:
        Console().print(f"no {title}")
        return
    columns = list(documents[0])
    table = Table(*(column.replace("_", " ") for column in columns), title=title)
    for document in documents:
        table.add_row(*(str(document.get(column, "")) for column in columns))
    Console().print(table)


def show_pairs(title: str, document: Mapping[str, object], *, json: bool) -> None:
    """Names and values."""
    if json:
        as_json(document)
        return
    Console().print(table_of((title, ""), document.items()))


def table_of(columns: Sequence[str], rows: Iterable[Iterable[object]], title: str | None = None) -> Table:
    """A table of plain values: square brackets in them are shown, not understood."""
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*(escape(str(value)) for value in row))
    return table
