"""1,000 orders over two workers, nothing lost or doubled: in peace, with a worker killed, with Valkey restarted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.house import Audit, House, a_house, audit
from support.processes import eventually

from router import MarketOrder, Ticket
from router.results import FINAL_STATES

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]
ORDERS = 1_000


def orders(count: int) -> list[MarketOrder]:
    return [
        MarketOrder(
            exchange="binance",
            account=f"sim-{number % 9 + 1}",
            symbol="BTC/USDT",
            side="buy" if number % 2 else "sell",
            quantity="0.001",
            expires_in=120,
        )
        for number in range(count)
    ]


def all_end(tickets: list[Ticket], seconds: float) -> None:
    left = {ticket.id: ticket for ticket in tickets}

    def none_left() -> bool:
        for name in [name for name, ticket in left.items() if ticket.state() in FINAL_STATES]:
            del left[name]
        return not left

    eventually(none_left, seconds, "every command ends")


def reached(house: House, count: int) -> None:
    eventually(lambda: house.simulator.ledger()["counts"]["orders"] >= count, 60, f"{count} orders at the exchange")


def in_peace(house: House) -> None:
    reached(house, 1)


def a_worker_is_killed(house: House) -> None:
    reached(house, ORDERS // 4)
    house.workers[0].kill()
    house.add_worker()


def valkey_is_killed_and_started_again(house: House) -> None:
    reached(house, ORDERS // 4)
    house.valkey.kill()
    time.sleep(1.0)
    house.valkey.start()


@pytest.mark.parametrize("accident", [in_peace, a_worker_is_killed, valkey_is_killed_and_started_again])
def test_nothing_is_lost_or_doubled(tmp_path: Path, accident: Callable[[House], None]) -> None:
    with a_house(tmp_path, workers=2) as house, house.router() as router:
        tickets = router.submit_many(orders(ORDERS))
        accident(house)
        all_end(tickets, 150)
        assert audit(house, tickets) == Audit(0, 0, 0, 0, {"done": ORDERS})
