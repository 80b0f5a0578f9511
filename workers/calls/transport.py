"""HTTP for one account: a request goes out once, and when no reply comes it is told whether any of it left."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HTTPTimeout

from workers.calls.connections import progress
from workers.calls.pool import Connections, Timeouts
from workers.calls.wire import Answer, Request, TransportFault

_TRIES: Final = 3  # over kept connections that turn out to be closed; more than one is a coincidence


@dataclass(frozen=True)
class Route:
    """Where an account's requests go and how long they may take; timeouts are per connect and per read, in seconds."""

    base_url: str
    proxy: str | None = field(repr=False)  # it may carry a password
    connect_seconds: float
    read_seconds: float


class Transport:
    """One account's way to its exchange. Safe to share between threads."""

    def __init__(self, route: Route, connections: Connections | None = None) -> None:
        self._timeouts = Timeouts(route.connect_seconds, route.read_seconds)
        self._connections = connections or Connections(route.base_url, route.proxy)

    def __call__(self, request: Request) -> Answer:
        """Send once and read the whole reply.

        A kept connection that turns out to be closed before it took any of the request is nobody's failure: the request
        goes out at once over another one.

        Raises: TransportFault, which says whether any byte of the request left.
        """
        for left in reversed(range(_TRIES)):
            progress.reset()
            try:
                reply = self._connections.send(request, self._timeouts)
                return Answer(reply.status, reply.headers, reply.body, progress.sent_ns)
            except (HTTPError, OSError) as error:
                self._connections.accuse()
                fault = _fault(error)
                if not (left and progress.reused and not progress.begun):
                    break
        raise fault  # outside the handler, so that nothing of the HTTP stack hangs on it

    def tended(self, count: int) -> AbstractContextManager[int]:
        """Inside, this thread's calls keep so many connections warm, as many calls as it gives; see `Connections`."""
        return self._connections.tended(count)

    def close(self) -> None:
        """Close every connection; a later call opens new ones."""
        self._connections.close()


def _fault(error: Exception) -> TransportFault:
    timed_out = isinstance(error, (HTTPTimeout, TimeoutError)) and not isinstance(error, NewConnectionError)
    return TransportFault(f"{type(error).__name__}: {error}", sent=progress.begun, timed_out=timed_out)
