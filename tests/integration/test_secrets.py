"""Planted keys, secrets and passwords, everything at debug level, every way to fail: they show nowhere at all."""

from __future__ import annotations

import base64
import json
import os
import pickle
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from celery import Celery
from redis.backoff import NoBackoff
from redis.retry import Retry
from support.flower import Flower
from support.house import House
from support.leaks import file_sinks, forms, leaks, redis_sinks
from support.planted import PLANTED, LockedValkey, ours, simulated
from support.processes import ROOT, Simulator, Worker, eventually, running
from support.proxy import ForwardingProxy

from router import ConfigurationError, OrderRouter, Rejected, RouterError
from workers.accounts import load_accounts
from workers.calls.local_gate import LocalGate
from workers.configuration import WorkerSettings
from workers.exchanges import get_exchange

pytestmark = pytest.mark.processes
CANARY = "CANARY/found+wherever=it&is%~q"


@dataclass
class Busy:
    """A house in which everything has happened, and where each thing has left its traces."""

    house: House
    flower: Flower
    proxy: ForwardingProxy
    accounts: Path

    def sinks(self) -> dict[str, bytes]:
        client = self.house.valkey.client()
        stored = redis_sinks(client)
        client.close()
        files = [*self.house.folder.glob("*.log"), *self.house.folder.glob("appendonlydir/*")]
        return {**stored, **file_sinks(files), **self.pages()}

    def pages(self) -> dict[str, bytes]:
        worker = quote(next(iter(self.flower.document("/api/workers?refresh=1"))))
        tasks = list(self.flower.document("/api/tasks"))
        paths = ["/", "/workers?json=1", f"/worker/{worker}", "/tasks", "/broker", "/metrics", "/nothing"]
        paths += [f"/api/{path}" for path in ("workers", "workers?refresh=1", "tasks", "task/types", "queues/length")]
        paths += ["/tasks/datatable?draw=1&start=0&length=500&order[0][column]=0&columns[0][data]=name"]
        paths += [f"{page}/{task}" for page in ("/task", "/api/task/info", "/api/task/result") for task in tasks]
        return {f"flower {path}": self.flower.get(path).text.encode() for path in paths}

    def command(self, *words: str, **changed: str) -> bytes:
        """What `pointsman` prints on both its outputs."""
        argv = [sys.executable, "-m", "workers.cli", *words]
        environment = {**os.environ, **self.house.environment, **changed}
        done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, timeout=40, check=False)
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    folder = tmp_path_factory.mktemp("secrets")
    valkey, simulator = LockedValkey(folder), Simulator(folder, "--accounts", str(simulated(folder)))
    with ForwardingProxy() as proxy, running(valkey, simulator):
        accounts = ours(folder, simulator.url, proxy.server_port)
        told = {
            "PLANTED_KEY": PLANTED["key"],
            "PLANTED_SECRET": PLANTED["proxied-secret"],
            "POINTSMAN_ACCOUNTS": str(accounts),
        }
        house = House(folder, valkey, simulator, extra={**told, "POINTSMAN_BROKER_URL": f"{valkey.url};{valkey.url}"})
        worker = Worker(folder, "worker", house.environment, "--log-level", "debug")
        flower = Flower(folder, {**house.environment, "FLOWER_DEBUG": "true"}, PLANTED["flower-password"])
        with running(worker, flower):
            house.wait_for_workers(1)
            eventually(lambda: flower.document("/api/workers?status=1"), 30, "Flower has heard of the worker")
            built = Busy(house, flower, proxy, accounts)
            with house.router() as router:
                be_busy(built, router)
            yield built


def be_busy(busy: Busy, router: OrderRouter) -> None:
    """Orders, cancels, balances, wrong signatures, faults, garbage and an exchange that is not there."""
    at = {"exchange": "binance", "account": "good"}
    order = router.buy_limit("BTC/USDT", "0.01", "50000", **at)
    order.result(20)
    router.cancel(order).result(10)
    router.get_balances(**at)
    router.get_balances(exchange="binance", account="proxied")
    router.buy_market("BTC/USDT", quantity="0.01", exchange="binance", account="proxied").result(10)
    for ticket in (router.buy_market("BTC/USDT", quantity="0.01", exchange="binance", account="wrong"),):
        with pytest.raises(Rejected) as caught:
            ticket.result(10)
        assert caught.value.problem.code == "-1022"
    lost = []
    for fault, more in {
        "lose_reply": {},
        "error_after": {},
        "partial_reply": {},
        "stall": {"delay_ms": 1500, "when": "after"},
    }.items():
        busy.house.simulator.fault(fault, method="POST", path="/api/v3/order", **more)
        lost.append(router.buy_market("ETH/USDT", quantity="0.1", **at))
        lost[-1].result(20)
    router.buy_market("BTC/USDT", quantity="0.01", exchange="binance", account="gone", expires_in=60)
    client = busy.house.valkey.client()
    client.lpush("binance.orders", b"not a message", b'{"half": ')
    client.close()
    app = Celery("elsewhere", broker=busy.house.valkey.url, set_as_current=False)
    app.send_task("orders.place", kwargs={"command": {"kind": "market_order"}}, queue="binance.orders")
    app.close()
    eventually(lambda: router.journal.client.xlen(router.journal.keys.dead) >= 3, 10, "all garbage is put aside")
    eventually(lambda: busy.flower.get(f"/api/task/info/{lost[-1].id}").status == 200, 10, "Flower has heard of it")


def test_all_of_it_has_really_been_used(busy: Busy) -> None:
    login = base64.b64encode(f"user:{PLANTED['proxy-password']}".encode()).decode()
    assert set(busy.proxy.logins) == {f"Basic {login}"}
    assert any("signature=" in passed for passed in busy.proxy.passed)
    log = (busy.house.folder / "worker.log").read_text()
    for trace in (
        "DEBUG urllib3",
        "outcome=OutcomeUnknown",
        "outcome=Rejected:bad_credentials",
        "outcome=NotProcessed",
    ):
        assert trace in log
    assert "DEBUG" in (busy.house.folder / "worker.log").read_text()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=busy.house.valkey.port, retry=Retry(NoBackoff(), 0)).ping()


def test_no_secret_is_in_redis_its_files_the_logs_or_flower(busy: Busy) -> None:
    used = {
        f"signature {n}": found
        for n, text in enumerate(busy.proxy.passed)
        for found in re.findall(r"signature=(\w+)", text)
    }
    sinks = busy.sinks()
    kinds = {where.split()[0] for where in sinks}
    assert kinds == {"redis", "file", "flower"}
    assert {"file worker.log", "file flower.log", "file simulator.log"} <= sinks.keys()
    assert any(where.endswith(".aof") for where in sinks)
    assert used
    assert leaks({**PLANTED, **used}, sinks) == []


def test_flower_tells_the_broker_without_its_password(busy: Busy) -> None:
    known = next(iter(busy.flower.document("/api/workers?refresh=1").values()))
    assert re.fullmatch(r"redis://:\*+@127\.0\.0\.1:\d+/0", known["conf"]["broker_url"])
    broker = known["stats"]["broker"]
    assert broker["port"] == busy.house.valkey.port
    assert broker.get("password") is None
    assert all(re.fullmatch(r"redis://:\*+@127\.0\.0\.1:\d+/0", url) for url in broker.get("alternates", []))


COMMANDS = (
    *("balances --timeout 2", "status", "accounts", "queues", "dead", "order buy BTC/USDT 0.01 -a good"),
    *("order buy BTC/USDT 0.01 -a wrong", "order buy BTC/USDT 0.01 -a gone --timeout 1"),
)


@pytest.mark.parametrize("words", COMMANDS)
def test_no_command_prints_a_secret(busy: Busy, words: str) -> None:
    printed = busy.command(*words.split(), "--json")
    assert printed
    assert leaks(PLANTED, {words: printed}) == []


GONE = f"redis://:{quote(PLANTED['redis-password'], safe='')}@127.0.0.1:1/0"


def test_a_redis_that_is_gone_or_wants_another_password_shows_none(busy: Busy) -> None:
    wrong = {"wrong": PLANTED["redis-password"].replace("PLANTED", "WRONG")}
    other = busy.house.valkey.url.replace("PLANTED", "WRONG")
    for url, words in ((other, "status"), (GONE, "status"), (GONE, "worker binance --log-level debug")):
        printed = busy.command(*words.split(), POINTSMAN_REDIS_URL=url, POINTSMAN_BROKER_URL=url)
        assert b"does not take commands" in printed
        assert leaks({**PLANTED, **wrong}, {"output": printed}) == []


def failure(act: Callable[[], object]) -> bytes:
    with pytest.raises(RouterError) as caught:
        act()
    error = caught.value
    text = "".join(traceback.format_exception(error)) + repr(error) + str(error) + repr(error.problem)
    return text.encode() + pickle.dumps(error) + repr(error.__context__).encode()


BROKEN = {
    "api_key": f'"{PLANTED["key"]}\u00e4"',
    "api_secret": f'"-----BEGIN {PLANTED["secret"]}"',
    "proxy": f'"{PLANTED["proxy-password"]}"',
    "base_url": f'"http://user:{PLANTED["proxy-password"]}@host"',
    "passphrase": f'["{PLANTED["passphrase"]}"]',
    "timeout_seconds": f'"{PLANTED["passphrase"]}"\nno TOML',
}


def test_no_object_and_no_exception_shows_a_secret(busy: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in busy.house.environment.items():
        monkeypatch.setenv(name, value)
    accounts = load_accounts(busy.accounts, frozenset())
    exchanges = {name: get_exchange("binance", account, LocalGate()) for name, account in accounts.items()}
    shown: dict[str, bytes] = {"settings": repr(WorkerSettings.from_environment()).encode()}
    for name, exchange in exchanges.items():
        shown[f"exchange {name}"] = f"{exchange!r} {exchange.account!r} {exchange.account} {vars(exchange)!r}".encode()
    shown["refused"] = failure(exchanges["wrong"].get_balances)
    shown["gone"] = failure(exchanges["gone"].get_balances)
    busy.house.simulator.fault("reset_before", path="/api/v3/account", times=None)
    shown["lost"] = failure(exchanges["good"].get_balances)
    busy.house.simulator.clear_faults()
    for field, wrong in BROKEN.items():
        given = {"api_key": f'"{PLANTED["key"]}"', "api_secret": f'"{PLANTED["secret"]}"', field: wrong}
        lines = [
            'exchange = "binance"',
            'environment = "simulator"',
            *(f"{name} = {value}" for name, value in given.items()),
        ]
        file = tmp_path / "broken.toml"
        file.write_text("\n".join(["[accounts.x]", *lines]))
        shown[f"broken by its {field}"] = failure(lambda: load_accounts(tmp_path / "broken.toml", frozenset()))
    assert leaks(PLANTED, shown) == []


class TestTheScannerItself:
    """It would find what it looks for, in every kind of place it looks at."""

    @pytest.mark.parametrize("form", sorted(forms(CANARY)))
    def test_it_knows_every_form(self, form: bytes) -> None:
        assert leaks({"it": CANARY}, {"there": b"..." + form + b"..."}) == ["it in there"]

    @pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
    def test_it_finds_a_secret_within_base64(self, before: str) -> None:
        body = base64.b64encode(json.dumps({before: CANARY}).encode())
        assert leaks({"it": CANARY}, {"there": body}) == ["it in there"]

    @pytest.mark.parametrize(
        "text", [b"a=1&signature=ab12", b"signature%3Dab", b"X-MBX-APIKEY: k", b"Proxy-Authorization: Basic x"]
    )
    def test_it_knows_what_is_never_right(self, text: bytes) -> None:
        assert len(leaks({}, {"there": text})) == 1
        assert leaks({}, {"there": b"Signature for this request is not valid. signature= "}) == []

    def test_it_finds_a_canary_in_every_sink(self, busy: Busy) -> None:
        client = busy.house.valkey.client()
        client.set("canary:string", CANARY)
        client.lpush("canary:list", CANARY)
        client.hset("canary:hash", CANARY, "1")
        client.sadd("canary:set", CANARY)
        client.zadd("canary:zset", {CANARY: 1})
        client.xadd("canary:stream", {"field": CANARY})
        client.set(f"canary:{CANARY}", "in the name")
        app = Celery("elsewhere", broker=busy.house.valkey.url, set_as_current=False)
        sent = app.send_task("orders.place", kwargs={"command": {"kind": CANARY}}, queue="binance.orders")
        app.close()
        eventually(lambda: busy.flower.get(f"/api/task/info/{sent.id}").status == 200, 10, "Flower has heard of it")
        found = {line.removeprefix("it in ") for line in leaks({"it": CANARY}, busy.sinks())}
        client.delete(*client.scan_iter("canary:*"))
        client.close()
        for kind in ("string", "list", "hash", "set", "zset", "stream", CANARY):
            assert f"redis canary:{kind}" in found
        assert {"redis pointsman:dead", "file worker.log", f"flower /task/{sent.id}", "flower /api/tasks"} <= found
        assert any(where.endswith(".aof") for where in found)
        assert leaks({"it": CANARY}, {"dead": busy.command("dead", "--json")})
        error = ConfigurationError.because("field", CANARY, "rule")
        assert leaks({"it": CANARY}, {"error": failure(lambda: (_ for _ in ()).throw(error))})
