"""HTTP over a `requests` session: pooled, kept alive, no redirects, no surprises from the environment.

Calls go straight through the connection pool of the session's adapter. The session adds nothing we use (cookies,
redirects, netrc, environment proxies) and takes most of the CPU: see tests/benchmarks/http_path.py.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HTTPTimeout
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from workers.calls.connections import progress, silence_queries, watch
from workers.calls.wire import Answer, Request, TransportFault

logger = logging.getLogger("pointsman.calls")
_POOL_SIZE = 64
_HEADERS = {"User-Agent": "pointsman"}  # http.client asks for "identity", so that nothing comes compressed


@dataclass(frozen=True)
class Route:
    """Where an account's requests go and how long they may take; timeouts are per connect and per read, in seconds."""

    base_url: str
    proxy: str | None
    connect_seconds: float
    read_seconds: float


class Transport:
    """One account's way to its exchange. Safe to share between threads."""

    def __init__(self, route: Route) -> None:
        silence_queries()
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=_POOL_SIZE))
        self._session.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=_POOL_SIZE))
        self._timeout = Timeout(connect=route.connect_seconds, read=route.read_seconds)
        self._route = route
        self._pool = self._pool_to(route)
        base = parse_url(route.base_url)
        forwarded = bool(route.proxy) and base.scheme == "http"  # a plain proxy wants the whole URL in the request line
        self._prefix = route.base_url.rstrip("/") if forwarded else (base.path or "").rstrip("/")

    def __call__(self, request: Request) -> Answer:
        """Send once and read the whole reply.

        Raises: TransportFault, which says whether any byte of the request left.
        """
        progress.begun = False
        try:
            reply = self._post(request)
            return Answer(reply.status, reply.headers, reply.data)
        except (HTTPError, OSError) as error:
            fault = _fault(error)
        raise fault  # outside the handler: what urllib3 raised carries the URL, and so the signature

    def close(self) -> None:
        """Close every connection; a later call opens new ones."""
        self._session.close()
        self._pool = self._pool_to(self._route)

    def _post(self, request: Request) -> BaseHTTPResponse:
        return self._pool.urlopen(
            request.method,
            self._prefix + request.target,
            body=request.body,
            headers=_with_defaults(request.headers),
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=self._timeout,
            decode_content=False,
        )

    def _pool_to(self, route: Route) -> HTTPConnectionPool:
        """The pool with the session's TLS settings and the account's proxy."""
        prepared = requests.Request("GET", route.base_url).prepare()
        adapter = self._session.get_adapter(route.base_url)
        assert isinstance(adapter, HTTPAdapter)  # noqa: S101 - mounted above; this is for the type checker
        proxies = {"http": route.proxy, "https": route.proxy} if route.proxy else None
        pool = adapter.get_connection_with_tls_context(prepared, verify=True, proxies=proxies)
        assert isinstance(pool, HTTPConnectionPool)  # noqa: S101 - the same
        return watch(pool)


def _with_defaults(headers: Mapping[str, str]) -> dict[str, str]:
    return {**_HEADERS, **headers}


def _fault(error: Exception) -> TransportFault:
    timed_out = isinstance(error, (HTTPTimeout, TimeoutError)) and not isinstance(error, NewConnectionError)
    return TransportFault(f"{type(error).__name__}: {error}", sent=progress.begun, timed_out=timed_out)
