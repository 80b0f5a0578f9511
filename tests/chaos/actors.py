"""The processes of a run: Valkey, the simulator, four workers and the producers, with a proxy on every hop."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import redis
from support.processes import ROOT, Process, Simulator, Valkey, eventually, ready_workers, running

from chaos.markets import VENUES
from chaos.proxy import Proxy, proxies
from chaos.schedule import PRODUCERS, Act, Schedule

WORKERS = 4
CONNECT_SECONDS, READ_SECONDS, WINDOW_MS = 0.5, 1.0, 1_000
LEASE_SECONDS = 2 * (CONNECT_SECONDS + READ_SECONDS) + 1
_PYTHONPATH = {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
_SECRETS = {"KEY": "key", "SECRET": "secret", "PASSPHRASE": "pass"}
_ACCOUNT = """[accounts.{name}]
exchange = "{exchange}"
environment = "simulator"
base_url = "http://127.0.0.1:{port}"
api_key = {{ env = "CHAOS_KEY_{number}" }}
api_secret = {{ env = "CHAOS_SECRET_{number}" }}
passphrase = {{ env = "CHAOS_PASSPHRASE_{number}" }}
connect_timeout_seconds = {connect}
timeout_seconds = {read}
receive_window_ms = {window}
"""


@dataclass
class House:
    """Everything that runs. ``lock`` is held while a process is ended or started."""

    folder: Path
    valkey: Valkey
    simulator: Simulator
    hops: dict[str, Proxy]
    plant: str
    workers: list[Process] = field(default_factory=list)
    producers: list[Process] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    started: float = 0.0
    ended_by_themselves: int = 0

    @property
    def client(self) -> redis.Redis:
        """Past the proxies; what a fault or the audit does must not be broken by another fault."""
        return redis.Redis.from_url(self.valkey.url, socket_timeout=5)

    def start_workers(self) -> None:
        file = self.folder / "accounts.toml"
        port = self.hops["exchange"].port
        common = {"port": port, "connect": CONNECT_SECONDS, "read": READ_SECONDS, "window": WINDOW_MS}
        accounts = [(venue.name, *each) for venue in VENUES.values() for each in enumerate(venue.accounts, 1)]
        tables = [_ACCOUNT.format(exchange=of, number=number, name=name, **common) for of, number, name in accounts]
        file.write_text("\n".join(tables))
        environment = {
            **_PYTHONPATH,
            "POINTSMAN_REDIS_URL": _redis(self.hops["worker"]),
            "POINTSMAN_ACCOUNTS": str(file),
        }
        environment |= {"POINTSMAN_GRACE_SECONDS": "1", "POINTSMAN_REDIS_TIMEOUT_SECONDS": "2"}
        for number in range(1, 10):
            environment |= {f"CHAOS_{what}_{number}": f"sim-{which}-{number}" for what, which in _SECRETS.items()}
        start = ["-m", "chaos.launcher", self.plant] if self.plant else ["-m", "workers.cli"]
        argv = [sys.executable, *start, "worker", ",".join(VENUES), "--concurrency", "16", "--log-level", "warning"]
        for number in range(WORKERS):
            name = f"worker-{number + 1}"
            self.workers.append(Process(name, argv, self.folder / f"{name}.log", environment))
            self.workers[-1].start()
        eventually(lambda: len(ready_workers(self.client)) >= WORKERS, 60, "the workers beat")
        eventually(lambda: len(self.client.keys("pointsman:instruments:*")) >= len(VENUES), 30, "the markets are known")

    def start_producers(self, acts: list[Act]) -> None:
        self.started = time.time()
        for number in range(PRODUCERS):
            name = f"producer-{number + 1}"
            plan = [_document(act) for act in acts[number::PRODUCERS]]
            path, log = self.folder / f"{name}.json", self.folder / f"{name}.done"
            path.write_text(json.dumps(plan))
            argv = [sys.executable, "-m", "chaos.producer", path, log, _redis(self.hops["producer"])]
            self.producers.append(
                Process(name, [*argv, str(self.started), self.plant], self.folder / f"{name}.log", _PYTHONPATH)
            )
            self.producers[-1].start()

    def keep_alive(self) -> None:
        """Start again whoever has ended, as a supervisor would."""
        with self.lock:
            for process in self.workers:
                if not process.alive():
                    self.ended_by_themselves += 1
                    process.start()
            for process in self.producers:
                if not process.alive() and process.child.returncode != 0:
                    process.start()

    def accepted(self) -> set[str]:
        """The ids that producers know to be accepted, the foreign ones among them."""
        logs = self.folder.glob("producer-*.done")
        return {name for log in logs for name in log.read_text().split()}

    def produced(self) -> bool:
        with self.lock:
            return all(not process.alive() and process.child.returncode == 0 for process in self.producers)


def _document(act: Act) -> dict[str, object]:
    return {"at": act.at, "how": act.how, "commands": [command.to_json() for command in act.commands]}


def _redis(hop: Proxy) -> str:
    return f"redis://127.0.0.1:{hop.port}/0"


@contextlib.contextmanager
def a_house(folder: Path, schedule: Schedule, plant: str = "") -> Iterator[House]:
    valkey, simulator = Valkey(folder), Simulator(folder, "--limits", "30", "--seed", str(schedule.seed))
    with running(valkey, simulator):
        ports = {"producer": valkey.port, "worker": valkey.port, "exchange": urlsplit(simulator.url).port or 0}
        with proxies(**ports) as hops:
            house = House(folder, valkey, simulator, hops, plant)
            try:
                house.start_workers()
                yield house
            finally:
                for process in (*house.producers, *house.workers):
                    process.stop(10)
