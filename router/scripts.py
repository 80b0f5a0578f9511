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


@cache
def source(name: str) -> str:
    """The text of one script, with what it needs of the parts it uses in front of it.

    A script makes its functions anew each time it runs, and clears them away: so it has none that it never calls.
    """
    text = _read(name)
    used = re.search(r"^-- uses: (.+)$", text, re.MULTILINE)
    parts = used.group(1).split(", ") if used else []
    definitions = [each for part in parts for each in _DEFINITIONS.split(_read(part))[1:]]
    needed, kept = _words(text), [text]
    for definition in reversed(definitions):  # Lua knows a local name only after its definition
        defined = _DEFINED.match(definition)
        if defined and needed.intersection(defined.group(1).split(", ")):
            kept.append(definition)
            needed |= _words(definition)
    return "".join(reversed(kept))


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
        args: Sequence[str | bytes | int | float],
        pipeline: redis.client.Pipeline | None = None,
    ) -> list[bytes]:
        """Run it; with a pipeline, queue it there instead."""
        if pipeline is None:
            try:  # without what the client's own way has in between
                return self._client.execute_command("EVALSHA", self._script.sha, len(keys), *keys, *args)  # type: ignore[no-any-return, no-untyped-call]
            except redis.exceptions.NoScriptError:
                pass  # the client's own way loads it
        return self._script(keys=keys, args=args, client=pipeline)  # type: ignore[no-any-return]
