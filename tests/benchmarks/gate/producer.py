"""Keeps more orders waiting than the limit lets through, for as long as it runs."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from benchmarks.gate.client import FAR_PRICE

from router import LimitOrder, OrderRouter

ACCOUNT = "sim-1"
_LOOK_SECONDS = 0.2


def an_order(account: str = ACCOUNT, expires_in: float = 3_600) -> LimitOrder:
    """An order that counts against the limit and never fills: a fill would give some of its count back."""
    return LimitOrder(
        exchange="binance", account=account, symbol="BTC/USDT", side="buy", quantity="0.001", price=FAR_PRICE,
        time_in_force="IOC", expires_in=expires_in,
    )  # fmt: skip


class Backlog(threading.Thread):
    """Tops up to ``depth`` orders that have not ended, as the journal's agenda counts them.

    ``fewest`` is how many it ever found waiting after the first time; had it come near nothing, the gate would not have
    been what held the orders up.
    """

    def __init__(self, router: OrderRouter, depth: int) -> None:
        super().__init__(name="backlog", daemon=True)
        self._router = router
        self._depth = depth
        self._stopping = threading.Event()
        self.fewest = depth
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._top_up()
            while not self._stopping.wait(_LOOK_SECONDS):
                self.fewest = min(self.fewest, self._top_up())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self.error = error

    def _top_up(self) -> int:
        """Returns how many there were."""
        waiting = self._router.journal.client.zcard(self._router.journal.keys.agenda)
        if waiting < self._depth:
            self._router.submit_many([an_order() for _ in range(self._depth - waiting)])
        return waiting

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self.join(30)
        if self.error is not None and error is None:
            raise self.error
