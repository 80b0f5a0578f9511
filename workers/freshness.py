"""A value that is read when it is needed, by one thread at a time, and kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from router.errors import RouterError

T = TypeVar("T")
_FAILED_SECONDS = 1.0


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A value and the moment (monotonic seconds) at which its read began: what happened later it cannot tell."""

    value: T
    read_at: float


class Fresh(Generic[T]):
    """Thread-safe. A failure is kept for a second, so that those who waited for the read do not all try it again.

    ``now`` tells monotonic seconds.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._reading = Lock()
        self._kept: Kept[T] | None = None
        self._failure: Kept[RouterError] | None = None

    def get(self, read: Callable[[], T], max_age: float) -> Kept[T]:
        """The value, at most ``max_age`` seconds old. Raises: what ``read`` raises."""
        kept = self._young(max_age)
        if kept is not None:
            return kept
        with self._reading:
            return self._young(max_age) or self._read(read)

    def _young(self, max_age: float) -> Kept[T] | None:
        kept = self._kept
        return kept if kept is not None and self._now() - kept.read_at <= max_age else None

    def _read(self, read: Callable[[], T]) -> Kept[T]:
        failure = self._failure
        if failure is not None and self._now() - failure.read_at < _FAILED_SECONDS:
            raise type(failure.value)(failure.value.problem)
        began = self._now()
        try:
            value = read()
        except RouterError as error:
            self._failure = Kept(error, self._now())
            raise
        self._kept, self._failure = Kept(value, began), None
        return self._kept
