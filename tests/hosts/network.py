"""Hosts as network namespaces: each has a cable to Redis' network and one to the exchange's, which can be pulled."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import redis
from support.processes import Process, Simulator, Valkey, Worker


def why_not() -> str:
    """Why no hosts can be made here; '' when they can."""
    if shutil.which("ip") is None:
        return "needs network namespaces: Debian's package iproute2"
    probe = f"pm-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], check=False, capture_output=True, text=True)
    if made.returncode:
        return f"needs the right to make network namespaces: {made.stderr.strip()}"
    try:
        entered = subprocess.run(["ip", "netns", "exec", probe, "true"], check=False, capture_output=True, text=True)
        return f"needs the right to enter network namespaces: {entered.stderr.strip()}" if entered.returncode else ""
    finally:
        subprocess.run(["ip", "netns", "del", probe], check=True)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stderr)


class Network:
    """A switch with two networks; on it stand Redis and the exchange, and the test itself has a cable into each."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._mark, place = f"{os.getpid() % 100_000}", os.getpid() % 120 * 2
        self.redis, self.exchange = f"10.231.{place}", f"10.231.{place + 1}"
        self.switch = f"pm-{self._mark}-switch"
        self.hosts = {name: f"pm-{self._mark}-{name}" for name in hosts}

    def build(self) -> None:
        for name in (self.switch, *self.hosts.values()):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        for net, prefix in (("r", self.redis), ("x", self.exchange)):
            _ip("-n", self.switch, "link", "add", "name", f"br{net}", "type", "bridge")
            _ip("-n", self.switch, "addr", "add", f"{prefix}.1/24", "dev", f"br{net}")
            _ip("-n", self.switch, "link", "set", "dev", f"br{net}", "up")
            self._lay("", f"t{net}", net, f"{prefix}.2")
            for at, name in enumerate(self.hosts):
                self._lay(self.hosts[name], f"{name}{net}", net, f"{prefix}.{10 + at}")

    def remove(self) -> None:
        """Take everything away; the other cables go with the namespaces that they end in."""
        for net in ("r", "x"):
            subprocess.run(["ip", "link", "del", self._far(f"t{net}")], check=False, capture_output=True)
        for name in (*self.hosts.values(), self.switch):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def pull(self, host: str, net: str) -> None:
        """Pull a host's cable, at the switch: what it sends goes nowhere, and nobody tells it."""
        _ip("-n", self.switch, "link", "set", "dev", f"{host}{net}", "down")

    def plug(self, host: str, net: str) -> None:
        _ip("-n", self.switch, "link", "set", "dev", f"{host}{net}", "up")

    def _far(self, port: str) -> str:
        return f"pm{self._mark}{port}"[:15]  # no name of an interface is longer

    def _lay(self, host: str, port: str, net: str, address: str) -> None:
        """A cable from the switch to a host, or to here."""
        far = self._far(port)
        there = host or str(os.getpid())
        _ip("-n", self.switch, "link", "add", "name", port, "type", "veth", "peer", "name", far, "netns", there)
        _ip("-n", self.switch, "link", "set", "dev", port, "master", f"br{net}", "up")
        here = ["-n", host] if host else []
        _ip(*here, "addr", "add", f"{address}/24", "dev", far)
        _ip(*here, "link", "set", "dev", far, "up")


@contextlib.contextmanager
def a_network(*hosts: str) -> Iterator[Network]:
    network = Network(hosts)
    try:
        network.build()
        yield network
    finally:
        network.remove()


def on_host(namespace: str, process: Process) -> None:
    """Let a process start on that host."""
    process.argv = ["ip", "netns", "exec", namespace, *process.argv]
    process.FORKED = False


class RemoteValkey(Valkey):
    """Redis, on the switch."""

    def __init__(self, folder: Path, network: Network) -> None:
        super().__init__(folder)
        self.url = f"redis://{network.redis}.1:{self.port}/0"
        self.argv += ["--bind", f"{network.redis}.1", "--protected-mode", "no"]
        on_host(network.switch, self)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)


class RemoteSimulator(Simulator):
    """The exchange, on the switch."""

    def __init__(self, folder: Path, network: Network, *options: str) -> None:
        super().__init__(folder, "--host", f"{network.exchange}.1", *options)
        on_host(network.switch, self)


class RemoteWorker(Worker):
    """A worker on a host of its own."""

    def __init__(self, folder: Path, network: Network, host: str, told: Mapping[str, str]) -> None:
        super().__init__(folder, host, told)
        on_host(network.hosts[host], self)
