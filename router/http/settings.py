"""What the HTTP server is told by its environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from router.settings import RouterSettings


class HttpSettings(RouterSettings):
    """A producer's settings, and what the server needs besides.

    ``http_tokens`` is the tokens file, without which nobody may ask for anything. ``http_rate`` is how many requests a
    second one token may make on average, ``http_burst`` how many at once; ``http_longest_body`` is in bytes,
    ``http_longest_wait_seconds`` how long one request may wait for an end, ``http_drain_seconds`` how long requests
    under way may go on when the server is asked to stop. ``http_streams`` is how many streams of events one server
    keeps, each with a connection to Redis.
    """

    http_tokens: Path | None = None
    http_rate: Annotated[float, Field(gt=0, le=1_000_000)] = 200.0
    http_burst: Annotated[int, Field(ge=1, le=1_000_000)] = 400
    http_longest_body: Annotated[int, Field(ge=1_024, le=1_048_576)] = 65_536
    http_longest_wait_seconds: Annotated[float, Field(gt=0, le=300)] = 30.0
    http_drain_seconds: Annotated[int, Field(ge=1, le=300)] = 10
    http_streams: Annotated[int, Field(ge=1, le=10_000)] = 100
