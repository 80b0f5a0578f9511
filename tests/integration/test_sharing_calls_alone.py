"""A command that was to share a call, and whose companions have gone meanwhile, waits as before: nothing is sent."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from support.house import House, a_house

from router import LimitOrder, OrderRouter, Ticket
from router.queues import queues_of
from workers.configuration import WorkerSettings
from workers.records import Delivery
from workers.runtime import Runtime

pytestmark = pytest.mark.processes
LIMIT = 60  # orders of one instrument per two seconds, on OKX


def an_order(name: str, life: float = 60) -> LimitOrder:
    at = {"exchange": "okx", "account": "sim-okx-1", "symbol": "BTC/USDT:USDT", "side": "buy"}
    return LimitOrder(**at, id=name, quantity="0.01", price="55000", expires_in=life)


def run(runtime: Runtime, order: LimitOrder) -> str:
    return runtime.run(Delivery(order, journaled=True)).state


def use_the_limit_up(runtime: Runtime, router: OrderRouter, turn: int) -> None:
    for number in range(LIMIT):
        order = an_order(f"first{turn}x{number}")
        ticket = router.submit(order)
        if run(runtime, order) == "waiting":
            router.cancel(ticket)  # or it would be a companion
            return
    raise AssertionError("the limit never made an order wait")


def one_that_waits(runtime: Runtime, router: OrderRouter, turn: int) -> tuple[str, Ticket] | None:
    """An order of four that finds the limit used up, with its companion expired; None when the window moved on."""
    use_the_limit_up(runtime, router, turn)
    called = [an_order(f"called{turn}x{number}") for number in range(4)]
    tickets = [router.submit(order) for order in called]
    router.submit(an_order(f"short{turn}x0", 0.05))
    time.sleep(0.1)
    return (called[0].id or "", tickets[0]) if run(runtime, called[0]) == "waiting" else None


def test_a_batch_of_one_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_house(tmp_path, workers=0, exchanges="okx") as house, house.router() as router:
        for name, value in house.environment.items():
            monkeypatch.setenv(name, value)
        runtime = Runtime(WorkerSettings.from_environment(), queues_of("okx"))  # not started: nothing is swept
        runtime._exchanges["sim-okx-1"].sync_clock()  # what its upkeep would do
        first, ticket = next(filter(None, (one_that_waits(runtime, router, turn) for turn in range(10))))
        record = router.record(first)
        assert (record.state, record.attempts, record.why) == ("waiting", "1", "rate_limited"), (
            "it was let through once"
        )
        assert router.record(first.replace("called", "short")).state == "expired"
        assert times_placed(house, ticket) == 0
        assert house.simulator.ledger()["counts"]["refused"] == {}  # type: ignore[index]


def times_placed(house: House, ticket: Ticket) -> int:
    return sum(row["client_order_id"] == ticket.id for row in house.simulator.orders())
