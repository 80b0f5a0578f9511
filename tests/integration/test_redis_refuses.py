"""A Redis that does not take commands says so to the producer, in its own words, and keeps no half of one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.processes import Valkey, eventually, running

from router import OrderRouter, QueueUnavailable, RouterSettings

pytestmark = pytest.mark.processes
ORDER = {"symbol": "BTC/USDT", "quantity": "0.01", "exchange": "binance", "account": "main"}


@pytest.fixture
def primary(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    with running(server):
        yield server


def router_to(server: Valkey) -> OrderRouter:
    return OrderRouter(settings=RouterSettings(redis_url=server.url, redis_timeout_seconds=0.3))


def test_a_full_server(primary: Valkey) -> None:
    client = primary.client()
    client.config_set("maxmemory", 1)
    with router_to(primary) as router:
        with pytest.raises(QueueUnavailable, match="used memory > 'maxmemory'"):
            router.buy_market(**ORDER)
        assert client.keys("*") == []
        client.config_set("maxmemory", 0)
        assert router.buy_market(**ORDER).state() == "queued"
    client.close()


def test_a_read_only_replica(primary: Valkey, tmp_path: Path) -> None:
    folder = tmp_path / "replica"
    folder.mkdir()
    replica = Valkey(folder)
    with running(replica):
        client = replica.client()
        client.replicaof("127.0.0.1", primary.port)
        eventually(lambda: client.info("replication")["master_link_status"] == "up", what="it follows")
        with router_to(replica) as router, pytest.raises(QueueUnavailable, match="read only replica"):
            router.buy_market(**ORDER)
        assert client.keys("*") == []
        client.close()


def test_a_server_that_does_not_answer(primary: Valkey) -> None:
    client = primary.client()
    with router_to(primary) as router:
        router.catalog.accounts()
        client.client_pause(3_000, all=False)
        with pytest.raises(QueueUnavailable, match="submitting the same command again is safe"):
            router.buy_market(**ORDER, idempotency_key="k")
        eventually(lambda: client.set("awake", 1), what="it takes writes again")
        first, again = (router.buy_market(**ORDER, idempotency_key="k") for _ in range(2))
        assert first.id == again.id
        assert client.llen("binance.orders") == 1
    client.close()
