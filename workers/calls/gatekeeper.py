"""The gate's interface: what a call asks for, what the gate answers, what it hears afterwards.

Two gates stand behind it: one in Redis, shared by every worker (`workers.shared_gate`), and one inside a process
(`workers.calls.local_gate`) for those who use the exchange layer without Redis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from workers.calls.endpoint import Lane


@dataclass(frozen=True)
class Charge:
    """Take ``cost`` from the budget ``key``, of which ``limit`` may be used per aligned window of ``window_ms``."""

    key: str
    limit: int
    window_ms: int
    cost: int


@dataclass(frozen=True)
class Passage:
    """What a call asks of the gate.

    ``way`` keys the breaker (exchange, environment, address, host: one account's dead proxy is no other's), ``egress``
    the ban (exchange, environment, address).
    ``offset_ms`` is exchange clock minus ours, since windows are aligned to the exchange's clock. ``ignores_breaker``
    is set for cancels and probes.
    """

    way: str
    egress: str
    lane: Lane
    charges: tuple[Charge, ...]
    offset_ms: int = 0
    ignores_breaker: bool = False


@dataclass(frozen=True)
class Refusal:
    """The gate says no: why, and in how many milliseconds asking again can succeed."""

    reason: str
    retry_after_ms: int


@dataclass(frozen=True)
class Report:
    """What a call taught: counts the exchange told (``usage``, per budget key), units to give back, bans, health.

    ``healthy`` is None for a call that says nothing about the exchange's health (nothing was sent).
    """

    passage: Passage
    usage: tuple[tuple[Charge, int], ...] = ()
    refunds: tuple[tuple[Charge, int], ...] = ()
    banned_for_ms: int | None = None
    healthy: bool | None = None


class Gatekeeper(Protocol):
    """The one place where a call is let through."""

    def enter(self, passage: Passage) -> Refusal | None:
        """Reserve every charge or none; None when let through."""

    def report(self, report: Report) -> None:
        """Learn from a finished call."""
