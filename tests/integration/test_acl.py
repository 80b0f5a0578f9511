"""Each process under its role's user of config/redis/users.conf.example: what it needs works, all else is refused."""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery
from redis.exceptions import NoPermissionError
from support.command_line import pointsman
from support.flower import Flower
from support.guarded import USERS, GuardedRedis
from support.processes import Process, Simulator, Worker, eventually, ready_workers, running
from support.refusals import OF_ROLE, REFUSED

from router import AsyncOrderRouter, OrderRouter, OrderStatus
from router.commands import new_order
from router.errors import AccessDenied
from router.results import FINAL_STATES

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedRedis]:
    server = GuardedRedis(tmp_path_factory.mktemp("guarded"))
    with running(server):
        yield server


@pytest.fixture(scope="module")
def worker(guarded: GuardedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("house")
    simulator = Simulator(folder)
    with running(simulator):
        environment = {"POINTSMAN_REDIS_URL": guarded.url("worker"), "POINTSMAN_SIMULATOR_URL": simulator.url}
        process = Worker(folder, "worker", environment)
        with running(process):
            client = guarded.client()
            eventually(lambda: ready_workers(client), 30, "the worker beats")
            client.close()
            yield process


@pytest.fixture
def nothing_is_refused(guarded: GuardedRedis) -> Iterator[None]:
    """Redis writes down whatever it refused anybody; here that is nothing."""
    client = guarded.client()
    client.acl_log_reset()
    yield
    refused = [(row["username"], row["reason"], row["object"], row["context"]) for row in client.acl_log(128)]
    client.close()
    assert refused == []


def a_limit_order(**fields: object) -> dict[str, object]:
    return {**AT, "kind": "limit_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.01", **fields}


@pytest.mark.usefixtures("worker", "nothing_is_refused")
def test_orders_go_their_whole_way(guarded: GuardedRedis) -> None:
    with OrderRouter(guarded.url("producer")) as router:
        assert router.buy_market("BTC/USDT", quantity="0.01", **AT).order(20).status is OrderStatus.FILLED
        resting = router.buy_limit("BTC/USDT", "0.01", "50000", **AT)
        assert resting.order(20).status is OrderStatus.NEW
        assert router.cancel(resting).order(20).status is OrderStatus.CANCELLED
        many = router.submit_many([a_limit_order(price="50000") for _ in range(40)])  # most of them wait in line
        assert {ticket.order(30).status for ticket in many} == {OrderStatus.NEW}
        stopped = [router.cancel(ticket) for ticket in router.submit_many([a_limit_order(price="50000")] * 20)]
        eventually(lambda: all(ticket.state() in FINAL_STATES for ticket in stopped), 30, "the cancels end")
        batch = router.place_orders([a_limit_order(symbol="BTC/USDT:USDT", price="55000")] * 3)
        assert {ticket.order(20).status for ticket in batch} == {OrderStatus.NEW}


@pytest.mark.usefixtures("worker", "nothing_is_refused")
def test_a_follower_hears_of_what_becomes_of_orders(guarded: GuardedRedis) -> None:
    async def trade() -> None:
        async with AsyncOrderRouter(guarded.url("follower")) as router:
            events = await router.events(account="sim-1").begin()
            tickets = [await router.buy_market("BTC/USDT", quantity="0.01", **AT) for _ in range(3)]
            assert (await tickets[0].order(20)).status is OrderStatus.FILLED
            assert {each.state async for each in router.results(tickets, timeout=20)} == {"done"}
            assert (await anext(events)).command_id == tickets[0].id

    asyncio.run(trade())


@pytest.mark.usefixtures("worker")
def test_a_producers_asyncio_waits_end_too_and_say_why_they_take_longer(
    guarded: GuardedRedis, caplog: pytest.LogCaptureFixture
) -> None:
    async def trade() -> None:
        async with AsyncOrderRouter(guarded.url("producer")) as router:
            ticket = await router.buy_market("BTC/USDT", quantity="0.01", **AT)
            assert (await ticket.order(20)).status is OrderStatus.FILLED
            await asyncio.to_thread(eventually, lambda: "may not PSUBSCRIBE" in caplog.text, 20, "it says why")

    asyncio.run(trade())


@pytest.mark.usefixtures("worker", "nothing_is_refused")
def test_reads_and_polls_go_their_whole_way(guarded: GuardedRedis) -> None:
    with OrderRouter(guarded.url("producer")) as router:
        assert router.get_balances(**AT).account == "sim-1"
        assert router.get_balances(max_age=60, **AT).account == "sim-1"
        poll = router.poll_balances(exchange="binance", accounts=["sim-1", "sim-2"])
        assert {each.status for each in poll.accounts.values()} <= {"fresh", "cached"}
        assert router.halts() == []


@pytest.mark.usefixtures("worker", "nothing_is_refused")
def test_a_sender_places_an_order_without_writing_a_record(guarded: GuardedRedis) -> None:
    app = Celery("elsewhere", broker=guarded.url("sender"), set_as_current=False)
    command = a_limit_order(price="50000")
    sent = app.send_task("orders.place", queue="binance.orders", kwargs={"command": command}, ignore_result=True)
    app.close()
    with OrderRouter(guarded.url("sender")) as router:
        eventually(lambda: router.journal.record(sent.id), 20, "a worker has journaled it")
        assert router.ticket(sent.id).order(20).status is OrderStatus.NEW


@pytest.mark.usefixtures("worker")
def test_a_sender_cannot_accept_a_command(guarded: GuardedRedis) -> None:
    order = new_order("market", symbol="BTC/USDT", side="buy", quantity="0.01", **AT)
    with OrderRouter(guarded.url("sender")) as router, pytest.raises(AccessDenied, match="evalsha"):
        router.submit(order)


@pytest.mark.usefixtures("worker", "nothing_is_refused")
def test_a_monitor_sees_everything(guarded: GuardedRedis) -> None:
    told = {"POINTSMAN_REDIS_URL": guarded.url("monitor")}
    for words in ("status", "queues", "accounts", "watch --once", "healthy", "dead"):
        done = pointsman(*words.split(), **told)
        assert done.code == 0, (words, done)


@pytest.mark.usefixtures("worker")
def test_a_monitors_doctor_says_what_it_may_not_look_at(guarded: GuardedRedis) -> None:
    done = pointsman("doctor", "--json", POINTSMAN_REDIS_URL=guarded.url("monitor"))
    assert (done.code, json.loads(done.out)) == (0, []), done
    assert "appendfsync: this user may not read" in done.err
    assert "the key of sim-1: this user of Redis may not ask" in done.err


@pytest.mark.usefixtures("worker")
def test_a_monitor_cannot_trade(guarded: GuardedRedis) -> None:
    words = ["order", "buy", "BTC/USDT", "0.01", "--account", "sim-1", "--exchange", "binance", "--json"]
    done = pointsman(*words, POINTSMAN_REDIS_URL=guarded.url("monitor"))
    assert done.code == 2, done
    assert json.loads(done.err)["error"]["kind"] == "access_denied"


@pytest.mark.usefixtures("worker", "nothing_is_refused")
def test_the_exporter_counts_as_monitor(guarded: GuardedRedis, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "workers.cli", "metrics", "--port", "0"]
    exporter = Process("exporter", argv, tmp_path / "exporter.log", {"POINTSMAN_REDIS_URL": guarded.url("monitor")})
    exporter.FORKED = True
    with running(exporter), OrderRouter(guarded.url("producer")) as router:
        eventually(lambda: "serving http" in exporter.output(), 30, "the exporter serves")
        url = exporter.output().split("serving ")[1].split()[0]
        assert router.buy_market("BTC/USDT", quantity="0.01", **AT).order(20).status is OrderStatus.FILLED
        counted = 'pointsman_commands_total{account="sim-1"'
        eventually(lambda: counted in urllib.request.urlopen(url, timeout=5).read().decode(), 30, "it counts the order")


@pytest.mark.usefixtures("worker")
def test_flower_hears_of_every_task_as_monitor(guarded: GuardedRedis, tmp_path: Path) -> None:
    flower = Flower(tmp_path, {"POINTSMAN_REDIS_URL": guarded.url("monitor")})
    with running(flower), OrderRouter(guarded.url("producer")) as router:
        eventually(lambda: flower.document("/workers?json=1")["data"], 40, "Flower hears the worker's heartbeats")
        ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
        assert ticket.order(20).status is OrderStatus.FILLED
        eventually(lambda: ticket.id in flower.document("/api/tasks"), 20, "Flower shows the order")


@pytest.mark.parametrize(("role", "command"), REFUSED)
def test_what_a_role_does_not_need_is_refused(guarded: GuardedRedis, role: str, command: str) -> None:
    client = guarded.client(role)
    with pytest.raises(NoPermissionError, match=r"(?i)permission"):
        client.execute_command(*command.split())
    client.close()


SCRIPTS: list[tuple[str, str, Callable[[redis.Redis], object]]] = [
    (
        "another's dead letters",
        "return redis.call('XRANGE', 'pointsman:dead', '-', '+')",
        lambda c: c.xlen("pointsman:dead"),
    ),
    (
        "the kill switch",
        "return redis.call('HSET', 'pointsman:halts', 'all', 'x')",
        lambda c: c.hlen("pointsman:halts"),
    ),
    ("a snapshot", "return redis.call('SET', 'pointsman:snapshot:x', 'y')", lambda c: c.exists("pointsman:snapshot:x")),
    ("messages", "return redis.call('RPOP', 'binance.orders')", lambda c: c.llen("binance.orders")),
]


@pytest.mark.parametrize(("what", "script", "look"), SCRIPTS, ids=[row[0] for row in SCRIPTS])
def test_a_producers_own_script_can_do_no_more_than_the_producer(
    guarded: GuardedRedis, what: str, script: str, look: Callable[[redis.Redis], object]
) -> None:
    admin, client = guarded.client(), guarded.client("producer")
    before = look(admin)
    with pytest.raises(redis.ResponseError, match=r"(?i)acl|permission"):
        client.evalsha(client.script_load(script), 0)
    with pytest.raises(NoPermissionError):
        client.evalsha(client.script_load(script), 1, "pointsman:dead")  # the keys it declares are judged, too
    assert look(admin) == before, what
    admin.close()
    client.close()


def test_what_no_rule_of_redis_can_tell_from_submitting(guarded: GuardedRedis) -> None:
    """docs/growing.md says so: who may submit can write records. Whoever must not be able to is a sender."""
    client = guarded.client("producer")
    record = "pointsman:command:somebody-elses"
    assert client.hset(record, "result", "{}") == 1
    client.close()
    admin = guarded.client()
    admin.delete(record)
    admin.close()


@pytest.mark.parametrize("url", ["redis://localhost:{port}/0", "redis://producer:wrong@localhost:{port}/0"])
def test_nobody_comes_in_without_a_password(guarded: GuardedRedis, url: str) -> None:
    client = redis.Redis.from_url(url.format(port=guarded.port))
    with pytest.raises(redis.AuthenticationError):
        client.ping()
    client.close()


def test_every_role_is_tested_and_none_has_a_password_in_the_file() -> None:
    users = [line.split() for line in USERS.read_text().splitlines() if line.startswith("user ")]
    assert {user[1] for user in users} == {"default", *OF_ROLE}
    assert all(user[3] == f">change-me-{user[1]}" for user in users[1:])
