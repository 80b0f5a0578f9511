"""A whole house on free ports: Valkey, the simulator and workers, as `pointsman up` would run them."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from router import OrderRouter, RouterSettings, Ticket
from router.results import FINAL_STATES
from support.processes import Simulator, Valkey, Worker, eventually, ready_workers, running


@dataclass
class House:
    """The running parts and a router to use them by."""

    folder: Path
    valkey: Valkey
    simulator: Simulator
    workers: list[Worker] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    exchanges: str = "binance"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "POINTSMAN_REDIS_URL": self.valkey.url,
            "POINTSMAN_SIMULATOR_URL": self.simulator.url,
            **self.extra,
        }

    def router(self, **settings: object) -> OrderRouter:
        return OrderRouter(settings=RouterSettings.from_environment({}, redis_url=self.valkey.url, **settings))

    def add_worker(self, *options: str) -> Worker:
        name = f"worker-{len(self.workers) + 1}"
        worker = Worker(self.folder, name, self.environment, *options, exchanges=self.exchanges)
        worker.start()
        self.workers.append(worker)
        return worker

    def wait_for_workers(self, count: int) -> None:
        client = self.valkey.client()
        eventually(lambda: len(ready_workers(client)) >= count, 40, f"{count} workers beat")
        client.close()


@contextlib.contextmanager
def a_house(
    folder: Path, workers: int = 1, options: Sequence[str] = (), exchanges: str = "binance", **extra: str
) -> Iterator[House]:
    valkey, simulator = Valkey(folder), Simulator(folder, *options)
    with running(valkey, simulator):
        house = House(folder, valkey, simulator, extra=extra, exchanges=exchanges)
        try:
            for _ in range(workers):
                house.add_worker()
            house.wait_for_workers(workers)
            yield house
        finally:
            for worker in house.workers:
                worker.stop()


@dataclass(frozen=True)
class Audit:
    """What truly happened, held against what we say happened."""

    lost: int
    doubled: int
    unknown_to_us: int
    wrong: int
    states: dict[str, int]


def audit(house: House, tickets: Sequence[Ticket]) -> Audit:
    """Compare the simulator's ledger with the journal for these placements."""
    orders = house.simulator.orders()
    times = collections.Counter(order["client_order_id"] for order in orders)
    ids = {ticket.id for ticket in tickets}
    states = {ticket.id: ticket.state() for ticket in tickets}
    at_exchange = ids & set(times)
    said_done = {name for name, state in states.items() if state == "done"}
    assert set(states.values()) <= FINAL_STATES, collections.Counter(states.values())
    return Audit(
        lost=len(said_done - at_exchange),
        doubled=sum(count > 1 for count in times.values()),
        unknown_to_us=len(set(times) - ids),
        wrong=len(at_exchange - said_done),
        states=dict(collections.Counter(states.values())),
    )
