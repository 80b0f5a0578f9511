"""A recording: what was asked, what was sent, what the exchange answered, and what that means."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from support.bad_server import BadServer, Conversation
from support.bybit import bybit
from support.exchanges import KEY, SECRET, binance
from support.okx import okx_of

from router.commands import AnyCommand, read_command
from router.errors import RouterError
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.base import BaseExchange

AT_MS = 1_700_000_000_000  # the exchange's clock in every recording
Sent = dict[str, Any]
_FENCE = re.compile(r"&?recvWindow=\d+&timestamp=\d+&signature=.*$")  # Binance's stands in query or body


@dataclass(frozen=True)
class Wire:
    """How an exchange's recordings are played: who speaks, which header carries the key, which others are recorded."""

    speaker: Callable[[str, Mapping[str, Any]], BaseExchange]
    key_header: str
    headers: tuple[str, ...] = ()


WIRES = {
    "binance": Wire(lambda url, _: binance(url), "X-MBX-APIKEY"),
    "bybit": Wire(
        lambda url, _: bybit(url, api_key=SecretStr(KEY), api_secret=SecretStr(SECRET)),
        "X-BAPI-API-KEY",
        ("X-BAPI-TIMESTAMP", "X-BAPI-RECV-WINDOW", "X-BAPI-SIGN"),
    ),
    "okx": Wire(okx_of, "OK-ACCESS-KEY", ("OK-ACCESS-TIMESTAMP", "OK-ACCESS-SIGN", "expTime")),
}


@dataclass(frozen=True)
class Answer:
    """One reply of the exchange."""

    status: int
    body: object


@dataclass(frozen=True)
class Recording:
    """``sent`` is method, path, query and body as they stood in a request; fence and signature are fixed.

    Where it takes several calls, they are ``steps``; only the first has a fixed fence, and its headers. ``account`` is
    how the account is set, where that matters.
    """

    ask: AnyCommand
    sent: list[Sent]
    answers: list[Answer]
    means: object
    account: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Recording:
        document = json.loads(path.read_text())
        steps = document.get("steps") or [{"sent": document["sent"], "answer": document["answer"]}]
        answers = [Answer(step["answer"]["status"], step["answer"]["body"]) for step in steps]
        ask, sent = read_command(document["ask"]), [step["sent"] for step in steps]
        return cls(ask, sent, answers, document["means"], document.get("account", {}))


def play(ask: AnyCommand, answers: list[Answer], account: Mapping[str, Any]) -> tuple[list[Sent], object]:
    """Ask an exchange that answers so; returns what it was sent, and what we made of the answers."""
    wire, left = WIRES[ask.exchange], list(answers)

    def script(talk: Conversation) -> None:
        while True:
            talk.read()
            answer = left.pop(0)
            talk.reply(json.dumps(answer.body).encode(), answer.status)

    with BadServer(script) as server:
        means = _ask(wire.speaker(server.url, account), ask)
        first, *further = [_sent(request, wire) for request in server.requests]
        return [first, *map(_unfenced, further)], means


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
    if isinstance(result, Acknowledged):
        return {name: str(value) for name, value in result._asdict().items() if value is not None}
    if isinstance(result, list):
        return [as_data(each) for each in result]
    assert isinstance(result, BaseModel)
    data = result.model_dump(mode="json", exclude_none=True)
    if "as_of_ms" in data:
        assert 0 <= data.pop("as_of_ms") - AT_MS < 5_000
    return data


def _sent(request: bytes, wire: Wire) -> Sent:
    head, _, body = request.decode().partition("\r\n\r\n")
    method, target, _ = head.split("\r\n")[0].split(" ")
    path, _, query = target.partition("?")
    headers = {name: line.partition(": ")[2] for name in wire.headers for line in head.split("\r\n") if _is(name, line)}
    assert (f"{wire.key_header}: {KEY}" in head) == ("&signature=" in query + body or bool(headers))
    found: Sent = {"method": method, "path": path, "query": query, "body": body, "headers": headers}
    return {name: text for name, text in found.items() if text}


def _unfenced(sent: Sent) -> Sent:
    """A further call has the fence, and so the signature, of the moment at which it was made."""
    bare = {name: _FENCE.sub("", text) if isinstance(text, str) else text for name, text in sent.items()}
    return {name: text for name, text in bare.items() if text and name != "headers"}


def _is(name: str, line: str) -> bool:
    return line.lower().startswith(f"{name.lower()}: ")
