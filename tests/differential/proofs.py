"""Takes a request apart: its proof is checked, by code of the test's own, and taken away; the rest is compared."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qsl

from capture import Captured

KEY, SECRET, PASSPHRASE = "sim-key-2", "sim-secret-2", "sim-pass-2"
WINDOW_MS = 3_000
_FRESH_MS = 120_000
_TRANSPORT = {"host", "user-agent", "accept", "accept-encoding", "connection", "content-length"}
_IDS = {
    *("newclientorderid", "origclientorderid", "clientalgoid", "origclientorderidlist"),
    *("orderlinkid", "clordid", "algoclordid"),
}
_OWN_ID = "<an id of its own>"


class Sent(NamedTuple):
    """What a request says. Fields are named by where they stand: ``query.symbol``, ``body.request.0.qty``."""

    method: str
    path: str
    fields: dict[str, str]


def read(exchange: str, request: Captured, ids: frozenset[str]) -> Sent:
    """A request without its proof, its timestamp, and ids that are not among those that were asked for."""
    headers = {name: text for name, text in request.headers.items() if name not in _TRANSPORT}
    query, body = dict(parse_qsl(request.query, keep_blank_values=True)), _body(request)
    is_signed = _CHECKS[exchange](request, headers)
    assert is_signed or request.method == "GET", f"{request.method} {request.path} is not signed"
    for gone in ("signature", "timestamp"):
        query.pop(gone, None)
        if isinstance(body, dict):
            body.pop(gone, None)
    everything = {"header": headers, "query": query, "body": body}
    fields = {name: _known(name, text, ids) for name, text in _leaves("", everything)}
    fields["proof"] = "signed" if is_signed else "none"
    return Sent(request.method, request.path, fields)


def _body(request: Captured) -> object:
    if not request.body:
        return {}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.body, keep_blank_values=True))
    return json.loads(request.body)


def _leaves(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Every text, number and truth value by its place; numbers and truth values tell that they are none texts."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        value = json.loads(value)
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(f"{name}.{key}" if name else key, each)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _leaves(f"{name}.{number}", each)
    else:
        yield name, value if isinstance(value, str) else f"{json.dumps(value)} ({type(value).__name__})"


def _known(name: str, text: str, ids: frozenset[str]) -> str:
    is_id = any(part.lower() in _IDS for part in name.split("."))
    return _OWN_ID if is_id and text not in ids else text


def _is_fresh(moment_ms: float) -> bool:
    return abs(time.time() * 1_000 - moment_ms) < _FRESH_MS


def _digest(text: str) -> bytes:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()


def _binance(request: Captured, headers: dict[str, str]) -> bool:
    """The signature stands last and covers all before it; what is public shows no key."""
    text = request.query or request.body
    signed, _, signature = text.partition("&signature=")
    key = headers.pop("x-mbx-apikey", None)
    if signature:
        assert (key, signature) == (KEY, _digest(signed).hex())
        assert _is_fresh(int(dict(parse_qsl(text))["timestamp"]))
    return bool(signature)


def _bybit(request: Captured, headers: dict[str, str]) -> bool:
    """Timestamp, key, window and text; the window stays, as a field."""
    signature = headers.pop("x-bapi-sign", None)
    if signature is not None:
        moment, window = headers.pop("x-bapi-timestamp"), headers["x-bapi-recv-window"]
        assert headers.pop("x-bapi-api-key") == KEY
        assert signature == _digest(f"{moment}{KEY}{window}{request.query or request.body}").hex()
        assert _is_fresh(int(moment))
    return signature is not None


def _okx(request: Captured, headers: dict[str, str]) -> bool:
    """ISO time, method, target and body, in base64; the fence stays, as a field."""
    signature = headers.pop("ok-access-sign", None)
    if signature is not None:
        moment = headers.pop("ok-access-timestamp")
        assert (headers.pop("ok-access-key"), headers.pop("ok-access-passphrase")) == (KEY, PASSPHRASE)
        target = f"{request.path}?{request.query}" if request.query else request.path
        assert signature == base64.b64encode(_digest(f"{moment}{request.method}{target}{request.body}")).decode()
        assert _is_fresh(datetime.fromisoformat(moment).timestamp() * 1_000)
    if "exptime" in headers:
        assert _is_fresh(int(headers["exptime"]))
        headers["exptime"] = "<the end of its window>"
    return signature is not None


_CHECKS: Mapping[str, Callable[[Captured, dict[str, str]], bool]] = {"binance": _binance, "bybit": _bybit, "okx": _okx}
