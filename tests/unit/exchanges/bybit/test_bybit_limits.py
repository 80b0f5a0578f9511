"""Bybit's limits: what each call costs and whose it is, what replies tell of them, what a refusal means for others."""

from __future__ import annotations

import pytest
from support.bybit import SPOT, answering, bybit, envelope, listed

from router.commands import GetOpenOrders
from router.errors import ErrorKind, NotProcessed, Rejected
from workers.calls.endpoint import Call, Endpoint, Lane, Scope, Window
from workers.calls.error_table import Fault
from workers.calls.limit_signs import Refused
from workers.calls.wire import Answer
from workers.exchanges.bybit import endpoints
from workers.exchanges.bybit.limit_signs import SIGNS

DEFAULT = {
    "create": (10, 10, 20),
    "create_batch": (10, 10, 20),
    "amend": (10, 10, 10),
    "cancel": (10, 10, 20),
    "cancel_batch": (10, 10, 20),
    "cancel_all": (10, 1, 20),
    "realtime": (50, 50, 50),
    "history": (50, 50, 50),
    "executions": (50, 50, 50),
}
SINGLE = {
    "positions": 50,
    "wallet": 50,
    "account_info": 50,
    "set_leverage": 10,
    "switch_mode": 10,
    "set_margin_mode": 5,
    "disconnected_cancel_all": 5,
    "requests": 600,
}
PUBLISHED = {
    **{f"{name}_{group}": limit for name, limits in DEFAULT.items()
       for group, limit in zip(("futures", "option", "spot"), limits, strict=True)},
    **SINGLE,
}  # fmt: skip


def call(endpoint: Endpoint) -> Call[object]:
    return Call(endpoint, {}, lambda document: document, endpoint.cost)


def told(**headers: str) -> Answer:
    return Answer(200, {f"X-Bapi-Limit{name}": text for name, text in headers.items()}, b"{}")


def test_the_published_limits() -> None:
    assert {budget.name: budget.limit for budget in endpoints.BUDGETS} == PUBLISHED


def test_every_window_rolls_and_all_but_the_address_are_the_accounts() -> None:
    assert {budget.window for budget in endpoints.BUDGETS} == {Window.ROLLING}
    others = [budget for budget in endpoints.BUDGETS if budget is not endpoints.ADDRESS]
    assert {(budget.scope, budget.window_ms) for budget in others} == {(Scope.ACCOUNT, 1_000)}
    assert (endpoints.ADDRESS.scope, endpoints.ADDRESS.window_ms) == (Scope.ADDRESS, 5_000)


def test_linear_and_inverse_share_a_budget_and_the_others_do_not() -> None:
    counted = {category: endpoints.counted(endpoint.cost) for category, endpoint in endpoints.PLACE.items()}
    assert counted["linear"] is counted["inverse"]
    assert len({counted["linear"], counted["spot"], counted["option"]}) == 3


def test_cancels_and_orders_go_in_their_own_lanes() -> None:
    assert {each.lane for each in endpoints.PLACE.values()} == {Lane.ORDERS}
    assert {each.lane for each in (*endpoints.CANCEL.values(), *endpoints.CANCEL_ALL.values())} == {Lane.CANCELS}


@pytest.mark.parametrize(("category", "units"), [("spot", 7), ("linear", 7), ("inverse", 7), ("option", 1)])
def test_a_batch_counts_its_orders_but_on_options_its_calls(category: str, units: int) -> None:
    endpoint = endpoints.PLACE_BATCH[category]
    cost = endpoints.batch_cost(endpoint, category, 7)
    budget = endpoints.counted(endpoint.cost)
    assert budget is not None
    assert cost == {budget: units, endpoints.ADDRESS: 1}
    first, more = endpoints.batch_cost(endpoint, category, 1), endpoints.batch_more(endpoint, category)
    assert {each: first[each] + 6 * more.get(each, 0) for each in first} == cost


def test_a_reply_tells_what_is_used_and_what_the_account_may_use() -> None:
    asked = call(endpoints.PLACE["linear"])
    SIGNS.note_usage(asked, told(**{"": "60", "-Status": "57", "-Reset-Timestamp": "1711001595208"}))
    budget = endpoints.counted(asked.cost)
    assert (asked.trace.usage, asked.trace.limits) == ({budget: 3}, {budget: 60})


@pytest.mark.parametrize(
    "headers", [{}, {"": "10"}, {"-Status": "3"}, {"": "", "-Status": ""}, {"": "x", "-Status": "1"}]
)
def test_headers_that_are_missing_tell_nothing(headers: dict[str, str]) -> None:
    asked = call(endpoints.PLACE["linear"])
    SIGNS.note_usage(asked, told(**headers))
    assert (asked.trace.usage, asked.trace.limits) == ({}, {})


def test_a_limit_of_the_account_spends_that_budget_until_it_frees_up() -> None:
    asked = call(endpoints.PLACE["spot"])
    headers = {"X-Bapi-Limit-Reset-Timestamp": "1700000000700"}
    wait_ms = SIGNS.note_refusal(asked, Refused(Fault("10006", "Too many visits."), None, 1_700_000_000_000, headers))
    assert wait_ms == 700
    assert asked.trace.exhausted is endpoints.counted(asked.cost)
    assert asked.trace.refunds == {}, "whether refused calls count is not documented"
    assert asked.trace.banned_for_ms is None


def test_a_limit_without_headers_is_waited_out_as_the_official_client_does() -> None:
    asked = call(endpoints.PLACE["spot"])
    assert SIGNS.note_refusal(asked, Refused(Fault("10006", ""), None, 1_700_000_000_000)) == 2_000


@pytest.mark.parametrize(
    ("code", "wait_ms"),
    [("HTTP 403", 600_000), ("10018", 600_000), ("HTTP 429", 1_000), ("10429", 1_000), ("429", 1_000)],
)
def test_a_limit_of_the_address_stops_the_address(code: str, wait_ms: int) -> None:
    asked = call(endpoints.PLACE["spot"])
    assert SIGNS.note_refusal(asked, Refused(Fault(code, ""), None, 0)) == wait_ms
    assert (asked.trace.banned_for_ms, asked.trace.exhausted) == (wait_ms, None)


def test_an_unpublished_limit_of_public_calls_stops_nobody_else() -> None:
    asked = call(endpoints.TICKERS)
    assert SIGNS.note_refusal(asked, Refused(Fault("10006", ""), None, 0)) == 2_000
    assert (asked.trace.banned_for_ms, asked.trace.exhausted) == (None, None)


def test_an_account_learns_its_own_limit_and_no_other_account_does() -> None:
    headers = b"X-Bapi-Limit: 60\r\nX-Bapi-Limit-Status: 59\r\nX-Bapi-Limit-Reset-Timestamp: 1711001595208\r\n"
    empty = (200, b'{"retCode":0,"retMsg":"OK","result":{"list":[],"category":"spot"},"time":1}', headers)
    with answering({"/v5/order/realtime": [empty]}) as talk:
        exchange, other = bybit(talk.url), bybit(talk.url)
        assert exchange.get_open_orders(SPOT) == []
    budget = endpoints.counted(endpoints.REALTIME["spot"].cost)
    assert budget is not None
    assert exchange.tariff.limit(budget) == 60
    assert other.tariff.limit(budget) == 50


def test_a_403_bans_the_address_for_ten_minutes_and_nothing_is_sent_meanwhile() -> None:
    page = (403, b"<html>access too frequent</html>", b"")
    with answering({"/v5/order/realtime": [page], "/v5/market/time": [envelope({"timeNano": "1"})]}) as talk:
        exchange = bybit(talk.url)
        asked = GetOpenOrders(exchange="bybit", account="main", symbol=SPOT)
        for _ in range(2):
            with pytest.raises(NotProcessed) as caught:
                exchange.send(exchange.prepare(asked))
            assert caught.value.problem.kind is ErrorKind.BANNED
            assert caught.value.problem.retry_after_ms == pytest.approx(600_000, abs=5_000)
        assert len(talk.asked) == 1


def test_a_country_that_is_not_served_is_told_as_such() -> None:
    page = (403, b"The distribution is configured to block access from your country.", b"")
    with answering({"/v5/order/realtime": [page]}) as talk:
        exchange = bybit(talk.url)
        with pytest.raises(Rejected) as caught:
            exchange.get_open_orders(SPOT)
    assert caught.value.problem.kind is ErrorKind.PERMISSION_DENIED


def test_pages_and_lists_pass_the_gate_one_by_one() -> None:
    with answering({"/v5/order/realtime": [listed()]}) as talk:
        bybit(talk.url).get_open_orders()
        assert [each.query.split("&")[0] for each in talk.asked] == [
            "category=spot",
            "category=linear",
            "category=linear",
            "category=inverse",
            "category=option",
        ]
