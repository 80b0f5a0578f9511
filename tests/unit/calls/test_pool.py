"""The shelf of kept connections: which one a call gets, and how a few are kept warm. Real sockets."""

from __future__ import annotations

import threading

import pytest
from support.bad_server import BadServer, Conversation

from workers.calls.connections import IDLE_SECONDS, Watched
from workers.calls.pool import Connections, Shelf
from workers.calls.transport import Route, Transport
from workers.calls.wire import Request, TransportFault

GET = Request("GET", "/api/v3/time")


def echo(talk: Conversation) -> None:
    while True:
        talk.read()
        talk.reply(b"{}")


def transport(url: str, connections: Connections | None = None) -> Transport:
    return Transport(Route(url, None, connect_seconds=2.0, read_seconds=2.0), connections)


def shelf_of(send: Transport) -> Shelf:
    return send._connections._shelf


def kept(send: Transport) -> list[Watched]:
    return shelf_of(send).resting


def warm(send: Transport, count: int, calls: int | None = None) -> None:
    with send.tended(count):
        for _ in range(calls or count):
            send(GET)


def test_a_few_are_opened_and_then_kept_in_turn() -> None:
    with BadServer(echo) as server:
        send = transport(server.url)
        warm(send, 3)
        warm(send, 3)
        assert [len(talk.requests) for talk in server.conversations] == [2, 2, 2]
        warm(send, 3, calls=5)
        assert sorted(len(talk.requests) for talk in server.conversations) == [3, 4, 4]


def test_while_one_is_kept_warm_the_others_serve() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow_once(talk: Conversation) -> None:
        talk.read()
        talk.reply(b"{}")
        talk.read()
        asked.set()
        go_on.wait(5)
        talk.reply(b"{}")

    with BadServer(slow_once, echo) as server:
        send = Transport(Route(server.url, None, connect_seconds=1.0, read_seconds=5.0))
        warm(send, 2)
        tending = threading.Thread(target=warm, args=(send, 2, 1))
        tending.start()
        assert asked.wait(5)
        send(GET)
        go_on.set()
        tending.join()
        assert len(server.conversations) == 2


def test_calls_use_the_one_that_was_used_last() -> None:
    with BadServer(echo) as server:
        send = transport(server.url)
        warm(send, 3)
        for _ in range(4):
            send(GET)
        assert sorted(len(talk.requests) for talk in server.conversations) == [1, 1, 5]


def test_what_a_burst_left_over_is_closed_once_it_rested_too_long() -> None:
    with BadServer(echo) as server:
        send = transport(server.url)
        warm(send, 6)
        for each in kept(send)[:5]:
            each.heard_at -= IDLE_SECONDS + 1
        warm(send, 2, calls=1)
        assert len(kept(send)) == 2
        assert shelf_of(send).in_use == 0


def test_a_connection_that_broke_does_not_hide_those_that_live() -> None:
    def break_second(talk: Conversation) -> None:
        talk.read()
        talk.reply(b"{}")
        talk.read()
        talk.close()

    with BadServer(echo, break_second, echo) as server:
        send = transport(server.url)
        warm(send, 2)
        with pytest.raises(TransportFault):
            send(GET)
        lives = kept(send)
        assert len(lives) == 1
        lives[0].heard_at += 1  # heard since, as if another call had just come back: it is not distrusted
        send(GET)
        assert len(server.conversations) == 2


def test_one_that_the_server_closes_with_its_answer_does_not_hide_them_either() -> None:
    def last_word(talk: Conversation) -> None:
        talk.read()
        talk.reply(b"{}")
        talk.read()
        talk.reply(b"{}", 200, b"Connection: close\r\n")

    with BadServer(echo, last_word, echo) as server:
        send = transport(server.url)
        warm(send, 2)
        for _ in range(3):
            send(GET)
        assert [len(talk.requests) for talk in server.conversations] == [3, 2]


def test_accounts_may_share_connections_and_one_may_close_them() -> None:
    with BadServer(echo) as server:
        shared = Connections(server.url)
        one, other = transport(server.url, shared), transport(server.url, shared)
        one(GET)
        other(GET)
        assert len(server.conversations) == 1
        one.close()
        assert other(GET).status == 200
        assert len(server.conversations) == 2


@pytest.mark.parametrize("first", ["hasty", "patient"])
def test_on_connections_that_are_shared_each_account_waits_as_long_as_it_wants(first: str) -> None:
    def slow(talk: Conversation) -> None:
        talk.read()
        talk.reply(b"{}")
        while True:
            talk.read()
            talk.over.wait(1)
            talk.reply(b"{}")

    with BadServer(slow) as server:
        shared = Connections(server.url)
        sends = {
            name: Transport(Route(server.url, None, connect_seconds=2.0, read_seconds=seconds), shared)
            for name, seconds in (("hasty", 0.2), ("patient", 20.0))
        }
        sends[first](GET)
        assert sends["patient"](GET).status == 200
        with pytest.raises(TransportFault) as caught:
            sends["hasty"](GET)
        assert (caught.value.sent, caught.value.timed_out) == (True, True)
        assert len(server.conversations) == 1


def test_connections_that_are_closed_under_a_call_are_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another account disconnects when a call has just begun; nothing of it had left."""
    with BadServer(echo) as server:
        send = transport(server.url)
        send(GET)
        real_take, closings = Shelf.take, iter([send.close])

        def take(self: Shelf) -> Watched | None:
            next(closings, lambda: None)()
            return real_take(self)

        monkeypatch.setattr(Shelf, "take", take)
        assert send(GET).status == 200
        assert len(server.conversations) == 2
        assert kept(send) == [], "what was in use when they were closed is closed when it comes back"
        assert send(GET).status == 200
        assert len(server.conversations) == 3
        assert len(kept(send)) == 1


def test_no_more_are_kept_than_fit_on_the_shelf() -> None:
    shelf = Shelf()
    assert [shelf.take() for _ in range(70)] == [None] * 70
    made = [Watched("127.0.0.1", 1) for _ in range(70)]
    for each in made:
        shelf.put(each)
    assert (shelf.resting, shelf.in_use) == (made[6:], 0)
    assert shelf.take() is made[-1]
    shelf.drop(made[-1])
    assert (shelf.resting, shelf.in_use) == (made[6:-1], 0)
