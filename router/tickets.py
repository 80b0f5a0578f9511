"""What a producer holds: a ticket, with the state and in the end the result of its command."""

from __future__ import annotations

from typing import Protocol

from router.journal import Record
from router.models import Order
from router.results import Result, read_result


class Records(Protocol):
    """Where a ticket looks; an OrderRouter is one."""

    def record(self, command_id: str) -> Record:
        """The journal's record of a command."""

    def wait(self, command_id: str, timeout: float | None) -> Record:
        """The record of an ended command."""


class Named(Protocol):
    """Whatever names a command: a ticket of either router."""

    @property
    def id(self) -> str:
        """The command's id."""


class Ticket:
    """A command that was accepted: its id is also the Celery task's id."""

    def __init__(self, records: Records, command_id: str) -> None:
        self.id = command_id
        self._records = records

    def state(self) -> str:
        """queued, sending, waiting, unknown, or the final done, rejected, expired, cancelled, failed.

        Raises: RouterError when no command of that id is known; QueueUnavailable.
        """
        return self._records.record(self.id).state

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the end, at most ``timeout`` seconds.

        Raises: Rejected, CommandExpired, CommandCancelled, CommandFailed as it ended; TimeoutError leaves the command
        running, and asking again goes on waiting; QueueUnavailable when Redis does not answer.
        """
        return read_result(self._records.wait(self.id, timeout))

    def order(self, timeout: float | None = None) -> Order:
        """The same for a command whose result is one order."""
        result = self.result(timeout)
        if not isinstance(result, Order):
            raise TypeError(f"the result of {self.id} is a {type(result).__name__}, not an Order")
        return result

    def __repr__(self) -> str:
        return f"Ticket({self.id!r})"
