"""The kept connections to one exchange by one way, shared by all its accounts, and how they are kept warm."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from workers.calls.addresses import Suspects
from workers.calls.connections import IDLE_SECONDS, Watched, WatchedTls, progress
from workers.calls.wire import Request

_POOL_SIZE: Final = 64
RESTED_SECONDS: Final = IDLE_SECONDS / 3  # those who tend come often enough that none rests three times as long
_HEADERS: Final = {"User-Agent": "pointsman"}  # http.client asks for "identity", so that nothing comes compressed


class Shelf(queue.LifoQueue[Any]):
    """Kept connections, the last used on top, and below them None for each that may still be opened.

    Calls take from the top. Whoever keeps connections warm takes the one that has rested longest, or opens another
    while fewer are there than shall be kept.
    """

    def _put(self, item: Watched | None) -> None:
        """Urllib3 puts None back for a connection that broke: neither it nor a closed one must hide those that live."""
        if item is None or item.sock is None:
            self.queue.insert(0, item)
        else:
            self.queue.append(item)

    def _get(self) -> Watched | None:
        if not progress.tended:
            taken: Watched | None = self.queue.pop()
            return taken
        live = [number for number, kept in enumerate(self.queue) if kept is not None and kept.sock is not None]
        rested: Watched | None = self.queue.pop(live[0] if len(live) >= progress.tended else 0)
        return rested

    def cold(self, count: int) -> int:
        """How many of ``count`` connections are missing, or have rested so long that they should be used."""
        with self.mutex:
            in_use = self.maxsize - len(self.queue)
            live: list[float] = [kept.heard_at for kept in self.queue if kept is not None and kept.sock is not None]
        fresh = sum(heard_at > monotonic() - RESTED_SECONDS for heard_at in live)
        return max(count - fresh - in_use, 0)

    def clear_out(self, keep: int) -> None:
        """Close what has rested too long to be used, but for the ``keep`` used last; those a background read renews."""
        oldest = monotonic() - IDLE_SECONDS
        with self.mutex:
            live = [number for number, kept in enumerate(self.queue) if kept is not None]
            gone = [number for number in live[: len(live) - keep] if self.queue[number].heard_at < oldest]
            closed = [self.queue[number] for number in gone]
            self.queue = [None] * len(gone) + [kept for number, kept in enumerate(self.queue) if number not in gone]
        for connection in closed:
            connection.close()


class _Suspecting(HTTPConnectionPool):
    QueueCls = Shelf
    ConnectionCls = Watched

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - urllib3's
        self.suspects = Suspects()
        super().__init__(*given, **more)

    def _new_conn(self) -> Any:  # noqa: ANN401 - urllib3's
        connection: Any = super()._new_conn()
        connection.suspects = self.suspects
        return connection


class _SuspectingTls(_Suspecting, HTTPSConnectionPool):
    ConnectionCls = WatchedTls


class _Adapter(HTTPAdapter):
    """Requests' adapter, with our pools behind it."""

    _POOLS: Final = {"http": _Suspecting, "https": _SuspectingTls}

    def init_poolmanager(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - as requests has it
        super().init_poolmanager(*given, **more)
        self.poolmanager.pool_classes_by_scheme = self._POOLS

    def proxy_manager_for(self, *given: Any, **more: Any) -> Any:  # noqa: ANN401 - the same
        manager = super().proxy_manager_for(*given, **more)
        manager.pool_classes_by_scheme = self._POOLS
        return manager


class Connections:
    """Kept connections to one base address, through one proxy or none. Safe to share between threads and accounts.

    Calls go straight through the connection pool of the session's adapter. The session adds nothing we use (cookies,
    redirects, netrc, environment proxies) and takes most of the CPU: see tests/benchmarks/http_path.py.
    """

    def __init__(self, base_url: str, proxy: str | None = None) -> None:
        self._base_url = base_url
        self._proxies = {"http": proxy, "https": proxy} if proxy else None
        self._adapter = _Adapter(pool_connections=1, pool_maxsize=_POOL_SIZE)
        self._pool = self._opened()
        base = parse_url(base_url)
        forwarded = bool(proxy) and base.scheme == "http"  # a plain proxy wants the whole URL in the request line
        self._prefix = base_url.rstrip("/") if forwarded else (base.path or "").rstrip("/")

    def send(self, request: Request, timeout: Timeout) -> BaseHTTPResponse:
        """Send once and read the whole reply. Raises: what urllib3 raises, and OSError."""
        return self._pool.urlopen(
            request.method,
            self._prefix + request.target,
            body=request.body,
            headers=_with_defaults(request.headers),
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=timeout,
            decode_content=False,
        )

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
            self._pool.suspects.accuse(progress.peer, progress.started)

    def close(self) -> None:
        """Close every connection, those in use when their calls are over; a later call opens new ones."""
        old = self._pool
        self._adapter.close()
        self._pool = self._opened()
        old.close()

    @property
    def _shelf(self) -> Shelf:
        shelf = self._pool.pool
        assert isinstance(shelf, Shelf)  # noqa: S101 - it is what our pools are made with; this is for the type checker
        return shelf

    def _opened(self) -> _Suspecting:
        """The pool with requests' TLS settings and the account's proxy."""
        prepared = requests.Request("GET", self._base_url).prepare()
        pool = self._adapter.get_connection_with_tls_context(prepared, verify=True, proxies=self._proxies)
        assert isinstance(pool, _Suspecting)  # noqa: S101 - the same
        return pool


def _with_defaults(headers: Mapping[str, str]) -> dict[str, str]:
    return {**_HEADERS, **headers}
