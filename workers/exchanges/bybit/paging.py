"""Lists that come in pages, and several of them as one call (Bybit v5 docs, ``nextPageCursor``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from router.errors import ErrorKind, NotProcessed, Problem
from workers.calls.endpoint import Call, Endpoint
from workers.exchanges.bybit.wire import Page, Row, page

T = TypeVar("T")
_MOST_PAGES = 200


class Query(NamedTuple):
    """One list to read; ``parameters`` always name its category."""

    endpoint: Endpoint
    parameters: dict[str, str]


class Told(NamedTuple):
    """A row and the category of the list it stands in."""

    category: str
    row: Row


def _never(_rows: list[Told], _list_is_read: bool) -> bool:  # noqa: FBT001 - a callable's shape
    return False


@dataclass(frozen=True)
class Reading(Generic[T]):
    """All pages of all queries, in order.

    ``finish`` makes of all rows what is asked for; ``enough`` is told the rows so far and whether the present list has
    been read to its end.
    """

    queries: Sequence[Query]
    finish: Callable[[list[Told]], T]
    enough: Callable[[list[Told], bool], bool] = _never

    def call(self) -> Call[T]:
        """The call that reads them. Raises, when its pages do not end: NotProcessed."""
        return self._page(0, "", [], 1)

    def _page(self, number: int, cursor: str, before: list[Told], pages: int) -> Call[T]:
        query, found = self.queries[number], Page([])
        parameters = {**query.parameters, "cursor": cursor} if cursor else query.parameters

        def so_far() -> list[Told]:
            return before + [Told(query.parameters["category"], row) for row in found.rows]

        def parse(document: object) -> T:
            nonlocal found
            found = page(document)
            return self.finish(so_far())

        def then(_: T) -> Call[T] | None:
            last = not found.cursor and number + 1 == len(self.queries)
            if last or self.enough(so_far(), not found.cursor):
                return None
            if pages == _MOST_PAGES:
                text = f"{query.endpoint.path} goes on after {pages} pages"
                raise NotProcessed(Problem(kind=ErrorKind.UNEXPECTED_REPLY, message=text))
            return self._page(number if found.cursor else number + 1, found.cursor, so_far(), pages + 1)

        return Call(query.endpoint, parameters, parse, query.endpoint.cost, then=then)
