"""HTTP/1.1 as bytes: a request put together in one piece, a reply taken apart (RFC 9112).

Of the protocol this is what a client that asks for no compression, follows nothing and repeats nothing needs. Whoever
answers otherwise is not understood, which is an error: what became of the request is then not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from urllib3.exceptions import ProtocolError

_PIECE: Final = 65_536  # read at most so much at once
_LONGEST_HEAD: Final = 65_536
_END_OF_LINE, _END_OF_HEAD = b"\r\n", b"\r\n\r\n"
_SWITCHED, _FINAL = 101, 200
_DIGITS: Final = {10: re.compile(r"[0-9]{1,15}").fullmatch, 16: re.compile(r"[0-9A-Fa-f]{1,12}").fullmatch}
_BODILESS: Final = frozenset((204, 304))
_WITH_LENGTH: Final = frozenset(("POST", "PUT", "PATCH"))  # even of nothing: a server may wait for it (RFC 9110, 8.6)


class Headers(Mapping[str, str]):
    """Of a reply; a name may be read in any case, and one that came several times has its values in one list."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values  # by name in lower case

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Reply(NamedTuple):
    """A whole reply; ``keeps`` says that the connection may carry another request."""

    status: int
    headers: Headers
    body: bytes
    keeps: bool


def request_head(method: str, target: str, headers: str, length: int | None) -> bytes:
    """What goes before a body of so many bytes (None: there is none); ``headers`` are whole lines.

    Raises: ProtocolError for what would end a line, or the head, before its time.
    """
    if length is not None or method in _WITH_LENGTH:
        headers = f"{headers}Content-Length: {length or 0}\r\n"
    if not (target.isascii() and target.isprintable() and " " not in target):
        raise ProtocolError("the target of a request holds what must be percent-encoded")
    try:
        return f"{method} {target} HTTP/1.1\r\n{headers}\r\n".encode("latin-1")
    except UnicodeEncodeError:
        pass
    raise ProtocolError("a header of a request holds what no header can")  # outside the handler: no text goes along


def header_lines(headers: Mapping[str, str]) -> str:
    """Headers as they stand in a head. Raises: ProtocolError for one that would be more than a line; it is not told."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if not lines.count("\n") == lines.count("\r") == len(headers):
        raise ProtocolError("a header of a request is more than a line")
    return lines


def read_reply(receive: Callable[[int], bytes]) -> Reply:
    """Read one whole reply; ``receive`` gives at most so many bytes, none at the end of the connection.

    Raises: ProtocolError for what is no whole reply, and what ``receive`` raises.
    """
    incoming = _Incoming(receive)
    status, keeps, values = _head(incoming.until(_END_OF_HEAD, "the head of a reply"))
    while status < _FINAL:  # it only says that the reply will come
        if status == _SWITCHED:
            raise ProtocolError("the other side wants to speak another protocol")
        status, keeps, values = _head(incoming.until(_END_OF_HEAD, "the head of a reply"))
    length = values.get("content-length")
    if status in _BODILESS:
        body = b""
    elif "transfer-encoding" in values:
        is_chunked = values["transfer-encoding"].lower() == "chunked"
        body, keeps = _chunks(incoming) if is_chunked else incoming.all(), keeps and is_chunked and length is None
    elif length is not None:
        body = incoming.exactly(_number(length, 10))
    else:
        body, keeps = incoming.all(), False
    return Reply(status, Headers(values), body, keeps and not incoming.rest)


def _head(head: bytes) -> tuple[int, bool, dict[str, str]]:
    """The status, whether the connection stays, and the headers by name in lower case."""
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    status = rest[:3]
    if version not in ("HTTP/1.1", "HTTP/1.0") or not (status.isascii() and status.isdecimal() and len(status) == 3):  # noqa: PLR2004 - digits of a status
        raise ProtocolError("what came is no HTTP")
    values: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or line[0] in " \t":
            raise ProtocolError("a header of a reply is not one line")
        name, value = name.lower(), value.strip(" \t")
        values[name] = f"{values[name]}, {value}" if name in values else value
    wishes = values.get("connection", "").lower()
    return int(status), ("close" not in wishes if version == "HTTP/1.1" else "keep-alive" in wishes), values


def _chunks(incoming: _Incoming) -> bytes:
    """The pieces of a body that tells its length piece by piece; what follows the last one is passed over."""
    pieces = []
    while size := _number(incoming.until(_END_OF_LINE, "a body").partition(b";")[0].decode("latin-1").strip(), 16):
        piece = incoming.exactly(size + 2)
        if not piece.endswith(_END_OF_LINE):
            raise ProtocolError("a piece of a body is not as long as it was told to be")
        pieces.append(piece[:-2])
    while incoming.until(_END_OF_LINE, "a body"):
        pass
    return b"".join(pieces)


def _number(text: str, base: int) -> int:
    """A length. Raises: ProtocolError, also for signs, underscores and prefixes, which Python would read."""
    if _DIGITS[base](text) is None:
        raise ProtocolError(f"no length of a body: {text[:20]!r}")
    return int(text, base)


class _Incoming:
    """What comes in on a connection, taken piece by piece; ``rest`` is what was received and not yet taken."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self.rest = b""

    def until(self, mark: bytes, what: str) -> bytes:
        """All before the next mark, which is taken away with it."""
        while (end := self.rest.find(mark)) < 0:
            if len(self.rest) > _LONGEST_HEAD:
                raise ProtocolError(f"{what} does not end")
            self.rest += self._more(what)
        taken, self.rest = self.rest[:end], self.rest[end + len(mark) :]
        return taken

    def exactly(self, size: int) -> bytes:
        """So many bytes."""
        pieces, have = [self.rest], len(self.rest)
        while have < size:
            pieces.append(self._more("a body"))
            have += len(pieces[-1])
        whole = b"".join(pieces)
        self.rest = whole[size:]
        return whole[:size]

    def all(self) -> bytes:
        """Everything to the end of the connection."""
        pieces, self.rest = [self.rest], b""
        while piece := self._receive(_PIECE):
            pieces.append(piece)
        return b"".join(pieces)

    def _more(self, what: str) -> bytes:
        piece = self._receive(_PIECE)
        if not piece:
            raise ProtocolError(f"the connection ended before {what} was whole")
        return piece
