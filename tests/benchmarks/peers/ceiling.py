"""How many orders a second the fast exchange itself can take, so that it can be seen not to be the bottleneck."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence

from benchmarks.peers.figures import Raw, median
from benchmarks.peers.stage import Venue

_TURNS = 5
_CONNECTIONS = 16
_AT_ONCE = 32
_HEAD = b"HTTP/1.1 200"
_BODY = (
    b"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000&newOrderRespType=FULL"
    b"&newClientOrderId=" + b"0" * 32 + b"&recvWindow=5000&timestamp=1700000000000&signature=" + b"c" * 64
)
_REQUEST = (
    b"POST /api/v3/order HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MBX-APIKEY: " + b"k" * 64 + b"\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
) + _BODY


def measure(venue: Venue, seconds: float) -> Raw:
    """Orders per second by raw sockets: many requests in one write, and one at a time on each connection."""
    found: dict[str, list[float]] = {"pipelined": [], "one_at_a_time": []}
    for _ in range(_TURNS):
        for name, at_once in (("pipelined", _AT_ONCE), ("one_at_a_time", 1)):
            venue.reset()
            found[name].append(_rate(venue.port, at_once, seconds / _TURNS / 2))
    venue.reset()
    return {name: {"per_second": median(values), "rounds": values} for name, values in found.items()}


def _rate(port: int, at_once: int, seconds: float) -> float:
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(_CONNECTIONS)]
    try:
        return _driven(sockets, at_once, seconds)
    finally:
        for each in sockets:
            each.close()


def _driven(sockets: Sequence[socket.socket], at_once: int, seconds: float) -> float:
    """Each connection gets its next requests when its last ones are answered."""
    batch, answered = _REQUEST * at_once, 0
    awaited = dict.fromkeys(sockets, at_once)
    with selectors.DefaultSelector() as selector:
        for each in sockets:
            selector.register(each, selectors.EVENT_READ)
            each.sendall(batch)
        begun = time.monotonic()
        while (spent := time.monotonic() - begun) < seconds:
            for key, _ in selector.select(1.0):
                each = key.fileobj
                assert isinstance(each, socket.socket)
                came = each.recv(1 << 18).count(_HEAD)  # a head torn in two is counted neither time: too low, if at all
                answered += came
                awaited[each] -= came
                if awaited[each] <= 0:
                    awaited[each] = at_once
                    each.sendall(batch)
    return answered / spent
