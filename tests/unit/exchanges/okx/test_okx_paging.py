"""Lists of many pages, one after the other, read to their ends or until enough is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl

import pytest
from support.bad_server import BadServer, Conversation
from support.okx import okx

from router.errors import NotProcessed
from workers.exchanges.okx import endpoints, pages
from workers.exchanges.okx.exchange import OkxExchange
from workers.exchanges.okx.pages import Reading, Source
from workers.exchanges.okx.wire import Doc

PENDING = Source(endpoints.ORDERS_PENDING, {"instId": "BTC-USDT"}, "ordId")
WAITING = Source(endpoints.ALGOS_PENDING, {"ordType": "trigger"}, "algoId")
Asked = list[dict[str, str]]


@contextmanager
def listing(**counts: int) -> Iterator[tuple[OkxExchange, Asked]]:
    """An exchange with so many pending and so many waiting orders, newest first."""
    asked: Asked = []

    def script(talk: Conversation) -> None:
        while True:
            target = talk.read().decode().split(" ")[1]
            path, _, query = target.partition("?")
            parameters = dict(parse_qsl(query))
            asked.append(parameters)
            cursor = "algoId" if path.endswith("algo-pending") else "ordId"
            top = int(parameters.get("after", counts[cursor] + 1)) - 1
            rows = [{cursor: str(number)} for number in range(top, max(top - 100, 0), -1)]
            talk.reply(json.dumps({"code": "0", "msg": "", "data": rows}).encode())

    with BadServer(script) as server:
        yield okx(server.url), asked


def rows_of(rows: list[Doc]) -> list[str]:
    return [row.get("ordId") or row["algoId"] for row in rows]


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (250, 3)])
def test_a_list_is_read_to_its_end(count: int, calls: int) -> None:
    with listing(ordId=count) as (exchange, asked):
        found = exchange.send(Reading([PENDING], rows_of).call())
    assert found == [str(number) for number in range(count, 0, -1)]
    assert len(asked) == calls
    assert all(each["limit"] == "100" and each["instId"] == "BTC-USDT" for each in asked)
    assert [each.get("after") for each in asked] == [None, *(str(count - 100 * page + 1) for page in range(1, calls))]


def test_one_list_after_the_other() -> None:
    with listing(ordId=150, algoId=2) as (exchange, asked):
        found = exchange.send(Reading([PENDING, WAITING], rows_of).call())
    assert len(found) == 152
    assert [each.get("ordType") for each in asked] == [None, None, "trigger"]


def test_no_more_is_read_than_is_needed() -> None:
    with listing(ordId=1_000) as (exchange, asked):
        found = exchange.send(Reading([PENDING, WAITING], rows_of, lambda rows: len(rows) >= 200).call())
    assert (len(found), len(asked)) == (200, 2)


def test_the_same_call_reads_anew() -> None:
    with listing(ordId=120) as (exchange, _):
        call = Reading([PENDING], rows_of).call()
        assert exchange.send(call) == exchange.send(call)


def test_a_list_without_end_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_PAGES", 3)
    with listing(ordId=1_000) as (exchange, asked), pytest.raises(NotProcessed, match="more than 300 rows"):
        exchange.send(Reading([PENDING], rows_of).call())
    assert len(asked) == 3
