"""What the server asks of a dialect: one exchange's way to speak."""

from typing import Protocol

from simulator.faults import Target
from simulator.http import Ask, Reply


class Job(Protocol):
    """One request between receipt and reply; the server may let time pass between the two steps."""

    target: Target

    def begin(self) -> Reply | None:
        """Do the checks on receipt (limits, route, key, time, signature); a reply means it ends here."""

    def finish(self, hidden_us: int = 0) -> Reply:
        """Check the deadline again and execute; a new order stays hidden from queries for `hidden_us`."""


class Dialect(Protocol):
    """One exchange."""

    name: str
    prefixes: tuple[str, ...]

    def job(self, ask: Ask) -> Job:
        """Take a request in."""

    def failure(self, status: int, code: int | None, message: str) -> Reply:
        """An error in the exchange's own shape, or as an HTML page when `code` is None."""

    def rate_limited(self, job: Job, ask: Ask, retry_after_s: int) -> Reply:
        """The exchange's refusal for too many requests."""

    def ban(self, ask: Ask, duration_ms: int) -> Reply:
        """Ban the caller's address and say so."""

    def duplicate(self, job: Job) -> Reply:
        """The refusal of a client order id that is in use."""

    def maintenance(self) -> Reply:
        """What everything is answered with during maintenance."""

    def always_answers(self, path: str) -> bool:
        """Whether a path works during maintenance (server time, ping)."""
