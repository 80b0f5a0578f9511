"""A plain HTTP proxy that asks for a login and remembers what passed."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ForwardingProxy

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.logins.append(self.headers.get("Proxy-Authorization", ""))
        self.server.passed.append(f"{self.path} {body.decode()}")
        url = urlsplit(self.path)
        onward = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=10)
        kept = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        onward.request(self.command, f"{url.path}?{url.query}" if url.query else url.path, body or None, kept)
        reply = onward.getresponse()
        answer = reply.read()
        onward.close()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_DELETE = do_PUT = do_GET  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        pass


class ForwardingProxy(ThreadingHTTPServer):
    """Listens on a free port while the context is open."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.logins: list[str] = []
        self.passed: list[str] = []

    def __enter__(self) -> ForwardingProxy:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
