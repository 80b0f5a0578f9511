"""A TCP proxy between two parts of the house that can reset, stall, or swallow what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

_ABORT = struct.pack("ii", 1, 0)  # linger on, zero seconds: closing sends a reset
_CHUNK = 65_536
T = TypeVar("T")


class Proxy:
    """One hop; ``port`` is where to connect instead of the target's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, target_port: int) -> None:
        self._loop = loop
        self._target_port = target_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._deaf: set[asyncio.StreamWriter] = set()  # towards clients that get nothing any more
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server = self._ask(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]

    def reset(self) -> int:
        """Reset every connection; how many there were."""
        return self._ask(self._on_loop(self._reset))

    def swallow_replies(self) -> int:
        """Let what is sent through, keep back what comes, then close: each reply under way is lost."""
        return self._ask(self._on_loop(self._swallow))

    def stall(self, seconds: float) -> int:
        """Let nothing through for a while; how many connections feel it."""
        return self._ask(self._stall(seconds))

    def close(self) -> None:
        self._ask(self._on_loop(self._server.close))
        self.reset()

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _on_loop(self, work: Callable[[], T]) -> T:
        return work()

    def _reset(self) -> int:
        for writer in list(self._writers):
            _abort(writer)
        return len(self._writers) // 2

    def _swallow(self) -> int:
        self._deaf = set(self._writers)
        self._loop.call_later(0.05, self._reset)
        return len(self._writers) // 2

    async def _stall(self, seconds: float) -> int:
        self._flowing.clear()
        self._loop.call_later(seconds, self._flowing.set)
        return len(self._writers) // 2

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:  # the target is down: so is this hop
            _abort(writer)
            return
        self._writers |= {writer, forth}
        try:
            await asyncio.gather(self._carry(reader, forth, deaf=False), self._carry(back, writer, deaf=True))
        finally:
            for each in (writer, forth):
                self._writers.discard(each)
                self._deaf.discard(each)
                each.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, deaf: bool) -> None:
        """One direction, until either side ends; then the other side is told."""
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._flowing.wait()
                if deaf and writer in self._deaf:
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    writer.transport.abort()


@contextlib.contextmanager
def proxies(**targets: int) -> Iterator[dict[str, Proxy]]:
    """Named proxies to these ports, on an event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxies", daemon=True)
    thread.start()
    made = {name: Proxy(loop, port) for name, port in targets.items()}
    try:
        yield made
    finally:
        for proxy in made.values():
            proxy.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
