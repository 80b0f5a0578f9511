"""Item 5: what becomes of enqueueing, draining and memory as backlog, accounts, workers and followers grow."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import redis
from benchmarks.peers import usage
from benchmarks.peers.figures import Raw, median
from benchmarks.peers.followers import READY
from benchmarks.peers.loads import Load, Visit, a_visit
from benchmarks.peers.stage import Checkout, Stage, a_stage, check_alive, running
from benchmarks.peers.systems import OURS
from benchmarks.peers.told import Told
from support.processes import eventually, ready_workers

Say = Callable[[str], None]
_AT_ONCE = 10_000
_SAMPLES, _SAMPLE_STEPS = 20, 20
_DRAIN_SECONDS = 8.0
_FOLLOWED, _FOLLOWERS_A_SECOND = 30, 500  # orders, one a second; more followers are told of fewer, more slowly
_READY_SECONDS = 240.0


def run(folder: Path, checkout: Checkout, sizes: dict[str, Sequence[int]], orders: int, say: Say) -> Raw:
    """``sizes`` are those of each kind of growth; an empty one leaves it out. A size that fails is told of."""
    found: Raw = {"failed": []}
    for kind, measure in _KINDS.items():
        found[kind] = []
        for size in sizes[kind]:
            try:
                figures = measure(folder / f"{kind}-{size}", checkout, size, orders)
            except (RuntimeError, TimeoutError, AssertionError) as trouble:
                found["failed"].append(f"{kind} {size}: {trouble}")
                say(f"FAILED  {found['failed'][-1]}")
                continue
            found[kind].append(figures)
            say("  ".join(f"{name} {value:,.1f}" for name, value in figures.items()))
    return found


def backlog(folder: Path, checkout: Checkout, size: int, _: int) -> Raw:
    """So many commands wait; then one by one a few more are handed over, and a worker takes them for a while."""
    with a_stage(folder, checkout) as stage, contextlib.closing(stage.client()) as client:
        with a_visit(stage, OURS, 1):
            pass  # accounts and markets are known in Redis from now on
        with Told(OURS.app(stage)) as app:
            app.ask(do="steps", count=_SAMPLE_STEPS)
            before = usage.dataset_bytes(client)
            many = _many(app, size)
            taken = usage.dataset_bytes(client) - before
            _let_rewrite(client)
            samples = [
                app.ask(do="steps", count=_SAMPLE_STEPS)["seconds"] * 1e6 / _SAMPLE_STEPS for _ in range(_SAMPLES)
            ]
        return {
            "backlog": size,
            "enqueue_p50_us": median(samples),
            "submit_many_us": many,
            "redis_bytes_per_command": taken / size,
            "redis_mb": usage.dataset_bytes(client) / 2**20,
            "drained_per_second": _drained(stage, size),
        }


def _let_rewrite(client: redis.Redis) -> None:
    """Wait until Redis has rewritten its append-only file, which it does after each doubling, on a core of its own.

    A backlog that is built in minutes doubles it again and again; one that stands does not.
    """

    def rewrites() -> bool:
        told = client.info("persistence")
        return bool(told["aof_rewrite_in_progress"] or told["aof_rewrite_scheduled"])

    eventually(lambda: not rewrites(), _READY_SECONDS, "the append-only file is rewritten")


def _many(app: Told, size: int) -> float:
    """Microseconds per order of `submit_many`, ten thousand at a time."""
    seconds = 0.0
    for at in range(0, size, _AT_ONCE):
        seconds += app.ask(600, do="many", count=min(_AT_ONCE, size - at), accounts=10)["seconds"]
    return seconds * 1e6 / size


def _drained(stage: Stage, waiting: int) -> float:
    """Orders per second that one worker takes to the exchange from the front of what waits."""
    stage.venue.reset()
    with running(OURS.workers(stage, 1)):
        eventually(stage.venue.count, _READY_SECONDS, "the first order comes")
        time.sleep(stage.checkout.settle_seconds)
        first, begun = stage.venue.count(), time.monotonic()
        end, last = begun + _DRAIN_SECONDS, first
        reached = begun
        while time.monotonic() < end and last < waiting:
            time.sleep(0.1)
            seen = stage.venue.count()
            if seen > last:
                last, reached = seen, time.monotonic()
        if last == first:  # so few that all came before
            arrivals = sorted(stage.venue.arrivals().values())
            return (len(arrivals) - 1) / ((arrivals[-1] - arrivals[0]) / 1e9)
        return (last - first) / (reached - begun)


def accounts(folder: Path, checkout: Checkout, size: int, orders: int) -> Raw:
    """One worker that serves so many accounts: until it is ready, its memory, and orders spread over all of them."""
    with a_stage(folder, checkout, size) as stage, contextlib.closing(stage.client()) as client:
        worker = OURS.workers(stage, 1)
        begun = time.monotonic()
        with running(worker) as pids:
            eventually(lambda: check_alive(worker) or ready_workers(client), _READY_SECONDS, "the worker beats")
            ready, idle_mb = time.monotonic() - begun, usage.memory_mb(pids)
            with Told(OURS.app(stage)) as app:
                _burst(stage, app, checkout.warm, size)
                before = usage.cpu_seconds(pids)
                per_second = _burst(stage, app, orders, size)
                cpu = (usage.cpu_seconds(pids) - before) * 1e3 / orders
            return {
                "accounts": size,
                "ready_seconds": ready,
                "ready_mb": idle_mb,
                "busy_mb": usage.memory_mb(pids),
                "per_second": per_second,
                "worker_cpu_ms": cpu,
            }


def _burst(stage: Stage, app: Told, orders: int, accounts: int) -> float:
    stage.venue.reset()
    told = app.ask(do="many", count=orders, accounts=accounts)
    stage.venue.wait_for(orders, _READY_SECONDS)
    return orders / ((max(stage.venue.arrivals().values()) - told["began_ns"]) / 1e9)


def workers(folder: Path, checkout: Checkout, size: int, orders: int) -> Raw:
    """So many worker processes, the same burst over ten accounts, the exchange 20 ms away."""
    with a_stage(folder, checkout) as stage, a_visit(stage, OURS, size) as visit:
        far, near = visit.carry(Load(orders, 20.0, 10)), visit.carry(Load(orders, 0.0, 10))
        return {
            "workers": size,
            "per_second_at_20_ms": far["per_second"],
            "per_second": near["per_second"],
            "worker_cpu_ms": near["worker_cpu_ms"],
            "memory_mb": near["memory_mb"],
        }


def followers(folder: Path, checkout: Checkout, size: int, orders: int) -> Raw:
    """So many that follow the stream of events in one app, by `AsyncOrderRouter.events`."""
    with a_stage(folder, checkout) as stage, a_visit(stage, OURS, 1) as visit:
        follower = stage.process("followers", ["-m", "benchmarks.peers.followers", str(size)])
        with running([follower]):
            eventually(lambda: check_alive([follower]) or READY in follower.output(), 60, f"{size} follow")
            return _followed(visit, "followers", size, orders)


def connected(folder: Path, checkout: Checkout, size: int, orders: int) -> Raw:
    """So many that follow it over connections of their own, as processes do; Redis answers each at every event."""
    with a_stage(folder, checkout) as stage, a_visit(stage, OURS, 1) as visit:
        place = urlsplit(stage.valkey.url).netloc
        follower = stage.process("connected", ["-m", "benchmarks.peers.connected", place, str(size)])
        with running([follower]), contextlib.closing(stage.client()) as client:
            eventually(lambda: check_alive([follower]) or _blocked(client) >= size, 60, f"{size} wait")
            return _followed(visit, "connected", size, orders)


def _followed(visit: Visit, kind: str, size: int, orders: int) -> Raw:
    slower = max(size / _FOLLOWERS_A_SECOND, 1.0)
    figures = visit.carry(Load(max(round(min(orders, _FOLLOWED) / slower), 5), 0.0, 1, 1 / slower))
    return {
        kind: size,
        "call_p50_ms": figures["call_p50_ms"],
        "to_exchange_p50_ms": figures["to_exchange_p50_ms"],
        "to_result_p50_ms": figures["to_result_p50_ms"],
        "to_result_p99_ms": figures["to_result_p99_ms"],
        "server_cpu_ms": figures["server_cpu_ms"],
    }


def _blocked(client: redis.Redis) -> int:
    told = client.info("clients")
    return int(told["blocked_clients"])


_KINDS: dict[str, Callable[[Path, Checkout, int, int], Raw]] = {
    "backlog": backlog,
    "accounts": accounts,
    "workers": workers,
    "followers": followers,
    "connected": connected,
}
