"""The tutorial and the page on accounts, word by word, in a clean folder: what a reader types, saves and sees.

Only addresses are others, since ports are taken here; a reader takes those that `up` says, too. Two things are not
done again: what `make setup` does, `make test` has just done, and what `pointsman up` shows is held against the page
where it runs anyway, in `test_command_line.py`.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from support import command_line
from support.house import a_house
from support.pages import Block, Terminal, Typed, as_shown, blocks, typed_in
from support.processes import ROOT

pytestmark = pytest.mark.processes
TUTORIAL, ACCOUNT = ROOT / "docs" / "tutorial.md", ROOT / "docs" / "adding-an-account.md"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")},
    "COLUMNS": "100",
    "PYTHONUNBUFFERED": "1",
}
ACTIVATE = f". {sys.prefix}/bin/activate"


class Reader:
    """Who follows a page in a folder: saves what is to be saved, types what is to be typed, and looks."""

    def __init__(self, terminal: Terminal, folder: Path, changed: Mapping[str, str]) -> None:
        self.terminal, self.folder, self.changed = terminal, folder, changed
        self.shell_knows_us = False

    def follow(self, block: Block) -> None:
        if block.language == "python":
            name = re.match(r"# (\w+\.py)\n", block.text)
            assert name is not None, block
            (self.folder / name[1]).write_text(self.here(block.text))
            return
        for typed in typed_in(block):
            self.type(typed)

    def type(self, typed: Typed) -> None:
        """In the shell; all but the first `pointsman` in this process, which saves each a second of starting Python."""
        line, ours = self.here(typed.line), typed.line.startswith("pointsman ")
        if ours and self.shell_knows_us:
            address = self.terminal.type('echo "$POINTSMAN_REDIS_URL"')[1].strip()
            done = command_line.typed(*shlex.split(line)[1:], COLUMNS="100", POINTSMAN_REDIS_URL=address)
            code, seen = done.code, done.out + done.err
        else:
            code, seen = self.terminal.type(line)
            self.shell_knows_us |= ours
        if typed.shown:
            assert as_shown(typed.shown, seen), f"$ {typed.line}\nthe page says:\n{typed.shown}\nseen:\n{seen}"
        else:
            assert code == 0, f"$ {typed.line}\n{seen}"

    def here(self, text: str) -> str:
        for said, really in self.changed.items():
            text = text.replace(said, really)
        return text


def steps() -> list[Block]:
    return blocks(TUTORIAL, "console", "python")


def lines(block: Block) -> list[str]:
    return [typed.line for typed in typed_in(block)]


def test_it_begins_as_it_says(tmp_path: Path) -> None:
    """Steps 1 and 2: the target is there, `activate` brings `pointsman`, the folder is beside the copy."""
    install, folder, start = steps()[:3]
    assert lines(install) == ["make setup", ". .venv/bin/activate"]
    assert lines(folder) == ["mkdir ../trading", "cd ../trading"]
    assert lines(start) == ["pointsman up"]
    (tmp_path / "pointsman").mkdir()
    typed = [f"make --dry-run --directory {ROOT} setup", ACTIVATE, *lines(folder), "command -v pointsman", "ls -A"]
    with Terminal(tmp_path / "pointsman", ENVIRONMENT) as terminal:
        seen = [terminal.type(line) for line in typed]
    assert [code for code, _ in seen] == [0] * len(typed), seen
    assert seen[-1][1] == ""


def test_the_rest_word_by_word(tmp_path: Path) -> None:
    trading = tmp_path / "trading"
    trading.mkdir()
    with a_house(tmp_path) as house, Terminal(trading, ENVIRONMENT) as terminal:
        changed = {
            ". ../pointsman/.venv/bin/activate": ACTIVATE,
            "redis://127.0.0.1:6379/0": house.valkey.url,
            "http://127.0.0.1:9100": house.simulator.url,
        }
        reader = Reader(terminal, trading, changed)
        for block in steps()[3:]:
            reader.follow(block)
        assert {path.name for path in trading.iterdir()} == {"app.py", "lost.py"}


def test_an_account_is_added_as_the_page_says(tmp_path: Path) -> None:
    """Up to the check: starting a worker for it would call the exchange's testnet."""
    (table,) = blocks(ACCOUNT, "toml")
    secrets, check, worker, live = blocks(ACCOUNT, "console")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "accounts.toml").write_text(table.text)
    with Terminal(tmp_path, ENVIRONMENT) as terminal:
        reader = Reader(terminal, tmp_path, {})
        reader.type(Typed(ACTIVATE, ""))
        reader.follow(secrets)
        point, ask = lines(check)
        reader.type(Typed(point, ""))
        code, seen = terminal.type(ask)
    assert (code, ask) == (0, "pointsman config check")
    assert re.search(r"│ main +│ binance +│ testnet", seen)
    assert not re.search("YOUR_KEY|YOUR_SECRET", seen)
    assert lines(worker) == ["pointsman worker binance"]
    assert lines(live) == ["export POINTSMAN_LIVE_ACCOUNTS=main"]
