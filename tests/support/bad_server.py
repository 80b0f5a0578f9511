"""A server on a real socket that misbehaves on command, one script per connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence

Script = Callable[["Conversation"], None]
JSON = b"Content-Type: application/json\r\n"


class Conversation:
    """One connection, as a script sees it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.requests: list[bytes] = []
        self.over = threading.Event()  # set when the server goes: what a script that only holds on should wait for

    def read(self) -> bytes:
        """One whole request: head and body."""
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = self._connection.recv(65536)
            if not chunk:
                raise ConnectionError("closed before a whole request came")
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        _, found, rest = head.lower().partition(b"content-length:")
        length = int(rest.split(b"\r\n")[0]) if found else 0
        while len(body) < length:
            body += self._connection.recv(65536)
        request = head + b"\r\n\r\n" + body
        self.requests.append(request)
        return request

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)

    def reply(self, body: bytes, status: int = 200, headers: bytes = b"") -> None:
        self.write(b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n%s\r\n" % (status, JSON, len(body), headers) + body)

    def say_goodbye(self) -> None:
        """TLS only: send close_notify, and keep the TCP connection open."""
        assert isinstance(self._connection, ssl.SSLSocket)
        self._connection.settimeout(0.05)
        with contextlib.suppress(OSError):
            self._connection.unwrap()

    def half_close(self) -> None:
        """Send FIN, and keep on reading."""
        socket.socket.shutdown(self._connection, socket.SHUT_WR)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def close(self) -> None:
        self._connection.close()

    def end(self) -> None:
        """Send FIN from outside, waking a script that reads."""
        self.over.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._connection, socket.SHUT_RDWR)


class BadServer:
    """Plays one script per connection, in order; the last one again and again."""

    def __init__(
        self, *scripts: Script, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._scripts = scripts
        self._tls = tls
        self._listener = socket.create_server((host, port))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self.conversations: list[Conversation] = []
        self._playing: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def requests(self) -> Sequence[bytes]:
        """Every whole request that arrived."""
        return [request for conversation in self.conversations for request in conversation.requests]

    def __enter__(self) -> BadServer:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._thread.join(1)
        self._listener.close()
        for conversation in self.conversations:
            conversation.end()
        for script in self._playing:  # one that reads must have woken, or it might read from whoever gets its number
            script.join(0.5)
        for conversation in self.conversations:
            conversation.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(5)
            script = self._scripts[min(len(self.conversations), len(self._scripts) - 1)]
            try:
                conversation = Conversation(self._secured(connection))
            except OSError:
                connection.close()
                continue
            self.conversations.append(conversation)
            playing = threading.Thread(target=self._play, args=(script, conversation), daemon=True)
            playing.start()
            self._playing.append(playing)

    def _secured(self, connection: socket.socket) -> socket.socket:
        return connection if self._tls is None else self._tls.wrap_socket(connection, server_side=True)

    def _play(self, script: Script, conversation: Conversation) -> None:
        try:
            script(conversation)
        except OSError:
            conversation.close()
