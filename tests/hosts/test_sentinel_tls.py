"""Sentinels, TLS and a user per role together: the rights that we ship are enough for a fail-over."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.certificates import Authority
from support.guarded import ADMIN, GuardedRedis, password
from support.processes import Process, Simulator, Worker, eventually, free_port, ready_workers, running

from hosts.sentinels import NAME, SENTINEL_PASSWORD
from hosts.trade import AT
from router import OrderRouter, OrderStatus, QueueUnavailable, RouterSettings

REDIS = shutil.which("redis-server")
pytestmark = [
    pytest.mark.skipif(REDIS is None, reason="needs a Redis that speaks TLS: Debian's package redis-server"),
    # Seen now and then, and not traced: one connection that the fail-over broke is left to the garbage collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"),
]


def a_sentinel(folder: Path, port: int, primary: GuardedRedis, secured: list[str]) -> Process:
    lines = [
        "port 0", f"tls-port {port}", "bind 127.0.0.1", f"dir {folder}", *secured, f"requirepass {SENTINEL_PASSWORD}",
        f"sentinel monitor {NAME} 127.0.0.1 {primary.port} 1", f"sentinel auth-user {NAME} {ADMIN}",
        f"sentinel auth-pass {NAME} {password(ADMIN)}", f"sentinel down-after-milliseconds {NAME} 1000",
        f"sentinel failover-timeout {NAME} 6000",
    ]  # fmt: skip
    config = folder / "sentinel.conf"
    config.write_text("\n".join([*lines, ""]))
    return Process("sentinel", [REDIS or "", config, "--sentinel"], folder / "sentinel.log")


def test_orders_survive_a_failover_under_their_roles(tmp_path: Path) -> None:
    authority, simulator, port = Authority(tmp_path), Simulator(tmp_path), free_port()
    certificate, key = authority.issue("server")
    secured = [f"tls-ca-cert-file {authority.file}", f"tls-cert-file {certificate}", f"tls-key-file {key}"]
    secured += ["tls-auth-clients no", "tls-replication yes"]
    login = [f"masteruser {ADMIN}", f"masterauth {password(ADMIN)}", "repl-diskless-sync-delay 0"]
    servers = []
    for name in ("primary", "replica"):
        (tmp_path / name).mkdir()
        servers.append(GuardedRedis(tmp_path / name, *secured, *login, binary=REDIS or "", scheme="rediss"))
    primary, replica = servers
    sentinel = a_sentinel(tmp_path, port, primary, secured)

    def told(user: str) -> dict[str, str]:
        url = f"sentinels://{user}:{password(user)}@127.0.0.1:{port}/{NAME}/0"
        given = {"POINTSMAN_REDIS_URL": url, "POINTSMAN_SENTINEL_PASSWORD": SENTINEL_PASSWORD}
        return {**given, "POINTSMAN_TLS_CA": str(authority.file), "POINTSMAN_REDIS_TIMEOUT_SECONDS": "2"}

    with running(primary, replica, simulator):
        with replica.client(ssl_ca_certs=str(authority.file)) as client:
            client.replicaof("127.0.0.1", primary.port)
            eventually(lambda: client.info("replication")["master_link_status"] == "up", 20, "it follows")
        worker = Worker(tmp_path, "worker", {**told("worker"), "POINTSMAN_SIMULATOR_URL": simulator.url})
        settings, seeing = (RouterSettings.from_environment(told(user)) for user in ("producer", "monitor"))
        with running(sentinel):
            eventually(lambda: "+slave slave" in sentinel.output(), 20, "Sentinel knows the replica")
            with running(worker), OrderRouter(settings=settings) as router, OrderRouter(settings=seeing) as watching:
                eventually(lambda: ready_workers(watching.journal.client), 40, "the worker beats")
                assert router.buy_market("BTC/USDT", quantity="0.001", **AT).order(20).status is OrderStatus.FILLED
                primary.kill()

                def accepted() -> bool:
                    try:
                        ticket = router.buy_market("BTC/USDT", quantity="0.001", idempotency_key="after", **AT)
                        return ticket.order(20).status is OrderStatus.FILLED
                    except QueueUnavailable:
                        return False

                eventually(accepted, 60, "an order goes its way by the new primary")
        with replica.client(ssl_ca_certs=str(authority.file)) as client:
            refused = {(row["username"], row["object"]) for row in client.acl_log(128)}
        assert refused == set()
