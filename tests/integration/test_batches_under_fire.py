"""Batches while replies are lost, calls fail and workers die: no order is lost, none is doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from support.house import House, a_house, audit
from support.processes import eventually

from router import Ticket
from router.results import FINAL_STATES

pytestmark = pytest.mark.processes
ORDER = {
    "kind": "limit_order", "exchange": "binance", "symbol": "BTC/USDT:USDT", "side": "buy", "quantity": "0.01",
    "price": "55000", "expires_in": 150,
}  # fmt: skip
FAULTS = ("lose_reply", "reset_after", "reset_before", "partial_reply", "error_after", "error_before", "late_execute")
PATHS = ("/fapi/v1/batchOrders", "/fapi/v1/order")
ACCOUNTS = ("sim-1", "sim-2", "sim-3")


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=2) as built:
        yield built


@pytest.mark.timeout(300)
def test_every_order_of_every_batch_ends_as_it_truly_did(house: House) -> None:
    for path in PATHS:
        for kind in FAULTS:
            more = {"status": 502} if kind.startswith("error") else {"delay_ms": 300} if kind == "late_execute" else {}
            house.simulator.fault(kind, method="POST", path=path, times=None, probability=0.04, **more)
    tickets: list[Ticket] = []
    with house.router() as router:
        for number in range(24):
            account = ACCOUNTS[number % len(ACCOUNTS)]
            tickets += router.place_orders([{**ORDER, "account": account}] * 5)
            if number == 8:
                house.workers[0].kill()
                house.add_worker()
            time.sleep(0.1)
        eventually(lambda: {ticket.state() for ticket in tickets} <= FINAL_STATES, 170, "every order has ended")
        found = audit(house, tickets)
    assert (found.lost, found.doubled, found.unknown_to_us, found.wrong) == (0, 0, 0, 0), found
    assert found.states["done"] >= len(tickets) // 2, "faults were many, and yet most of them were placed"
