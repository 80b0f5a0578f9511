"""One visit to a system: its workers are started, warmed, given each load in turn, and ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import redis
from benchmarks.peers import usage
from benchmarks.peers.figures import Raw, percentile
from benchmarks.peers.stage import Child, Stage, check_alive, running
from benchmarks.peers.systems import System
from benchmarks.peers.told import Told
from support.processes import eventually, ready_workers

_READY_SECONDS = 90.0
_WARM_DELAY_MS, _WARM_SECONDS = 20, 60.0


class Load(NamedTuple):
    """``per_second`` is None for all at once."""

    count: int
    delay_ms: float
    accounts: int = 1
    per_second: float | None = None

    @property
    def kind(self) -> str:
        return "burst" if self.per_second is None else "paced"


class Visit:
    """A system whose workers run."""

    def __init__(self, stage: Stage, system: System, workers: Sequence[Child], app: Told) -> None:
        self.stage, self.system, self.workers, self.app = stage, system, workers, app

    @property
    def pids(self) -> list[int]:
        return [worker.pid for worker in self.workers]

    def carry(self, load: Load, seconds: float = 240.0) -> Raw:
        """Give one load and measure it. Raises: TimeoutError, RuntimeError when it is not carried."""
        venue, client = self.stage.venue, self.stage.client()
        venue.reset(load.delay_ms)
        before = self._used(client)
        wish: dict[str, Any] = {"count": load.count, "accounts": load.accounts}
        if load.per_second is None:
            told = self.app.ask(seconds, do="many", **wish)
        else:
            told = self.app.ask(seconds, do="paced", gap=1 / load.per_second, **wish)
        try:
            venue.wait_for(load.count, seconds)
        except TimeoutError:
            check_alive(self.workers)
            raise
        time.sleep(self.stage.checkout.settle_seconds)  # the last results are written after the last order has come
        after = self._used(client)
        client.close()
        return self._figures(load, told, before, after)

    def taken(self, load: Load) -> list[list[Any]]:
        """Give paced orders and tell each one's times only; see `driving.Taken`."""
        self.stage.venue.reset(load.delay_ms)
        gap = 1 / (load.per_second or 50.0)
        told = self.app.ask(do="paced", count=load.count, accounts=load.accounts, gap=gap)
        self.stage.venue.wait_for(load.count, _WARM_SECONDS)
        rows: list[list[Any]] = told["taken"]
        return rows

    def _used(self, client: redis.Redis) -> tuple[float, float, usage.ServerCounts]:
        server = [self.stage.valkey.pid]
        return usage.cpu_seconds(self.pids), usage.cpu_seconds(server), usage.server_counts(client)

    def _figures(self, load: Load, told: Raw, before: Any, after: Any) -> Raw:  # noqa: ANN401 - as `_used` tells
        arrivals = self.stage.venue.arrivals()
        times = sorted(arrivals.values())
        commands = after[2].since(before[2])
        figures: Raw = {
            "system": self.system.name,
            "kind": load.kind,
            "delay_ms": load.delay_ms,
            "accounts": load.accounts,
            "orders": load.count,
            "came_twice": self.stage.venue.count() - len(arrivals),
            "per_second": load.count / ((times[-1] - told["began_ns"]) / 1e9),
            "drained_per_second": (len(times) - 1) / max((times[-1] - times[0]) / 1e9, 1e-9),
            "enqueue_us": told["seconds"] * 1e6 / load.count,
            "worker_cpu_ms": (after[0] - before[0]) * 1e3 / load.count,
            "server_cpu_ms": (after[1] - before[1]) * 1e3 / load.count,
            "redis_commands": commands.commands / load.count,
            "redis_scripts": commands.scripts / load.count,
            "redis_reads": commands.reads / load.count,
            "memory_mb": usage.memory_mb(self.pids),
        }
        if load.per_second is not None:
            figures |= _latencies(told["taken"], arrivals)
            del figures["per_second"], figures["drained_per_second"], figures["enqueue_us"]
        return figures


def _latencies(taken: Sequence[Sequence[Any]], arrivals: dict[str, int]) -> Raw:
    """Milliseconds from the app's call to the exchange, and to the result in the app's hands."""
    there = [(arrivals[name] - given) / 1e6 for name, given, _, _ in taken]
    back = [(result - given) / 1e6 for _, given, _, result in taken]
    call = [(queued - given) / 1e6 for _, given, queued, _ in taken]
    named = {"call": call, "to_exchange": there, "to_result": back}
    return {
        f"{name}_{label}_ms": percentile(values, part)
        for name, values in named.items()
        for label, part in (("p50", 0.5), ("p99", 0.99))
    }


@contextlib.contextmanager
def a_visit(stage: Stage, system: System, processes: int | None = None) -> Iterator[Visit]:
    """Empty the server, start the system's workers and its app, and give it orders until all of it is warm."""
    client = stage.client()
    client.flushall()
    client.config_resetstat()
    workers = system.workers(stage, processes)
    with running(workers):
        stage.venue.reset()
        if system.beats:
            eventually(lambda: _ready(client, workers), _READY_SECONDS, f"{len(workers)} workers of ours beat")
        with Told(system.app(stage)) as app:
            _warm(stage, app, workers)
            yield Visit(stage, system, workers, app)
    client.close()


def _ready(client: redis.Redis, workers: Sequence[Child]) -> bool:
    check_alive(workers)
    return len(ready_workers(client)) >= len(workers)


def _warm(stage: Stage, app: Told, workers: Sequence[Child]) -> None:
    """The first order shows that a worker is there, a moment later all are; then come enough to open connections."""
    app.ask(_WARM_SECONDS, do="many", count=1, accounts=1)
    try:
        stage.venue.wait_for(1, _WARM_SECONDS)
        time.sleep(stage.checkout.settle_seconds)
        stage.venue.reset(_WARM_DELAY_MS)  # so that as many are under way at once as can be, each with a connection
        for accounts in (1, stage.accounts):
            app.ask(_WARM_SECONDS, do="many", count=stage.checkout.warm, accounts=accounts)
        stage.venue.wait_for(2 * stage.checkout.warm, _WARM_SECONDS)
    except TimeoutError:
        check_alive(workers)
        raise
    time.sleep(stage.checkout.settle_seconds)
