"""Every example runs; and the wire contract from outside, by a message made by hand as well."""

from __future__ import annotations

import base64
import importlib.util
import json
import shutil
import site
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema_rs
import pytest
import requests
from support.command_line import program
from support.house import House
from support.processes import ROOT, Process, eventually, free_port, running

from router import OrderRouter, OrderStatus
from router.schema import schema

pytestmark = pytest.mark.processes
ORDER = {"kind": "market_order", "exchange": "binance", "account": "sim-1", "symbol": "BTC/USDT", "side": "buy"}


@pytest.fixture
def house(shared_house: House) -> House:
    return shared_house


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    with house.router() as made:
        yield made


def said_by(house: House, example: str, *arguments: object) -> str:
    """What an example prints."""
    done = program(f"examples.{example.removesuffix('.py')}", *map(str, arguments), **house.environment)
    assert done.code == 0, done.err
    return done.out


def module_of(house: House, example: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An example that is an app, imported as its server would."""
    monkeypatch.setenv("POINTSMAN_REDIS_URL", house.valkey.url)
    found = importlib.util.spec_from_file_location(example, ROOT / "examples" / f"{example}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, example, module)
    found.loader.exec_module(module)
    return module


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    """A foreign client's answer, whose result is as the schema says."""
    assert answer["state"] == "done", answer
    jsonschema_rs.validate(schema("result:orders.place"), answer["result"])
    return answer


def test_a_celery_app_without_our_package(house: House, router: OrderRouter, tmp_path: Path) -> None:
    program = (ROOT / "examples" / "plain_celery.py").read_text()
    blind = "import importlib.util\nassert importlib.util.find_spec('router') is None\n"
    head, future, rest = program.partition("from __future__ import annotations\n")
    (tmp_path / "plain_celery.py").write_text(head + future + blind + rest)
    packages = {"PYTHONPATH": ":".join(site.getsitepackages())}  # -S leaves out what an editable install adds
    argv = [sys.executable, "-S", "plain_celery.py", house.valkey.url, "binance", "sim-1", "BTC/USDT"]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=tmp_path, env=packages, timeout=60)
    answer = checked(json.loads(done.stdout))
    assert router.ticket(answer["id"]).order(1).status is OrderStatus.FILLED


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js here")
def test_a_program_for_node(house: House, router: OrderRouter) -> None:
    program = ROOT / "examples" / "node" / "place_order.mjs"
    argv = ["node", program, house.valkey.url, json.dumps({**ORDER, "quantity": "0.001"})]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60)
    answer = checked(json.loads(done.stdout))
    assert router.ticket(answer["id"]).order(1).status is OrderStatus.FILLED


@pytest.mark.parametrize("form", ["object", "text"])
def test_a_message_made_by_hand_as_node_sends_it(house: House, router: OrderRouter, form: str) -> None:
    """Only the headers that celery-node sets, and the command as an object or as a string of JSON."""
    name = str(uuid.uuid4())
    command: object = {**ORDER, "quantity": "0.001"}
    body = json.dumps([[], {"command": command if form == "object" else json.dumps(command)}, {}])
    headers = {
        "lang": "js",
        "task": "orders.place",
        "id": name,
        "root_id": name,
        "retries": 0,
        "timelimit": [None, None],
    }
    info = {"exchange": "binance.orders", "routing_key": "binance.orders", "priority": 0}
    properties = {
        "correlation_id": name, "reply_to": "", "delivery_mode": 2, "delivery_info": info, "priority": 0,
        "delivery_tag": str(uuid.uuid4()), "body_encoding": "base64",
    }  # fmt: skip
    message = {
        "body": base64.b64encode(body.encode()).decode(), "content-type": "application/json",
        "content-encoding": "utf-8", "headers": headers, "properties": properties,
    }  # fmt: skip
    client = house.valkey.client()
    client.lpush("binance.orders", json.dumps(message))
    client.close()
    eventually(lambda: router.journal.record(name) is not None, 10, "a worker journals it")
    assert router.ticket(name).order(10).status is OrderStatus.FILLED


def test_the_script(house: House) -> None:
    standing, taken_back = said_by(house, "script.py", "binance", "sim-1", "BTC/USDT").splitlines()
    assert standing.startswith("buy 0.01000000 BTC/USDT at ")
    assert (standing.rpartition(" ")[2], taken_back) == ("new", "taken back: cancelled")


def test_the_walk_through(house: House) -> None:
    said = said_by(house, "walk_through.py")
    for line in ("USDT: ", "refused: quantity '0.0100000001'", "bought 0.01", "one order: True", " done", " sending"):
        assert line in said


def test_the_strategy_follows_events_and_goes_on_where_it_was(house: House, tmp_path: Path) -> None:
    at = ("binance", "sim-4", "BTC/USDT", tmp_path / "place")
    assert said_by(house, "follow_events.py", *at, 2).splitlines() == ["round 1", "round 2"]
    place = (tmp_path / "place").read_text()
    assert said_by(house, "follow_events.py", *at, 1).splitlines() == ["round 1"]
    assert (tmp_path / "place").read_text() > place


def test_the_migration_from_ccxt(house: House) -> None:
    first, second = said_by(house, "from_ccxt.py", "binance", "sim-1", house.simulator.url).splitlines()
    assert (first.split()[:3], second.split()[:3]) == (["ccxt:", "open", "canceled"], ["router:", "new", "cancelled"])
    assert first.split()[3] == second.split()[3]


def test_the_flask_view(house: House, router: OrderRouter, monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(house, "flask_view", monkeypatch)
    client = module.app.test_client()
    form = {"symbol": "BTC/USDT", "quantity": "0.001", "key": "click-1"}
    first, second = (client.post("/buy", data=form) for _ in range(2))
    assert (first.status_code, first.json) == (202, second.json)
    assert router.ticket(first.json["id"]).order(10).status is OrderStatus.FILLED
    assert client.get(f"/orders/{first.json['id']}").json == {"state": "done", "ended": True}
    assert client.post("/buy", data={**form, "quantity": "0.002"}).status_code == 409
    assert client.post("/buy", data={**form, "quantity": "x", "key": "2"}).json["field"] == "quantity"
    module.router.close()


def test_the_fastapi_app(house: House) -> None:
    port = free_port()
    argv = [sys.executable, "-m", "uvicorn", "--app-dir", ROOT / "examples", "--port", str(port), "fastapi_app:app"]
    app = Process("uvicorn", argv, house.folder / "fastapi_app.log", house.environment)
    with running(app):
        eventually(lambda: "running on" in app.output(), 30, "it listens")
        asked = {"symbol": "BTC/USDT", "quantity": "0.001", "key": "async-1"}
        first, second = (requests.post(f"http://127.0.0.1:{port}/buy", params=asked, timeout=20) for _ in range(2))
        assert (first.status_code, first.json()["status"], first.json()) == (200, "filled", second.json())
        wrong = requests.post(f"http://127.0.0.1:{port}/buy", params={**asked, "quantity": "0", "key": "2"}, timeout=20)
        assert wrong.status_code == 422
