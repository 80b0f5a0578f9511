"""`pointsman flower` as a user starts it, and a browser's way to look at it."""

from __future__ import annotations

import base64
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from support.processes import Process, eventually, free_port

USER, PASSWORD = "watcher", "pass:word with spaces"


class Seen(NamedTuple):
    """An answer."""

    status: int
    text: str


class Flower(Process):
    """Flower on a free port; ``get`` and ``post`` carry the login unless told otherwise."""

    def __init__(self, folder: Path, environment: Mapping[str, str], password: str = PASSWORD) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        argv = [sys.executable, "-m", "workers.cli", "flower", "--port", str(port)]
        login = {"POINTSMAN_FLOWER_USER": USER, "POINTSMAN_FLOWER_PASSWORD": password}
        super().__init__("flower", argv, folder / "flower.log", {**environment, **login})
        self._login = f"{USER}:{password}"

    def start(self) -> None:
        super().start()
        eventually(lambda: self.get("/healthcheck", login=None).status == 200, 30, "Flower answers")

    def get(self, path: str, login: str | None = "own") -> Seen:
        return self.ask("GET", path, login)

    def post(self, path: str, body: object = None, login: str | None = "own") -> Seen:
        return self.ask("POST", path, login, json.dumps(body or {}).encode())

    def ask(self, method: str, path: str, login: str | None = "own", body: bytes | None = None) -> Seen:
        """``login`` is user:password, "own" for Flower's, None for none."""
        request = urllib.request.Request(self.url + path, body, method=method)
        if login is not None:
            known = self._login if login == "own" else login
            request.add_header("Authorization", f"Basic {base64.b64encode(known.encode()).decode()}")
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return Seen(reply.status, reply.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Seen(error.code, error.read().decode())

    def document(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON it answers
        seen = self.get(path)
        assert seen.status == 200, seen
        return json.loads(seen.text)
