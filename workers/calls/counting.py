"""Counting how much of a limit is used: the words that fixed and rolling windows share. Times are milliseconds."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from workers.calls.gatekeeper import Charge, Told

UNANSWERED_MS = 15_000  # longer than any call may take: what has no answer by then will get none


class Present(NamedTuple):
    """When a call that left now would be at the exchange, at the earliest.

    ``now_ms`` is this process' monotonic clock, ``exchange_ms`` the exchange's as the call arrives there, known to
    within ``guard_ms``; ``lead_ms`` is the least time a request takes.
    """

    now_ms: float
    exchange_ms: float
    guard_ms: float
    lead_ms: float

    @property
    def arrives_ms(self) -> float:
        """The earliest arrival, on this process' clock."""
        return self.now_ms + self.lead_ms


class Ending(NamedTuple):
    """How a call ended: its mark, whether a byte of it was sent, when its answer came (None: it has none)."""

    mark: str
    sent: bool
    answered_ms: float | None


class Count(Protocol):
    """What is used of one budget. Not thread-safe: its gate holds the lock."""

    def room(self, charge: Charge, present: Present, *, urgent: bool) -> int:
        """How many units a call of this charge's lane may take now. ``urgent`` calls leave nothing to others."""

    def wait_ms(self, charge: Charge, present: Present, wanted: int, *, urgent: bool) -> float:
        """In how long there will be room for it, after the ``wanted`` units of those who asked earlier."""

    def take(self, charge: Charge, present: Present, mark: str) -> None:
        """Count a call that is let through."""

    def settle(self, charge: Charge, present: Present, ending: Ending, told: Told | None) -> None:
        """Learn what became of it."""
