"""Patience for direct use: what certainly did nothing is tried again, with exponential back-off and full jitter.

The executor does not use this: it parks a command instead of sleeping.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from router.errors import ErrorKind, NotProcessed

T = TypeVar("T")
_HOPELESS = (ErrorKind.EXPIRED, ErrorKind.HALTED, ErrorKind.GUARD)  # trying again changes nothing


@dataclass(frozen=True)
class Patience:
    """How often and how long to try; seconds."""

    attempts: int = 4
    first_pause: float = 0.1
    longest_pause: float = 5.0
    total: float = 30.0

    def pause(self, attempt: int, error: NotProcessed) -> float:
        """The wait before the next attempt: what the exchange asks for, else random up to a doubling bound."""
        asked_ms = error.problem.retry_after_ms
        if asked_ms is not None:
            return asked_ms / 1_000
        bound = min(self.first_pause * 2**attempt, self.longest_pause)
        return random.uniform(0, bound)  # noqa: S311 - jitter, not a secret


def patiently(attempt: Callable[[], T], on_trouble: Callable[[NotProcessed], None], patience: Patience) -> T:
    """Call ``attempt`` until it succeeds, raises anything but NotProcessed, is halted, or patience ends.

    ``on_trouble`` may mend the cause (a clock, a breaker) between attempts. A clock error is tried again at once, but
    only once: if the clock has been measured and is refused again, measuring more will not help.
    """
    deadline, clock_mended = time.monotonic() + patience.total, False
    for number in count():
        try:
            return attempt()
        except NotProcessed as error:
            is_clock = error.problem.kind is ErrorKind.CLOCK
            pause = 0.0 if is_clock else patience.pause(number, error)
            last = number + 1 >= patience.attempts or time.monotonic() + pause > deadline
            if last or (is_clock and clock_mended) or error.problem.kind in _HOPELESS:
                raise
            clock_mended = clock_mended or is_clock
            time.sleep(pause)
            on_trouble(error)
    raise AssertionError  # count() does not end; this is for the type checker
