"""What the documentation names is there: commands and their options, targets, files, settings, links.

The site's own links are checked by `make docs`; what its examples do, by `tests/integration/test_readme.py` and
`test_tutorial.py`.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer.main
from support.pages import PAGES, Block, blocks, commands, spans
from support.processes import ROOT
from typer.core import TyperGroup

from router.errors import ErrorKind
from router.http.problems import TITLES
from workers.cli import cli
from workers.cli.config import KNOWN
from workers.schedules import to_schedules
from workers.settings import AccountSettings

EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
ENTRY: Any = typer.main.get_command(cli)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
NOT_ALWAYS_THERE = {"config/accounts.toml", "config/accounts/binance.toml", "config/flower.env"}  # what a reader makes
OUR_FILE = re.compile(r"(?:router|workers|simulator|tests|config|tools|examples|docs)/[\w./-]+\.[a-z]+")


def unknown_words(line: str) -> list[str]:
    """The words of a `pointsman` command line that it would not understand."""
    words = shlex.split(line, comments=True)[1:]
    command = ENTRY
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        name = words.pop(0)
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    if "allow_extra_args" in command.context_settings:  # the simulator's own options; `pointsman sim` hands them on
        known = set(re.findall(r'"(--[a-z-]+)"', (ROOT / "simulator" / "server.py").read_text()))
    else:
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    known |= {"--help", "--install-completion"}
    return [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]


def test_an_unknown_word_is_found() -> None:
    assert unknown_words("pointsman ordre buy") == ["ordre"]
    assert unknown_words("pointsman order buy BTC/USDT 1 --prize 5 --price 5") == ["--prize"]
    assert unknown_words("pointsman config chekc") == ["chekc"]
    assert unknown_words("pointsman sim --prot 9") == ["--prot"]


@EVERY_PAGE
def test_every_command_of_ours_is_one_that_we_have(page: Path) -> None:
    ours = [re.sub(r"^(?:export )?\S*/(?=pointsman )", "", line) for line in commands(page)]
    wrong = {line: bad for line in ours if line.startswith("pointsman ") and (bad := unknown_words(line))}
    assert wrong == {}


@EVERY_PAGE
def test_every_target_is_in_the_makefile(page: Path) -> None:
    named = [match[1] for line in commands(page) if (match := re.match(r"make ([a-z-]+)", line))]
    assert set(named) - TARGETS == set()


@EVERY_PAGE
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = {word for span in spans(page) for word in OUR_FILE.findall(span) if not set("<>*{}") & set(span)}
    missing = {name for name in named - NOT_ALWAYS_THERE if not (ROOT / name).exists()}
    assert missing == set()


@EVERY_PAGE
def test_every_setting_is_one_that_is_read(page: Path) -> None:
    named = set(re.findall(r"POINTSMAN_[A-Z][A-Z_]*[A-Z]\b", page.read_text()))
    assert {name for name in named if name.removesuffix("_FILE") not in KNOWN} == set()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_beside_the_site_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / name).read_text())
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("block", [block for page in PAGES for block in blocks(page, "json")], ids=str)
def test_every_document_can_be_read(block: Block) -> None:
    assert json.loads(block.text)


TABLES = [block for page in PAGES for block in blocks(page, "toml") if page.stem != "simulator"]


@pytest.mark.parametrize("block", TABLES, ids=str)
def test_every_account_and_schedule_is_one_that_a_worker_takes(block: Block) -> None:
    """The simulator's file of accounts is another one, and `tests/simulator` reads it."""
    document = tomllib.loads(block.text, parse_float=Decimal)
    assert document
    accounts = document.get("accounts", {})
    for name, table in accounts.items():
        given = {key: value for key, value in table.items() if not isinstance(value, dict) or key == "guards"}
        complete = {"exchange": "binance", "api_key": "key", "api_secret": "secret", **given, "name": name}
        assert AccountSettings.model_validate(complete).name == name
    to_schedules(document.get("schedules", {}), {"main": {}, **accounts})


def test_every_kind_of_problem_is_told() -> None:
    told = set(spans(ROOT / "docs" / "wire.md"))
    assert {str(kind) for kind in ErrorKind} - told == set()


def test_every_code_of_a_signature_and_every_status_over_http_is_told() -> None:
    codes = set(re.findall(r'_refuse\("(\w+)"', (ROOT / "workers" / "vetting.py").read_text()))
    assert len(codes) == 6
    assert codes - set(spans(ROOT / "docs" / "signatures.md")) == set()
    table = (ROOT / "docs" / "http.md").read_text().partition("## Errors")[2]
    assert {str(status) for status in TITLES} - set(re.findall(r"\b[45]\d\d\b", table)) == set()
