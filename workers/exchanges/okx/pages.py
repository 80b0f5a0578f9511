"""Lists that OKX tells a hundred rows at a time, newest first (v5 docs, "Get order list", "Get transaction details").

A list may be told by several calls one after the other: its pages, and the lists of other kinds of orders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from router.errors import ErrorKind, NotProcessed, Problem
from workers.calls.endpoint import Call, Endpoint
from workers.exchanges.okx import endpoints
from workers.exchanges.okx.wire import Doc, data

T = TypeVar("T")
_PAGES: Final = 50


@dataclass(frozen=True)
class Source:
    """One list: where it is, what narrows it, and by which field of its rows its pages are continued."""

    endpoint: Endpoint
    parameters: dict[str, str]
    cursor: str


@dataclass
class Reading(Generic[T]):
    """Reads sources to their ends, and makes something of all their rows.

    ``enough`` says when no further page is needed, and ``afterwards`` what is to be called then. A list that is too
    long to be read raises NotProcessed. What is made before the last page is made of nothing.
    """

    sources: Sequence[Source]
    make: Callable[[list[Doc]], T]
    enough: Callable[[list[Doc]], bool] = lambda _: False
    afterwards: Callable[[], Call[T] | None] = lambda: None
    _rows: list[Doc] = field(default_factory=list, init=False)

    def call(self) -> Call[T]:
        """The first call; each gives the next one. Every use of it reads anew."""
        return self._call(0, None, 1)

    def _call(self, at: int, after: str | None, page: int) -> Call[T]:
        source = self.sources[at]
        following: list[Call[T]] = []

        def parse(document: object) -> T:
            if (at, after) == (0, None):
                self._rows = []
            rows = data(document)
            self._rows += rows
            following[:] = self._following(at, rows, page)
            return self.make([] if following else self._rows)

        parameters = {**source.parameters, "limit": str(endpoints.PAGE)}
        if after is not None:
            parameters["after"] = after
        call = Call(source.endpoint, parameters, parse, source.endpoint.cost)
        call.then = lambda _: following[0] if following else self.afterwards()
        return call

    def _following(self, at: int, rows: list[Doc], page: int) -> list[Call[T]]:
        """The next page of a list, or the first of the next list, or nothing more."""
        source = self.sources[at]
        if self.enough(self._rows):
            return []
        if len(rows) >= endpoints.PAGE:
            return [self._call(at, rows[-1][source.cursor], _checked(page + 1, source))]
        return [self._call(at + 1, None, 1)] if at + 1 < len(self.sources) else []


def _checked(page: int, source: Source) -> int:
    if page > _PAGES:
        message = f"{source.endpoint.path} has more than {_PAGES * endpoints.PAGE} rows: it cannot be read in full"
        raise NotProcessed(Problem(kind=ErrorKind.UNEXPECTED_REPLY, message=message))
    return page
