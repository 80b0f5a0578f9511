"""A steady flow of orders from an app that does as told: what was not certainly accepted, it submits again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from support.processes import Simulator, eventually

from router import OrderRouter, QueueUnavailable, Ticket
from router.commands import AnyCommand, new_order
from router.identity import with_id
from router.results import FINAL_STATES

AT = {"exchange": "binance", "account": "sim-1"}


def an_order(number: int, **fields: object) -> AnyCommand:
    """Of two kinds in turn: one fills at once, and would fill again if it was sent again."""
    same = {"symbol": "BTC/USDT", "side": "buy", "quantity": "0.001", "expires_in": 120.0, **AT, **fields}
    if number % 2:
        return with_id(new_order("market", **same))
    return with_id(new_order("limit", price="50000", **same))


@dataclass
class Flow:
    """Orders in a thread of their own, until ``stop``; ``tickets`` are those that were accepted for certain."""

    router: OrderRouter
    pause: float = 0.05
    tickets: list[Ticket] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Flow:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(60)

    def until(self, count: int, seconds: float = 60) -> None:
        """Wait until so many more were accepted."""
        wanted = len(self.tickets) + count
        eventually(lambda: len(self.tickets) >= wanted, seconds, f"{wanted} orders are accepted")

    def _run(self) -> None:
        number = 0
        while not self._stopping.is_set():
            self._submit(an_order(number))
            number += 1
            time.sleep(self.pause)

    def _submit(self, order: AnyCommand) -> None:
        while True:  # the same command again, as QueueUnavailable says: it is accepted once
            try:
                self.tickets.append(self.router.submit(order))
            except QueueUnavailable:
                self.refused += 1
                time.sleep(0.2)
                if self._stopping.is_set():
                    return
                continue
            return


def settled(tickets: Sequence[Ticket], seconds: float = 120) -> Counter[str]:
    """How many ended in which state, once all have ended."""

    def left() -> bool:
        return all(ticket.state() in FINAL_STATES for ticket in tickets)

    eventually(_patiently(left), seconds, "every command ends")
    return Counter(ticket.state() for ticket in tickets)


def _patiently(ask: Callable[[], bool]) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            return ask()
        except QueueUnavailable:
            return False

    return asked


def held_against_the_ledger(simulator: Simulator, tickets: Sequence[Ticket]) -> None:
    """What truly happened is what the journal says: no order lost, none doubled, none that nobody knows of."""
    times = Counter(order["client_order_id"] for order in simulator.orders())
    states = {ticket.id: ticket.state() for ticket in tickets}
    done = {name for name, state in states.items() if state == "done"}
    assert {name: count for name, count in times.items() if count > 1} == {}
    assert set(times) & set(states) == done
