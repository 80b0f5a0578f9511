"""What OKX's calls cost, against whom, and what a refusal teaches."""

from __future__ import annotations

import pytest
from support.okx import INVERSE, OPTION, SPOT, SWAP, okx, symbol

from router.commands import LimitOrder
from workers.calls.endpoint import Budget, Call, Lane, Scope, Window
from workers.calls.error_table import Fault
from workers.calls.limit_signs import Refused
from workers.exchanges.okx import endpoints
from workers.exchanges.okx.limits import SIGNS

PUBLISHED = {
    "place_order": 60, "batch_orders": 300, "amend_order": 60, "cancel_order": 60, "cancel_batch_orders": 300,
    "order_algo": 20, "amend_algos": 20, "cancel_algos": 20, "new_and_amended_contracts": 1_000, "get_order": 60,
    "orders_pending": 60, "orders_history": 40, "fills": 60, "fills_history": 10, "get_order_algo": 20,
    "orders_algo_pending": 20, "cancel_all_after": 1, "balance": 10, "positions": 10, "config": 5,
    "leverage_info": 20, "set_leverage": 20, "set_position_mode": 5, "time": 10, "instruments": 20,
    "instrument_tick_bands": 5, "ticker": 20, "tickers": 20, "books": 40, "books_full": 10,
}  # fmt: skip
PER_INSTRUMENT = {
    "place_order", "batch_orders", "amend_order", "cancel_order", "cancel_batch_orders", "order_algo", "amend_algos",
    "cancel_algos", "get_order",
}  # fmt: skip
PUBLIC = {"time", "instruments", "instrument_tick_bands", "ticker", "tickers", "books", "books_full"}


def test_every_limit_is_kept_with_a_tenth_to_spare() -> None:
    assert {budget.name: budget.limit for budget in endpoints.BUDGETS} == {
        name: max(limit * 9 // 10, 1) for name, limit in PUBLISHED.items()
    }
    for budget in endpoints.BUDGETS:
        assert budget.window is Window.ROLLING
        assert budget.window_ms == (1_000 if budget.name == "cancel_all_after" else 2_000)
        scope = Scope.SYMBOL if budget.name in PER_INSTRUMENT else Scope.ACCOUNT
        assert budget.scope is (Scope.ADDRESS if budget.name in PUBLIC else scope)


def an_order(name: str, price: str, quantity: str) -> LimitOrder:
    given = {"exchange": "okx", "account": "main", "side": "buy", "id": "a1"}
    return LimitOrder.model_validate({**given, "symbol": name, "price": price, "quantity": quantity})


@pytest.mark.parametrize(
    ("name", "price", "quantity", "cost"),
    [
        (SPOT, "60000", "0.01", {"place_order": 1}),
        (SWAP, "60000", "0.01", {"place_order": 1, "new_and_amended_contracts": 1}),
        (INVERSE, "60000", "100", {"place_order": 1, "new_and_amended_contracts": 1}),
        (OPTION, "0.0105", "0.01", {"place_order": 1, "new_and_amended_contracts": 1}),
    ],
)
def test_pairs_do_not_count_against_the_sub_account(name: str, price: str, quantity: str, cost: dict[str, int]) -> None:
    call = okx().prepare(an_order(name, price, quantity))
    assert {budget.name: units for budget, units in call.cost.items()} == cost
    assert call.endpoint.lane is Lane.ORDERS


def keys(call: Call[object]) -> list[str]:
    return [charge.key for charge in okx().passage(call).charges]


def test_each_instrument_has_a_bucket_of_its_own_and_options_share_their_familys() -> None:
    exchange = okx()
    assert keys(exchange.prepare(an_order(SPOT, "60000", "0.01"))) == ["okx:simulator:main:BTC/USDT:place_order"]
    swap, inverse = (keys(exchange.prepare(an_order(name, "60000", "100"))) for name in (SWAP, INVERSE))
    assert swap == ["okx:simulator:main:BTC/USDT:USDT:place_order", "okx:simulator:main:new_and_amended_contracts"]
    assert inverse[0] == "okx:simulator:main:BTC/USD:BTC:place_order"
    option = exchange.prepare(an_order(OPTION, "0.0105", "0.01"))
    assert keys(option)[0] == "okx:simulator:main:BTC/USD:BTC options:place_order"
    assert exchange.passage(option).halts[-1] == f"symbol:okx:{OPTION}"


def refused(call: Call[object], code: str, retry_after_ms: int | None = None) -> int:
    return SIGNS.note_refusal(call, Refused(Fault(code, ""), retry_after_ms, 1_000_500))


def a_call(cost: dict[Budget, int]) -> Call[object]:
    return Call(endpoints.PLACE, {}, lambda document: document, cost)


@pytest.mark.parametrize("code", ["50011", "50040", "51113"])
def test_a_limit_binds_the_calls_own_bucket(code: str) -> None:
    call = a_call(dict(endpoints.changing_cost(endpoints.PLACES, symbol(SWAP))))
    assert refused(call, code) == 2_000
    assert (call.trace.exhausted, call.trace.banned_for_ms) == (endpoints.PLACES, None)


def test_the_sub_accounts_limit_binds_the_account() -> None:
    call = a_call(dict(endpoints.changing_cost(endpoints.PLACES, symbol(SWAP))))
    assert refused(call, "50061") == 2_000
    assert call.trace.exhausted is endpoints.CHANGES


def test_a_public_calls_limit_stops_nothing_else() -> None:
    call: Call[object] = Call(endpoints.TICKER, {}, lambda document: document, endpoints.TICKER.cost)
    assert refused(call, "50011") == 2_000
    assert (call.trace.exhausted, call.trace.banned_for_ms) == (endpoints.TICKER_READS, None)


def test_what_the_exchange_asks_for_is_waited() -> None:
    assert refused(a_call({endpoints.PLACES: 1}), "50011", 7_000) == 7_000


def test_a_busy_system_is_no_limit() -> None:
    call = a_call({endpoints.PLACES: 1})
    assert refused(call, "50013") == 1_000
    assert (call.trace.exhausted, call.trace.banned_for_ms) == (None, None)


@pytest.mark.parametrize(("code", "wait_ms"), [("HTTP 429", 1_000), ("HTTP 403", 10_000)])
def test_only_the_network_in_front_stops_the_address(code: str, wait_ms: int) -> None:
    call = a_call({endpoints.PLACES: 1})
    assert refused(call, code) == wait_ms
    assert (call.trace.exhausted, call.trace.banned_for_ms) == (None, wait_ms)
