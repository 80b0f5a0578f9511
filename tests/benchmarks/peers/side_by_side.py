"""Ways that take turns, round after round, so that all meet the same speeds of the machine.

Item 1, one signed order on the client's side; item 2, one order handed to the queue.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers import ceiling
from benchmarks.peers.figures import Raw, spread
from benchmarks.peers.loads import a_visit
from benchmarks.peers.stage import ARQ, PEERS, Checkout, Stage, a_stage
from benchmarks.peers.systems import OURS
from benchmarks.peers.told import Told

Say = Callable[[str], None]
_WARM_ROUNDS = 2
_CEILING_SECONDS = 2.0
_THEIRS, _BY_HAND, _OF_OURS = (
    "benchmarks.peers.rivals.ways_of_theirs",
    "benchmarks.peers.ways_by_hand",
    "benchmarks.peers.ways_of_ours",
)
EXCHANGES = ("binance", "bybit", "okx")
_OFFICIAL = {"binance": "python-binance", "bybit": "pybit", "okx": "python-okx"}


@dataclass(frozen=True)
class Way:
    """A process that does one thing over and over when it is told; ``wish`` is what it is asked besides a count."""

    argv: tuple[str, ...]
    python: Path | None
    wish: tuple[tuple[str, object], ...] = ()

    def here(self, checkout: Checkout) -> bool:
        return self.python is None or (checkout.peers and self.python.exists())


def client_ways(exchanges: Sequence[str] = EXCHANGES) -> dict[str, Way]:
    """Item 1's: by exchange, ours, theirs and the floors."""
    found: dict[str, Way] = {}
    for exchange in exchanges:
        named = {
            "pointsman, the call": (f"{_OF_OURS}:one_call", None),
            "pointsman, place_order": (f"{_OF_OURS}:whole", None),
            "ccxt": (f"{_THEIRS}:ccxt_sync", PEERS),
            "ccxt async": (f"{_THEIRS}:ccxt_async", PEERS),
            _OFFICIAL[exchange]: (f"{_THEIRS}:official", PEERS),
            "requests": (f"{_BY_HAND}:by_requests", None),
            "requests, trust_env off": (f"{_BY_HAND}:by_requests_tuned", None),
            "urllib3": (f"{_BY_HAND}:by_urllib3", None),
            "http.client": (f"{_BY_HAND}:by_http_client", None),
        }
        for name, (what, python) in named.items():
            found[f"{exchange}: {name}"] = Way(("-m", "benchmarks.peers.ways", what, exchange), python)
    return found


_SENDERS = {
    "pointsman place_order": ("benchmarks.peers.ours:Sender", None),
    "pointsman submit_many": ("benchmarks.peers.ours:ManySender", None),
    "celery apply_async": ("benchmarks.peers.rivals.by_celery:BareSender", PEERS),
    "celery apply_async, with results": ("benchmarks.peers.rivals.by_celery:Sender", PEERS),
    "dramatiq": ("benchmarks.peers.rivals.by_dramatiq:Sender", PEERS),
    "rq": ("benchmarks.peers.rivals.by_rq:Sender", PEERS),
    "arq": ("benchmarks.peers.rivals.by_arq:Sender", ARQ),
    "taskiq": ("benchmarks.peers.rivals.by_taskiq:Sender", PEERS),
    "LPUSH": ("benchmarks.peers.floor:Sender", None),
}


def enqueue_ways() -> dict[str, Way]:
    """Item 2's."""
    return {
        name: Way(("-m", "benchmarks.peers.app", sender), python, (("do", "steps"),))
        for name, (sender, python) in _SENDERS.items()
    }


def client(folder: Path, checkout: Checkout, rounds: int, count: int, say: Say) -> Raw:
    """Item 1: each way on the same core, the exchange on another."""
    with a_stage(folder, checkout) as stage:
        raw: Raw = {"ceiling": ceiling.measure(stage.venue, min(_CEILING_SECONDS, 2 * checkout.settle_seconds))}
        cpus = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(stage.venue.pid, {cpus[-1]})
        raw |= _turns(stage, client_ways(), (rounds, count), cpus[0], say)
        placed, due = stage.venue.count(), len(raw["ways"]) * (rounds + _WARM_ROUNDS) * count
        if placed != due:  # some clients raise nothing when the exchange says no
            raise RuntimeError(f"{placed} orders came to the exchange, {due} were placed")
        return raw


def enqueue(folder: Path, checkout: Checkout, rounds: int, count: int, say: Say) -> Raw:
    """Item 2: the server on another core, no worker takes anything meanwhile."""
    with a_stage(folder, checkout) as stage:
        with a_visit(stage, OURS, 1):
            pass  # our worker has told Redis of accounts and markets, so that the app checks orders by them
        cpus = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(stage.valkey.pid, {cpus[-1]})
        return _turns(stage, enqueue_ways(), (rounds, count), cpus[0], say)


def _turns(stage: Stage, ways: Mapping[str, Way], size: tuple[int, int], cpu: int, say: Say) -> Raw:
    """Round after round, each way in turn, beginning with another one each time."""
    rounds, count = size
    names = [name for name, way in ways.items() if way.here(stage.checkout)]
    taken: dict[str, dict[str, list[float]]] = {name: {"cpu_us": [], "wall_us": []} for name in names}
    with contextlib.ExitStack() as stack:
        told = {name: _told(stage, name, ways[name]) for name in names}
        for each in told.values():
            each.begin()
            stack.callback(each.end)
        for each in told.values():
            each.ready(cpu)
        for number in range(-_WARM_ROUNDS, rounds):
            turn = number % len(names)
            for name in [*names[turn:], *names[:turn]]:
                answer = _per_order(told[name].ask(count=count, **dict(ways[name].wish)), count)
                for figure, values in taken[name].items():
                    if number >= 0:
                        values.append(answer[figure])
    for name in names:
        say(f"{name:36} CPU µs {spread(taken[name]['cpu_us']):28} wall µs {spread(taken[name]['wall_us'])}")
    return {"rounds": rounds, "count": count, "ways": taken}


def _told(stage: Stage, name: str, way: Way) -> Told:
    label = "".join(letter if letter.isalnum() else "-" for letter in name)
    return Told(stage.process(label, way.argv, way.python))


def _per_order(answer: dict[str, Any], count: int) -> dict[str, float]:
    if "cpu_us" in answer:
        return answer
    return {"cpu_us": answer["cpu_seconds"] * 1e6 / count, "wall_us": answer["seconds"] * 1e6 / count}
