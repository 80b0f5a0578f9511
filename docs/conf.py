"""How the documentation's site is built: `make docs`, strictly and without a network.

Pages are the Markdown files of this folder; `index.md` says which there are and in which order. `reference.md` takes in
docstrings.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

project = "Pointsman"
author = "the authors of Pointsman"
version = release = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "command_line"]
html_theme = "furo"
html_title = f"Pointsman {version}"
html_copy_source = False
html_show_sphinx = False

myst_heading_anchors = 4  # so that a link to a heading that is gone is an error, too
autodoc_default_options = {"members": True, "member-order": "bysource", "exclude-members": "model_config"}
autodoc_typehints = "description"

_DRAWN = frozenset("├└│")


def as_drawn(_app: Sphinx, what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """A module that draws something is shown as it is written: reStructuredText would run the lines together."""
    if what == "module" and any(_DRAWN & set(line) for line in lines):
        lines[:] = [lines[0], "", "::", "", *(f"   {line}" for line in lines[1:])]


def setup(app: Sphinx) -> None:
    """What Sphinx calls first."""
    app.connect("autodoc-process-docstring", as_drawn)
