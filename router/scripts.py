"""Loads the Lua scripts: each says in its header which shared parts it uses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import redis


@cache
def source(name: str) -> str:
    """The text of one script with the parts it uses in front of it."""
    text = _read(name)
    used = re.search(r"^-- uses: (.+)$", text, re.MULTILINE)
    parts = used.group(1).split(", ") if used else []
    return "\n".join([*map(_read, parts), text])


def _read(name: str) -> str:
    return files("router").joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


class Script:
    """One script on one server, sent by its hash and loaded when the server does not know it yet."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        self._client = client
        self._script = client.register_script(source(name))

    def __call__(
        self, keys: Sequence[str], args: Sequence[str | int | float], pipeline: redis.client.Pipeline | None = None
    ) -> list[bytes]:
        """Run it; with a pipeline, queue it there instead."""
        if pipeline is None:
            try:  # without what the client's own way has in between
                return self._client.execute_command("EVALSHA", self._script.sha, len(keys), *keys, *args)  # type: ignore[no-any-return, no-untyped-call]
            except redis.exceptions.NoScriptError:
                pass  # the client's own way loads it
        return self._script(keys=keys, args=args, client=pipeline)  # type: ignore[no-any-return]
