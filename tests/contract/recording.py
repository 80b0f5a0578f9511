"""A recording: what was asked, what was sent, what the exchange answered, and what that means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from support.bad_server import BadServer, Conversation
from support.exchanges import account, binance

from router.commands import AnyCommand, read_command
from router.errors import RouterError
from workers.exchanges.base import BaseExchange

AT_MS = 1_700_000_000_000  # the exchange's clock in every recording


@dataclass(frozen=True)
class Recording:
    """``sent`` is method, path, query and body as they stood in the request; fence and signature are fixed."""

    ask: AnyCommand
    sent: dict[str, str]
    status: int
    answer: object
    means: object

    @classmethod
    def load(cls, path: Path) -> Recording:
        document = json.loads(path.read_text())
        answer = document["answer"]
        return cls(read_command(document["ask"]), document["sent"], answer["status"], answer["body"], document["means"])


def play(ask: AnyCommand, status: int, answer: object) -> tuple[dict[str, str], object]:
    """Ask an exchange that answers so; returns what it was sent, and what we made of the answer."""

    def script(talk: Conversation) -> None:
        while True:
            talk.read()
            talk.reply(json.dumps(answer).encode(), status)

    with BadServer(script) as server:
        means = _ask(binance(server.url), ask)
        return _sent(server.requests[0]), means


def _ask(exchange: BaseExchange, ask: AnyCommand) -> object:
    offset_ms = AT_MS - (exchange.clock.now_ms() - exchange.clock.offset_ms)
    exchange.clock.adopt(offset_ms, 1.0)
    call = exchange.prepare(ask)
    call.timestamp_ms = AT_MS
    try:
        return as_data(exchange.send(call))
    except RouterError as error:
        return {"raises": type(error).__name__, **error.problem.model_dump(mode="json", exclude_none=True)}


def as_data(result: object) -> Any:  # noqa: ANN401 - JSON
    """A result as JSON would show it; the moment a balance was read differs by what the test takes."""
    if isinstance(result, list):
        return [as_data(each) for each in result]
    assert isinstance(result, BaseModel)
    data = result.model_dump(mode="json", exclude_none=True)
    if "as_of_ms" in data:
        assert 0 <= data.pop("as_of_ms") - AT_MS < 5_000
    return data


def _sent(request: bytes) -> dict[str, str]:
    head, _, body = request.decode().partition("\r\n\r\n")
    method, target, _ = head.split("\r\n")[0].split(" ")
    path, _, query = target.partition("?")
    key = account().api_key.get_secret_value()
    signed = "&signature=" in query + body
    assert (f"X-MBX-APIKEY: {key}" in head) == signed
    found = {"method": method, "path": path, "query": query, "body": body}
    return {name: text for name, text in found.items() if text}
