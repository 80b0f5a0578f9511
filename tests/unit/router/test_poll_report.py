"""Totals, worth and estimates of a poll: nothing is lost in adding up, and nothing is dropped silently."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import OrderRouter
from router.errors import InvalidCommand
from router.models import Balance, Balances, Ticker
from router.poll_report import AccountBalances, Left, Status, seconds_to_go, totals_of
from router.symbols import Symbol
from router.valuation import Prices, Route, routes, symbols_of, value

NOWHERE = "redis://127.0.0.1:1/0"
amounts = st.decimals(min_value=0, max_value=10**6, places=8)


def holding(status: Status = "fresh", account: str = "a", **assets: str) -> AccountBalances:
    held = [Balance(asset=name, free=Decimal(text), locked=Decimal(0)) for name, text in assets.items()]
    balances = Balances(exchange="binance", account=account, as_of_ms=1, balances=held)
    return AccountBalances(account=account, exchange="binance", status=status, balances=balances)


@given(held=st.lists(st.tuples(amounts, amounts, amounts), max_size=20))
def test_totals_are_exact_sums(held: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    outcomes = [
        AccountBalances(
            account=str(number),
            exchange="okx",
            status="kept",
            balances=Balances(
                exchange="okx",
                account=str(number),
                as_of_ms=1,
                balances=[Balance(asset="BTC", free=free, locked=locked, borrowed=borrowed)],
            ),
        )
        for number, (free, locked, borrowed) in enumerate(held)
    ]
    totals = totals_of(outcomes)
    assert set(totals) == ({"BTC"} if held else set())
    if held:
        free, locked, borrowed = (sum(column, Decimal(0)) for column in zip(*held, strict=True))
        assert (totals["BTC"].free, totals["BTC"].locked, totals["BTC"].borrowed) == (free, locked, borrowed)
        assert (totals["BTC"].net, totals["BTC"].accounts) == (free + locked - borrowed, len(held))


def test_who_did_not_answer_is_in_no_total() -> None:
    outcomes = [holding("fresh", BTC="1"), holding("late", "b", BTC="2"), holding("kept", "c", ETH="3")]
    assert {asset: total.free for asset, total in totals_of(outcomes).items()} == {"BTC": 1, "ETH": 3}


MARKETS = {
    "binance": frozenset({"BTC/USDT", "ETH/BTC", "USDT/BRL"}),
    "okx": frozenset({"BTC/USDT", "DOGE/USDT", "BTC/USDT:USDT"}),
}


def ticker(exchange: str, symbol: str, price: str) -> Ticker:
    return Ticker(exchange=exchange, symbol=Symbol.parse(symbol), last_price=Decimal(price))


def worth(found: dict[str, Route], *tickers: Ticker, troubles: dict[str, str] | None = None) -> tuple[object, ...]:
    told: dict[str, dict[str, Ticker]] = {}
    for each in tickers:
        told.setdefault(each.exchange, {})[str(each.symbol)] = each
    totals = totals_of([holding(BTC="2", ETH="10", DOGE="100", BRL="50", USDT="7", XYZ="1")])
    valuation = value(totals, "USDT", found, Prices(told, troubles or {}))
    return {each.asset: each.value for each in valuation.assets}, valuation.value, valuation.unpriced


def test_an_asset_is_priced_straight_turned_round_or_over_another() -> None:
    found = routes(["BTC", "ETH", "DOGE", "BRL", "USDT", "XYZ"], "USDT", MARKETS)
    assert symbols_of(found) == {"binance": ["BTC/USDT", "ETH/BTC", "USDT/BRL"], "okx": ["DOGE/USDT"]}
    prices = (
        ticker("binance", "BTC/USDT", "60000"),
        ticker("binance", "ETH/BTC", "0.05"),
        ticker("okx", "DOGE/USDT", "0.1"),
    )
    values, whole, unpriced = worth(found, *prices, ticker("binance", "USDT/BRL", "5"))
    assert values == {"BTC": 120_000, "ETH": 30_000, "DOGE": 10, "BRL": 10, "USDT": 7}
    assert whole == 150_027
    assert unpriced == {"XYZ": "no market leads from XYZ to USDT"}


def test_an_exchange_that_tells_no_prices_leaves_its_assets_named() -> None:
    found = routes(["BTC", "DOGE", "USDT"], "USDT", MARKETS)
    values, whole, unpriced = worth(
        found, ticker("binance", "BTC/USDT", "0"), troubles={"okx": "okx told no prices: down"}
    )
    assert (values, whole) == ({"USDT": 7}, 7)
    assert unpriced == {
        "BTC": "BTC/USDT was never traded on binance",
        "DOGE": "okx told no prices: down",
        **{asset: f"no market leads from {asset} to USDT" for asset in ("BRL", "ETH", "XYZ")},
    }


def test_time_to_go_is_that_of_the_limit_that_is_left() -> None:
    binance, bybit = Left(units=400, cost=20, ceiling=4_800, window_ms=60_000), Left(480, 1, 480, 5_000)
    assert seconds_to_go({"binance": 20}, {"binance": binance}, 0.0) == 0.0
    assert seconds_to_go({"binance": 260, "bybit": 10}, {"binance": binance, "bybit": bybit}, 0.0) == 60.0
    assert seconds_to_go({"okx": 50}, {}, 10.0) == 5.0
    assert seconds_to_go({"okx": 50}, {}, 0.0) is None
    assert Left.read("") is None
    assert Left.read("1:2:3:4") == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"max_age": -1.0}, "max_age"),
        ({"max_age": float("nan")}, "max_age"),
        ({"deadline": 0.0}, "deadline"),
        ({"deadline": float("inf")}, "deadline"),
        ({"accounts": "main"}, "accounts"),
        ({"max_age": "soon"}, "max_age"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_asked(options: dict[str, object], field: str) -> None:
    with OrderRouter(NOWHERE) as router, pytest.raises(InvalidCommand) as caught:
        router.poll_balances(**options)  # type: ignore[arg-type]  # what a caller may get wrong
    assert caught.value.problem.field == field
