"""Every kind of fault against the running process: what the client sees, and what truly happened."""

from __future__ import annotations

import threading
import time

import pytest
import requests
from sim_support import Local, Remote

from simulator.faults import KINDS

ORDER = "/api/v3/order"


def fault(remote: Remote, kind: str, **fields: object) -> int:
    return int(remote.control("POST", "faults", {"kind": kind, **fields})["id"])


@pytest.mark.parametrize("kind", ["lose_reply", "reset_after", "partial_reply"])
def test_executed_but_the_reply_is_lost(remote: Remote, kind: str) -> None:
    fault(remote, kind, method="POST", path=ORDER)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        remote.buy("a")
    assert remote.ledger_ids() == ["a"]
    found = remote.request("GET", ORDER, symbol="BTCUSDT", origClientOrderId="a").json()
    assert found["status"] == "FILLED"
    assert remote.buy("b").status_code == 200, "it strikes once"


def test_a_lost_reply_ends_without_a_byte_and_a_reset_is_a_reset(remote: Remote) -> None:
    fault(remote, "lose_reply")
    with pytest.raises(requests.ConnectionError, match="without response"):
        remote.buy()
    fault(remote, "reset_after")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        remote.buy()


def test_reset_before_executes_nothing(remote: Remote) -> None:
    fault(remote, "reset_before")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        remote.buy("a")
    assert remote.ledger_ids() == []


@pytest.mark.parametrize(("kind", "executed"), [("error_after", True), ("error_before", False)])
def test_errors(remote: Remote, kind: str, executed: bool) -> None:  # noqa: FBT001
    fault(remote, kind)
    page = remote.buy("a")
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html")
    assert "<html>" in page.text
    fault(remote, kind, status=503, code=-1007, msg="Timeout waiting for response from backend server.")
    document = remote.buy("b")
    assert document.status_code == 503
    assert document.json() == {"code": -1007, "msg": "Timeout waiting for response from backend server."}
    assert remote.ledger_ids() == (["a", "b"] if executed else [])


def test_stalls(remote: Remote) -> None:
    fault(remote, "stall", delay_ms=300, when="before")
    started = time.monotonic()
    assert remote.request("GET", "/api/v3/account", 1, timestamp=1).status_code == 400
    assert time.monotonic() - started < 0.3, "what is refused on receipt is not stalled"
    assert remote.buy("a").status_code == 200
    assert time.monotonic() - started >= 0.3
    fault(remote, "stall", delay_ms=300)
    late = remote.buy("b", recvWindow=200)
    assert (late.status_code, late.json()["code"]) == (400, -1021)
    fault(remote, "stall", delay_ms=300, when="after")
    assert remote.buy("c", recvWindow=200).status_code == 200, "it was executed in time"
    assert remote.ledger_ids() == ["a", "c"]


def test_a_stalled_request_holds_nobody_else_up(remote: Remote) -> None:
    fault(remote, "stall", delay_ms=1000, client_order_id="slow")
    other = Remote(remote.url)
    thread = threading.Thread(target=lambda: other.buy("slow"))
    thread.start()
    time.sleep(0.1)
    assert remote.buy("fast").status_code == 200
    assert remote.ledger_ids() == ["fast"]
    thread.join()
    other.session.close()
    assert remote.ledger_ids() == ["fast", "slow"]


def test_late_execution(remote: Remote) -> None:
    fault(remote, "late_execute", delay_ms=200, times=2)
    for name, window in (("a", 5000), ("b", 100)):
        with pytest.raises(requests.ConnectionError):
            remote.buy(name, recvWindow=window)
    assert remote.ledger_ids() == []
    time.sleep(0.5)
    assert remote.ledger_ids() == ["a"], "the other's window had passed"


def test_duplicate(remote: Remote) -> None:
    fault(remote, "duplicate")
    assert remote.buy("a").json() == {"code": -2010, "msg": "Duplicate order sent."}
    assert remote.ledger_ids() == ["a"]


def test_rate_limit(remote: Remote) -> None:
    fault(remote, "rate_limit", retry_after_s=7)
    reply = remote.buy("a")
    assert (reply.status_code, reply.headers["Retry-After"], reply.json()["code"]) == (429, "7", -1003)
    assert remote.ledger_ids() == []
    assert remote.buy("b").status_code == 200


def test_a_ban_is_a_real_one(remote: Remote) -> None:
    fault(remote, "ban", duration_s=1, path=ORDER)
    reply = remote.buy("a")
    assert (reply.status_code, reply.json()["code"], reply.headers["Retry-After"]) == (418, -1003, "1")
    assert requests.get(f"{remote.url}/api/v3/ping", timeout=5).status_code == 418, "for every request"
    time.sleep(1.1)
    assert remote.buy("b").status_code == 200
    assert remote.ledger_ids() == ["b"]


def test_clock_skew_lasts_until_cleared(remote: Remote) -> None:
    before = remote.session.get(f"{remote.url}/api/v3/time").json()["serverTime"]
    number = fault(remote, "clock_skew", skew_ms=-60_000)
    after = remote.session.get(f"{remote.url}/api/v3/time").json()["serverTime"]
    assert -61_000 < after - before < -55_000
    assert remote.buy().json()["code"] == -1021
    remote.control("DELETE", f"faults?id={number}")
    assert remote.buy().status_code == 200


def test_maintenance_spares_ping_and_time(remote: Remote) -> None:
    fault(remote, "maintenance", times=None)
    for path in ("ping", "time"):
        assert remote.session.get(f"{remote.url}/api/v3/{path}").status_code == 200
    assert remote.session.get(f"{remote.url}/api/v3/exchangeInfo").status_code == 503
    assert remote.buy("a").status_code == 503
    assert remote.ledger_ids() == []
    remote.control("DELETE", "faults")
    assert remote.buy("b").status_code == 200


def test_invisible_orders_show_up_later(remote: Remote) -> None:
    fault(remote, "invisible", delay_ms=400, symbol="BTCUSDT")
    placed = remote.buy("a")
    assert placed.json()["status"] == "FILLED", "the reply itself is not delayed"
    queries = [
        (ORDER, {"origClientOrderId": "a"}),
        ("/api/v3/openOrders", {}),
        ("/api/v3/allOrders", {}),
        ("/api/v3/myTrades", {}),
    ]
    hidden = [remote.request("GET", path, symbol="BTCUSDT", **params).json() for path, params in queries]
    assert hidden == [{"code": -2013, "msg": "Order does not exist."}, [], [], []]
    assert remote.ledger_ids() == ["a"], "the ledger knows"
    time.sleep(0.45)
    assert remote.request("GET", ORDER, symbol="BTCUSDT", origClientOrderId="a").json()["status"] == "FILLED"
    assert len(remote.request("GET", "/api/v3/myTrades", symbol="BTCUSDT").json()) == 1


class TestAim:
    """Which requests a fault strikes, how often, and how that is told."""

    @pytest.mark.parametrize(
        ("field", "hit", "miss"),
        [
            ("account", "sim-1", "sim-2"),
            ("symbol", "BTCUSDT", "ETHUSDT"),
            ("method", "post", "GET"),
            ("path", ORDER, "/api/v3/account"),
            ("exchange", "binance", "okx"),
            ("client_order_id", "a", "b"),
        ],
    )
    def test_fields(self, remote: Remote, field: str, hit: str, miss: str) -> None:
        fault(remote, "error_before", **{field: miss})
        assert remote.buy("a").status_code == 200
        fault(remote, "error_before", **{field: hit})
        assert remote.buy("a").status_code == 502
        rows = remote.control("GET", "faults")["faults"]
        assert [(row["hits"], row["times"]) for row in rows] == [(0, 1), (1, 0)]

    def test_times(self, remote: Remote) -> None:
        fault(remote, "error_before", times=2)
        assert [remote.buy().status_code for _ in range(3)] == [502, 502, 200]
        fault(remote, "error_before", times=None)
        assert [remote.buy().status_code for _ in range(5)] == [502] * 5
        assert remote.control("DELETE", "faults") == {"cleared": 2}
        assert remote.buy().status_code == 200

    def test_probability_is_seeded(self) -> None:
        def strikes(seed: int) -> list[bool]:
            local = Local(seed=seed)
            local.world.faults.add({"kind": "lose_reply", "times": None, "probability": 0.5})
            target = local.binance.job(local.ask("GET", "/api/v3/time", None)).target
            return [bool(local.world.faults.due(KINDS, target)) for _ in range(50)]

        assert strikes(1) == strikes(1) != strikes(2)
        assert 10 < sum(strikes(1)) < 40

    def test_several_at_once(self, remote: Remote) -> None:
        wishes = [{"kind": "stall", "delay_ms": 200}, {"kind": "lose_reply"}]
        assert len(remote.control("POST", "faults", wishes)["id"]) == 2
        started = time.monotonic()
        with pytest.raises(requests.ConnectionError):
            remote.buy("a")
        assert time.monotonic() - started >= 0.2
        assert remote.ledger_ids() == ["a"]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"kind": "explode"}, "kind: 'explode' must be one of ban,"),
        ({}, "kind: None must be one of"),
        ({"kind": "lose_reply", "delay_ms": 1}, "delay_ms: unknown field for lose_reply"),
        ({"kind": "stall"}, "delay_ms: stall needs it"),
        ({"kind": "stall", "delay_ms": -1}, "delay_ms: -1 must be a whole number of zero or more"),
        ({"kind": "stall", "delay_ms": 1, "when": "during"}, "when: 'during' must be before or after"),
        ({"kind": "clock_skew"}, "skew_ms: clock_skew needs it"),
        ({"kind": "lose_reply", "times": 0}, "times: 0 must be a whole number above zero, or null"),
        ({"kind": "lose_reply", "times": True}, "times: True must be"),
        ({"kind": "lose_reply", "probability": 2}, "probability: 2 must be a number from 0 to 1"),
        ({"kind": "lose_reply", "symbol": 1}, "symbol: 1 must be a text"),
        ({"kind": "error_after", "msg": 1}, "msg: 1 must be a text"),
        (["nonsense"], "body: 'nonsense' must be a JSON object"),
        ([{"kind": "lose_reply"}, {"kind": "explode"}], "kind: 'explode'"),
    ],
)
def test_senseless_faults_are_refused(remote: Remote, wish: object, words: str) -> None:
    reply = remote.session.post(f"{remote.url}/_sim/faults", json=wish)
    assert reply.status_code == 400
    assert words in reply.json()["error"]
    assert remote.control("GET", "faults") == {"faults": []}, "not even the good half of a list"
