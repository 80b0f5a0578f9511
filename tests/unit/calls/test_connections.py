"""Kept connections that end while they rest: noticed before a write, or told rightly. Real sockets, plain and TLS."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from support.bad_server import BadServer, Conversation, Script
from support.certificates import self_signed, server_context
from support.names import own_names
from urllib3.util.wait import wait_for_read

from workers.calls import connections
from workers.calls.clock import Clock
from workers.calls.connections import Watched
from workers.calls.dispatch import Dispatch
from workers.calls.endpoint import Call
from workers.calls.pool import Shelf, Timeouts
from workers.calls.sign import Sign
from workers.calls.transport import Route, Transport
from workers.calls.wire import Request, TransportFault
from workers.exchanges.binance.endpoints import PLACE

POST = Request("POST", "/api/v3/order", "", {"X-MBX-APIKEY": "k"}, b"symbol=BTCUSDT&signature=abc")


class Site:
    """A server that misbehaves, and the way to it, plain or under TLS."""

    def __init__(self, certificate: Path | None) -> None:
        self.certificate = certificate

    @property
    def tls(self) -> bool:
        return self.certificate is not None

    def server(self, *scripts: Script) -> AbstractContextManager[BadServer]:
        return BadServer(*scripts, tls=None if self.certificate is None else server_context(self.certificate))

    def transport(self, url: str, proxy: str | None = None) -> Transport:
        send = Transport(Route(url, proxy, connect_seconds=2.0, read_seconds=1.0))
        if self.certificate is not None:
            send._connections._opener.ca_certs = str(self.certificate)  # type: ignore[attr-defined]
        return send


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=["plain", "tls"])
def site(request: pytest.FixtureRequest, certificate: Path) -> Site:
    return Site(certificate if request.param == "tls" else None)


def shelf_of(send: Transport) -> Shelf:
    return send._connections._shelf


def kept(send: Transport) -> list[Watched]:
    """The connections that rest, the last used at the end."""
    return shelf_of(send).resting


def something_arrives(connection: Watched) -> None:
    """Wait for what the server sent, be it only its FIN or RST, without reading it."""
    assert select.select([connection.sock], [], [], 5)[0]


def echo(talk: Conversation) -> None:
    while True:
        talk.read()
        talk.reply(b"{}")


class Cued:
    """Answers one request, then waits for its cue to do something else."""

    def __init__(self, then: Callable[[Conversation], object]) -> None:
        self.cue = threading.Event()
        self._then = then

    def __call__(self, talk: Conversation) -> None:
        talk.read()
        talk.reply(b"{}")
        self.cue.wait(5)
        self._then(talk)
        talk.over.wait(5)  # hold on to what is still open


ENDINGS: dict[str, Callable[[Conversation], object]] = {
    "closed": lambda talk: talk.close(),
    "reset": lambda talk: talk.reset(),
    "half closed": lambda talk: talk.half_close(),
    "told that it was idle too long": lambda talk: talk.reply(b"", 408, b"Connection: close\r\n"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ended_while_it_rested_is_noticed_before_a_write(site: Site, ending: str) -> None:
    script = Cued(ENDINGS[ending])
    with site.server(script, echo) as server:
        send = site.transport(server.url)
        send(POST)
        (resting,) = kept(send)
        script.cue.set()
        something_arrives(resting)
        assert send(POST).status == 200
        assert [len(talk.requests) for talk in server.conversations] == [1, 1]


def test_a_farewell_of_tls_is_one_even_if_the_connection_stays_open(certificate: Path) -> None:
    site, script = Site(certificate), Cued(Conversation.say_goodbye)
    with site.server(script, echo) as server:
        send = site.transport(server.url)
        send(POST)
        (resting,) = kept(send)
        script.cue.set()
        something_arrives(resting)
        assert send(POST).status == 200
        assert [len(talk.requests) for talk in server.conversations] == [1, 1]


def test_what_tls_sends_by_itself_is_no_end(certificate: Path) -> None:
    """Session tickets come after the handshake; to a look at the bare socket a warm connection seems to be gone."""
    site = Site(certificate)
    with site.server(echo) as server:
        send = site.transport(server.url)
        connections, shelf = send._connections, shelf_of(send)
        assert shelf.take() is None
        connection: Any = connections._connected(None, Timeouts(1.0, 1.0))
        assert isinstance(connection.sock, ssl.SSLSocket)
        assert connection.sock.version() == "TLSv1.3"
        something_arrives(connection)
        assert wait_for_read(connection.sock, timeout=0), "what urllib3 takes for an end"
        assert connection.is_connected
        shelf.put(connection)
        assert send(POST).status == 200
        assert len(server.conversations) == 1


@pytest.fixture
def just_after_the_look(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let something happen between the last look at a connection and the write, as the network may."""
    real_look = connections.is_quiet

    def arrange(happens: Callable[[], None]) -> None:
        looks = iter([happens])

        def look(sock: socket.socket) -> bool:
            answer = real_look(sock)
            next(looks, lambda: None)()
            return answer

        monkeypatch.setattr(connections, "is_quiet", look)

    return arrange


def test_a_reset_between_the_look_and_the_write_costs_nothing(
    site: Site, just_after_the_look: Callable[[Callable[[], None]], None]
) -> None:
    """The write fails whole: nothing was taken, so the request goes out at once over another connection."""
    script = Cued(Conversation.reset)
    with site.server(script, echo) as server:
        send = site.transport(server.url)
        send(POST)
        (resting,) = kept(send)

        def reset() -> None:
            script.cue.set()
            something_arrives(resting)

        just_after_the_look(reset)
        assert send(POST).status == 200
        assert [len(talk.requests) for talk in server.conversations] == [1, 1]


def test_an_end_between_the_look_and_the_write_stays_ambiguous(
    site: Site, just_after_the_look: Callable[[Callable[[], None]], None]
) -> None:
    """The kernel takes the request after the other side's FIN: whether anybody read it, nobody can tell from here."""
    script = Cued(Conversation.close)
    with site.server(script, echo) as server:
        send = site.transport(server.url)
        send(POST)
        (resting,) = kept(send)

        def close() -> None:
            script.cue.set()
            something_arrives(resting)

        just_after_the_look(close)
        with pytest.raises(TransportFault) as caught:
            send(POST)
        assert caught.value.sent
        assert len(server.conversations) == 1, "it was not sent again"


def test_the_look_is_the_last_thing_before_the_write(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """By then the request has been put together and a connection chosen for it."""
    script, real_take = Cued(Conversation.close), Shelf.take
    with site.server(script, echo) as server:
        send = site.transport(server.url)
        send(POST)
        (resting,) = kept(send)

        def take(self: Shelf) -> Watched | None:
            taken = real_take(self)
            if taken is resting and not script.cue.is_set():
                script.cue.set()
                something_arrives(resting)
            return taken

        monkeypatch.setattr(Shelf, "take", take)
        assert send(POST).status == 200
        assert [len(talk.requests) for talk in server.conversations] == [1, 1]


def test_a_write_that_fails_on_a_new_connection_is_told_and_was_not_sent(site: Site) -> None:
    """Only a kept connection's end is nobody's failure."""
    with site.server(echo) as server:
        send = site.transport(server.url)
        real_connect = Watched.connect

        def broken(self: Watched) -> None:
            real_connect(self)
            socket.socket.shutdown(self.sock, socket.SHUT_WR)  # every write now fails, as on one that was reset

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Watched, "connect", broken)
            with pytest.raises(TransportFault) as caught:
                send(POST)
        assert not caught.value.sent
        assert "did not take the request" in str(caught.value)
        assert server.requests == []


def test_a_long_request_that_breaks_off_under_tls_may_have_left_in_part(certificate: Path) -> None:
    """It takes several records, and the first ones can be read without the last."""
    site = Site(certificate)
    long = Request("POST", "/api/v3/order", "", {}, b"x" * 20_000)
    script = Cued(Conversation.read)
    with site.server(script) as server:
        send = site.transport(server.url)
        send(POST)
        (resting,) = kept(send)
        socket.socket.shutdown(resting.sock, socket.SHUT_WR)
        with pytest.raises(TransportFault) as caught:
            send(long)
        assert caught.value.sent
        script.cue.set()


def test_a_request_is_not_tried_over_and_over(site: Site) -> None:
    """Every kept connection ends as it is written to: three tries, and it is told that nothing was sent."""
    script = Cued(Conversation.read)
    with site.server(script) as server:
        send = site.transport(server.url)
        several(send, 5)
        for each in kept(send):
            socket.socket.shutdown(each.sock, socket.SHUT_WR)  # every write now fails
            each.heard_at += 60  # as if it had been heard of since, so that no distrust reaches it
        with pytest.raises(TransportFault) as caught:
            send(POST)
        assert not caught.value.sent
        assert len(kept(send)) == 2
        assert len(server.requests) == 5
        script.cue.set()


def test_what_rested_too_long_is_not_used(site: Site) -> None:
    with site.server(echo) as server:
        send = site.transport(server.url)
        send(POST)
        (resting,) = kept(send)
        send(POST)
        assert len(server.conversations) == 1
        resting.heard_at -= connections.IDLE_SECONDS + 1
        send(POST)
        assert len(server.conversations) == 2


def test_the_time_of_sending_is_after_connecting(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[int] = []
    real_connect = Watched.connect

    def connect(self: Watched) -> None:
        real_connect(self)
        connected.append(connections.monotonic_ns())

    monkeypatch.setattr(Watched, "connect", connect)
    with site.server(echo) as server:
        call = Call(PLACE, {}, str, {})
        dispatch = Dispatch(Sign(lambda *_: POST, Clock(), 3_000), site.transport(server.url))
        answer = dispatch(call)
        assert call.trace.sent_ns == answer.sent_ns
        assert connected[0] <= (answer.sent_ns or 0) <= (call.trace.answered_ns or 0)


class Silent:
    """Answers until it is silenced, and then reads on without a word."""

    def __init__(self) -> None:
        self.silenced = threading.Event()

    def __call__(self, talk: Conversation) -> None:
        while True:
            talk.read()
            if self.silenced.is_set():
                talk.over.wait(5)
            talk.reply(b"{}")


def several(send: Transport, count: int) -> None:
    """Open so many connections."""
    with send.tended(count):
        for _ in range(count):
            send(POST)
    assert len(kept(send)) == count


def test_one_missed_answer_makes_the_others_there_suspect(site: Site) -> None:
    """An address that stopped answering takes all its connections with it: each would cost a time-out of its own."""
    silent = Silent()
    with site.server(silent, silent, silent, echo) as server:
        send = site.transport(server.url)
        several(send, 3)
        silent.silenced.set()
        with pytest.raises(TransportFault) as caught:
            send(POST)
        assert (caught.value.sent, caught.value.timed_out) == (True, True)
        assert send(POST).status == 200
        assert len(server.conversations) == 4


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    return own_names(monkeypatch)


def requests_at(*servers: BadServer) -> list[int]:
    return [len(server.requests) for server in servers]


def test_an_address_that_stopped_answering_is_left(names: dict[str, list[str]]) -> None:
    """One time-out, and every further call goes to the other address, though the first still lets one connect."""
    silent = Silent()
    with BadServer(silent) as first, BadServer(echo, host="127.0.0.2", port=first.port) as second:
        names["exchange.test"] = ["127.0.0.1", "127.0.0.2"]
        send = Site(None).transport(f"http://exchange.test:{first.port}")
        several(send, 3)
        assert requests_at(first, second) == [3, 0]
        silent.silenced.set()
        with pytest.raises(TransportFault):
            send(POST)
        for _ in range(3):
            assert send(POST).status == 200
        assert requests_at(first, second) == [4, 3]


def test_an_address_that_refuses_is_passed_over(names: dict[str, list[str]]) -> None:
    with BadServer(echo, host="127.0.0.2") as server:
        names["exchange.test"] = ["127.0.0.3", "127.0.0.2"]
        send = Site(None).transport(f"http://exchange.test:{server.port}")
        assert send(POST).status == 200
        assert send._connections.suspects.in_order(["127.0.0.3", "127.0.0.2"]) == ["127.0.0.2", "127.0.0.3"]


def test_a_name_that_moved_is_followed_by_the_next_connection(names: dict[str, list[str]]) -> None:
    with BadServer(echo) as first, BadServer(echo, host="127.0.0.2", port=first.port) as second:
        names["exchange.test"] = ["127.0.0.1"]
        send = Site(None).transport(f"http://exchange.test:{first.port}")
        send(POST)
        names["exchange.test"] = ["127.0.0.2"]
        send(POST)
        assert requests_at(first, second) == [2, 0], "while the old address answers, its connections serve"
        first.conversations[0].end()
        something_arrives(kept(send)[0])
        send(POST)
        assert requests_at(first, second) == [2, 1]


def test_connections_are_renewed_in_the_background_so_that_a_moved_name_is_followed(
    names: dict[str, list[str]],
) -> None:
    with BadServer(echo) as first, BadServer(echo, host="127.0.0.2", port=first.port) as second:
        names["exchange.test"] = ["127.0.0.1"]
        send = Site(None).transport(f"http://exchange.test:{first.port}")
        several(send, 2)
        names["exchange.test"] = ["127.0.0.2"]
        for each in kept(send):
            each.opened_at -= connections.LIFE_SECONDS + 1
        send(POST)
        assert requests_at(first, second) == [3, 0], "no order pays for it"
        several(send, 2)
        assert requests_at(first, second) == [3, 2]


def test_a_name_nobody_knows_sent_nothing_and_is_told(names: dict[str, list[str]]) -> None:
    names["exchange.test"] = ["no-such-host.invalid"]
    with pytest.raises(TransportFault) as caught:
        Site(None).transport("http://exchange.test:1")(POST)
    assert (caught.value.sent, caught.value.timed_out) == (False, False)


def tunnel(talk: Conversation) -> None:
    """A proxy that opens a tunnel and carries bytes both ways until either side ends."""
    target = talk.read().split()[1].decode()
    host, _, port = target.partition(":")
    talk.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    near = talk._connection
    with socket.create_connection((host, int(port))) as far:
        while True:
            for ready in select.select([near, far], [], [], 5)[0]:
                piece = ready.recv(65_536)
                if not piece:
                    talk.close()
                    return
                (far if ready is near else near).sendall(piece)


def test_a_tunnel_is_kept_and_made_anew_by_a_connection_that_rested_too_long(certificate: Path) -> None:
    site = Site(certificate)
    with site.server(echo) as server, BadServer(tunnel) as proxy:
        send = site.transport(server.url, f"http://user:word@127.0.0.1:{proxy.port}")
        for _ in range(2):
            assert send(POST).status == 200
        assert len(proxy.conversations) == 1
        (resting,) = kept(send)
        resting.heard_at -= connections.IDLE_SECONDS + 1
        assert send(POST).status == 200
        assert kept(send) == [resting]
        assert [len(talk.requests) for talk in server.conversations] == [2, 1]
        logins = [head.partition(b"Proxy-Authorization: ")[2].split(b"\r\n")[0] for head in proxy.requests]
        assert logins == [b"Basic dXNlcjp3b3Jk"] * 2
        assert all(head.startswith(b"CONNECT 127.0.0.1:%d HTTP/1." % server.port) for head in proxy.requests)
        assert not any(b"Proxy-Authorization" in request for request in server.requests), "only the proxy is told"


def test_a_proxy_that_speaks_no_http_sent_nothing(certificate: Path) -> None:
    def rude(talk: Conversation) -> None:
        talk.read()
        talk.write(b"no HTTP at all\r\n\r\n")
        talk.close()

    with BadServer(rude) as proxy:
        send = Site(certificate).transport("https://exchange.invalid", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(TransportFault) as caught:
            send(POST)
        assert not caught.value.sent
        assert shelf_of(send).in_use == 0
