"""Time that stands still until the test moves it, for the scripts and for the workers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from unittest import mock

import redis

from router import scripts
from support.protocol.stage import pause

_KEY = "model:clock"
_REAL, _OURS = "redis.call('TIME')", f"redis.call('HMGET', '{_KEY}', 'seconds', 'micros')"
START_MS = 1_800_000_000_000
Mutation = tuple[str, str, str]  # of which script, what, by what


class Time:
    """The present in milliseconds, one for all; a worker's or the exchange's clock may differ from it."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.now_ms = START_MS
        self.advance(0)

    def advance(self, milliseconds: int) -> None:
        self.now_ms += milliseconds
        seconds, rest = divmod(self.now_ms, 1000)
        self._client.hset(_KEY, mapping={"seconds": seconds, "micros": rest * 1000})


def source(name: str, *mutations: Mutation) -> str:
    """The real script, except for where it reads the time, and for what is planted."""
    text = _ORIGINAL(name)
    assert _REAL in text, name
    text = text.replace(_REAL, _OURS)
    for script, what, by in mutations:
        if script == name:
            assert what in text, f"{name} has no {what!r} any more"
            text = text.replace(what, by)
    return text


_ORIGINAL = scripts.source


@contextlib.contextmanager
def ours(*mutations: Mutation) -> Iterator[None]:
    """While a journal is built: its scripts run on our time."""
    without_time = {"lead", "companions"}
    pick = lambda name: _ORIGINAL(name) if name in without_time else source(name, *mutations)  # noqa: E731
    with mock.patch.object(scripts, "source", pick):
        yield


@contextlib.contextmanager
def no_sleep() -> Iterator[None]:
    """Where a worker would sleep it stops instead."""
    fake = SimpleNamespace(sleep=lambda _seconds: pause("nap"), monotonic=lambda: 0.0)
    with (
        mock.patch("workers.executor.time", fake),
        mock.patch("workers.reconcile.time", fake),
        mock.patch("workers.records.time", fake),
    ):
        yield
