"""What a run needs: Valkey, the fast exchange, an accounts file, processes of each environment; all end with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from benchmarks.peers import usage
from support.processes import ROOT, Process, Valkey, eventually

PEERS, ARQ = ROOT / ".venv-peers" / "bin" / "python", ROOT / ".venv-peers-arq" / "bin" / "python"
"""The interpreters of the peers' environments; arq needs an older redis-py than the others."""
PERSISTENCE = "appendonly yes, appendfsync everysec"
_LAST_WORDS = 25


class Child(Process):
    """A process with a folder of its own to start in: `python -m` imports from there first."""

    def __init__(self, name: str, argv: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path) -> None:
        super().__init__(name, argv, log, environment)
        self.folder = folder
        self.forked = False

    @property
    def whole_environment(self) -> dict[str, str]:
        return dict(self._environment)

    def start(self) -> None:
        if self.forked:
            self.FORKED = True
            super().start()
            return
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(
                self.argv, stdout=out, stderr=subprocess.STDOUT, env=self._environment, cwd=self.folder
            )


class EverySecond(Valkey):
    """The same persistence for all: an append-only file that reaches the disk every second."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.argv[self.argv.index("always")] = "everysec"
        self.argv += ["--maxclients", "20000", "--loglevel", "warning"]


class Venue(Process):
    """The fast exchange."""

    def __init__(self, folder: Path) -> None:
        super().__init__("venue", [sys.executable, "-m", "benchmarks.peers.venue"], folder / "venue.log", search_path())
        self.url = ""
        self.port = 0

    def start(self) -> None:
        super().start()
        eventually(lambda: '"port"' in self.output(), what="the exchange listens")
        self.port = json.loads(self.output().splitlines()[0])["port"]
        self.url = f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, name: str) -> Any:  # noqa: ANN401 - JSON
        request = urllib.request.Request(f"{self.url}/_venue/{name}", method=method)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def reset(self, delay_ms: float = 0) -> None:
        """Forget every order, and answer so late from now on."""
        self.ask("POST", f"delay?ms={delay_ms}")
        self.ask("POST", "reset")

    def count(self) -> int:
        return int(self.ask("GET", "count")["orders"])

    def arrivals(self) -> dict[str, int]:
        """When each order came first, ns of the monotonic clock."""
        found: dict[str, int] = {}
        for name, at in self.ask("GET", "arrivals"):
            found.setdefault(name, at)
        return found

    def wait_for(self, count: int, seconds: float) -> None:
        """Look ten times a second, which costs the exchange nothing. Raises: TimeoutError telling how far it got."""
        end = time.monotonic() + seconds
        while (seen := self.count()) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{seen} of {count} orders came within {seconds:.0f} s")
            time.sleep(0.1)


@dataclass(frozen=True)
class Checkout:
    """Whose code is measured as ours: a checkout with an environment of its own, or this one's; and how thoroughly.

    ``warm`` orders go through a system before it is measured, ``settle_seconds`` pass before what it used is read.
    ``peers`` is whether they take part at all. ``forked``: our processes save their imports (`support.forks`), for a
    run whose figures nobody reads.
    """

    root: Path = ROOT
    warm: int = 500
    settle_seconds: float = 1.5
    forked: bool = False
    peers: bool = True

    @property
    def python(self) -> Path:
        if self.root == ROOT:
            return Path(sys.executable)
        own = self.root / ".venv" / "bin" / "python"
        return own if own.exists() else Path(sys.executable)

    @property
    def environment(self) -> dict[str, str]:
        return search_path(self.root)


def search_path(root: Path = ROOT) -> dict[str, str]:
    """Our packages from that checkout, the benchmark from this one."""
    return {"PYTHONPATH": f"{root}:{ROOT / 'tests'}"}


@dataclass
class Stage:
    """The servers of a run and what is needed to start processes beside them."""

    folder: Path
    valkey: EverySecond
    venue: Venue
    checkout: Checkout
    accounts: int = 1
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What every process is told, ours and theirs."""
        return {
            "BENCH_REDIS_URL": self.valkey.url,
            "BENCH_VENUE_URL": self.venue.url,
            "POINTSMAN_REDIS_URL": self.valkey.url,
            "POINTSMAN_ACCOUNTS": str(self.folder / "accounts.toml"),
            **self.extra,
        }

    def process(self, name: str, argv: Sequence[str], python: Path | None = None, **told: str) -> Child:
        """A process of a peer's environment, or of the checkout that is measured; argv follows the interpreter."""
        paths = self.checkout.environment if python is None else search_path()
        log = self.folder / f"{name}.log"
        whole = [str(python or self.checkout.python), *argv]
        child = Child(name, whole, log, {**self.environment, **paths, **told}, self.checkout.root)
        child.forked = self.checkout.forked and python is None
        return child

    def client(self) -> redis.Redis:
        return self.valkey.client()


@contextlib.contextmanager
def a_stage(folder: Path, checkout: Checkout, accounts: int = 10) -> Iterator[Stage]:
    """Valkey and the exchange, with an accounts file for workers of ours."""
    folder.mkdir(parents=True, exist_ok=True)
    valkey, venue = EverySecond(folder), Venue(folder)
    try:
        valkey.start()
        venue.start()
        write_accounts(folder / "accounts.toml", venue.url, accounts)
        yield Stage(folder, valkey, venue, checkout, accounts)
    finally:
        venue.stop()
        valkey.stop()


def account_name(number: int) -> str:
    return f"main-{number}"


def write_accounts(path: Path, url: str, count: int) -> None:
    """Our workers' accounts; all at the fast exchange, each with keys of its own."""
    path.write_text(
        "".join(
            f'[accounts.{account_name(number)}]\nexchange = "binance"\nenvironment = "simulator"\n'
            f'base_url = "{url}"\napi_key = "key-{number}"\napi_secret = "secret-{number}"\n'
            for number in range(count)
        )
    )


@contextlib.contextmanager
def running(processes: Sequence[Process]) -> Iterator[list[int]]:
    """Start them, give their ids, and end them; nothing of a run that is over needs to be kept."""
    try:
        for process in processes:
            process.start()
        yield [process.pid for process in processes]
    finally:
        end_all(processes)


def end_all(processes: Sequence[Process], seconds: float = 8.0) -> None:
    """Ask all at once, wait, and insist on what is left of their families."""
    alive = [process for process in processes if process._child is not None and process.alive()]
    families = usage.born([process.pid for process in alive])
    for process in alive:
        process.signal(signal.SIGTERM)
    end = time.monotonic() + seconds
    for process in alive:
        process.stop(max(0.1, end - time.monotonic()))
    for pid, birth in families.items():
        if usage.born([pid]).get(pid) == birth:  # another process may have the number by now
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def check_alive(processes: Sequence[Process]) -> None:
    """Raises: RuntimeError with a process's last words when it has ended."""
    for process in processes:
        if not process.alive():
            words = "\n".join(process.output().splitlines()[-_LAST_WORDS:])
            raise RuntimeError(f"{process.name} has ended:\n{words}")


def versions(python: Path, names: Sequence[str]) -> Mapping[str, str]:
    """The installed versions of packages, as an interpreter's environment has them."""
    program = (
        "import importlib.metadata as m, json, sys\n"
        "def v(n):\n try: return m.version(n)\n except m.PackageNotFoundError: return ''\n"
        "print(json.dumps({n: v(n) for n in sys.argv[1:]}))"
    )
    done = subprocess.run([python, "-c", program, *names], check=True, capture_output=True, text=True)
    told: dict[str, str] = json.loads(done.stdout)
    return {name: version for name, version in told.items() if version}
