"""Iterators over what comes from Redis in portions; a step that failed or was interrupted may be taken again."""

from __future__ import annotations

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

    def __init__(self, settings: RouterSettings, patience: float | None) -> None:
        self._settings = settings
        self._patience = patience
        self._ready: deque[T] = deque()

    def __next__(self) -> T:
        end = None if self._patience is None else time.monotonic() + self._patience
        while not self._ready:
            seconds = look_seconds(self._settings, end)
            if seconds <= 0:
                raise StopIteration
            with answering(self._settings):
                self._ready.extend(self._more(seconds))
        return self._ready.popleft()

    @abstractmethod
    def _more(self, seconds: float) -> Iterable[T]:
        """The next ones, waiting for the first of them; none when none came. Its place moves on when all is read."""


def look_seconds(settings: RouterSettings, end: float | None) -> float:
    """How long to wait for news in one call: less than the client waits for any reply, and not beyond ``end``."""
    longest = min(_LOOK_SECONDS, settings.redis_timeout_seconds / 2)
    return longest if end is None else min(end - time.monotonic(), longest)
