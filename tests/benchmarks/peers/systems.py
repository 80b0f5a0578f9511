"""Every system that carries orders end to end: how its two worker processes are started, and how its app gives orders.

Each is set up as its own documentation advises for many short tasks that wait for the network: hiredis, uvloop where it
is usual, connections kept, logs at warning, results kept for an hour in the same Redis.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.stage import ARQ, PEERS, Checkout, Child, Stage

_RIVALS = "benchmarks.peers.rivals"
_QUIET = ("--loglevel", "warning", "--without-gossip", "--without-mingle", "-E")
PROCESSES = 2


@dataclass(frozen=True)
class System:
    """``worker`` is what follows the interpreter; ``NAME`` in it becomes each worker's own name.

    ``processes`` is how many are started; one of several processes of its own counts as several. ``python`` is None
    for what belongs to the checkout that is measured; ``beats``: its workers say in Redis when they are ready.
    """

    name: str
    about: str
    sender: str
    worker: Sequence[str]
    python: Path | None = None
    processes: int = PROCESSES
    told: dict[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    beats: bool = False

    def is_here(self, checkout: Checkout) -> bool:
        """Whether it takes part: ours and the floor always, a peer where its environment was made."""
        return self.python not in (PEERS, ARQ) or (checkout.peers and self.python.exists())

    def workers(self, stage: Stage, count: int | None = None) -> list[Child]:
        """Its worker processes, not yet started."""
        return [
            stage.process(
                f"{self.name}-{number}",
                [part.replace("NAME", f"{self.name}-{number}") for part in self.worker],
                self.python,
                **self.told,
            )
            for number in range(1, (count or self.processes) + 1)
        ]

    def app(self, stage: Stage) -> Child:
        """Its app, not yet started."""
        return stage.process(f"{self.name}-app", ["-m", "benchmarks.peers.app", self.sender], self.python, **self.told)


def _celery(pool: str, concurrency: int, client: str = "ccxt") -> System:
    name = f"celery-{pool}" if client == "ccxt" else f"celery-{pool}-{client.replace('_', '-')}"
    pool_options = ("--pool", pool, "--concurrency", str(concurrency))
    module = ("-m", "celery", "-A", f"{_RIVALS}.by_celery:app", "worker")
    return System(
        name,
        f"Celery, {pool} pool of {concurrency}, {client.replace('_', '-')}",
        f"{_RIVALS}.by_celery:Sender",
        (*module, *pool_options, *_QUIET, "--hostname", "NAME@%h"),
        PEERS,
        told={"BENCH_PLACE": client},
        packages=("celery", "kombu", "ccxt" if client == "ccxt" else "python-binance"),
    )


OURS = System(
    "pointsman",
    "Pointsman: `pointsman worker binance`, as it comes",
    "benchmarks.peers.ours:Sender",
    ("-m", "workers.cli", "worker", "binance", "--log-level", "warning"),
    beats=True,
)
FLOOR = System(
    "floor",
    "LPUSH, BRPOP, hand-signed http.client, SET",
    "benchmarks.peers.floor:Sender",
    ("-m", "benchmarks.peers.floor"),
    Path(sys.executable),
)
SYSTEMS: dict[str, System] = {
    system.name: system
    for system in (
        OURS,
        _celery("threads", 16),
        _celery("prefork", 8),
        _celery("gevent", 100),
        _celery("threads", 16, "python_binance"),
        System(
            "dramatiq",
            "dramatiq, 16 threads a process, ccxt",
            f"{_RIVALS}.by_dramatiq:Sender",
            ("-m", "dramatiq", f"{_RIVALS}.by_dramatiq", "--processes", "2", "--threads", "16"),
            PEERS,
            processes=1,
            packages=("dramatiq", "ccxt"),
        ),
        System(
            "rq",
            "RQ, SimpleWorker, ccxt",
            f"{_RIVALS}.by_rq:Sender",
            ("-m", "benchmarks.peers.rivals.rq_worker"),
            PEERS,
            packages=("rq", "ccxt"),
        ),
        System(
            "arq",
            "arq, 100 jobs a process, uvloop, ccxt async",
            f"{_RIVALS}.by_arq:Sender",
            ("-m", "arq", f"{_RIVALS}.by_arq.WorkerSettings"),
            ARQ,
            packages=("arq", "ccxt"),
        ),
        System(
            "taskiq",
            "taskiq, list broker, 100 tasks a process, uvloop, ccxt async",
            f"{_RIVALS}.by_taskiq:Sender",
            ("-m", "taskiq", "worker", f"{_RIVALS}.by_taskiq:broker", "--workers", "2", "--max-async-tasks", "100",
             "--log-level", "WARNING"),
            PEERS,
            processes=1,
            packages=("taskiq", "taskiq-redis", "ccxt"),
        ),
        FLOOR,
    )
}  # fmt: skip
