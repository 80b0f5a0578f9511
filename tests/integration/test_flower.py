"""Flower, for real: who has the login sees everything that matters, and nobody can change or send anything."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from celery import Celery
from flower.urls import handlers
from flower.views.error import NotFoundErrorHandler
from support.browser import Page, a_page, chromium
from support.flower import PASSWORD, USER, Flower
from support.house import House, a_house
from support.processes import Process, eventually, running
from tornado.web import RequestHandler

from router import OrderRouter, OrderStatus, Rejected

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}
QUEUES = {"binance.cancels", "binance.orders", "binance.queries"}
OPEN = ("/healthcheck", "/metrics")
PUBLIC = (*OPEN, "/logout")  # a page that says good-bye, and tells nothing else
NAMES = ("post", "put", "delete", "patch")
PICTURE = os.environ.get("POINTSMAN_TEST_PICTURES")  # the folder where `make pictures` wants them


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("flower"), workers=1) as built:
        yield built


@pytest.fixture(scope="module")
def flower(house: House) -> Iterator[Flower]:
    started = Flower(house.folder, house.environment)
    with running(started):
        eventually(lambda: worker_names(started), 30, "Flower has heard of the worker")
        yield started


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    with house.router() as made:
        yield made


def worker_names(flower: Flower) -> list[str]:
    return [name for name, online in flower.document("/api/workers?status=1").items() if online]


def task(flower: Flower, task_id: str, state: str = "SUCCESS") -> dict[str, Any]:
    """The task as Flower's API tells it, once it has heard of its end."""

    def ended() -> bool:
        seen = flower.get(f"/api/task/info/{task_id}")
        return seen.status == 200 and f'"state": "{state}"' in seen.text

    eventually(ended, 10, f"Flower knows how {task_id} ended")
    found: dict[str, Any] = flower.document(f"/api/task/info/{task_id}")
    return found


def trading(queues: list[dict[str, Any]]) -> set[str]:
    """The names of those that carry commands; a worker may have others for its own health."""
    return {queue["name"] for queue in queues if queue["name"].startswith("binance.")}


def spelled(pattern: str, argument: str) -> str:
    return re.sub(r"\(.+\)", argument, pattern.rstrip("$")).rstrip("?").removesuffix("/")


def methods_of(handler: type[RequestHandler]) -> list[str]:
    return [name for name in NAMES if getattr(handler, name) is not getattr(RequestHandler, name)]


def routes() -> list[tuple[str, type[RequestHandler]]]:
    """Every path that Flower serves itself, from its own table; static files and "not found" are none."""
    found = []
    for route in handlers:
        pattern, handler = (route[0], route[1]) if isinstance(route, tuple) else (route.regex.pattern, route.target)
        if handler is not NotFoundErrorHandler and not pattern.startswith(("/static", "/login")):
            found.append((pattern, handler))
    return found


READS = [pattern for pattern, handler in routes() if hasattr(handler, "get") and "get" in vars(handler)]
WRITES = [(pattern, name) for pattern, handler in routes() for name in methods_of(handler) if "/api/" in pattern]
ARGUMENT = {"task": "orders.place", "worker": "WORKER", "pool": "WORKER", "queue": "WORKER"}


def test_the_tables_above_are_not_empty() -> None:
    assert len(READS) >= 15
    assert len(WRITES) >= 14
    paths = " ".join(pattern for pattern, _ in WRITES)
    for word in ("shutdown", "restart", "grow", "shrink", "autoscale", "add-consumer", "cancel-consumer"):
        assert f"/{word}/" in paths
    for word in ("apply", "async-apply", "send-task", "abort", "timeout", "rate-limit", "revoke"):
        assert f"/task/{word}/" in paths


@pytest.mark.parametrize("pattern", READS)
@pytest.mark.parametrize("login", [None, "watcher:", f"watcher:{PASSWORD}x", f"other:{PASSWORD}", "watcher", ":"])
def test_without_the_login_nothing_is_shown(flower: Flower, pattern: str, login: str | None) -> None:
    path = spelled(pattern.rstrip("$"), "anything")
    seen = flower.get(path or "/", login)
    assert seen.status == (200 if path in PUBLIC else 401)
    if path not in OPEN:
        assert "sim-1" not in seen.text
        assert "binance" not in seen.text


def test_health_and_metrics_need_no_login_and_tell_no_order(flower: Flower, router: OrderRouter) -> None:
    ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
    task(flower, ticket.id)
    assert flower.get("/healthcheck", None) == (200, "OK")
    metrics = flower.get("/metrics", None)
    assert metrics.status == 200
    assert re.search(
        r'flower_events_total\{task="orders\.place",type="task-succeeded",worker="binance-.*"\}', metrics.text
    )
    assert re.search(r'flower_task_runtime_seconds_bucket\{le="0\.005",task="orders\.place"', metrics.text)
    assert "sim-1" not in metrics.text
    assert ticket.id not in metrics.text


def test_the_worker_is_online_and_serves_the_three_queues(flower: Flower, house: House) -> None:
    (name,) = worker_names(flower)
    assert name.startswith(f"binance-{house.workers[0].pid}@")
    known = flower.document("/api/workers?refresh=1")[name]
    assert trading(known["active_queues"]) == QUEUES
    waiting = flower.document("/api/queues/length")["active_queues"]
    assert trading(waiting) == QUEUES
    assert [queue["messages"] for queue in waiting if queue["name"] in QUEUES] == [0, 0, 0]
    for path in ("/", "/workers", f"/worker/{quote(name)}"):
        assert name in flower.get(path).text
    shown = flower.get("/broker").text
    assert all(queue in shown for queue in QUEUES)
    assert "orders.place" in flower.get(f"/worker/{quote(name)}").text


def test_an_order_reads_well(flower: Flower, router: OrderRouter) -> None:
    ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
    known = task(flower, ticket.id)
    assert (known["name"], known["kwargs"]) == ("orders.place", "sim-1 buy 0.01 BTC/USDT market")
    assert known["result"] == "'done'"
    assert known["worker"].startswith("binance-")
    listed = flower.document("/api/tasks?taskname=orders.place&state=SUCCESS")
    assert listed[ticket.id]["kwargs"] == known["kwargs"]
    page = flower.get(f"/task/{ticket.id}").text
    assert "sim-1 buy 0.01 BTC/USDT market" in page
    assert "orders.place" in page
    rows = flower.document("/tasks/datatable?draw=1&start=0&length=50&order[0][column]=0&columns[0][data]=name")["data"]
    assert known["kwargs"] in [row["kwargs"] for row in rows]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("orders.cancel", "sim-1 {order}"),
        ("orders.amend", "sim-1 {order} to 0.01"),
        ("queries.balances", "sim-1"),
        ("queries.ticker", "sim-1 BTC/USDT"),
    ],
)
def test_the_other_commands_read_well(flower: Flower, router: OrderRouter, name: str, shown: str) -> None:
    order = router.buy_limit("BTC/USDT", "0.02", "50000", **AT)
    order.result(10)
    assert task(flower, order.id)["kwargs"] == "sim-1 buy 0.02 BTC/USDT limit 50000 GTC"
    if name == "queries.balances":
        router.get_balances(**AT)
    elif name == "queries.ticker":
        router.get_market_data(symbol="BTC/USDT", **AT)
    else:
        (router.cancel(order) if name == "orders.cancel" else router.amend(order, quantity="0.01")).result(10)

    def listed() -> list[str]:
        found = flower.document(f"/api/tasks?taskname={name}&limit=1&sort_by=-received")
        return [known["kwargs"] for known in found.values()]

    eventually(lambda: listed() == [shown.format(order=order.id)], 5, "Flower shows it")


def test_a_refusal_shows_why(flower: Flower, router: OrderRouter) -> None:
    ticket = router.sell_limit("SOL/USDT", "60000", "140", **AT)
    with pytest.raises(Rejected):
        ticket.result(10)
    result = task(flower, ticket.id, "FAILURE")["result"]
    assert "rejected" in result
    assert "insufficient_balance" in result


def test_a_plain_celery_message_reads_well(flower: Flower, house: House, router: OrderRouter) -> None:
    app = Celery("elsewhere", broker=house.valkey.url, set_as_current=False)
    command = {"kind": "market_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.03", **AT}
    sent = app.send_task("orders.place", kwargs={"command": command}, queue="binance.orders")
    app.close()
    known = task(flower, sent.id)
    for word in ("market_order", "BTC/USDT", "'buy'", "0.03", "sim-1", "binance"):
        assert word in known["kwargs"]
    assert known["result"] == "'done'"
    assert "0.03" in flower.get(f"/task/{sent.id}").text
    assert router.ticket(sent.id).order(5).status is OrderStatus.FILLED


@pytest.mark.parametrize(("pattern", "method"), WRITES, ids=[pattern for pattern, _ in WRITES])
def test_nothing_can_be_changed(flower: Flower, house: House, pattern: str, method: str) -> None:
    """Each would otherwise answer 200, or 404 for a thing that is not there; so what is named is there."""
    is_task = "/api/task/" in pattern and not any(word in pattern for word in ("abort", "revoke"))
    name = "orders.place" if is_task else quote(worker_names(flower)[0])
    path = spelled(pattern.rstrip("$"), name) + f"?workername={name}&ratelimit=1&queue=x&min=1&max=2&soft=1"
    order = {
        "kwargs": {"command": {"kind": "market_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "9", **AT}}
    }
    before = len(house.simulator.orders())
    for login, status in ((None, 401), (f"{USER}:wrong", 401), ("own", 403)):
        assert flower.ask(method.upper(), path, login, b"{}").status == status
        assert flower.post(path, order, login).status == status
    assert len(house.simulator.orders()) == before


def test_and_nothing_was_changed(flower: Flower, house: House, router: OrderRouter) -> None:
    assert house.workers[0].alive()
    assert router.buy_market("BTC/USDT", quantity="0.01", **AT).order(10).status is OrderStatus.FILLED
    (name,) = worker_names(flower)
    known = flower.document("/api/workers?refresh=1")[name]
    assert trading(known["active_queues"]) == QUEUES
    assert known["stats"]["pool"]["max-concurrency"] == 32
    assert all(order["quantity"] != "9" for order in house.simulator.orders())


def test_the_pages_offer_nothing_that_would_change_anything(flower: Flower) -> None:
    page = flower.get(f"/worker/{quote(worker_names(flower)[0])}").text
    for offer in ("worker-shutdown", "worker-pool-restart", "Add Consumer", "Autoscale"):
        assert offer not in page


def test_the_columns_are_those_an_order_is_read_by(flower: Flower) -> None:
    columns = re.findall(r'<th data-column="(\w+)">', flower.get("/tasks").text)
    assert columns == ["name", "uuid", "state", "kwargs", "result", "received", "runtime", "worker"]
    assert '<input type="hidden" value="time' in flower.get("/tasks").text  # clock times, not natural ones


def test_the_password_is_in_no_argument(flower: Flower) -> None:
    arguments = Path(f"/proc/{flower.pid}/cmdline").read_bytes()
    assert b"flower" in arguments
    assert PASSWORD.encode() not in arguments
    assert PASSWORD not in flower.output()


def test_tasks_survive_a_restart_when_asked_to(house: House, router: OrderRouter, tmp_path: Path) -> None:
    kept = {"FLOWER_PERSISTENT": "true", "FLOWER_DB": str(tmp_path / "tasks"), "FLOWER_MAX_TASKS": "100"}
    with running(first := Flower(tmp_path, {**house.environment, **kept})):
        eventually(lambda: worker_names(first), 30, "Flower has heard of the worker")
        ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
        task(first, ticket.id)
    with running(second := Flower(tmp_path, {**house.environment, **kept})):
        assert task(second, ticket.id)["kwargs"] == "sim-1 buy 0.01 BTC/USDT market"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"PASSWORD": ""}, "configuration POINTSMAN_FLOWER_PASSWORD '': must be set: Flower shows every order"),
        ({"PASSWORD": "se,cret"}, "POINTSMAN_FLOWER_PASSWORD '(not shown)': must be printable ASCII without comma"),
        ({"PASSWORD": "secrét"}, "POINTSMAN_FLOWER_PASSWORD '(not shown)': must be printable ASCII without comma"),
        ({"PASSWORD": "sec\nret"}, "POINTSMAN_FLOWER_PASSWORD '(not shown)': must be printable ASCII without comma"),
        ({"USER": "a:b"}, "POINTSMAN_FLOWER_USER 'a:b': must be printable ASCII without comma and colon"),
        ({"USER": "a,b"}, "POINTSMAN_FLOWER_USER 'a,b': must be printable ASCII without comma and colon"),
        ({"USER": "ä"}, "POINTSMAN_FLOWER_USER 'ä': must be printable ASCII without comma and colon"),
        ({"FLOWER_MAX_TASKS": "many"}, "FLOWER_MAX_TASKS 'many': must be a whole number"),
        ({"FLOWER_PERSISTENT": "perhaps"}, "FLOWER_PERSISTENT 'perhaps': must be true or false"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, change: dict[str, str], sentence: str) -> None:
    flower = Flower(tmp_path, {}, "good")
    prefixed = {name if "_" in name else f"POINTSMAN_FLOWER_{name}": value for name, value in change.items()}
    flower._environment.update(prefixed)
    assert ended(flower) == 2
    assert " ".join(flower.output().split()).endswith(sentence)
    assert "Traceback" not in flower.output()
    assert not {"se,cret", "secrét", "ret"} & set(flower.output().split())


def test_a_taken_port_is_named(flower: Flower, house: House, tmp_path: Path) -> None:
    second = Flower(tmp_path, house.environment)
    second.argv[-1] = flower.url.rpartition(":")[2]
    assert ended(second) == 2
    assert f"port {second.argv[-1]}: cannot be listened on at 127.0.0.1" in " ".join(second.output().split())


def ended(process: Process) -> int:
    Process.start(process)
    return process.child.wait(20)


def trade(house: House, router: OrderRouter) -> None:
    """One of each that a trader wants to see: filled, resting, refused, and one that waits for its turn."""
    router.buy_market("BTC/USDT", quantity="0.01", **AT).result(10)
    router.buy_limit("ETH/USDT", "0.5", "2500", **AT).result(10)
    router.sell_limit("SOL/USDT", "60000", "140", **AT)
    router.get_balances(**AT)
    router.get_market_data(symbol="BTC/USDT", **AT)
    house.simulator.fault("maintenance", method="POST", path="/api/v3/order", times=50)
    router.buy_market("ETH/USDT", quantity="0.1", expires_in=60, **AT)


def look(visit: Callable[[Page], Awaitable[None]]) -> None:
    """Pay a visit with a real Chromium; its page must have had no error."""
    chromium()

    async def run() -> None:
        async with asyncio.timeout(60):
            async with a_page() as page:
                await visit(page)
                assert page.errors == []

    asyncio.run(run())


def test_in_a_browser_a_person_logs_in_and_sees_workers_queues_and_orders(
    flower: Flower, house: House, router: OrderRouter, tmp_path: Path
) -> None:
    folder = Path(PICTURE) if PICTURE else tmp_path
    trade(house, router)

    async def visit(page: Page) -> None:
        page.log_in(USER, PASSWORD)
        await page.go(f"{flower.url}/workers", "document.body.innerText.includes('binance-')")
        assert "Online" in await page.text()
        await page.go(f"{flower.url}/broker", "document.body.innerText.includes('binance.cancels')")
        for queue in ("binance.cancels", "binance.orders", "binance.queries"):
            assert queue in await page.text()
        await page.go(f"{flower.url}/tasks", "document.body.innerText.includes('RETRY')")
        shown = await page.text()
        row = await page.evaluate(
            "[...document.querySelectorAll('tr')].map(r => r.innerText).find(t => /RETRY/.test(t))"
        )
        assert "sim-1 buy 0.1 ETH/USDT market" in row
        assert "waiting" in row or "unknown" in row  # and why
        assert "orders.place" in shown
        assert "sim-1 buy 0.5 ETH/USDT limit 2500 GTC" in shown
        assert "insufficient_balance" in shown
        await page.picture(folder / "flower.png")
        link = await page.evaluate("[...document.links].map(l => l.href).find(h => h.includes('/task/'))")
        await page.go(
            str(link), "document.body.innerText.includes('orders.') || document.body.innerText.includes('queries.')"
        )
        assert "sim-1" in await page.text()

    try:
        look(visit)
    finally:
        house.simulator.clear_faults()


def test_in_a_browser_without_the_login_nothing_is_seen(flower: Flower) -> None:
    async def visit(page: Page) -> None:
        for path in ("/", "/workers", "/tasks", "/broker"):
            await page.go(f"{flower.url}{path}")
            assert page.said[f"{flower.url}{path}"] == 401
            assert "binance" not in await page.text()

    look(visit)


def test_in_a_browser_another_site_cannot_act_in_the_name_of_who_is_logged_in(flower: Flower, house: House) -> None:
    """A page of somebody else's, in the browser that has the login: it sends, is refused, and reads nothing.

    The simulator plays that somebody: another port of this machine, so that the browser sends the login along.
    """
    place = f"{flower.url}/api/task/send-task/orders.place"

    async def visit(page: Page) -> None:
        page.log_in(USER, PASSWORD)
        await page.go(f"{flower.url}/workers", "document.body.innerText.includes('binance-')")
        await page.go(f"{house.simulator.url}/api/v3/time", "document.body.innerText.includes('serverTime')")
        send = f"fetch('{place}', {{method: 'POST', mode: 'no-cors', credentials: 'include', body: '{{}}'}})"
        await page.evaluate(f"{send}.then(reply => reply.type)")
        assert page.said.get(place) in (401, 403)
        read = f"fetch('{flower.url}/api/tasks', {{credentials: 'include'}}).then(r => r.text()).catch(e => 'refused')"
        assert await page.evaluate(read) == "refused"
        form = f"<form id=f method=post action={place}><input name=x value=1></form><script>f.submit()</script>"
        await page.evaluate(f"document.body.innerHTML = {form!r}; document.getElementById('f').submit()")
        await asyncio.sleep(0.5)
        assert page.said.get(place) in (401, 403)

    look(visit)
