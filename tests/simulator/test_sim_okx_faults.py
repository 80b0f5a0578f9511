"""Faults on the OKX side, over HTTP: what happened in truth, and what the client gets to see."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests
from okx_support import SPOT, Remote


@pytest.fixture
def okx(simulator_url: str) -> Iterator[Remote]:
    found = Remote(simulator_url)
    found.control("POST", "reset", {"seed": 1})
    yield found
    found.session.close()


def cut(okx: Remote, name: str = "f1", **headers: str) -> None:
    with pytest.raises(requests.ConnectionError):
        okx.buy(name, **headers)


def fence(left_ms: int) -> str:
    return str(time.time_ns() // 1_000_000 + left_ms)


def wait_for(okx: Remote, names: list[str]) -> None:
    end = time.monotonic() + 30
    while okx.ledger_ids() != names:
        assert time.monotonic() < end, okx.ledger_ids()
        time.sleep(0.05)


class TestBeforeExecution:
    def test_reset_before(self, okx: Remote) -> None:
        okx.fault("reset_before", exchange="okx")
        cut(okx)
        assert okx.ledger_ids() == []

    @pytest.mark.parametrize(
        ("fields", "status", "words"),
        [
            ({}, 502, "<h1>502 Bad Gateway</h1>"),
            ({"status": 503}, 503, "503 Service Unavailable"),
            ({"status": 400, "code": 50004, "msg": "API endpoint request timeout"}, 400, '"code":"50004"'),
            ({"status": 500, "code": 51054, "msg": "Request timed out"}, 500, '"code":"51054"'),
        ],
    )
    def test_error_before(self, okx: Remote, fields: dict[str, object], status: int, words: str) -> None:
        okx.fault("error_before", **fields)
        reply = okx.buy("f1")
        assert (reply.status_code, words in reply.text, okx.ledger_ids()) == (status, True, [])

    def test_rate_limit_is_the_gateways(self, okx: Remote) -> None:
        okx.fault("rate_limit", retry_after_s=7)
        reply = okx.buy("f1")
        assert (reply.status_code, reply.json()) == (429, {"msg": "Too Many Requests", "code": "50011"})
        assert "Retry-After" not in reply.headers
        assert okx.ledger_ids() == []

    def test_ban_is_a_page_of_the_network_in_front(self, okx: Remote) -> None:
        okx.fault("ban", duration_s=600)
        replies = [okx.buy("f1"), okx.buy("f2"), okx.request("GET", "/public/time")]
        assert [(reply.status_code, "<html>" in reply.text) for reply in replies] == [(403, True)] * 3
        assert okx.ledger_ids() == []

    def test_maintenance_leaves_clock_and_status(self, okx: Remote) -> None:
        okx.fault("maintenance", times=None)
        reply = okx.buy("f1")
        assert (reply.status_code, reply.json()["code"]) == (503, "50001")
        assert [okx.request("GET", path).status_code for path in ("/public/time", "/system/status")] == [200, 200]

    def test_stall_before_checks_the_deadline_again(self, okx: Remote) -> None:
        okx.fault("stall", delay_ms=2000)
        late = okx.buy("f1", expTime=fence(1500)).json()
        assert (late["code"], late["data"][0]["sCode"]) == ("1", "50037")
        assert okx.ledger_ids() == []

    def test_late_execution_obeys_the_fence(self, okx: Remote) -> None:
        """Of two that are carried out late, the one whose deadline has passed by then is not."""
        okx.fault("late_execute", delay_ms=2000, times=2)
        cut(okx, "f1", expTime=fence(1500))
        cut(okx, "f2", expTime=fence(600_000))
        wait_for(okx, ["f2"])
        assert okx.control("GET", "ledger?fields=counts")["counts"]["refused"] == {"50037": 1}

    def test_without_a_fence_it_arrives_whenever(self, okx: Remote) -> None:
        okx.fault("late_execute", delay_ms=200)
        cut(okx)
        wait_for(okx, ["f1"])


class TestAfterExecution:
    @pytest.mark.parametrize("kind", ["lose_reply", "reset_after", "partial_reply"])
    def test_the_reply_is_lost(self, okx: Remote, kind: str) -> None:
        okx.fault(kind, account="sim-1", symbol=SPOT, client_order_id="f1", path="/api/v5/trade/order")
        with pytest.raises(requests.RequestException):
            okx.buy("f1").json()
        assert okx.ledger_ids() == ["f1"]

    @pytest.mark.parametrize(
        ("fields", "code"), [({"status": 500, "code": 50026, "msg": "System error"}, "50026"), ({"status": 504}, None)]
    )
    def test_error_after(self, okx: Remote, fields: dict[str, object], code: str | None) -> None:
        okx.fault("error_after", **fields)
        reply = okx.buy("f1")
        assert reply.status_code == fields["status"]
        assert (reply.json()["code"] if code else None) == code
        assert okx.ledger_ids() == ["f1"]

    def test_duplicate_names_the_order(self, okx: Remote) -> None:
        okx.fault("duplicate")
        reply = okx.buy("f1").json()
        (row,) = reply["data"]
        assert (reply["code"], row["sCode"], row["clOrdId"], row["ordId"]) == ("1", "51016", "f1", "")
        assert okx.ledger_ids() == ["f1"]


class TestStanding:
    def test_clock_skew(self, okx: Remote) -> None:
        okx.fault("clock_skew", skew_ms=-31_000)
        reply = okx.buy("f1")
        assert (reply.status_code, reply.json()["code"]) == (401, "50102")
        okx.control("DELETE", "faults")
        assert okx.buy("f1").json()["code"] == "0"

    def test_invisible(self, okx: Remote) -> None:
        okx.fault("invisible", delay_ms=60_000)
        assert okx.buy("f1").json()["code"] == "0"
        lookup = f"/trade/order?instId={SPOT}&clOrdId=f1"
        assert okx.request("GET", lookup).json()["code"] == "51603"
        assert okx.ledger_ids() == ["f1"]
        assert okx.buy("f2").json()["code"] == "0"
        assert okx.request("GET", lookup.replace("f1", "f2")).json()["code"] == "0"

    def test_every_order_may_show_late(self, okx: Remote) -> None:
        assert okx.control("POST", "okx", {"visible_after_ms": 60_000}) == {"visible_after_ms": 60_000}
        assert okx.buy("f1").json()["code"] == "0"
        assert okx.request("GET", f"/trade/order?instId={SPOT}&clOrdId=f1").json()["code"] == "51603"
        okx.control("POST", "reset", {"seed": 1})
        assert okx.control("GET", "okx") == {"visible_after_ms": 0}

    @pytest.mark.parametrize("wish", [{"visible_after_ms": -1}, {"visible_after_ms": "1"}, {"visible": 1}])
    def test_senseless_settings_are_refused(self, okx: Remote, wish: dict[str, object]) -> None:
        reply = okx.session.post(f"{okx.url}/_sim/okx", json=wish, timeout=10)
        assert (reply.status_code, next(iter(wish)) in reply.json()["error"]) == (400, True)


def test_other_exchanges_are_left_alone(okx: Remote) -> None:
    okx.fault("error_before", exchange="binance")
    assert okx.buy("f1").json()["code"] == "0"


def test_the_price_control_moves_okx(okx: Remote) -> None:
    okx.control("POST", "price", {"exchange": "okx", "market": "swap", "symbol": "BTC-USD-SWAP", "price": "50000"})
    assert okx.request("GET", "/market/ticker?instId=BTC-USD-SWAP").json()["data"][0]["last"] == "50000"
    assert okx.request("GET", "/market/ticker?instId=BTC-USDT-SWAP").json()["data"][0]["last"] == "60000"
    okx.control("POST", "deposit", {"exchange": "okx", "account": "sim-1", "asset": "PEPE", "amount": "5"})
    details = okx.request("GET", "/account/balance?ccy=PEPE").json()["data"][0]["details"]
    assert details[0]["cashBal"] == "5"
