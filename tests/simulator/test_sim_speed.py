"""How many signed orders a second the simulator takes on one core; run with `-m benchmark`, it prints the figure."""

from __future__ import annotations

import selectors
import socket
import time
from urllib.parse import urlsplit

import pytest
from sim_support import Remote, sign

SECONDS, CONNECTIONS, FLOOR = 3.0, 8, 1500


def request(number: int, who: int) -> bytes:
    side = "BUY" if number % 2 else "SELL"
    body = f"symbol=BTCUSDT&side={side}&type=MARKET&quantity=0.001&newClientOrderId=n{number}&recvWindow=5000"
    body += f"&timestamp={time.time_ns() // 1_000_000}"
    body += f"&signature={sign(f'sim-secret-{who}', body)}"
    head = f"POST /api/v3/order HTTP/1.1\r\nHost: simulator\r\nX-MBX-APIKEY: sim-key-{who}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.benchmark
def test_signed_market_orders_per_second(remote: Remote, capsys: pytest.CaptureFixture[str]) -> None:
    address = urlsplit(remote.url)
    selector = selectors.DefaultSelector()
    sent = done = 0
    started = time.monotonic()
    for n in range(CONNECTIONS):
        connection = socket.create_connection((address.hostname, address.port))
        selector.register(connection, selectors.EVENT_READ, n + 1)
        connection.sendall(request(sent, n + 1))
        sent += 1
    while time.monotonic() < started + SECONDS:
        for key, _ in selector.select(1):
            connection = key.fileobj  # type: ignore[assignment]
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            done += 1
            connection.sendall(request(sent, key.data))
            sent += 1
    rate = done / (time.monotonic() - started)
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    selector.close()
    with capsys.disabled():
        print(f"\n{rate:.0f} signed market orders per second, FULL replies, {CONNECTIONS} connections")
    assert rate > FLOOR
