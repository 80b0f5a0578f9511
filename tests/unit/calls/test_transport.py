"""What the transport says of a reply that did not come: was anything sent? Real sockets, every way to fail."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest
from support.bad_server import BadServer, Conversation
from support.certificates import self_signed, server_context

from workers.calls.transport import Route, Transport
from workers.calls.wire import Request, TransportFault

POST = Request("POST", "/api/v3/order", "", {"X-MBX-APIKEY": "k"}, b"symbol=BTCUSDT&signature=abc")
GET = Request("GET", "/api/v3/order", "symbol=BTCUSDT&signature=abc", {"X-MBX-APIKEY": "k"})


def transport(url: str, read_seconds: float = 0.3, proxy: str | None = None) -> Transport:
    return Transport(Route(url, proxy, connect_seconds=0.3, read_seconds=read_seconds))


def fault_of(url: str, request: Request = POST) -> TransportFault:
    with pytest.raises(TransportFault) as caught:
        transport(url)(request)
    return caught.value


def echo(talk: Conversation) -> None:
    while True:
        talk.read()
        talk.reply(b"{}")


def test_a_whole_reply_comes_back_as_it_is() -> None:
    with BadServer(echo) as server:
        answer = transport(server.url)(POST)
        assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"{}", "application/json")
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /api/v3/order HTTP/1.1\r\n")
        assert b"Accept-Encoding: identity" in head
        assert body == POST.body


def test_connections_are_kept_alive_and_a_request_is_one_piece() -> None:
    pieces: list[bytes] = []

    def raw(talk: Conversation) -> None:
        for _ in range(2):
            pieces.append(talk._connection.recv(65536))
            talk.reply(b"{}")

    with BadServer(raw) as server:
        send = transport(server.url)
        send(POST)
        send(POST)
        assert len(server.conversations) == 1
        assert all(piece.endswith(POST.body or b"?") for piece in pieces)


def test_nagle_is_off() -> None:
    with BadServer(echo) as server:
        send = transport(server.url)
        send(POST)
        (connection,) = send._connections._shelf.resting
        assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_refused_port_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    fault = fault_of(f"http://127.0.0.1:{port}")
    assert (fault.sent, fault.timed_out) == (False, False)


def test_an_unknown_host_sent_nothing() -> None:
    assert not fault_of("http://no-such-host.invalid").sent


def test_a_connect_timeout_sent_nothing() -> None:
    """A listener whose backlog is full answers no SYN."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.settimeout(0)
            filler.connect_ex(address)
        time.sleep(0.05)
        fault = fault_of(f"http://127.0.0.1:{address[1]}")
        for filler in fillers:
            filler.close()
    assert (fault.sent, fault.timed_out) == (False, True)


def test_a_failed_tls_handshake_sent_nothing() -> None:
    """The server speaks HTTP where TLS is expected: the request itself never began."""
    seen: list[bytes] = []

    def plain(talk: Conversation) -> None:
        seen.append(talk._connection.recv(65536))
        talk.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        talk.close()

    with BadServer(plain) as server:
        fault = fault_of(server.url.replace("http:", "https:"))
        assert not fault.sent
        assert b"symbol" not in b"".join(seen)


def test_a_certificate_nobody_vouches_for_sent_nothing(folder: Path) -> None:
    with BadServer(echo, tls=server_context(self_signed(folder))) as server:
        assert not fault_of(server.url).sent
        assert server.requests == []


def test_reset_before_reading_is_ambiguous() -> None:
    """The bytes left; whether anybody read them, nobody can tell."""
    with BadServer(lambda talk: talk.reset()) as server:
        send = transport(server.url)
        with pytest.raises(TransportFault) as caught:
            send(POST)
        assert "signature" not in str(caught.value)


@pytest.mark.parametrize(
    "script",
    [
        lambda talk: (talk.read(), talk.reset()),
        lambda talk: (talk.read(), talk.close()),
        lambda talk: (talk.read(), talk.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), talk.close()),
        lambda talk: (talk.read(), talk.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), talk.reset()),
        lambda talk: (talk.read(), talk.write(b"no HTTP at all\r\n\r\n"), talk.close()),
        lambda talk: (
            talk.read(),
            talk.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
            talk.close(),
        ),
    ],
    ids=["reset", "closed", "half a body", "half a body, then reset", "garbage", "half a chunk"],
)
def test_what_fails_after_the_request_was_read_is_ambiguous(script: object) -> None:
    with BadServer(script) as server:  # type: ignore[arg-type]
        fault = fault_of(server.url)
        assert (fault.sent, fault.timed_out) == (True, False)


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"])
def test_silence_after_the_request_was_read_is_an_ambiguous_timeout(begin: bytes) -> None:
    release = threading.Event()

    def hang(talk: Conversation) -> None:
        talk.read()
        talk.write(begin)
        release.wait(5)

    with BadServer(hang) as server:
        fault = fault_of(server.url)
        release.set()
        assert (fault.sent, fault.timed_out) == (True, True)


def test_a_connection_closed_while_idle_is_noticed_before_anything_is_written() -> None:
    def once(talk: Conversation) -> None:
        talk.read()
        talk.reply(b"{}")
        talk.close()

    with BadServer(once, echo) as server:
        send = transport(server.url)
        send(POST)
        time.sleep(0.05)
        assert send(POST).status == 200
        assert len(server.requests) == 2


def test_a_closed_transport_opens_new_connections() -> None:
    with BadServer(echo) as server:
        send = transport(server.url)
        send(POST)
        send.close()
        assert send(POST).status == 200
        assert len(server.conversations) == 2


def test_a_redirect_is_not_followed() -> None:
    with BadServer(lambda talk: (talk.read(), talk.reply(b"", 302, b"Location: /elsewhere\r\n"))) as server:  # type: ignore[arg-type, return-value]
        assert transport(server.url)(GET).status == 302
        assert len(server.requests) == 1


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with BadServer(echo) as server:
        assert transport(server.url)(GET).status == 200


def test_a_compressed_body_is_left_as_it_came() -> None:
    with BadServer(
        lambda talk: (talk.read(), talk.reply(b"\x1f\x8bnot", 200, b"Content-Encoding: gzip\r\n"))
    ) as server:  # type: ignore[arg-type, return-value]
        assert transport(server.url)(GET).body == b"\x1f\x8bnot"


def test_a_base_url_may_have_a_path() -> None:
    with BadServer(echo) as server:
        transport(f"{server.url}/binance/")(GET)
        assert server.requests[0].startswith(b"GET /binance/api/v3/order?symbol=")


def test_a_plain_proxy_is_asked_for_the_whole_url() -> None:
    with BadServer(echo) as proxy:
        transport("http://exchange.invalid", proxy=f"http://user:word@127.0.0.1:{proxy.port}")(GET)
        head = proxy.requests[0]
        assert head.startswith(b"GET http://exchange.invalid/api/v3/order?symbol=")
        assert b"Proxy-Authorization: Basic" in head


def test_a_tunnel_that_is_refused_sent_nothing() -> None:
    with BadServer(lambda talk: (talk.read(), talk.reply(b"no", 403))) as proxy:  # type: ignore[arg-type, return-value]
        send = transport("https://exchange.invalid", proxy=f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(TransportFault) as caught:
            send(GET)
        assert not caught.value.sent
        assert proxy.requests[0].startswith(b"CONNECT exchange.invalid:443")


def test_neither_the_error_nor_its_causes_hold_the_signature() -> None:
    with BadServer(lambda talk: (talk.read(), talk.reset())) as server:  # type: ignore[arg-type, return-value]
        fault = fault_of(server.url, GET)
    assert fault.__cause__ is None
    assert fault.__context__ is None
    assert "signature" not in repr(fault)
