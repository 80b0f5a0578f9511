"""Single reads: answered from what is kept, or by an identical read under way; many tickers in few calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.house import House, a_house
from support.processes import eventually

from router import OrderRouter

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}
BTC = {**AT, "symbol": "BTC/USDT"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=1) as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    with house.router() as made:
        yield made
    house.simulator.clear_faults()


def requests(house: House) -> int:
    counts: dict[str, int] = house.simulator.ledger()["counts"]  # type: ignore[assignment]
    return counts["requests"]


READS: list[Callable[..., Any]] = [
    lambda router, **more: router.get_balances(market="linear", **AT, **more),
    lambda router, **more: router.get_positions(**AT, **more),
    lambda router, **more: router.get_open_orders(**BTC, **more),
    lambda router, **more: router.get_market_data(**BTC, **more),
    lambda router, **more: router.get_orderbook(depth=5, **BTC, **more),
    lambda router, **more: router.get_tickers(["BTC/USDT", "ETH/USDT"], **AT, **more),
]


@pytest.mark.parametrize("read", READS)
def test_a_young_answer_is_given_without_a_call(house: House, router: OrderRouter, read: Callable[..., Any]) -> None:
    asked = read(router)
    before = requests(house)
    assert read(router, max_age=60) == asked
    assert requests(house) == before
    read(router, max_age=0.0001)
    assert requests(house) > before


def test_prices_are_every_account_s_of_an_environment(house: House, router: OrderRouter) -> None:
    asked = router.get_market_data(**BTC)
    before = requests(house)
    assert router.get_market_data(**{**BTC, "account": "sim-2"}, max_age=60) == asked
    assert requests(house) == before


def test_identical_reads_under_way_are_one_call_across_routers(house: House) -> None:
    house.simulator.fault("stall", path="/fapi/v3/positionRisk", times=None, delay_ms=500, when="before")
    before = requests(house)

    def ask(_: int) -> object:
        with house.router() as own:
            return own.get_positions(exchange="binance", account="sim-4", max_age=5.0)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask, range(6)))
    house.simulator.clear_faults()
    assert answers == [[]] * 6
    assert requests(house) - before <= 2  # its own, and one of upkeep's


def test_who_wants_the_present_is_not_given_a_read_that_was_sent_before(house: House, router: OrderRouter) -> None:
    house.simulator.fault("stall", path="/fapi/v3/positionRisk", times=1, delay_ms=600, when="after")
    with ThreadPoolExecutor(1) as threads, house.router() as own:
        first = threads.submit(own.get_positions, exchange="binance", account="sim-5")
        eventually(lambda: "sending" in states(house), what="the first read is sent")
        router.buy_market("BTC/USDT:USDT", quantity="0.01", exchange="binance", account="sim-5").result(10)
        assert len(router.get_positions(exchange="binance", account="sim-5")) == 1
        assert first.result() == []


def states(house: House) -> set[str]:
    client = house.valkey.client()
    found = {(client.hget(key, "state") or b"").decode() for key in client.scan_iter("pointsman:command:*")}
    client.close()
    return found


def test_tickers_cost_what_the_cheapest_way_costs(house: House, router: OrderRouter) -> None:
    before = requests(house)
    found = router.get_tickers(["BTC/USDT", "ETH/USDT", "LTC/USDT", "ETH/USDT"], **AT)
    assert set(found) == {"BTC/USDT", "ETH/USDT", "LTC/USDT"}
    assert all(str(ticker.symbol) == name for name, ticker in found.items())
    assert requests(house) - before <= 2  # one for all, and one of upkeep's
