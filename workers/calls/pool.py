"""The kept connections to one exchange by one way, shared by all its accounts, and how they are kept warm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from threading import Lock
from time import monotonic
from typing import Any, Final, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ProtocolError
from urllib3.util import parse_url
from urllib3.util.ssl_match_hostname import CertificateError

from workers.calls.addresses import Suspects
from workers.calls.connections import IDLE_SECONDS, Watched, WatchedTls, progress
from workers.calls.http1 import Reply, header_lines, request_head
from workers.calls.wire import Request

_POOL_SIZE: Final = 64
RESTED_SECONDS: Final = IDLE_SECONDS / 3  # those who tend come often enough that none rests three times as long
_PORTS: Final = {"http": 80, "https": 443}


class Timeouts(NamedTuple):
    """How long one attempt to connect, and each wait for the other side after that, may take; seconds."""

    connect: float
    read: float


class Shelf:
    """Kept connections, the last used on top. Thread-safe.

    Calls take from the top. Whoever keeps connections warm takes the one that has rested longest, or none, so that
    another is opened, while fewer are there than shall be kept.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_closed = False
        self.resting: list[Watched] = []
        self.in_use = 0

    def take(self) -> Watched | None:
        """A connection to use, and then to `put` back or to `drop`; None: open one, of which the same holds."""
        with self._lock:
            self.in_use += 1
            if not progress.tended:
                return self.resting.pop() if self.resting else None
            return self.resting.pop(0) if len(self.resting) >= progress.tended else None

    def put(self, connection: Watched) -> None:
        """It may be used again; one too many, or one that comes home to a closed shelf, is closed."""
        with self._lock:
            self.in_use -= 1
            is_kept = not self._is_closed and len(self.resting) + self.in_use < _POOL_SIZE
            if is_kept:
                self.resting.append(connection)
        if not is_kept:
            connection.close()

    def drop(self, connection: Watched | None) -> None:
        """It broke, the other side wants it closed, or it was never made."""
        with self._lock:
            self.in_use -= 1
        if connection is not None:
            connection.close()

    def cold(self, count: int) -> int:
        """How many of ``count`` connections are missing, or have rested so long that they should be used."""
        with self._lock:
            fresh = sum(kept.heard_at > monotonic() - RESTED_SECONDS for kept in self.resting)
            return max(count - fresh - self.in_use, 0)

    def clear_out(self, keep: int) -> None:
        """Close what has rested too long to be used, but for the ``keep`` used last; those a background read renews."""
        oldest = monotonic() - IDLE_SECONDS
        with self._lock:
            older = self.resting[: max(len(self.resting) - keep, 0)]
            closed = [kept for kept in older if kept.heard_at < oldest]
            self.resting = [kept for kept in self.resting if kept not in closed]
        for connection in closed:
            connection.close()

    def close(self) -> None:
        """Close every connection, those in use when they come back."""
        with self._lock:
            self._is_closed, closed, self.resting = True, self.resting, []
        for connection in closed:
            connection.close()

    def __del__(self) -> None:
        self.close()


class _Opener(HTTPConnectionPool):
    ConnectionCls = Watched


class _TlsOpener(HTTPSConnectionPool):
    ConnectionCls = WatchedTls


class _Adapter(HTTPAdapter):
    """Requests' adapter, with our connections behind it."""

    _POOLS: Final = {"http": _Opener, "https": _TlsOpener}

    def init_poolmanager(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - as requests has it
        super().init_poolmanager(*given, **more)
        self.poolmanager.pool_classes_by_scheme = self._POOLS

    def proxy_manager_for(self, *given: Any, **more: Any) -> Any:  # noqa: ANN401 - the same
        manager = super().proxy_manager_for(*given, **more)
        manager.pool_classes_by_scheme = self._POOLS
        return manager


class Connections:
    """Kept connections to one base address, through one proxy or none. Safe to share between threads and accounts.

    urllib3 opens them: names, TLS as `requests` sets it up, proxies and their tunnels. What goes over them is written
    and read here: most of what urllib3 and `requests` do per call we have no use for (redirects, retries, cookies,
    decoding, environment proxies), and it took most of the processor time (tests/benchmarks/http_path.py).
    """

    def __init__(self, base_url: str, proxy: str | None = None) -> None:
        base, self.suspects, self._shelf = parse_url(base_url), Suspects(), Shelf()
        self._opener = _opener(base_url, proxy)
        is_forwarded = bool(proxy) and base.scheme == "http"  # a plain proxy wants the whole URL in the request line
        self._is_tunnelled = bool(proxy) and not is_forwarded
        self._prefix = base_url.rstrip("/") if is_forwarded else (base.path or "").rstrip("/")
        host = base.host or ""
        own = {
            "Host": host if base.port in (None, _PORTS.get(base.scheme or "")) else f"{host}:{base.port}",
            "Accept-Encoding": "identity",
            "User-Agent": "pointsman",
        }
        self._own_lines = header_lines({**own, **(self._opener.proxy_headers if is_forwarded else {})})

    def send(self, request: Request, timeouts: Timeouts) -> Reply:
        """Send once and read the whole reply. Raises: what urllib3 raises, and OSError."""
        target = self._prefix + request.target
        length = None if request.body is None else len(request.body)
        head = request_head(request.method, target, self._own_lines + header_lines(request.headers), length)
        shelf = self._shelf
        connection, reply = shelf.take(), None
        try:
            if connection is None or not connection.is_connected:
                connection = self._connected(connection, timeouts)
            reply = connection.exchange(head if request.body is None else head + request.body, timeouts.read)
            return reply
        finally:
            if reply is not None and reply.keeps and connection is not None:
                shelf.put(connection)
            else:
                shelf.drop(connection)

    @contextmanager
    def tended(self, count: int) -> Iterator[int]:
        """Inside, this thread's calls go over the connections that rested longest; ``count`` are opened and kept.

        Gives how many calls that takes now: none while traffic keeps them warm.
        """
        self._shelf.clear_out(count)
        progress.tended = count
        try:
            yield self._shelf.cold(count)
        finally:
            progress.tended = 0

    def accuse(self) -> None:
        """The call that this thread has just made was not answered: distrust what was not heard of since it began."""
        if progress.peer:
            self.suspects.accuse(progress.peer, progress.started)

    def close(self) -> None:
        """Close every connection, those in use when their calls are over; a later call opens new ones."""
        old, self._shelf = self._shelf, Shelf()
        old.close()

    def _connected(self, worn: Watched | None, timeouts: Timeouts) -> Watched:
        """A new connection, made by one that is worn out or by another. Raises: what urllib3 raises, and OSError."""
        if worn is not None:
            worn.close()
        connection: Any = worn or self._opener._new_conn()  # noqa: SLF001 - urllib3 shows nothing that only opens one
        connection.suspects, connection.timeout = self.suspects, timeouts.connect
        try:
            if self._is_tunnelled:
                self._opener._prepare_proxy(connection)  # noqa: SLF001 - the same
            else:
                connection.connect()
        except (HTTPException, CertificateError) as trouble:  # a proxy that speaks no HTTP, a stranger's certificate
            connection.close()
            raise ProtocolError(f"not connected: {type(trouble).__name__}: {trouble}", trouble) from trouble
        except BaseException:
            connection.close()
            raise
        made: Watched = connection
        return made


def _opener(base_url: str, proxy: str | None) -> HTTPConnectionPool:
    """Urllib3's pool with requests' TLS settings and the account's proxy, of which only the opening is used."""
    prepared = requests.Request("GET", base_url).prepare()
    proxies = {"http": proxy, "https": proxy} if proxy else None
    pool = _Adapter(pool_connections=1, pool_maxsize=1).get_connection_with_tls_context(
        prepared, verify=True, proxies=proxies
    )
    assert isinstance(pool, HTTPConnectionPool)  # noqa: S101 - it is one of ours; this is for the type checker
    return pool
