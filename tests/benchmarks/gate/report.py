"""Tables that grow row by row, one verdict per promised figure, and the same as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Column(NamedTuple):
    """A table's column: its heading, the row's field it shows, and how (a format specification)."""

    title: str
    field: str
    shown: str = ""

    @property
    def width(self) -> int:
        return max(len(self.title), 7)


class Verdict(NamedTuple):
    """Whether a promised figure was reached, and what it fell short of."""

    about: str
    misses: Sequence[str]

    def __str__(self) -> str:
        return (
            f"{'MISSED' if self.misses else 'ok':<6}  {self.about}{': ' if self.misses else ''}{'; '.join(self.misses)}"
        )


@dataclass
class Report:
    """Prints as it goes; ``documents`` is what goes into the JSON file."""

    documents: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    def say(self, line: str = "") -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def begin(self, title: str, first: str, columns: Sequence[Column], width: int = 44) -> Table:
        """Start a table, whose rows are told by their first column."""
        self.say(f"\n{title}")
        self.say(f"{first:<{width}}" + "".join(f"  {column.title:>{column.width}}" for column in columns))
        return Table(self, title, columns, width)

    def judge(self, about: str, misses: Sequence[str]) -> None:
        self.verdicts.append(Verdict(about, misses))

    def end(self, file: Path | None) -> bool:
        """Print the verdicts, write the file; True when nothing was missed."""
        if self.verdicts:
            self.say("\nWhat is promised")
        for verdict in self.verdicts:
            self.say(str(verdict))
        if file is not None:
            verdicts = [{"about": each.about, "misses": list(each.misses)} for each in self.verdicts]
            file.write_text(json.dumps({**self.documents, "verdicts": verdicts}, indent=1) + "\n")
        return not any(verdict.misses for verdict in self.verdicts)


@dataclass(frozen=True)
class Table:
    """One table of a report."""

    report: Report
    title: str
    columns: Sequence[Column]
    width: int

    def row(self, name: str, fields: dict[str, object]) -> None:
        cells = [f"{_cell(fields[column.field], column.shown):>{column.width}}" for column in self.columns]
        self.report.say(f"{name:<{self.width}}" + "".join(f"  {cell}" for cell in cells))
        self.report.documents.setdefault(self.title, []).append({"name": name, **fields})


def _cell(value: object, shown: str) -> str:
    return "" if value is None else format(value, shown)
