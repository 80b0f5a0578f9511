"""Replies taken apart: as the standard library does it wherever they are whole, and never a part taken for a whole."""

from __future__ import annotations

import http.client
import io
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.exceptions import ProtocolError

from workers.calls.http1 import Headers, Reply, header_lines, read_reply, request_head

BODIES = st.binary(max_size=300)
CUTS = st.lists(st.integers(1, 50), min_size=1, max_size=20)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,15}", fullmatch=True).filter(
    lambda name: name.lower() not in ("content-length", "transfer-encoding", "connection")
)
VALUES = st.from_regex(r"[!-~]([ -~]{0,20}[!-~])?", fullmatch=True)


def cut(data: bytes, sizes: list[int]) -> Callable[[int], bytes]:
    """Hands data out in pieces of these sizes, over and over, and then nothing: the end of the connection."""
    stream, turn = io.BytesIO(data), iter(sizes * (len(data) + 1))
    return lambda most: stream.read(min(next(turn), most))


def whole(data: bytes) -> Reply:
    return read_reply(cut(data, [len(data) or 1]))


def chunked(body: bytes, sizes: list[int]) -> bytes:
    pieces, at = [], 0
    for size in sizes:
        piece = body[at : at + size]
        if piece:
            pieces.append(b"%x;note=1\r\n%s\r\n" % (len(piece), piece))
        at += size
    rest = body[at:]
    if rest:
        pieces.append(b"%X\r\n%s\r\n" % (len(rest), rest))
    return b"".join(pieces) + b"0\r\nTrailer: passed over\r\n\r\n"


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    body, status = draw(BODIES), draw(st.sampled_from([200, 201, 302, 400, 418, 429, 503]))
    lines = [f"{name}: {value}\r\n".encode() for name, value in draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))]
    if draw(st.booleans()):
        lines.append(b"Transfer-Encoding: chunked\r\n")
        body = chunked(body, draw(CUTS))
    else:
        lines.append(b"Content-Length: %d\r\n" % len(body))
    interim = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"]))
    return interim + b"HTTP/1.1 %d Some Reason\r\n%s\r\n%s" % (status, b"".join(draw(st.permutations(lines))), body)


class _Played(http.client.HTTPResponse):
    def __init__(self, data: bytes) -> None:
        class Sock:
            def makefile(self, *_: object) -> io.BytesIO:
                return io.BytesIO(data)

        super().__init__(Sock())  # type: ignore[arg-type]
        self.begin()


@given(replies(), CUTS)
def test_a_whole_reply_is_read_as_the_standard_library_reads_it(data: bytes, sizes: list[int]) -> None:
    theirs = _Played(data)
    reply = read_reply(cut(data, sizes))
    assert (reply.status, reply.body, reply.keeps) == (theirs.status, theirs.read(), True)
    for name in theirs.headers:
        assert reply.headers[name.upper()] == ", ".join(theirs.headers.get_all(name) or [])


@given(replies(), CUTS, st.data())
def test_a_part_is_never_taken_for_a_whole(data: bytes, sizes: list[int], draw: st.DataObject) -> None:
    part = data[: draw.draw(st.integers(0, len(data) - 1))]
    with pytest.raises(ProtocolError):
        read_reply(cut(part, sizes))


@given(replies(), st.binary(min_size=1, max_size=10))
def test_who_says_more_than_was_asked_is_not_asked_again(data: bytes, more: bytes) -> None:
    whole_reply, reply = whole(data), whole(data + more)
    assert (reply.status, reply.body, reply.keeps) == (whole_reply.status, whole_reply.body, False)


@given(st.binary(max_size=400), CUTS)
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", [1])
def test_whatever_comes_is_a_reply_or_is_not_understood(data: bytes, sizes: list[int]) -> None:
    try:
        reply = read_reply(cut(data, sizes))
    except ProtocolError:
        return
    assert 200 <= reply.status <= 999


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n", True),
        (b"HTTP/1.1 200 OK\r\nconnection: Close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True),
    ],
)
def test_whether_a_connection_stays_is_told(head: bytes, *, keeps: bool) -> None:
    reply = whole(head + b"Content-Length: 2\r\n\r\n{}")
    assert (reply.status, reply.body, reply.keeps) == (200, b"{}", keeps)


def test_a_reply_without_a_length_lasts_to_the_end() -> None:
    reply = read_reply(cut(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200, [7]))
    assert (reply.body, reply.keeps) == (b"x" * 200, False)
    reply = whole(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxyz")
    assert (reply.body, reply.keeps) == (b"xyz", False)


@pytest.mark.parametrize("status", [204, 304])
def test_some_have_no_body_whatever_their_length(status: int) -> None:
    reply = whole(b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status)
    assert (reply.body, reply.keeps) == (b"", True)


def test_a_length_told_two_ways_ends_the_connection() -> None:
    """RFC 9112, 6.3: the pieces count; whoever tells both may be somebody who slips replies in."""
    reply = whole(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    assert (reply.body, reply.keeps) == (b"{}", False)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nFolded: a\r\n b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n0123456789",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
    ],
)
def test_what_is_no_reply_is_not_understood(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_reply(cut(data, [30_000]))


def test_lengths_of_pieces_are_hexadecimal() -> None:
    reply = whole(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0b\r\n%s\r\n0\r\n\r\n" % (b"x" * 11))
    assert (reply.body, reply.keeps) == (b"x" * 11, True)


def test_headers_are_read_in_any_case() -> None:
    headers = Headers({"retry-after": "3"})
    assert (headers["RETRY-after"], headers.get("Retry-After"), headers.get("x")) == ("3", "3", None)
    assert "Retry-After" in headers
    assert dict(headers) == {"retry-after": "3"}
    assert len(headers) == 1


def test_a_request_is_one_head() -> None:
    assert (
        request_head("GET", "/a?b=%20", header_lines({"Host": "x"}), None)
        == b"GET /a?b=%20 HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert b"\r\nContent-Length: 3\r\n" in request_head("DELETE", "/", "", 3)
    assert b"\r\nContent-Length: 0\r\n" in request_head("POST", "/", "", None)


@pytest.mark.parametrize("target", ["/a b", "/a\r\nb: c", "/ä", "/\x7f", "/a\tb"])
def test_a_target_that_would_end_the_line_is_refused(target: str) -> None:
    with pytest.raises(ProtocolError):
        request_head("GET", target, "", None)


@pytest.mark.parametrize("value", ["secret\r\nX: y", "secret\n", "\rsecret", "secret\u20ac"])
def test_a_header_that_would_be_more_than_a_line_is_refused_and_not_told(value: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        request_head("GET", "/", header_lines({"Key": value}), None)
    assert "secret" not in repr(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)
