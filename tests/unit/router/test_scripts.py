"""The texts of the scripts: whole, whatever part of them is left out or made later."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from router.scripts import source

_FOLDER = files("router").joinpath("lua")
_NAMES = sorted(entry.name.removesuffix(".lua") for entry in _FOLDER.iterdir() if entry.name.endswith(".lua"))
_COMMENTS = re.compile(r"--.*")
_FUNCTION = re.compile(r"\bfunction ([a-z_]\w*)")
_CALLED = re.compile(r"(?<![\w.:])([a-z_]\w*)\(")
_LUA = {"and", "assert", "elseif", "function", "if", "ipairs", "not", "or", "pairs", "rawget", "return", "select"}
_LUA |= {"setmetatable", "tonumber", "tostring", "unpack", "while"}
SCRIPTS = [
    name for name in _NAMES if name not in {"budgets", "common", "gate", "lines", "papers", "rolling", "snapshots"}
]
WITH_SELDOM = [name for name in SCRIPTS if "-- seldom: " in source(name)]


def _text(name: str) -> str:
    return _COMMENTS.sub("", source(name))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_has_every_function_that_it_calls_before_it_does(name: str) -> None:
    text = _text(name)
    defined = {found[1]: found.start() for found in _FUNCTION.finditer(text)}
    missing = [call[1] for call in _CALLED.finditer(text) if call[1] not in _LUA and call[1] not in defined]
    early = [call[1] for call in _CALLED.finditer(text) if defined.get(call[1], 0) > call.start()]
    assert (missing, early) == ([], [])


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_has_no_function_that_it_never_calls(name: str) -> None:
    text = _text(name)
    calls = {call[1] for call in re.finditer(r"(?<!function )\b([a-z_]\w*)\(", text)}
    assert set(_FUNCTION.findall(text)) - calls == set()


@pytest.mark.parametrize("name", WITH_SELDOM)
def test_what_is_seldom_called_is_there_when_it_is(name: str) -> None:
    text = _text(name)
    head, _, late = text.partition("seldom = setmetatable")
    wanted = set(re.findall(r"\bseldom\.(\w+)\(", text))
    made = set(re.findall(r"seldom\.(\w+)", late.partition("rawget(seldom")[0]))
    assert wanted
    assert wanted == made
    assert made <= set(_FUNCTION.findall(late))
    assert not made & set(_FUNCTION.findall(head))
