"""A server on a real socket that misbehaves on command, one script per connection."""

from __future__ import annotations

import contextlib
import socket
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
        self.requests.append(data)
        return data

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)

    def reply(self, body: bytes, status: int = 200, headers: bytes = b"") -> None:
        self.write(b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n%s\r\n" % (status, JSON, len(body), headers) + body)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def close(self) -> None:
        self._connection.close()

    def end(self) -> None:
        """Close from outside, waking a script that reads."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


class BadServer:
    """Plays one script per connection, in order; the last one again and again."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.conversations: list[Conversation] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def requests(self) -> Sequence[bytes]:
        """Every whole request that arrived."""
        return [request for conversation in self.conversations for request in conversation.requests]

    def __enter__(self) -> BadServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for conversation in self.conversations:
            conversation.end()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(5)
            script = self._scripts[min(len(self.conversations), len(self._scripts) - 1)]
            conversation = Conversation(connection)
            self.conversations.append(conversation)
            threading.Thread(target=self._play, args=(script, conversation), daemon=True).start()

    def _play(self, script: Script, conversation: Conversation) -> None:
        try:
            script(conversation)
        except OSError:
            conversation.close()
