"""Loads the Lua scripts: each says in its header which shared parts it uses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import redis

Argument = str | bytes | int | float

_DEFINITIONS = re.compile(r"^(?=local )", re.MULTILINE)
_DEFINED = re.compile(r"local (?:function )?(\w+(?:, \w+)*)")
_COMMENT = re.compile(r"--.*")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_SELDOM = """seldom = setmetatable({{}}, {{ __index = function(seldom, name)
{definitions}
  {places} = {names}
  return rawget(seldom, name)
end }})
"""


@cache
def source(name: str) -> str:
    """The text of one script, with what it needs of the parts it uses in front of it.

    A script makes its functions anew each time it runs, and clears them away. So it has none that it never calls, and
    those that its header names as seldom called, with what only they need, are made when the first of them is called.
    """
    text = _read(name)
    definitions = [each for part in _header(text, "uses") for each in _DEFINITIONS.split(_read(part))[1:]]
    seldom = _header(text, "seldom")
    often = _needed(definitions, text, seldom)
    late = [each for each in _needed(definitions, text) if each not in often]
    if not late:
        return "".join([*often, text])
    called = re.compile(rf"(?<![\w.])({'|'.join(seldom)})(?=\()")
    wrapped = _SELDOM.format(
        definitions="".join(late), places=", ".join(f"seldom.{each}" for each in seldom), names=", ".join(seldom)
    )
    return "".join(
        ["local seldom\n", *(called.sub(r"seldom.\1", each) for each in often), wrapped, called.sub(r"seldom.\1", text)]
    )


def _header(text: str, title: str) -> list[str]:
    """The names that a script's header lists under a title, which may go on for several lines."""
    lines = re.findall(rf"^-- {title}: (.+)$", text, re.MULTILINE)
    return [name for line in lines for name in line.split(", ")]


def _needed(definitions: Sequence[str], text: str, without: Sequence[str] = ()) -> list[str]:
    """Those that a script needs, in order, when it does not call some."""
    needed, kept = _words(text), []
    for definition in reversed(definitions):  # Lua knows a local name only after its definition
        names = _defined(definition)
        if needed & names and not names & set(without):
            kept.append(definition)
            needed |= _words(definition)
    return kept[::-1]


def _defined(definition: str) -> set[str]:
    found = _DEFINED.match(definition)
    return set(found.group(1).split(", ")) if found else set()


def _words(text: str) -> set[str]:
    """Whatever may be a name in it."""
    return set(_WORD.findall(_COMMENT.sub("", text)))


def _read(name: str) -> str:
    return files("router").joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


class Script:
    """One script on one server, sent by its hash and loaded when the server does not know it yet."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        self._client = client
        self._script = client.register_script(source(name))

    def __call__(
        self,
        keys: Sequence[str],
        args: Sequence[Argument],
        pipeline: redis.client.Pipeline | None = None,
    ) -> list[bytes]:
        """Run it; with a pipeline, queue it there instead."""
        if pipeline is None:
            try:  # without what the client's own way has in between
                return self._client.execute_command("EVALSHA", self._script.sha, len(keys), *keys, *args)  # type: ignore[no-any-return, no-untyped-call]
            except redis.exceptions.NoScriptError:
                pass  # the client's own way loads it
        return self._script(keys=keys, args=args, client=pipeline)  # type: ignore[no-any-return]
