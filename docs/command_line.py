"""The directive `commands`: every command of `pointsman`, as its own help tells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.core import TyperGroup

from workers.cli import cli


class Commands(SphinxDirective):
    """A heading, the arguments, the help and a table of the options per command."""

    def run(self) -> list[nodes.Node]:
        """What the page shows in the directive's place."""
        root = typer.main.get_command(cli)
        text = "\n\n".join(described(command, f"pointsman {name}") for name, command in all_of(root))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def all_of(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - Click's or Typer's own copy of it
    """The commands of a group and of its groups, with the words that call them."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from all_of(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def described(command: Any, name: str) -> str:  # noqa: ANN401 - the same
    """One command in Markdown."""
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    words = [each.name.upper() if each.required else f"[{each.name.upper()}]" for each in arguments]
    rows = [f"| `{'`, `'.join(each.opts)}` | {_safe(each.help or '')} |" for each in options]
    table = ["| option | |", "| --- | --- |", *rows] if rows else []
    return "\n".join([f"### `{name}`", "", command.help or "", "", f"    {' '.join([name, *words])}", "", *table])


def _safe(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls first."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
