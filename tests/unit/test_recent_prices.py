"""A market's recent price: which one it is, and how often the exchange is asked for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import ErrorKind, NotProcessed, Problem
from router.models import Ticker
from router.symbols import Symbol
from workers.freshness import Fresh
from workers.recent_prices import RecentPrices, price_of

BTC, ETH = Symbol("BTC", "USDT"), Symbol("ETH", "USDT")


def ticker(last: str | Decimal, bid: str | Decimal | None = None, ask: str | Decimal | None = None) -> Ticker:
    return Ticker.model_validate(
        {"exchange": "binance", "symbol": "BTC/USDT", "last_price": last, "bid_price": bid, "ask_price": ask}
    )


@pytest.mark.parametrize(
    ("told", "price"),
    [
        (ticker("100", "99", "101"), "100"),
        (ticker("100", "110", "112"), "110"),  # the book has moved up since the last trade
        (ticker("100", "80", "90"), "90"),
        (ticker("100", "1", "100000"), "100"),  # an emptied book says little
        (ticker("100"), "100"),
        (ticker("100", "105"), "105"),
        (ticker("100", None, "95"), "95"),
        (ticker("0", "99", "101"), "100"),
        (ticker("0", "99"), None),
        (ticker("0"), None),
    ],
)
def test_which_price_it_is(told: Ticker, price: str | None) -> None:
    assert price_of(told) == (None if price is None else Decimal(price))


prices = st.decimals("0.01", "1000", places=2)


@given(last=prices, sides=st.tuples(prices, prices))
def test_it_never_lies_outside_of_the_book(last: Decimal, sides: tuple[Decimal, Decimal]) -> None:
    bid, ask = sorted(sides)
    found = price_of(ticker(last, bid, ask))
    assert found is not None
    assert bid <= found <= ask
    assert found in (last, bid, ask)


def test_it_is_asked_for_once_by_many() -> None:
    asked: list[int] = []
    go = Event()

    def read() -> Ticker:
        asked.append(1)
        go.wait(10)
        return ticker("100")

    kept = RecentPrices()
    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(kept.get, BTC, read) for _ in range(8)]
        go.set()
        assert {each.result() for each in waiting} == {Decimal(100)}
    assert len(asked) == 1
    assert kept.get(ETH, lambda: ticker("5")) == 5
    assert kept.get(BTC, lambda: ticker("7")) == 100


def test_it_is_kept_for_as_long_as_is_said() -> None:
    now = [0.0]
    fresh: Fresh[int] = Fresh(lambda: now[0])
    assert fresh.get(lambda: 1, 5).value == 1
    now[0] = 5.0
    assert fresh.get(lambda: 2, 5).value == 1
    now[0] = 5.1
    assert fresh.get(lambda: 2, 5) == fresh.get(lambda: 3, 5)
    assert fresh.get(lambda: 3, 5).value == 2


def test_its_age_counts_from_before_the_read() -> None:
    now = [0.0]
    fresh: Fresh[int] = Fresh(lambda: now[0])

    def slow() -> int:
        now[0] += 3
        return 1

    assert fresh.get(slow, 5).read_at == 0


def test_a_failure_is_shared_for_a_second_and_kept_from_nobody() -> None:
    now, tried = [0.0], []

    def broken() -> int:
        tried.append(1)
        raise NotProcessed(Problem(kind=ErrorKind.CONNECTION, message="refused", retry_after_ms=7))

    fresh: Fresh[int] = Fresh(lambda: now[0])
    for _ in range(3):
        with pytest.raises(NotProcessed) as caught:
            fresh.get(broken, 5)
        assert caught.value.problem.retry_after_ms == 7
    assert len(tried) == 1
    now[0] = 1.0
    assert fresh.get(lambda: 4, 5).value == 4
