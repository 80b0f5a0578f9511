"""Several tickers in the calls that cost least, as each exchange declares them."""

from __future__ import annotations

import pytest
from support.exchanges import binance

from router.commands import GetTickers
from router.models import Ticker
from router.symbols import Symbol
from workers.calls.chain import carry
from workers.calls.endpoint import Budget, Call, Endpoint, Scope
from workers.exchanges.binance.endpoints import WEIGHT
from workers.exchanges.tickers import NO_LIMIT, Offer, cheapest, gathered, single

UNITS = Budget("units", 100, 1_000, Scope.ADDRESS)


def symbols(count: int) -> list[Symbol]:
    return [Symbol(f"C{number}", "USDT") for number in range(count)]


def a_call(asked: list[Symbol], cost: int) -> Call[list[Ticker]]:
    def parse(document: object) -> list[Ticker]:
        assert document == [str(symbol) for symbol in asked]
        return [Ticker.model_construct(exchange="x", symbol=symbol) for symbol in asked]

    endpoint = Endpoint("GET", "/tickers", {UNITS: cost}, idempotent=True)
    return Call(endpoint, {"symbols": ",".join(map(str, asked))}, parse, endpoint.cost)


def offers(*kinds: tuple[int, int]) -> list[Offer]:
    return [
        Offer(most, {UNITS: cost}, lambda asked, cost=cost: a_call(list(asked), cost))  # type: ignore[misc]
        for most, cost in kinds
    ]


@pytest.mark.parametrize(
    ("count", "calls", "cost"),
    [(1, 1, 2), (20, 1, 2), (21, 2, 4), (400, 20, 40), (800, 1, 80), (2_000, 1, 80)],
)
def test_what_costs_least_is_asked_in_as_few_calls_as_that_allows(count: int, calls: int, cost: int) -> None:
    asked: list[Call[list[Ticker]]] = []

    def send(call: Call[list[Ticker]]) -> list[Ticker]:
        asked.append(call)
        return call.parse(call.parameters["symbols"].split(","))

    call = cheapest(symbols(count), offers((1, 2), (20, 2), (100, 40), (NO_LIMIT, 80)))
    found = carry(call, send)
    assert [ticker.symbol for ticker in found] == symbols(count)
    assert (len(asked), sum(each.cost[UNITS] for each in asked)) == (calls, cost)
    assert call.trace.calls == calls


def test_a_chain_that_is_begun_anew_tells_nothing_twice() -> None:
    call = gathered([a_call(symbols(2), 1), a_call(symbols(3), 1)])

    def send(each: Call[list[Ticker]]) -> list[Ticker]:
        return each.parse(each.parameters["symbols"].split(","))

    assert [len(carry(call, send)) for _ in range(2)] == [5, 5]


def test_a_ticker_of_two_calls_stays_whole_in_a_list() -> None:
    endpoint = Endpoint("GET", "/ticker", {UNITS: 1}, idempotent=True)
    one, two = Ticker.model_construct(exchange="x"), Ticker.model_construct(exchange="y")
    call = single(
        Call(endpoint, {"n": "1"}, lambda _: one, {}, then=lambda _: Call(endpoint, {"n": "2"}, lambda _: two, {}))
    )
    assert carry(call, lambda each: each.parse(None)) == [two]


def ask(count: int, exchange: str, market: str = "") -> GetTickers:
    names = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "LTC/USDT"][:count]
    return GetTickers(
        exchange=exchange, account="main", symbols=tuple(Symbol.parse(f"{name}{market}") for name in names)
    )


def test_binance_tells_twenty_spot_tickers_for_the_price_of_one() -> None:
    exchange = binance()
    call = exchange.prepare(ask(2, "binance"))
    assert call.parameters == {"symbols": '["BTCUSDT","ETHUSDT"]'}
    assert call.cost[WEIGHT] == 2


def test_futures_are_asked_one_by_one_until_all_cost_less() -> None:
    exchange = binance()
    assert exchange.prepare(ask(2, "binance", ":USDT")).parameters == {"symbol": "BTCUSDT"}
    many = tuple(Symbol(f"C{number}", "USDT", "USDT") for number in range(16))
    call = exchange.prepare(GetTickers(exchange="binance", account="main", symbols=many))
    assert (call.parameters, sum(call.cost.values())) == ({}, 40)
