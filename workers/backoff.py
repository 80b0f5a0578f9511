"""How long to wait before the next try: exponential, with full jitter, bounded."""

from __future__ import annotations

import random

_BASE_MS, _CAP_MS = 200, 10_000


def backoff_ms(attempt: int, asked_ms: int | None = None) -> int:
    """Milliseconds before try number ``attempt + 1``; never less than the exchange asked for (``asked_ms``).

    Full jitter spreads the many callers that failed together over the whole interval.
    """
    ceiling = min(_CAP_MS, _BASE_MS * 2 ** min(attempt, 10))
    jitter = random.randint(1, ceiling)  # noqa: S311 - spreads load; nothing secret hangs on it
    return jitter if asked_ms is None else asked_ms + min(jitter, _BASE_MS)
