"""Orders that go on while reads are polled: how long each takes from the app's call to its result."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from router import OrderRouter, RouterError

_PRICE = "30000"


class Sample(NamedTuple):
    """One order: when it was asked for (monotonic seconds), and how long its result took."""

    at: float
    took_ms: float


class Stream:
    """An app of its own, in a process of its own: it places an order that rests and cancels it, so often a second.

    The times are monotonic, which all processes of a machine have in common.
    """

    def __init__(self, url: str, exchanges: Sequence[str], per_second: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._told: multiprocessing.Queue[tuple[list[Sample], int]] = context.Queue()
        self._over = context.Event()
        self._app = context.Process(target=_place, args=(url, exchanges, 1 / per_second, self._over, self._told))
        self.samples: list[Sample] = []
        self.failed = 0

    def start(self) -> None:
        self._app.start()

    def stop(self) -> None:
        self._over.set()
        self.samples, self.failed = self._told.get(timeout=90)
        self._app.join()

    def between(self, begin: float, end: float) -> list[float]:
        """The samples of a span, in milliseconds."""
        return sorted(sample.took_ms for sample in self.samples if begin <= sample.at < end)


def _place(url: str, exchanges: Sequence[str], pause: float, over: Any, told: Any) -> None:  # noqa: ANN401 - of a context
    samples, failed = [], 0
    with OrderRouter(url) as router:
        for exchange in itertools.cycle(exchanges):
            if over.is_set():
                break
            begun, at = time.monotonic(), {"exchange": exchange, "account": f"{exchange}-1"}
            try:
                ticket = router.buy_limit("BTC/USDT", "0.001", _PRICE, **at)
                ticket.result(30)
            except (RouterError, TimeoutError):
                failed += 1
            else:
                samples.append(Sample(begun, (time.monotonic() - begun) * 1_000))
                with contextlib.suppress(RouterError, TimeoutError):
                    router.cancel(ticket).result(30)
            over.wait(max(pause - (time.monotonic() - begun), 0.0))
    told.put((samples, failed))


def percentile(sorted_ms: Sequence[float], part: float) -> float:
    """Of samples in order; the nearest rank."""
    return sorted_ms[min(int(part * len(sorted_ms)), len(sorted_ms) - 1)] if sorted_ms else float("nan")
