"""Lists in pages: the newest first, a cursor to go on from.

A cursor names the last row of its page, so that rows which come later do not shift the next one. It is sent
percent-encoded and must come back as it is in the query string (Bybit v5 docs, samples of `nextPageCursor`).
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

from simulator.bybit import errors
from simulator.bybit.params import Params

Row = TypeVar("Row")
_CURSOR = re.compile("page_token=([0-9]{1,18})&", re.ASCII)


def page(
    rows: Sequence[Row], key: Callable[[Row], int], params: Params, default: int, most: int
) -> tuple[list[Row], str]:
    """Cut a page out of rows of descending keys.

    Returns: the page and its `nextPageCursor`, empty when nothing follows. Raises: ApiError 10001.
    """
    limit = params.within("limit", 1, most, default)
    cursor = params.text("cursor")
    if cursor:
        found = _CURSOR.fullmatch(cursor)
        if found is None:
            raise errors.invalid("cursor")
        last = int(found[1])
        rows = [row for row in rows if key(row) < last]
    chosen = list(rows[:limit])
    more = len(rows) > limit
    return chosen, quote(f"page_token={key(chosen[-1])}&", safe="") if more else ""
