"""A tiny server on a real socket that writes down what each client sends, and answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from support.bad_server import BadServer, Conversation


class Captured(NamedTuple):
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str


Answers = Callable[[Captured], tuple[int, object]]
"""The status and the JSON that a request is answered with."""


class Capture:
    """The server's notes: everything that came since they were last taken away."""

    def __init__(self) -> None:
        self.url = ""
        self._requests: list[Captured] = []

    def note(self, raw: bytes) -> Captured:
        head, _, body = raw.decode().partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ")
        path, _, query = target.partition("?")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        found = Captured(method, path, query, headers, body)
        self._requests.append(found)
        return found

    def take(self) -> list[Captured]:
        taken, self._requests = self._requests, []
        return taken


@contextmanager
def capturing(answers: Answers) -> Iterator[Capture]:
    """Listen until the block ends."""
    capture = Capture()

    def script(talk: Conversation) -> None:
        while True:
            status, document = answers(capture.note(talk.read()))
            talk.reply(json.dumps(document).encode(), status)

    with BadServer(script) as server:
        capture.url = server.url
        yield capture
