"""Connections that remember whether a request has begun to leave, which no exception of the HTTP stack tells reliably.

A TLS error, for one, looks the same during the handshake (nothing sent) and while the reply is read (order placed).
"""

from __future__ import annotations

import logging
import ssl
import threading
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool


class _Progress(threading.local):
    begun = False


progress = _Progress()


class _Watched(HTTPConnection):
    """Holds a request back until it is whole, then sends it in one piece: one system call and one packet, not two."""

    _held: list[bytes] | None = None

    def request(self, method: str, url: str, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - as urllib3 has them
        """Put the request together and send it; the connection is made in between (see endheaders)."""
        super().request(method, url, *rest, **options)
        held, self._held = self._held or [], None
        self._send_whole(b"".join(held))

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:  # noqa: ANN401 - http.client's
        """Connect, tunnel and shake hands first; only then does the request itself begin."""
        self._held = None
        if self.sock is None:
            self.connect()
        self._held = []
        super().endheaders(message_body, encode_chunked=encode_chunked)

    def send(self, data: Any) -> None:  # noqa: ANN401 - http.client's
        """Hold what belongs to the request; what belongs to a proxy's tunnel goes out at once."""
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)

    def _send_whole(self, request: bytes) -> None:
        """Where the first write fails on a plain socket, not one byte was taken: a connection the server had closed."""
        progress.begun = True
        try:
            taken = self.sock.send(request)
        except OSError:
            progress.begun = isinstance(self.sock, ssl.SSLSocket)
            raise
        if taken < len(request):
            self.sock.sendall(request[taken:])


class _WatchedTls(_Watched, HTTPSConnection):
    pass


def watch(pool: HTTPConnectionPool) -> HTTPConnectionPool:
    """Make the pool open watched connections."""
    pool.ConnectionCls = _WatchedTls if pool.scheme == "https" else _Watched
    return pool


class _WithoutQuery(logging.Filter):
    """Cuts the query, and the signature in it, from urllib3's one debug line that shows a URL."""

    _URL = 4  # '%s://%s:%s "%s %s %s" %s %s': scheme, host, port, method, URL, ...

    def filter(self, record: logging.LogRecord) -> bool:
        args = record.args
        if isinstance(args, tuple) and len(args) > self._URL:
            path = str(args[self._URL]).partition("?")[0]
            record.args = (*args[: self._URL], path, *args[self._URL + 1 :])
        return True


def silence_queries() -> None:
    """Keep signed queries out of urllib3's debug log, for the whole process."""
    log = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(known, _WithoutQuery) for known in log.filters):
        log.addFilter(_WithoutQuery())
