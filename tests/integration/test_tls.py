"""Redis over TLS, each process under its role's user with a certificate: orders pass, strangers do not."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.certificates import Authority
from support.command_line import pointsman
from support.guarded import GuardedRedis
from support.processes import Simulator, Worker, eventually, ready_workers, running

from router import AsyncOrderRouter, ConfigurationError, OrderRouter, OrderStatus, QueueUnavailable, RouterSettings

REDIS = shutil.which("redis-server")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(REDIS is None, reason="needs a Redis that speaks TLS: Debian's package redis-server"),
]
AT = {"exchange": "binance", "account": "sim-1"}


@dataclass(frozen=True)
class Place:
    redis: GuardedRedis
    authority: Authority
    stranger: Authority

    def environment(
        self, user: str, authority: Authority | None = None, signed_by: Authority | None = None
    ) -> dict[str, str]:
        """What a process of that role is told: whom to believe, and by whom its own certificate is signed."""
        certificate, key = (signed_by or self.authority).issue(user)
        return {
            "POINTSMAN_REDIS_URL": self.redis.url(user),
            "POINTSMAN_TLS_CA": str((authority or self.authority).file),
            "POINTSMAN_TLS_CERTIFICATE": str(certificate),
            "POINTSMAN_TLS_KEY_FILE": str(key),
        }

    def router(self, environment: dict[str, str]) -> OrderRouter:
        return OrderRouter(settings=RouterSettings.from_environment(environment))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("tls")
    authority, stranger = Authority(folder), Authority(folder, "stranger")
    certificate, key = authority.issue("server")
    options = [f"tls-ca-cert-file {authority.file}", f"tls-cert-file {certificate}", f"tls-key-file {key}"]
    server = GuardedRedis(folder, *options, "tls-auth-clients yes", binary=REDIS or "", scheme="rediss")
    with running(server):
        yield Place(server, authority, stranger)


def test_an_order_goes_its_whole_way(place: Place, tmp_path: Path) -> None:
    simulator = Simulator(tmp_path)
    with running(simulator):
        told = {**place.environment("worker"), "POINTSMAN_SIMULATOR_URL": simulator.url}
        worker = Worker(tmp_path, "worker", told)
        with running(worker), place.router(place.environment("producer")) as router, admin(place) as watching:
            eventually(lambda: ready_workers(watching.journal.client), 30, "the worker beats")
            ticket = router.buy_limit("BTC/USDT", "0.01", "50000", **AT)
            assert ticket.order(20).status is OrderStatus.NEW
            assert router.cancel(ticket).order(20).status is OrderStatus.CANCELLED
            seen = pointsman("status", ticket.id, "--json", **place.environment("monitor"))
            assert seen.document["state"] == "done"
            asyncio.run(trade(place.environment("follower")))
            stranger = Worker(tmp_path, "stranger", {**told, "POINTSMAN_TLS_CA": str(place.stranger.file)})
            stranger.start()
            assert stranger.child.wait(30) == 3  # its log tells: the certificate cannot be verified
            assert "certificate verify failed" in stranger.output()


async def trade(environment: dict[str, str]) -> None:
    async with AsyncOrderRouter(settings=RouterSettings.from_environment(environment)) as router:
        ticket = await router.buy_market("BTC/USDT", quantity="0.01", **AT)
        assert (await ticket.order(20)).status is OrderStatus.FILLED


def admin(place: Place) -> OrderRouter:
    return place.router(place.environment("test-admin"))


def test_a_server_that_somebody_else_vouches_for_is_not_believed(place: Place) -> None:
    told = place.environment("producer", authority=place.stranger)
    with place.router(told) as router, pytest.raises(QueueUnavailable, match="certificate verify failed"):
        router.buy_market("BTC/USDT", quantity="0.01", **AT)


def test_a_client_that_somebody_else_vouches_for_is_not_let_in(place: Place) -> None:
    told = place.environment("producer", signed_by=place.stranger)
    with place.router(told) as router, pytest.raises(QueueUnavailable):
        router.buy_market("BTC/USDT", quantity="0.01", **AT)


def test_a_client_without_a_certificate_is_not_let_in(place: Place) -> None:
    told = place.environment("producer")
    del told["POINTSMAN_TLS_CERTIFICATE"], told["POINTSMAN_TLS_KEY_FILE"]
    with place.router(told) as router, pytest.raises(QueueUnavailable):
        router.buy_market("BTC/USDT", quantity="0.01", **AT)


def test_a_name_that_is_not_the_certificates_is_not_believed(place: Place) -> None:
    told = place.environment("producer")
    told["POINTSMAN_REDIS_URL"] = told["POINTSMAN_REDIS_URL"].replace("localhost", "127.0.0.2")
    with place.router(told) as router, pytest.raises(QueueUnavailable):
        router.buy_market("BTC/USDT", quantity="0.01", **AT)


def test_an_address_without_tls_is_not_taken_for_a_safe_one(place: Place) -> None:
    told = place.environment("producer")
    told["POINTSMAN_REDIS_URL"] = told["POINTSMAN_REDIS_URL"].replace("rediss", "redis")
    with pytest.raises(ConfigurationError, match=r"POINTSMAN_TLS_CA .* rediss://"):
        RouterSettings.from_environment(told)
