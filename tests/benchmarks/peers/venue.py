"""`python -m benchmarks.peers.venue`: a fake exchange that is fast, so that it is never what is measured.

It parses HTTP by hand, answers after 0 or so many milliseconds, and remembers when which order came. It looks at no
signature and no key. Its own ceiling is measured in each run (`benchmarks.peers.ceiling`).
Control: `POST /_venue/reset`, `POST /_venue/delay?ms=20`, `GET /_venue/count`, `GET /_venue/arrivals`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from typing import Final, cast
from urllib.parse import parse_qsl

import uvloop
from benchmarks.peers import venue_replies as replies

_END: Final = b"\r\n\r\n"
_STOPS: Final = b'&" \r'
_LENGTHS: Final = (b"\r\nContent-Length: ", b"\r\ncontent-length: ", b"\r\nContent-length: ")


class Book:
    """What came: each order's client order id and when (ns of the machine's monotonic clock); and the delay."""

    def __init__(self) -> None:
        self.arrivals: list[tuple[str, int]] = []
        self.delay_seconds = 0.0

    def control(self, path: str) -> object:
        """One call of the control API."""
        name, _, query = path.removeprefix("/_venue/").partition("?")
        match name:
            case "reset":
                self.arrivals.clear()
            case "delay":
                self.delay_seconds = float(dict(parse_qsl(query))["ms"]) / 1_000
            case "count":
                return {"orders": len(self.arrivals)}
            case "arrivals":
                return self.arrivals
        return {}


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, book: Book, loop: asyncio.AbstractEventLoop) -> None:
        self._book, self._loop, self._buffer = book, loop, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        while (end := buffer.find(_END)) >= 0:
            whole = end + 4 + _length(buffer, end)
            if len(buffer) < whole:
                break
            self._answer(buffer[:whole])
            buffer = buffer[whole:]
        self._buffer = buffer

    def _answer(self, request: bytes) -> None:
        target = request[: request.index(b" HTTP/1.1")]
        route = target.partition(b"?")[0]
        if route in replies.ORDERS:
            exchange, marks, made = replies.ORDERS[route]
            name = _named(request, marks)
            self._book.arrivals.append((name, time.monotonic_ns()))
            self._write_later(replies.reply_to(exchange, made, name))
        elif route in replies.LOOKUPS:
            exchange, marks, made = replies.LOOKUPS[route]
            self._write_later(replies.reply_to(exchange, made, _named(request, marks)))
        else:
            self._transport.write(self._document(target.decode().partition(" ")[2]))

    def _write_later(self, reply: bytes) -> None:
        if self._book.delay_seconds:
            self._loop.call_later(self._book.delay_seconds, self._transport.write, reply)
        else:
            self._transport.write(reply)

    def _document(self, target: str) -> bytes:
        if target.startswith("/_venue/"):
            return replies.whole("okx", self._book.control(target))
        path, _, query = target.partition("?")
        for exchange in ("binance", "bybit", "okx"):
            made = replies.DOCUMENTS.get((exchange, path))
            if made is not None:
                return replies.whole(exchange, made(dict(parse_qsl(query))))
        sys.stderr.write(f"nobody has asked for {path} before\n")
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"


def _length(buffer: bytes, end: int) -> int:
    for mark in _LENGTHS:
        at = buffer.find(mark, 0, end)
        if at >= 0:
            begin = at + len(mark)
            return int(buffer[begin : buffer.find(b"\r", begin)])
    return 0


def _named(request: bytes, marks: tuple[bytes, ...]) -> str:
    """The client order id, which ends at the first byte that no id has."""
    for mark in marks:
        at = request.find(mark)
        if at >= 0:
            begin = end = at + len(mark)
            while end < len(request) and request[end] not in _STOPS:
                end += 1
            return request[begin:end].decode()
    return ""


async def serve() -> None:
    """Listen on a free port, say which, and serve until ended."""
    loop, book = asyncio.get_running_loop(), Book()
    server = await loop.create_server(lambda: Connection(book, loop), "127.0.0.1", 0, backlog=1_024)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    gc.freeze()
    gc.disable()  # what it keeps has no cycles
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
