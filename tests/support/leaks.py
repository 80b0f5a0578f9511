"""Looks for planted secrets in everything that a running house leaves behind, in each form they could take."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import redis

NEVER = {
    "a signature": re.compile(rb"signature(=|%3D)[0-9A-Za-z%]"),
    "a key's header": re.compile(rb"x-mbx-apikey", re.IGNORECASE),
    "a proxy's header": re.compile(rb"proxy-authorization", re.IGNORECASE),
}


def forms(secret: str) -> Iterator[bytes]:
    """The secret as it is, in HTML, JSON or a URL, in hex, and in base64 wherever it stands in the encoded text."""
    raw = secret.encode()
    yield from {raw, escape(secret).encode(), secret.replace("/", "\\/").encode()}
    yield from {quote(secret, safe="").encode(), quote_plus(secret).encode(), raw.hex().encode()}
    yield raw.hex().upper().encode()
    for before in range(3):
        whole = base64.b64encode(b"x" * before + raw)
        inner = whole[4 if before else 0 : (before + len(raw)) // 3 * 4]
        yield from {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}


def leaks(secrets: Mapping[str, str], sinks: Mapping[str, bytes]) -> list[str]:
    """Which secret shows where; empty when none does."""
    needles = [(name, form) for name, secret in secrets.items() for form in forms(secret)]
    found = {f"{name} in {where}" for where, text in sinks.items() for name, form in needles if form in text}
    found |= {
        f"{name} in {where}" for where, text in sinks.items() for name, form in NEVER.items() if form.search(text)
    }
    return sorted(found)


def redis_sinks(client: redis.Redis) -> dict[str, bytes]:
    """Every key of every type with all that it holds."""
    return {
        f"redis {key.decode(errors='replace')}": key + b" " + _held(client, key) for key in client.scan_iter(count=1000)
    }


def _held(client: Any, key: bytes) -> bytes:  # noqa: ANN401 - its types know asyncio as well
    kind = client.type(key)
    match kind:
        case b"string":
            parts: object = [client.get(key)]
        case b"list":
            parts = client.lrange(key, 0, -1)
        case b"hash":
            parts = [part for pair in client.hgetall(key).items() for part in pair]
        case b"set":
            parts = list(client.smembers(key))
        case b"zset":
            parts = client.zrange(key, 0, -1)
        case b"stream":
            parts = [part for _, fields in client.xrange(key) for pair in fields.items() for part in pair]
        case b"none":
            parts = []  # it ended meanwhile
        case _:
            raise AssertionError(f"{key!r} is a {kind!r}, which nobody looks into")
    return b" ".join(part or b"" for part in parts)


def file_sinks(files: Iterable[Path]) -> dict[str, bytes]:
    return {f"file {path.name}": path.read_bytes() for path in files if path.is_file()}
