"""Connections that remember whether a request has begun to leave, which no exception of the HTTP stack tells reliably.

A TLS error, for one, looks the same during the handshake (nothing sent) and while the reply is read (order placed).
They also look whether the other side is still there, as the last thing before a request is written.
"""

from __future__ import annotations

import socket
import ssl
import threading
from time import monotonic, monotonic_ns
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProtocolError
from urllib3.util import wait_for_read

from workers.calls.addresses import Suspects, addresses_of
from workers.calls.http1 import Reply, read_reply

# Exchanges and the proxies before them close idle connections after 60 s and more, and some firewalls forget them
# silently; one that was quiet for half of that is not trusted with a request.
IDLE_SECONDS: Final = 30.0
# Background reads open connections anew after so long, so that a name that has moved is followed while all goes well.
LIFE_SECONDS: Final = 300.0
_TLS_RECORD: Final = 16_384  # RFC 8446, 5.1: a record carries at most 2^14 bytes


class _Progress(threading.local):
    """How far this thread's request has come. ``tended`` is for those who keep connections warm: how many."""

    begun = False
    reused = False
    sent_ns: int | None = None
    peer = ""
    started = 0.0
    tended = 0

    def reset(self) -> None:
        self.begun, self.reused, self.sent_ns, self.peer, self.started = False, False, None, "", monotonic()


progress = _Progress()


class Watched(HTTPConnection):
    """Made and secured by urllib3; a request goes out in one piece: one system call and one packet, not two."""

    suspects: Suspects  # set by whoever opens it
    peer = ""
    opened_at = heard_at = 0.0
    _answered = False

    @property
    def is_connected(self) -> bool:
        """Whether a kept connection may be used; one that may not is closed, and connected again."""
        if self.sock is None:
            return False
        now = monotonic()
        worn_out = now - self.heard_at > IDLE_SECONDS or (progress.tended and now - self.opened_at > LIFE_SECONDS)
        return not worn_out and self.suspects.excuse(self.peer, self.heard_at) and is_quiet(self.sock)

    def connect(self) -> None:
        """Connect and shake hands."""
        super().connect()
        self.opened_at = self.heard_at = monotonic()
        self._answered = False

    def exchange(self, request: bytes, wait_seconds: float) -> Reply:
        """Send a request that is whole, right after the look at the connection, and read the whole reply.

        Nothing is waited for longer than ``wait_seconds``. Raises: ProtocolError, OSError.
        """
        progress.reused, progress.peer = self._answered, self.peer
        if self.sock.gettimeout() != wait_seconds:  # setting it is a system call; accounts may share the connection
            self.sock.settimeout(wait_seconds)
        self._send_whole(request)
        reply = read_reply(self.sock.recv)
        self.heard_at, self._answered = monotonic(), True
        return reply

    def _send_whole(self, request: bytes) -> None:
        """Raises: ProtocolError where not all of it was taken."""
        progress.begun, progress.sent_ns = True, monotonic_ns()
        try:
            taken = self.sock.send(request)
        except OSError as error:
            progress.begun = not self._took_nothing(request)
            raise ProtocolError(f"the connection did not take the request: {error}", error) from error
        if taken < len(request):
            self.sock.sendall(request[taken:])

    def _took_nothing(self, request: bytes) -> bool:
        """Whether a failed first write proves that the other side cannot act on it.

        On a plain socket not one byte was taken. Under TLS the request is one record, and a record that was not
        written to its end cannot be decrypted, as its authentication comes last; a longer one may have left in part.
        """
        return type(self.sock) is socket.socket or len(request) <= _TLS_RECORD

    def _new_conn(self) -> socket.socket:
        """Connect to the name's first address that lets us, within the time that one connect may take."""
        name, whole = self._dns_host, self.timeout
        try:
            addresses = self.suspects.in_order(addresses_of(name, self.port))
        except (OSError, UnicodeError):
            return super()._new_conn()  # it will say the same in urllib3's words
        give_up = monotonic() + (whole or 0)
        try:
            for number, address in enumerate(addresses, 1):
                self._dns_host = progress.peer = self.peer = address
                left = max(give_up - monotonic(), 0.001)
                self.timeout = whole and (left if number == len(addresses) else left / 2)
                try:
                    return super()._new_conn()
                except (NewConnectionError, ConnectTimeoutError):
                    self.suspects.accuse(address, monotonic())
                    if number == len(addresses):
                        raise
        finally:
            self._dns_host, self.timeout = name, whole
        raise AssertionError  # a name has an address, or the look-up fails; this is for the type checker


class WatchedTls(Watched, HTTPSConnection):
    """The same under TLS."""


def is_quiet(sock: Any) -> bool:  # noqa: ANN401 - a socket, plain or under TLS, or under TLS in TLS
    """Whether nothing has come in on an idle connection: no end, no reset, no word that nobody asked for.

    Under TLS a look that finds something is followed by a read of what was decrypted, so that messages of TLS itself
    (session tickets come after the handshake) are taken in and are no sign of an end.
    """
    is_plain = type(sock) is socket.socket
    try:
        tells = is_plain or (type(sock) is ssl.SSLSocket and not sock.pending())
        if tells and not wait_for_read(sock, timeout=0):
            return True
        return not is_plain and _holds_nothing(sock)
    except (OSError, ValueError):
        return False


def _holds_nothing(sock: Any) -> bool:  # noqa: ANN401 - a socket under TLS
    """Raises: OSError, ValueError when it is closed."""
    waited = sock.gettimeout()
    try:
        sock.settimeout(0)
        sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        sock.settimeout(waited)
        return True
    return False
