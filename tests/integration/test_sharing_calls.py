"""Orders that wait for the limit of single calls go together, where the exchange counts batches apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from support.house import House, a_house, audit
from support.processes import eventually

from router import LimitOrder, OrderRouter, Ticket
from router.results import FINAL_STATES

pytestmark = pytest.mark.processes
OKX = ("okx", "sim-okx-1", "BTC/USDT:USDT", "0.01", "55000", "/api/v5/trade/batch-orders")
BYBIT = ("bybit", "sim-bybit-1", "BTC/USDT", "0.001", "57600", "/v5/order/create-batch")
MANY = 100  # more than both limits of single calls together let through at once


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), exchanges="okx,bybit") as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    house.simulator.reset()
    with house.router() as made:
        yield made


def place_many(router: OrderRouter, where: tuple[str, ...]) -> list[Ticket]:
    exchange, account, symbol, quantity, price, _ = where
    order = {"exchange": exchange, "account": account, "symbol": symbol, "side": "buy", "expires_in": 60}
    return router.submit_many(LimitOrder(**order, quantity=quantity, price=price) for _ in range(MANY))


def ended(tickets: list[Ticket]) -> bool:
    return {ticket.state() for ticket in tickets} <= FINAL_STATES


@pytest.mark.parametrize("where", [OKX, BYBIT], ids=["okx", "bybit"])
def test_a_backlog_shares_calls_and_is_placed_once_each(
    house: House, router: OrderRouter, where: tuple[str, ...]
) -> None:
    watch = {"kind": "stall", "delay_ms": 1, "times": None, "method": "POST", "path": where[-1]}
    number = house.simulator._call("POST", "/_sim/faults", watch)["id"]
    tickets = place_many(router, where)
    eventually(lambda: ended(tickets), 40, "all have ended")
    assert {ticket.state() for ticket in tickets} == {"done"}
    assert Counter(Counter(row["client_order_id"] for row in house.simulator.orders()).values()) == {1: MANY}
    faults = house.simulator._call("GET", "/_sim/faults")["faults"]
    assert next(int(each["hits"]) for each in faults if each["id"] == number) >= 1, "some went together"  # type: ignore[attr-defined]
    assert house.simulator.ledger()["counts"]["refused"] == {}  # type: ignore[index]


def test_whatever_becomes_of_the_call_each_ends_as_it_truly_did(house: House, router: OrderRouter) -> None:
    for kind in ("lose_reply", "reset_before", "partial_reply"):
        house.simulator.fault(kind, method="POST", path=BYBIT[-1], times=1)
    tickets = place_many(router, BYBIT)
    eventually(lambda: ended(tickets), 50, "all have ended")
    found = audit(house, tickets)
    assert (found.lost, found.doubled, found.unknown_to_us, found.wrong) == (0, 0, 0, 0), found
    assert found.states == {"done": MANY}
