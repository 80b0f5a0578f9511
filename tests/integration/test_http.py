"""Orders over HTTP, from a real client to a real server, worker and Redis."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from fastapi import FastAPI
from support.command_line import one_sentence, pointsman
from support.house import House
from support.http import AT, READER, STRANGER, TRADER, Client, HttpServer, assert_only_valid, fuzz
from support.processes import eventually

from router import Order
from router.http.limits import Rate
from router.http.problems import handle
from router.http.tokens import Tokens, hash_of

pytestmark = pytest.mark.processes
LIMIT = {"kind": "limit_order", "quantity": "0.01", "price": "50000"}


@pytest.fixture
def house(shared_house: House) -> House:
    return shared_house


@pytest.fixture(scope="module")
def server(shared_house: House) -> Iterator[HttpServer]:
    made = HttpServer(shared_house, http_longest_body="4096", http_streams="4")
    made.start()
    yield made
    assert made.stop() == 0
    assert "Traceback" not in made.output()


@pytest.fixture
def trader(server: HttpServer) -> Client:
    return Client(server.url, TRADER)


def problem(reply: requests.Response, status: int) -> dict[str, object]:
    assert reply.status_code == status, reply.text
    assert reply.headers["Content-Type"] == "application/problem+json"
    document = reply.json()
    assert document["status"] == status
    return document


def test_an_order_is_placed_looked_at_and_cancelled(house: House, trader: Client) -> None:
    placed = trader.order(**LIMIT)
    assert placed.status_code == 200
    view = placed.json()
    assert (view["state"], view["task"], view["account"]) == ("done", "orders.place", "sim-1")
    order = Order.model_validate(view["result"])
    assert order.client_order_id == view["id"]
    assert trader.ask("GET", placed.headers["Location"]).json() == view
    cancelled = trader.ask("DELETE", f"/v1/orders/{view['id']}", params={"wait": 10}).json()
    assert (cancelled["task"], cancelled["result"]["status"]) == ("orders.cancel", "cancelled")
    with house.router() as router:
        assert router.ticket(view["id"]).order(1) == order


def test_without_a_wait_it_is_accepted_and_goes_on(trader: Client) -> None:
    accepted = trader.order(wait=0)
    assert accepted.status_code in (200, 202)
    ended = trader.ask("GET", accepted.headers["Location"], params={"wait": 10})
    assert (ended.status_code, ended.json()["state"]) == (200, "done")


def test_an_order_that_the_exchange_refuses_is_a_command_that_ended_so(trader: Client) -> None:
    ended = trader.order(kind="limit_order", symbol="SOL/USDT", side="sell", quantity="60000", price="140")
    assert (ended.status_code, ended.json()["state"]) == (200, "rejected")
    assert ended.json()["problem"]["kind"] == "insufficient_balance"


def test_the_same_key_places_once(house: House, trader: Client) -> None:
    first, second = trader.order("signal-1"), trader.order("signal-1")
    assert first.json() == second.json()
    assert [each["client_order_id"] for each in house.simulator.orders()].count(first.json()["id"]) == 1
    assert problem(trader.order("signal-1", quantity="0.002"), 409)["kind"] == "conflict"
    twice = trader.order("signal-2", idempotency_key="signal-3")
    assert problem(twice, 422)["field"] == "idempotency_key"


def test_who_may_do_what(server: HttpServer, trader: Client) -> None:
    stranger, reader = Client(server.url, STRANGER), Client(server.url, READER)
    assert problem(stranger.order(), 401)
    assert problem(requests.get(f"{server.url}/v1/balances", params=AT, timeout=5), 401)
    assert problem(reader.order(), 403)
    assert problem(trader.order(account="sim-3"), 403)
    assert problem(trader.ask("GET", "/v1/balances", params={**AT, "account": "sim-3"}), 403)
    mine = trader.order(account="sim-2").json()["id"]
    assert problem(reader.ask("GET", f"/v1/commands/{mine}"), 404), "another account's command is nobody's business"
    assert problem(reader.ask("DELETE", f"/v1/orders/{trader.order(**LIMIT).json()['id']}"), 404)
    assert reader.ask("GET", "/v1/balances", params=AT).status_code == 200


def test_reads(trader: Client) -> None:
    balances = trader.ask("GET", "/v1/balances", params={**AT, "max_age": 5})
    assert {"USDT"} <= {each["asset"] for each in balances.json()["balances"]}
    assert trader.ask("GET", "/v1/positions", params=AT).json() == []
    tickers = trader.ask("GET", "/v1/tickers", params={**AT, "symbol": ["BTC/USDT", "ETH/USDT"]})
    assert set(tickers.json()) == {"BTC/USDT", "ETH/USDT"}


def test_a_read_that_only_a_worker_can_tell_is_wrong(trader: Client) -> None:
    assert problem(trader.ask("GET", "/v1/balances", params={**AT, "market": "option"}), 422)["kind"] == "unsupported"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"quantity": 0.1}, "quantity"),
        ({"quantity": "0.0000001"}, "quantity"),
        ({"quantity": None}, "kind"),
        ({"symbol": "BTC/NOPE"}, "symbol"),
        ({"symbol": "btcusdt"}, "symbol"),
        ({"side": "long"}, "side"),
        ({"leverage": 3}, "leverage"),
        ({"kind": "cancel_order"}, "kind"),
        ({"exchange": "nowhere"}, "exchange"),
    ],
)
def test_what_is_wrong_is_named_as_the_router_names_it(trader: Client, fields: dict[str, object], field: str) -> None:
    told = problem(trader.order(**fields), 422)
    assert told["detail"]
    assert told.get("field") == field or field == "kind"


def test_a_body_that_is_no_json_too_long_or_endless(server: HttpServer, trader: Client) -> None:
    as_json = {"Content-Type": "application/json"}
    assert problem(trader.ask("POST", "/v1/orders", data="{", headers=as_json), 400)
    assert problem(trader.ask("POST", "/v1/orders", data="[" * 4_000, headers=as_json), 400)
    assert problem(trader.ask("POST", "/v1/orders", data="x" * 5_000, headers=as_json), 413)
    assert problem(trader.ask("POST", "/v1/orders", data=iter([b"x" * 1_000] * 5), headers=as_json), 413)
    assert problem(trader.ask("POST", "/v1/orders", data='{"\\ud800": 1}', headers=as_json), 422)
    assert problem(requests.get(f"{server.url}/v1/nothing", timeout=5), 404)


def test_events_are_followed_and_resumed(server: HttpServer, trader: Client) -> None:
    def events(**options: object) -> Iterator[dict[str, str]]:
        """Those that happen after this call."""
        reply = trader.ask("GET", "/v1/events", stream=True, **options)
        assert reply.headers["Content-Type"].startswith("text/event-stream")
        return told_in(reply)

    def told_in(reply: requests.Response) -> Iterator[dict[str, str]]:
        told: dict[str, str] = {}
        with reply:
            for line in reply.iter_lines(chunk_size=1, decode_unicode=True):
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    told[name] = value
                elif not line and told:
                    yield told
                    told = {}

    following = events(params={"account": "sim-2"})
    heard: list[dict[str, str]] = []
    thread = threading.Thread(target=lambda: heard.extend(next(following) for _ in range(3)))
    thread.start()
    trader.order()
    mine = [trader.order(account="sim-2").json()["id"] for _ in range(2)]
    thread.join(10)
    assert [each["event"] for each in heard] == ["queued", "sending", "done"]
    assert {json.loads(each["data"])["command_id"] for each in heard} == {mine[0]}
    resumed = events(headers={"Last-Event-ID": heard[0]["id"]}, params={"account": "sim-2"})
    again = [next(resumed) for _ in range(2)]
    assert again == heard[1:]
    reader = Client(server.url, READER)
    with reader.ask("GET", "/v1/events", params={"since": "0", "account": "sim-2"}, stream=True) as reply:
        assert next(reply.iter_lines(chunk_size=1)) == b": following"
    assert problem(trader.ask("GET", "/v1/events", params={"since": "now"}), 422)["field"] == "since"
    assert problem(trader.ask("GET", "/v1/events", headers={"Last-Event-ID": "now"}), 422)["field"] == "since"


def test_no_more_streams_than_it_may_have_and_each_that_ends_makes_room(trader: Client) -> None:
    with ExitStack() as streams:

        def one_more() -> requests.Response:
            return streams.enter_context(trader.ask("GET", "/v1/events", stream=True))

        refused = next(reply for reply in (one_more() for _ in range(5)) if reply.status_code != 200)
        assert "4 streams" in str(problem(refused, 429)["detail"])
    with ExitStack() as streams:
        eventually(lambda: one_more().status_code == 200, 10, "there is room again")


def test_the_fuzzer_finds_no_fault_and_enqueues_nothing_invalid(house: House, server: HttpServer) -> None:
    """A few hundred cases here; `make bench-apps` runs ten thousand."""
    with house.router() as router:
        since = router.newest_event()
        assert "cases" in fuzz(house, server.url, examples=8)
        assert_only_valid(router, since)


@pytest.fixture(scope="module")
def hasty(shared_house: House) -> Iterator[HttpServer]:
    """One that has little time."""
    made = HttpServer(shared_house, redis_timeout_seconds="0.5", http_drain_seconds="2")
    made.start()
    yield made
    made.stop()


def test_a_redis_that_is_away_is_said_without_its_address(house: House, hasty: HttpServer) -> None:
    client = Client(hasty.url, TRADER)
    house.valkey.signal(signal.SIGSTOP)
    try:
        told = problem(client.order("away-1"), 503)
    finally:
        house.valkey.signal(signal.SIGCONT)
    assert told["kind"] == "queue"
    assert str(house.valkey.port) not in json.dumps(told)
    again = client.order("away-1").json()
    assert again["state"] == "done"
    assert [each["client_order_id"] for each in house.simulator.orders()].count(again["id"]) == 1


def test_it_leaves_when_asked_and_lets_requests_end(house: House, hasty: HttpServer) -> None:
    """With an exchange that stalls: a wait is answered, one that is too long as well, a stream of events ends."""
    answers: dict[str, requests.Response] = {}

    def ask(key: str, symbol: str = "BTC/USDT") -> None:
        answers[key] = Client(hasty.url, TRADER).order(key, wait=25, symbol=symbol, quantity="0.01")

    stalls = [("short", "BTC/USDT", 800), ("long", "ETH/USDT", 4_000)]
    waiting = [threading.Thread(target=ask, args=(key, symbol)) for key, symbol, _ in stalls]
    with Client(hasty.url, TRADER).ask("GET", "/v1/events", stream=True) as stream:
        lines = stream.iter_lines(chunk_size=1)
        assert next(lines) == b": following"
        for thread, (_, symbol, delay_ms) in zip(waiting, stalls, strict=True):
            house.simulator.fault("stall", delay_ms=delay_ms, symbol=symbol.replace("/", ""))
            thread.start()
            assert any(line == b"event: sending" for line in lines)
        assert hasty.stop() == 0
        list(lines)  # it has ended, without an error
    for thread in waiting:
        thread.join(10)
    assert (answers["short"].status_code, answers["short"].json()["state"]) == (200, "done")
    assert (answers["long"].status_code, answers["long"].json()["state"]) == (202, "sending")
    with house.router() as router:
        assert router.ticket(answers["long"].json()["id"]).order(10).status == "filled"
    house.simulator.clear_faults()
    with pytest.raises(requests.ConnectionError):
        ask("late")
    assert "Traceback" not in hasty.output()


def test_an_error_that_nobody_thought_of_is_a_problem_too() -> None:
    app = FastAPI()
    handle(app)

    @app.get("/")
    def fail() -> None:
        raise ZeroDivisionError("with something secret in it")

    sent: list[Any] = []

    async def ask() -> None:
        async def receive() -> dict[str, str]:
            return {"type": "http.request"}

        async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's own
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        with pytest.raises(ZeroDivisionError):  # for the server's log
            await app(scope, receive, send)

    asyncio.run(ask())
    start, body = sent
    assert (start["status"], dict(start["headers"])[b"content-type"]) == (500, b"application/problem+json")
    assert (json.loads(body["body"])["kind"], b"secret" in body["body"]) == ("internal", False)


def test_a_token_that_asks_too_often_waits() -> None:
    now = 100.0
    rate = Rate(8, 3, lambda: now)
    assert [rate.wait("a") for _ in range(3)] == [0, 0, 0]
    assert rate.wait("a") == 1 / 8
    assert rate.wait("b") == 0
    now += 1 / 8
    assert (rate.wait("a"), rate.wait("a") > 0) == (0, True)


def test_a_made_token_is_good_for_what_it_was_made_for(tmp_path: Path) -> None:
    words = ("token", "desk", "--account", "main", "--account", "sim-*", "--scope", "read")
    said = pointsman(*words).out
    made, _, table = said.partition("\n")
    (tmp_path / "tokens.toml").write_text(table)
    found = Tokens.load(tmp_path / "tokens.toml").find(made)
    assert found is not None
    assert (made in table, found.sha256) == (False, hash_of(made))
    asked = [("read", "sim-7"), ("read", "other"), ("trade", "main")]
    assert [found.allows(*each) for each in asked] == [True, False, False]


def test_a_scope_that_is_none_is_refused() -> None:
    said = one_sentence(pointsman("token", "desk", "--account", "main", "--scope", "withdraw"), 2)
    assert "scope 'withdraw': must be one of trade, read" in said
