"""What became of an order: found in any of three lists, absent only when all of them are empty, twice."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from support.bybit import LINEAR, SPOT, answering, bybit, envelope, listed
from test_bybit_wire import EXECUTION, OPEN

from router.errors import ErrorKind, NotProcessed, Rejected
from router.models import OrderStatus
from router.symbols import Symbol
from workers.exchanges.builders import Reference

REALTIME, HISTORY, EXECUTIONS = "/v5/order/realtime", "/v5/order/history", "/v5/execution/list"
SYMBOL = Symbol.parse(LINEAR)
BY_LINK, BY_ORDER_ID = Reference(SYMBOL, client_order_id="t-5"), Reference(SYMBOL, order_id=OPEN["orderId"])


def lists(
    realtime: Sequence[Any] = (), history: Sequence[Any] = (), executions: Sequence[Any] = ()
) -> dict[str, list[Any]]:
    """One answer of each list."""
    return {REALTIME: [listed(*realtime)], HISTORY: [listed(*history)], EXECUTIONS: [listed(*executions)]}


@pytest.mark.parametrize("reference", [BY_LINK, BY_ORDER_ID], ids=["client order id", "order id"])
@pytest.mark.parametrize("place", ["realtime", "history"])
def test_an_order_is_found_where_it_is(place: str, reference: Reference) -> None:
    with answering(lists(**{place: [OPEN]})) as talk:
        found = bybit(talk.url).find(reference)
    assert found is not None
    assert found.order_id == OPEN["orderId"]
    name = "orderId" if reference.order_id else "orderLinkId"
    assert talk.asked[-1].query == f"category=linear&symbol=BTCUSDT&{name}={getattr(reference, _field(name))}&limit=50"


def _field(name: str) -> str:
    return {"orderId": "order_id", "orderLinkId": "client_order_id"}[name]


def test_a_fill_proves_an_order_that_no_list_shows() -> None:
    with answering(lists(executions=[EXECUTION])) as talk:
        found = bybit(talk.url).find(BY_LINK)
    assert found is not None
    assert (found.status, found.filled_quantity) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.1"))
    assert [each.path for each in talk.asked] == [REALTIME, HISTORY, EXECUTIONS]


def test_funding_proves_nothing() -> None:
    with answering(lists(executions=[{**EXECUTION, "execType": "Funding"}])) as talk:
        assert bybit(talk.url).find(BY_LINK) is None


def test_absent_means_all_three_are_empty() -> None:
    with answering(lists()) as talk:
        exchange = bybit(talk.url)
        assert exchange.find(BY_LINK) is None
        with pytest.raises(Rejected) as caught:
            exchange.get_order(LINEAR, client_order_id="t-5")
    assert caught.value.problem.kind is ErrorKind.ORDER_NOT_FOUND
    assert len(talk.asked) == 6


@pytest.mark.parametrize("place", [REALTIME, HISTORY, EXECUTIONS])
@pytest.mark.parametrize(
    "trouble",
    [envelope(code=10016, message="server error"), envelope(code=110001, message="order not exists"), (502, b"", b"")],
    ids=["server error", "a code", "bad gateway"],
)
def test_trouble_with_any_of_them_is_no_absence(place: str, trouble: object) -> None:
    with answering({**lists(), place: [trouble]}) as talk, pytest.raises((NotProcessed, Rejected)):
        bybit(talk.url).find(BY_LINK)


def test_an_answer_about_another_order_is_no_answer() -> None:
    with (
        answering(lists(realtime=[{**OPEN, "orderLinkId": "t-6"}])) as talk,
        pytest.raises(NotProcessed, match="told of t-6"),
    ):
        bybit(talk.url).find(BY_LINK)


def test_the_search_looks_a_second_time_a_second_later() -> None:
    with answering(lists()) as talk:
        exchange, began = bybit(talk.url), time.monotonic()
        assert exchange.search_order(SYMBOL, "t-5", exchange.clock.now_ms()) is None
    assert [each.path for each in talk.asked] == [REALTIME, HISTORY, EXECUTIONS]
    assert time.monotonic() - began >= 1.0


def test_after_a_day_absence_cannot_be_shown_any_more() -> None:
    """The history has forgotten by then what was cancelled without a fill."""
    exchange = bybit()
    with pytest.raises(NotProcessed, match="a day ago"):
        exchange.search_order(SYMBOL, "t-5", exchange.clock.now_ms() - 86_400_000)


def test_two_looks_after_the_fence_are_one_by_the_core_and_one_by_the_search() -> None:
    exchange = bybit()
    assert exchange.lookups_after_fence == 1
    assert exchange.fence_margin_ms >= 10_000


def test_the_newest_order_under_an_id_is_the_one() -> None:
    older = {**OPEN, "orderId": "older", "orderStatus": "Cancelled"}
    with answering(lists(realtime=[OPEN, older])) as talk:
        found = bybit(talk.url).find(BY_LINK)
    assert found is not None
    assert found.order_id == OPEN["orderId"]


def test_spot_is_asked_as_spot() -> None:
    with answering(lists(realtime=[OPEN])) as talk:
        bybit(talk.url).get_order(SPOT, client_order_id="t-5")
    assert talk.asked[0].query.startswith("category=spot&symbol=BTCUSDT&")
