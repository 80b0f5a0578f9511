"""Faults in Bybit's words, and disconnect protection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from bybit_support import LocalBybit, RemoteBybit
from sim_support import Remote


@pytest.fixture
def bybit(remote: Remote) -> Iterator[RemoteBybit]:
    client = RemoteBybit(remote.url)
    yield client
    client.session.close()


def ledger_ids(remote: Remote) -> list[str]:
    return [order["client_order_id"] for order in remote.control("GET", "ledger")["orders"]]


def test_the_ledger_names_exchange_account_symbol_and_id(remote: Remote, bybit: RemoteBybit) -> None:
    bybit.buy("t-1")
    order = remote.control("GET", "ledger?account=sim-1&client_order_id=t-1")["orders"][0]
    told = {name: order[name] for name in ("exchange", "market", "account", "symbol", "client_order_id", "status")}
    assert told == {
        "exchange": "bybit", "market": "linear", "account": "sim-1", "symbol": "BTCUSDT", "client_order_id": "t-1",
        "status": "FILLED",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "done"),
    [("lose_reply", True), ("reset_after", True), ("partial_reply", True), ("reset_before", False)],
)
def test_lost_replies(remote: Remote, bybit: RemoteBybit, kind: str, *, done: bool) -> None:
    remote.control("POST", "faults", {"kind": kind, "exchange": "bybit", "path": "/v5/order/create"})
    with pytest.raises(requests.RequestException):
        bybit.buy("t-1")
    assert ledger_ids(remote) == (["t-1"] if done else [])
    shown = bybit.request("GET", "order/realtime", category="linear", symbol="BTCUSDT", orderLinkId="t-1").json()
    assert len(shown["result"]["list"]) == done


@pytest.mark.parametrize("code", [10000, 10016, 170007])
@pytest.mark.parametrize(("kind", "done"), [("error_after", True), ("error_before", False)])
def test_ambiguous_codes_leave_with_200(
    remote: Remote, bybit: RemoteBybit, kind: str, code: int, *, done: bool
) -> None:
    remote.control("POST", "faults", {"kind": kind, "code": code, "msg": "Server Timeout"})
    reply = bybit.buy("t-1")
    assert (reply.status_code, reply.json()["retCode"], reply.json()["retMsg"]) == (200, code, "Server Timeout")
    assert ledger_ids(remote) == (["t-1"] if done else [])


def test_pages_and_other_statuses(remote: Remote, bybit: RemoteBybit) -> None:
    remote.control("POST", "faults", {"kind": "error_before"})
    page = bybit.buy("t-1")
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html")
    remote.control("POST", "faults", {"kind": "error_before", "status": 429, "code": 10429})
    assert bybit.buy("t-1").status_code == 429
    remote.control("POST", "faults", {"kind": "maintenance", "times": None})
    assert bybit.buy("t-1").status_code == 503
    assert bybit.request("GET", "market/time").json()["retCode"] == 0


def test_duplicates_in_each_category(remote: Remote, bybit: RemoteBybit) -> None:
    remote.control("POST", "faults", {"kind": "duplicate", "times": 2})
    assert bybit.buy("t-1").json()["retCode"] == 110072
    assert bybit.buy("t-2", category="spot", qty="600").json()["retCode"] == 170141
    assert ledger_ids(remote) == ["t-1", "t-2"]


def test_rate_limit_and_ban(remote: Remote, bybit: RemoteBybit) -> None:
    remote.control("POST", "faults", {"kind": "rate_limit", "retry_after_s": 3})
    limited = bybit.buy("t-1")
    assert (limited.status_code, limited.json()["retCode"]) == (200, 10006)
    assert limited.headers["X-Bapi-Limit-Status"] == "0"
    wait = int(limited.headers["X-Bapi-Limit-Reset-Timestamp"]) - limited.json()["time"]
    assert wait >= 3000
    remote.control("POST", "faults", {"kind": "ban", "duration_s": 600})
    assert bybit.buy("t-1").status_code == 403
    assert bybit.request("GET", "market/time").status_code == 403
    assert ledger_ids(remote) == []


def test_clock_skew_and_invisible_orders(remote: Remote, bybit: RemoteBybit) -> None:
    remote.control("POST", "faults", {"kind": "clock_skew", "skew_ms": 20_000})
    assert bybit.buy("t-1").json()["retCode"] == 10002
    remote.control("DELETE", "faults")
    remote.control("POST", "faults", {"kind": "invisible", "delay_ms": 60_000})
    assert bybit.buy("t-1").json()["retCode"] == 0
    asked = {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "t-1"}
    assert bybit.request("GET", "order/realtime", **asked).json()["result"]["list"] == []
    assert bybit.buy("t-1").json()["retCode"] == 110072


def test_a_fault_can_aim_at_one_order_of_one_account(remote: Remote, bybit: RemoteBybit) -> None:
    aim = {"account": "sim-1", "symbol": "BTCUSDT", "client_order_id": "t-2"}
    remote.control("POST", "faults", {"kind": "error_before", "code": 10016, **aim})
    assert [bybit.buy(link).json()["retCode"] for link in ("t-1", "t-2", "t-2")] == [0, 10016, 0]


def test_a_late_order_is_executed_only_within_its_window(remote: Remote, bybit: RemoteBybit) -> None:
    remote.control("POST", "faults", {"kind": "late_execute", "delay_ms": 50})
    with pytest.raises(requests.RequestException):
        bybit.buy("t-1")
    remote.control("POST", "faults", {"kind": "stall", "delay_ms": 200, "when": "after"})
    bybit.request("GET", "account/info")
    assert ledger_ids(remote) == ["t-1"]


def test_settings_of_the_control_api(remote: Remote) -> None:
    assert remote.control("GET", "bybit")["realtime_delay_ms"] == 0
    assert remote.control("POST", "bybit", {"realtime_delay_ms": 5})["realtime_delay_ms"] == 5
    url = f"{remote.url}/_sim/bybit"
    for wish in ({"realtime_delay_ms": -1}, {"restart": 1}, {"nothing": 1}, {"disconnect": "nobody"}):
        refused = remote.session.post(url, json=wish, timeout=10)
        assert (refused.status_code, next(iter(wish)) in refused.json()["error"]) == (400, True)
    remote.control("POST", "reset", {})
    assert remote.control("GET", "bybit")["realtime_delay_ms"] == 0


def test_a_stream_that_stays_away_cancels_what_is_protected() -> None:
    bybit = LocalBybit()
    bare = bybit.post("order/disconnected-cancel-all", timeWindow=10, product="DERIVATIVES")
    assert bare.body == {"retCode": 0, "retMsg": "success"}
    assert bybit.post("order/disconnected-cancel-all", timeWindow=2).code == 10001
    assert bybit.get("account/query-dcp-info").result["dcpInfos"] == [
        {"product": "DERIVATIVES", "dcpStatus": "ON", "timeWindow": "10"}
    ]
    linear = bybit.limit("linear", "Buy", "59000", "0.1")
    spot = bybit.limit("spot", "Buy", "59000", "0.1")
    bybit.set_up(disconnect="sim-1")
    bybit.clock.advance(9_999)
    bybit.set_up(connect="sim-1")
    bybit.clock.advance(60_000)
    assert bybit.order("linear", linear)["orderStatus"] == "New"
    bybit.set_up(disconnect="sim-1")
    bybit.clock.advance(10_000)
    row = bybit.order("linear", linear)
    assert (row["orderStatus"], row["cancelType"]) == ("Cancelled", "CancelByDCP")
    assert bybit.order("spot", spot)["orderStatus"] == "New"
