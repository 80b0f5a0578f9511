"""Iterators over what comes from Redis in portions; a step that failed or was interrupted may be taken again."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeVar

from router.connection import answering
from router.settings import RouterSettings

T = TypeVar("T")
_LOOK_SECONDS = 1.0


class Portions(Iterator[T]):
    """Items one after another, for ever, or until none came for ``patience`` seconds.

    A generator is finished by the first error that passes through it, a cancellation among them, and then looks as if
    no more would come. This goes on where it was. Not shared between threads or tasks. Raises: QueueUnavailable.
    """

    def __init__(self, settings: RouterSettings, patience: float | None, longest_seconds: float | None = None) -> None:
        self._settings = settings
        self._patience = patience
        self._longest_seconds = longest_seconds or longest_wait(settings)
        self._ready: deque[T] = deque()

    def __next__(self) -> T:
        end = math.inf if self._patience is None else time.monotonic() + self._patience
        while not self._ready:
            left = end - time.monotonic()
            if left <= 0:
                raise StopIteration
            with answering(self._settings):
                self._ready.extend(self._more(min(left, self._longest_seconds)))
        return self._ready.popleft()

    @abstractmethod
    def _more(self, seconds: float) -> Iterable[T]:
        """The next ones, waiting for the first of them; none when none came. Its place moves on when all is read."""


def longest_wait(settings: RouterSettings) -> float:
    """How long to wait for news in one call, seconds: less than the client waits for any reply."""
    return min(_LOOK_SECONDS, settings.redis_timeout_seconds / 2)
