"""Another client of the same account, which takes its part evenly and asks nobody."""

from __future__ import annotations

import itertools
import threading
import time
from types import TracebackType
from typing import Self

from benchmarks.gate.cases import Case
from benchmarks.gate.client import PlainClient


class Foreigner(threading.Thread):
    """Sends an order every so often; remembers when each was answered, on the exchange's clock (µs)."""

    def __init__(self, url: str, case: Case) -> None:
        super().__init__(name="foreigner", daemon=True)
        self._client = PlainClient(url, 1)
        self._pause = case.window_ms / 1_000 / (case.limit * case.foreign)
        self._skew_us = case.skew_ms * 1_000
        self._stopping = threading.Event()
        self.accepted_us: list[int] = []
        self.refused_us: list[int] = []

    def run(self) -> None:
        start = time.time() // self._pause * self._pause + 1.5 * self._pause  # never at a window's edge
        for turn in itertools.count():
            if self._stopping.wait(max(0.0, start + turn * self._pause - time.time())):
                return
            answer = self._client.place(f"foreign-{turn}")
            now_us = time.time_ns() // 1_000 + self._skew_us
            (self.refused_us if answer.over_a_limit else self.accepted_us).append(now_us)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self.join(15)
        self._client.close()
