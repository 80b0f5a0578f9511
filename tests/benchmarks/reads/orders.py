"""Orders that go on while reads are polled: how long each takes from the app's call to its result."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from support.house import House

from router import RouterError

_PRICES = {"binance": "30000", "bybit": "30000", "okx": "30000"}


class Sample(NamedTuple):
    """One order: when it was asked for (monotonic seconds), and how long its result took."""

    at: float
    took_ms: float


class Stream(threading.Thread):
    """Places an order that rests, and cancels it, on one exchange after another, so often a second."""

    def __init__(self, house: House, exchanges: Sequence[str], per_second: float) -> None:
        super().__init__(daemon=True)
        self._house, self._exchanges, self._pause = house, exchanges, 1 / per_second
        self._over = threading.Event()
        self.samples: list[Sample] = []
        self.failed = 0

    def run(self) -> None:
        with self._house.router() as router:
            turn = 0
            while not self._over.is_set():
                begun = time.monotonic()
                exchange = self._exchanges[turn % len(self._exchanges)]
                turn += 1
                at = {"exchange": exchange, "account": f"{exchange}-1"}
                try:
                    ticket = router.buy_limit("BTC/USDT", "0.001", _PRICES[exchange], **at)
                    ticket.result(30)
                except (RouterError, TimeoutError):
                    self.failed += 1
                else:
                    self.samples.append(Sample(begun, (time.monotonic() - begun) * 1_000))
                    with contextlib.suppress(RouterError, TimeoutError):
                        router.cancel(ticket).result(30)
                self._over.wait(max(self._pause - (time.monotonic() - begun), 0.0))

    def stop(self) -> None:
        self._over.set()
        self.join(timeout=60)

    def between(self, begin: float, end: float) -> list[float]:
        """The samples of a span, in milliseconds."""
        return sorted(sample.took_ms for sample in self.samples if begin <= sample.at < end)


def percentile(sorted_ms: Sequence[float], part: float) -> float:
    """Of samples in order; the nearest rank."""
    return sorted_ms[min(int(part * len(sorted_ms)), len(sorted_ms) - 1)] if sorted_ms else float("nan")
