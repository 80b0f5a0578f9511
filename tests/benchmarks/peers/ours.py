"""An app of ours: `OrderRouter`, as the README shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.peers.driving import RESULT_SECONDS, Taken, paced_by_threads
from benchmarks.peers.orders import Order

from router import LimitOrder, OrderRouter

_LIFE_SECONDS = 3_600.0


def command(order: Order, **more: object) -> LimitOrder:
    """The order as a model."""
    return LimitOrder(
        exchange="binance", account=order.account, symbol="BTC/USDT", side="buy", quantity="0.01", price="60000",
        expires_in=_LIFE_SECONDS, **more,
    )  # fmt: skip


class Sender:
    """One router; its settings come from the environment."""

    def __init__(self) -> None:
        self._router = OrderRouter()

    def many(self, given: Sequence[Order]) -> None:
        self._router.submit_many([command(order) for order in given])

    def steps(self, count: int) -> None:
        for _ in range(count):
            self._place("main-0")

    def _place(self, account: str) -> Any:  # noqa: ANN401 - a Ticket
        return self._router.place_order(
            type="limit", exchange="binance", account=account, symbol="BTC/USDT", side="buy", quantity="0.01",
            price="60000", expires_in=_LIFE_SECONDS,
        )  # fmt: skip

    def paced(self, given: Sequence[Order], gap_seconds: float) -> list[Taken]:
        def give(order: Order) -> tuple[str, Any]:
            ticket = self._place(order.account)
            return ticket.id, ticket

        return paced_by_threads(given, gap_seconds, give, lambda ticket: ticket.result(RESULT_SECONDS))

    def close(self) -> None:
        self._router.close()


class ManySender(Sender):
    """The same, whose steps are handed over together by `submit_many`."""

    def steps(self, count: int) -> None:
        self.many([Order("main-0", "")] * count)
