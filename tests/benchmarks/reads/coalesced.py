"""Fifty producers that keep asking for the same hundred balances, a second old at most: how many calls that takes."""

from __future__ import annotations

import multiprocessing
import threading
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.reads.stage import a_stage, refusals

from router import OrderRouter

ACCOUNTS = {"binance": 0, "bybit": 50, "okx": 50}
PRODUCERS, PROCESSES = 50, 2
MAX_AGE, PAUSE = 1.0, 0.5


class Figures(NamedTuple):
    """``least`` is accounts times seconds by max_age, and one call each to begin with."""

    seconds: float
    polls: int
    calls: int
    least: int
    refused: int
    oldest_seconds: float
    missing: int


def _produce(
    url: str, seconds: float, producers: int, told: multiprocessing.Queue[tuple[int, int, float, int]]
) -> None:
    """One process of producers, each with a connection of its own."""
    lock, sums = threading.Lock(), [0, 0, 0.0, 0]

    def ask(place: int) -> None:
        with OrderRouter(url) as router:
            end = time.monotonic() + seconds
            time.sleep(PAUSE * place / producers)
            while time.monotonic() < end:
                poll = router.poll_balances(max_age=MAX_AGE, deadline=10)
                oldest = max((each.age_seconds or 0.0) for each in poll.accounts.values())
                with lock:
                    sums[:] = [sums[0] + 1, sums[1] + poll.calls, max(sums[2], oldest), sums[3] + len(poll.missing)]
                time.sleep(PAUSE)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(producers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put((int(sums[0]), int(sums[1]), float(sums[2]), int(sums[3])))


def run(folder: Path, seconds: float) -> Figures:
    with a_stage(folder, ACCOUNTS) as (house, names):
        context = multiprocessing.get_context("spawn")
        told: multiprocessing.Queue[tuple[int, int, float, int]] = context.Queue()
        share = PRODUCERS // PROCESSES
        askers = [
            context.Process(target=_produce, args=(house.valkey.url, seconds, share, told)) for _ in range(PROCESSES)
        ]
        for asker in askers:
            asker.start()
        rows = [told.get(timeout=seconds + 120) for _ in askers]
        for asker in askers:
            asker.join()
        polls, calls, oldest, missing = zip(*rows, strict=True)
        least = round(len(names) * (seconds / MAX_AGE + 1))
        return Figures(seconds, sum(polls), sum(calls), least, refusals(house), max(oldest), sum(missing))
