"""The gate's interface: what a call asks for, what the gate answers, what it hears afterwards.

Two gates stand behind it: one in Redis, shared by every worker (`workers.shared_gate`), and one inside a process
(`workers.calls.local_gate`) for those who use the exchange layer without Redis.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from workers.calls.endpoint import Lane


class Charge(NamedTuple):
    """Take ``cost`` from the budget ``key``, of which ``limit`` may be used per ``window_ms``.

    ``rolling`` windows start anywhere, the others at multiples of their length on the exchange's clock. ``ceiling`` is
    how far this call's lane may fill the window: the rest is kept for more urgent lanes. A budget that ``refuses`` is
    the account's own guard: a call that finds it spent is refused and does not wait.
    """

    key: str
    limit: int
    ceiling: int
    window_ms: int
    cost: int
    rolling: bool = False
    refuses: bool = False


class Moment(NamedTuple):
    """When a call would arrive at the exchange if it left now; milliseconds.

    ``offset_ms`` is exchange clock minus ours, known to within ``guard_ms``; ``lead_ms`` is the least time a request
    takes to get there.
    """

    offset_ms: float = 0.0
    guard_ms: float = 0.0
    lead_ms: float = 0.0


class Passage(NamedTuple):
    """What a call asks of the gate.

    ``way`` keys the breaker (exchange, environment, address, host: one account's dead proxy is no other's), ``egress``
    the ban (exchange, environment, address). ``halts`` are the names under which this call may have been halted, none
    for cancels and reads. ``ignores_breaker`` is set for cancels and probes. ``caller`` tells apart who waits in line;
    whoever leaves it empty does not wait in line.
    """

    way: str
    egress: str
    lane: Lane
    charges: tuple[Charge, ...]
    moment: Moment = Moment()
    halts: tuple[str, ...] = ()
    ignores_breaker: bool = False
    caller: str = ""


class Grant(NamedTuple):
    """A passage that was let through, and the gate's own mark of when: a report about the call gives it back."""

    passage: Passage
    mark: str


class Refusal(NamedTuple):
    """The gate says no: why (the value of an ErrorKind), and in how many milliseconds asking again can succeed.

    ``retry_after_ms`` is -1 when waiting does not help (halted); ``detail`` then tells more.
    """

    reason: str
    retry_after_ms: float
    detail: str = ""


class Told(NamedTuple):
    """What the exchange said about one budget: how much of it is used, what it gave back, whether it is spent."""

    charge: Charge
    used: int | None = None
    given_back: int = 0
    exhausted: bool = False


class Report(NamedTuple):
    """What a call taught.

    ``answered_ms_ago`` is None while no answer came; ``sent`` is False when not a byte left. ``healthy`` is None for a
    call that says nothing about the exchange's health.
    """

    grant: Grant
    told: tuple[Told, ...] = ()
    sent: bool = True
    answered_ms_ago: float | None = None
    banned_for_ms: int | None = None
    healthy: bool | None = None


class Gatekeeper(Protocol):
    """The one place where a call is let through."""

    def enter(self, passage: Passage) -> Grant | Refusal:
        """Reserve every charge or none."""

    def report(self, report: Report) -> None:
        """Learn from a finished call."""
