"""Waits for many commands over one connection: the end of each is announced on a channel of its own.

Redis may serve the look at a command before the request to listen for its end, which another connection carries; so
what counts is a look that was asked for after Redis said that it listens.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Protocol

import redis

from router.journal import Journal, Record
from router.results import FINAL_STATES

_LOOK_AGAIN_SECONDS = 1.0  # an announcement may be lost; the document is the truth


class Bell(Protocol):
    """Rung when the command may have ended."""

    def wait(self, timeout: float) -> object:
        """Wait for it, at most so many seconds."""

    def clear(self) -> None:
        """Make it fit to be waited for again."""


class Waits(ABC):
    """How a wait goes: listen, look, and go by the document; a lost announcement only costs ``look_again_seconds``."""

    look_again_seconds: float = _LOOK_AGAIN_SECONDS
    is_cheap_to_listen: ClassVar[bool] = False  # else it pays to look first whether there is anything to wait for

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def until_final(self, command_id: str, timeout: float | None) -> Record | None:
        """The record of the ended command; None when no such command is known.

        Raises: TimeoutError after ``timeout`` seconds; redis.RedisError.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        record = None
        if not self.is_cheap_to_listen:
            record = self._journal.record(command_id)
            if record is None or record.state in FINAL_STATES:
                return record
        bell = self._listen(command_id)
        try:
            if self.is_cheap_to_listen:
                record = self._journal.record(command_id)
            while record is not None and record.state not in FINAL_STATES:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    text = f"command {command_id} is still {record.state} after {timeout} s; it goes on running"
                    raise TimeoutError(text)
                bell.wait(self.look_again_seconds if left is None else min(left, self.look_again_seconds))
                bell.clear()
                record = self._journal.record(command_id)
            return record
        finally:
            self._forget(command_id, bell)

    @abstractmethod
    def close(self) -> None:
        """Stop listening; waits under way go on by looking."""

    @abstractmethod
    def _listen(self, command_id: str) -> Bell:
        """A bell that rings when the command has ended, and once when its end will be heard from now on.

        Where listening is cheap the bell need not ring for the latter when that is so already.
        """

    @abstractmethod
    def _forget(self, command_id: str, bell: Bell) -> None:
        """Ring it no more."""


class Waiting(Waits):
    """One listener for all waits of a router; it starts with the first wait and ends with `close()`."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self._lock = threading.Lock()
        self._bells: dict[str, list[threading.Event]] = {}
        self._heard: set[str] = set()
        self._listener: threading.Thread | None = None
        self._subscription: redis.client.PubSub | None = None
        self._wanted = threading.Event()
        self._closed = False

    def close(self) -> None:
        """Stop listening; waits under way go on by looking."""
        with self._lock:
            self._closed = True
            self._wanted.set()
            subscription, listener = self._subscription, self._listener
            if subscription is not None:
                with suppress(
                    redis.RedisError
                ):  # its only use is to wake the listener, who looks twice a second anyhow
                    subscription.unsubscribe()  # type: ignore[no-untyped-call]
        if listener is not None:
            listener.join(timeout=2)
        if subscription is not None:
            subscription.close()

    def _listen(self, command_id: str) -> Bell:
        bell, channel = threading.Event(), self._journal.keys.command(command_id)
        with self._lock:
            bells = self._bells.setdefault(channel, [])
            bells.append(bell)
            if channel in self._heard:
                bell.set()
            if len(bells) == 1:
                if self._subscription is None:
                    self._subscription = self._journal.client.pubsub()  # type: ignore[no-untyped-call]
                    self._subscription.subscribe(self._journal.keys.listening)
                self._subscription.subscribe(channel)
                self._wanted.set()
            if self._listener is None and not self._closed:
                self._listener = threading.Thread(target=self._run, name="pointsman-waiting", daemon=True)
                self._listener.start()
        return bell

    def _forget(self, command_id: str, bell: Bell) -> None:
        channel = self._journal.keys.command(command_id)
        with self._lock:
            bells = self._bells[channel] = [each for each in self._bells.get(channel, []) if each is not bell]
            if not bells:
                del self._bells[channel]
                self._heard.discard(channel)
                if self._subscription is not None and not self._closed:
                    with suppress(redis.RedisError):  # a broken connection holds no subscription any more
                        self._subscription.unsubscribe(channel)  # type: ignore[no-untyped-call]

    def _run(self) -> None:
        while not self._closed:
            subscription = self._subscription
            if subscription is None or not subscription.subscribed:
                self._wanted.wait(_LOOK_AGAIN_SECONDS)
                self._wanted.clear()
                continue
            try:
                message = subscription.get_message(timeout=0.5)
            except (redis.RedisError, OSError, ValueError):
                # Redis went away, or the connection was closed under us: the waits look for themselves meanwhile,
                # and the client subscribes anew by itself.
                with self._lock:
                    self._heard.clear()
                time.sleep(0.05)
                continue
            if message is not None:
                self._ring(message)

    def _ring(self, message: Mapping[str, Any]) -> None:
        channel = message["channel"].decode()
        with self._lock:
            bells = self._bells.get(channel, [])
            if message["type"] == "subscribe" and bells:
                self._heard.add(channel)
        if message["type"] != "unsubscribe":
            for bell in bells:
                bell.set()
