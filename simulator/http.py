"""What comes in and what goes out, free of the HTTP library."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

JSON = "application/json;charset=UTF-8"
HTML = "text/html"


@dataclass(slots=True)
class Ask:
    """A request: `query` and `body` are the exact text that was sent, because that is what is signed."""

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]
    peer: str


class Wire(Enum):
    """How a reply leaves: whole, not at all, half of it, or as a TCP reset."""

    WHOLE = "whole"
    CLOSE = "close"
    HALF = "half"
    RESET = "reset"


@dataclass(slots=True)
class Reply:
    """A response with its exact body."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON
    wire: Wire = Wire.WHOLE


def json_reply(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """A JSON reply, compact like the exchanges'."""
    return Reply(status, encode(document), headers if headers is not None else {})


def encode(document: object) -> bytes:
    """Compact JSON; what cannot be written in UTF-8 (half a surrogate pair) becomes a question mark."""
    return _ENCODER.encode(document).encode("utf-8", "replace")


_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False, ensure_ascii=False)
