"""Connections that remember whether a request has begun to leave, which no exception of the HTTP stack tells reliably.

A TLS error, for one, looks the same during the handshake (nothing sent) and while the reply is read (order placed).
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool


class _Progress(threading.local):
    begun = False


progress = _Progress()


class _Watched(HTTPConnection):
    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:  # noqa: ANN401 - http.client's
        """Connect, tunnel and shake hands first; only then does the request itself begin."""
        if self.sock is None:
            self.connect()
        progress.begun = True
        super().endheaders(message_body, encode_chunked=encode_chunked)


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
