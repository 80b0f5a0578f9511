"""`python -m benchmarks.peers.connected HOST:PORT COUNT`: so many connections that follow the stream of events.

Each waits in XREAD, reads what came since its last event and waits again; what it reads it throws away.
"""

from __future__ import annotations

import asyncio
import re
import resource
import sys

import uvloop

_STREAM = b"pointsman:events"
_EVENT_ID = re.compile(rb"\$\d+\r\n(\d{10,}-\d+)\r\n")


class Follower(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._held = transport, b""
        self._ask(b"$")

    def _ask(self, since: bytes) -> None:
        parts = (b"XREAD", b"COUNT", b"500", b"BLOCK", b"0", b"STREAMS", _STREAM, since)
        self._transport.write(  # type: ignore[attr-defined]  # uvloop's transport
            b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        )

    def data_received(self, data: bytes) -> None:
        """A reply ends with its last event's last field; events are told whole, so an id is followed by its fields."""
        self._held += data
        found = _EVENT_ID.findall(self._held)
        if found and self._held.endswith(b"\r\n"):
            self._held = b""
            self._ask(found[-1])


async def follow(place: str, count: int) -> None:
    """Until ended."""
    host, _, port = place.partition(":")
    loop = asyncio.get_running_loop()
    for _ in range(count):
        await loop.create_connection(Follower, host, int(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(follow(sys.argv[1], int(sys.argv[2])))
