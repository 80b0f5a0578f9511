"""Celery's consumer, except that what Flower is told goes out some times a second, and not after every event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from celery.worker.consumer import Consumer

_FLUSH_SECONDS: Final = 0.1
_AT_ONCE: Final = 1_000  # events, after which they do go out


class PatientConsumer(Consumer):
    """Publishing after each turn of the event loop, as Celery does, is a third of a busy worker's processor time."""

    event_dispatcher: Any  # the stubs leave out what concerns events
    _flush_events: Callable[[], None]

    def register_with_event_loop(self, hub: Any) -> None:  # noqa: ANN401 - kombu's
        """Once for each connection, when the dispatcher of its events is there."""
        super().register_with_event_loop(hub)
        if self.event_dispatcher is not None:
            self.event_dispatcher.buffer_limit = _AT_ONCE
            hub.call_repeatedly(_FLUSH_SECONDS, self._flush_events)

    def on_send_event_buffered(self) -> None:  # type: ignore[override]  # the stubs have its type wrong
        """They wait for the timer."""
