"""What goes out and what comes in, as bytes: the lower half of a call, below parsing and above sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

compact: Final = json.JSONEncoder(separators=(",", ":")).encode
"""JSON without spaces; made once, since `json.dumps` would make such an encoder per request."""


@dataclass(frozen=True)
class Request:
    """A signed request, ready to be sent untouched. Its repr shows neither query, headers nor body."""

    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def target(self) -> str:
        """Path and query, as they stand in the request line."""
        return target_of(self.path, self.query)


@dataclass(frozen=True)
class Answer:
    """A whole HTTP reply; header names may be read in any case. ``sent_ns`` is when the request left (monotonic)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_ns: int | None = None


class TransportFault(Exception):
    """No whole reply came back. ``sent`` is False only when provably not one byte of the request left."""

    def __init__(self, message: str, *, sent: bool, timed_out: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.timed_out = timed_out


def target_of(path: str, query: str) -> str:
    """Path and query, as they stand in the request line and in what some exchanges have signed."""
    return f"{path}?{query}" if query else path
