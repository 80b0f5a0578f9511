"""The cache of markets: when it is read, when it is read again, and what a failing refresh leaves."""

from __future__ import annotations

import threading

import pytest
from support.exchanges import LISTING

from router.errors import NotProcessed, UnknownSymbol
from router.symbols import Symbol
from workers.exchanges import listing
from workers.exchanges.binance.rules import to_limits, to_listing
from workers.exchanges.listing import Instruments, Listing

BTC = Symbol("BTC", "USDT")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(listing, "monotonic", found)
    return found


class Source:
    def __init__(self) -> None:
        self.reads = 0
        self.trouble: Exception | None = None
        self.symbols: list[dict[str, object]] = LISTING["symbols"]
        self.read = threading.Event()

    def __call__(self) -> Listing:
        self.reads += 1
        try:
            if self.trouble:
                raise self.trouble
            return to_listing({**LISTING, "symbols": self.symbols})
        finally:
            self.read.set()


@pytest.fixture
def source() -> Source:
    return Source()


def test_it_is_read_once_and_instruments_are_built_once(source: Source, clock: Clock) -> None:  # noqa: ARG001
    known = Instruments(source)
    assert known.get(BTC) is known.get(BTC)
    assert known.symbol("LTCBTC", "spot") == Symbol("LTC", "BTC")
    assert [str(each.symbol) for each in known.all()] == ["BNB/BTC", "BTC/USDT", "LTC/BTC"]
    assert source.reads == 1


def test_an_unknown_symbol_names_its_neighbours(source: Source, clock: Clock) -> None:  # noqa: ARG001
    with pytest.raises(UnknownSymbol, match=r"'BTC/USDC': is not listed; BTC trades as BTC/USDT"):
        Instruments(source).get(Symbol("BTC", "USDC"))


def test_a_miss_reads_again_but_not_at_every_miss(source: Source, clock: Clock) -> None:
    known = Instruments(source)
    known.get(BTC)
    for _ in range(5):
        with pytest.raises(UnknownSymbol):
            known.get(Symbol("NEW", "USDT"))
    assert source.reads == 1
    clock.now += 61
    source.symbols = [*source.symbols, {**source.symbols[0], "symbol": "NEWUSDT", "baseAsset": "NEW"}]
    assert known.get(Symbol("NEW", "USDT")).spelling == "NEWUSDT"
    assert known.symbol("NEWUSDT", "spot") == Symbol("NEW", "USDT")
    assert source.reads == 2


def test_a_spelling_that_is_not_listed_is_an_error_not_a_guess(source: Source, clock: Clock) -> None:  # noqa: ARG001
    with pytest.raises(ValueError, match="lists no market XYZ"):
        Instruments(source).symbol("XYZ")


def test_an_old_listing_is_read_again_beside_the_order_that_noticed(source: Source, clock: Clock) -> None:
    known = Instruments(source)
    known.get(BTC)
    source.read.clear()
    clock.now += 3_601
    known.get(BTC)
    assert source.read.wait(5)
    assert source.reads == 2


def test_a_refresh_that_fails_leaves_what_is_known(source: Source, clock: Clock) -> None:
    known = Instruments(source)
    known.get(BTC)
    source.read.clear()
    source.trouble = NotProcessed("not now")
    clock.now += 3_601
    assert known.get(BTC).spelling == "BTCUSDT"
    assert source.read.wait(5)
    assert known.get(BTC).spelling == "BTCUSDT"
    assert source.reads == 2


def test_a_first_read_that_fails_is_told(source: Source, clock: Clock) -> None:  # noqa: ARG001
    source.trouble = NotProcessed("not now")
    with pytest.raises(NotProcessed):
        Instruments(source).get(BTC)


def test_a_limit_we_do_not_keep_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    row = {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200}
    assert to_limits([row]) == {}
    assert "not kept" in caplog.text


def test_every_known_limit_is_taken_over() -> None:
    found = {budget.name: limit for budget, limit in to_listing(LISTING).limits.items()}
    assert found == {"request_weight": 6000, "orders_10s": 100, "orders_1d": 200000, "raw_requests": 300000}
