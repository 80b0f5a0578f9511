"""Nobody waits behind somebody else's backlog: not a cancel behind orders, not one account behind another."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.house import House, a_house
from support.processes import eventually

from router import OrderRouter, OrderStatus, Ticket
from router.results import FINAL_STATES

pytestmark = pytest.mark.processes
FAR = {"symbol": "BTC/USDT", "side": "buy", "type": "limit", "quantity": "0.001", "price": "20000"}
LIMIT = 100  # orders per ten seconds


def resting(router: OrderRouter, account: str, **fields: object) -> Ticket:
    return router.place_order(**{**FAR, "exchange": "binance", "account": account, "expires_in": 60, **fields})


def is_final(ticket: Ticket) -> bool:
    return ticket.state() in FINAL_STATES


def test_a_cancel_passes_orders_that_fill_every_thread(tmp_path: Path) -> None:
    with a_house(tmp_path, POINTSMAN_CONCURRENCY="8") as house, house.router() as router:
        order = resting(router, "sim-1")
        assert order.order(10).status is OrderStatus.NEW
        house.simulator.fault("stall", method="POST", path="/api/v3/order", delay_ms=4_000, when="after", times=100)
        stalled = [resting(router, f"sim-{number % 8 + 1}") for number in range(40)]
        eventually(lambda: any(ticket.state() == "sending" for ticket in stalled), 10, "orders are stalled")
        assert router.cancel(order).order(10).status is OrderStatus.CANCELLED
        assert not any(map(is_final, stalled))


def test_a_backlog_of_one_account_is_nobody_elses(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, house.router() as router:
        backlog = [resting(router, "sim-1") for _ in range(4 * LIMIT)]
        others = [resting(router, account) for account in ("sim-2", "sim-3")]
        assert [ticket.order(10).status for ticket in others] == [OrderStatus.NEW] * 2
        withdrawn = router.cancel(backlog[-1])
        assert withdrawn.order(10).status is OrderStatus.CANCELLED
        assert backlog[-1].state() == "cancelled"
        assert not all(map(is_final, backlog))
        assert called_of(house, "sim-1") <= 16


def test_an_accounts_orders_are_sent_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    with a_house(tmp_path, workers=2) as house, house.router() as router:
        tickets = [resting(router, "sim-1") for _ in range(LIMIT + 30)]
        eventually(lambda: len(placed(house, "sim-1")) >= LIMIT, 30, "the first window is full")
        first = placed(house, "sim-1")[:LIMIT]
        assert set(first) == {ticket.id for ticket in tickets[:LIMIT]}


def placed(house: House, account: str) -> list[str]:
    return [row["client_order_id"] for row in house.simulator.orders() if row["account"] == account]


def called_of(house: House, account: str) -> int:
    client = house.valkey.client()
    try:
        return sum(client.zcard(key) for key in client.scan_iter(f"pointsman:line:binance:{account}:*:called"))
    finally:
        client.close()
