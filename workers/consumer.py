"""Celery's consumer, except in how Flower is told: some times a second, not after every event, and without waiting."""

from __future__ import annotations

from collections import deque
from time import time
from typing import Any, Final

from celery.events.dispatcher import EventDispatcher
from celery.worker.consumer import Consumer

_FLUSH_SECONDS: Final = 0.1
_AT_ONCE: Final = 1_000  # events, after which they do go out
_KEPT: Final = 20_000  # while there is no connection; then the oldest are forgotten


class PatientDispatcher(EventDispatcher):
    """Keeps what cannot be told now until there is a connection again.

    Celery tries a worker's sign of life again until the broker answers, in the one thread that would notice a lost
    connection and SIGTERM: with Redis away such a worker could only be killed.
    """

    def send(self, type: str, *args: Any, **fields: Any) -> None:  # noqa: A002, ANN401 - Celery's
        """Tell of one event, once."""
        super().send(type, *args, **{**fields, "retry": False})


class PatientConsumer(Consumer):
    """Publishing after each turn of the event loop, as Celery does, is a third of a busy worker's processor time."""

    event_dispatcher: Any  # the stubs leave out what concerns events
    hub: Any

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Celery's
        self._told: deque[tuple[str, dict[str, object]]] = deque(maxlen=_KEPT)
        super().__init__(*args, **options)

    def register_with_event_loop(self, hub: Any) -> None:  # noqa: ANN401 - kombu's
        """Once for each connection, when the dispatcher of its events is there."""
        super().register_with_event_loop(hub)
        if self.event_dispatcher is not None:
            self.event_dispatcher.buffer_limit = _AT_ONCE
            hub.call_repeatedly(_FLUSH_SECONDS, self._flush_events)

    def on_send_event_buffered(self) -> None:  # type: ignore[override]  # the stubs have its type wrong
        """They wait for the timer."""

    def tell(self, kind: str, **fields: object) -> None:
        """Have Flower told of what happens now. Called from any thread, which does not wait.

        The events are made when they go out: many at a time take a fraction of what each by itself would.
        """
        fields["timestamp"] = time()
        self._told.append((kind, fields))
        if self.hub is None:  # no timer will come
            self._send_told()

    def _flush_events(self) -> None:
        self._send_told()
        if self.event_dispatcher is not None:
            self.event_dispatcher.flush()

    def _send_told(self) -> None:
        dispatcher = self.event_dispatcher  # another one after each reconnection
        while dispatcher is not None and self._told:
            try:
                kind, fields = self._told.popleft()
            except IndexError:  # another thread was quicker
                return
            dispatcher.send(kind, **fields)
