"""The ledger and the other control calls."""

from __future__ import annotations

import json
import time

import pytest
import requests
from sim_support import Local, Remote, answer

from simulator.control import Control
from simulator.http import Ask
from simulator.ledger import Query


def test_the_ledger_tells_an_order_as_it_was_asked_for_and_as_it_ended(remote: Remote) -> None:
    wish = {"type": "LIMIT", "timeInForce": "GTC", "price": "59000", "quantity": "0.02", "recvWindow": 3000}
    number = remote.buy("a", **wish).json()["orderId"]
    remote.request("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=number, newClientOrderId="b")
    ledger = remote.control("GET", "ledger")
    (order,) = ledger["orders"]
    times = [order.pop(name) for name in ("accepted_at_ms", "updated_at_ms", "request_timestamp_ms")]
    assert max(times) - min(times) < 2000
    assert order == {
        "seq": 1, "exchange": "binance", "market": "spot", "account": "sim-1", "symbol": "BTCUSDT", "order_id": number,
        "client_order_id": "a", "side": "BUY", "type": "LIMIT", "time_in_force": "GTC", "status": "CANCELED",
        "quantity": "0.02000000", "quote_quantity": "0.00000000", "price": "59000.00000000",
        "filled_quantity": "0.00000000", "filled_quote": "0.00000000", "recv_window_ms": 3000,
    }  # fmt: skip
    (cancel,) = ledger["cancels"]
    assert (cancel["client_order_id"], cancel["cancel_client_order_id"]) == ("a", "b")
    assert cancel["remaining_quantity"] == "0.02000000"
    assert ledger["trades"] == []
    assert ledger["counts"] == {"orders": 1, "trades": 0, "cancels": 1, "algos": 0, "requests": 2, "refused": {}}
    assert abs(ledger["now_ms"] / 1000 - time.time()) < 5


def test_trades_name_both_sides(remote: Remote) -> None:
    remote.buy("a")
    remote.buy("nope", symbol="NOPE")
    ledger = remote.control("GET", "ledger")
    (trade,) = ledger["trades"]
    assert (trade["price"], trade["quantity"]) == ("60000.01000000", "0.01000000")
    assert (trade["buy"]["client_order_id"], trade["sell"]["account"]) == ("a", "market-maker")
    assert ledger["counts"]["refused"] == {"-1121": 1}


def test_parts_of_the_ledger(remote: Remote) -> None:
    for name in ("a", "b"):
        remote.buy(name)
    remote.request("POST", "/api/v3/order", 2, symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")

    def ids(query: str) -> list[str]:
        return [order["client_order_id"] for order in remote.control("GET", f"ledger?{query}")["orders"]]

    assert ids("account=sim-1") == ["a", "b"]
    assert ids("client_order_id=b") == ["b"]
    first = remote.control("GET", "ledger")["orders"][0]
    assert ids(f"account=sim-1&since_seq={first['seq']}") == ["b"]
    assert set(remote.control("GET", "ledger?fields=counts")) == {"counts", "now_ms"}
    assert set(remote.control("GET", "ledger?fields=orders")) == {"orders", "counts", "now_ms"}
    for query in ("fields=secrets", "since_seq=x"):
        assert remote.session.get(f"{remote.url}/_sim/ledger?{query}").status_code == 400


def test_the_cached_rows_are_never_stale(local: Local) -> None:
    number = local.limit("BUY", "59000", "0.02").body["orderId"]

    def row() -> tuple[str, str, str]:
        order = json.loads(local.world.ledger.document(Query()))["orders"][0]
        return order["status"], order["filled_quantity"], order["quantity"]

    assert row() == ("NEW", "0.00000000", "0.02000000")
    local.call("PUT", "/api/v3/order/amend/keepPriority", symbol="BTCUSDT", orderId=number, newQty="0.015")
    assert row() == ("NEW", "0.00000000", "0.01500000")
    local.market.move("BTCUSDT", 58_000 * 10**12)
    assert row() == ("FILLED", "0.01500000", "0.01500000")


def test_reset_starts_over(remote: Remote) -> None:
    remote.buy("a")
    remote.control("POST", "faults", {"kind": "lose_reply", "path": "/nowhere"})
    assert remote.control("POST", "reset") == {"seed": 1}
    assert remote.control("GET", "ledger")["orders"] == []
    assert remote.control("GET", "faults") == {"faults": []}
    rows = remote.request("GET", "/api/v3/account", omitZeroBalances="true").json()["balances"]
    assert {"asset": "BTC", "free": "1000.00000000", "locked": "0.00000000"} in rows
    assert remote.control("POST", "reset", {"seed": 5}) == {"seed": 5}
    assert remote.control("POST", "reset") == {"seed": 5}
    assert remote.session.post(f"{remote.url}/_sim/reset", json={"seed": "x"}).status_code == 400


def test_price(remote: Remote) -> None:
    assert remote.control("POST", "price", {"symbol": "BTCUSDT", "price": "61000"})["price"] == "61000.00000000"
    assert remote.session.get(f"{remote.url}/api/v3/ticker/price?symbol=BTCUSDT").json()["price"] == "61000.00000000"
    for wish in ({"symbol": "NOPE", "price": "1"}, {"symbol": "BTCUSDT", "price": "1.001"}, {"symbol": "BTCUSDT"}):
        assert remote.session.post(f"{remote.url}/_sim/price", json=wish).status_code == 400


def test_deposit_and_accounts(remote: Remote) -> None:
    reply = remote.control("POST", "deposit", {"account": "sim-1", "asset": "BTC", "amount": "1.5"})
    assert reply == {"account": "sim-1", "asset": "BTC", "free": "1001.50000000"}
    text = json.dumps(remote.control("GET", "accounts"))
    assert "sim-secret" not in text
    assert "sim-pass" not in text
    rows = [row for row in json.loads(text)["accounts"] if (row["exchange"], row["market"]) == ("binance", "spot")]
    assert [row["name"] for row in rows] == [*(f"sim-{n}" for n in range(1, 10)), "market-maker", "fees"]
    assert rows[0]["balances"]["BTC"] == {"free": "1001.50000000", "locked": "0.00000000"}
    for wish in (
        {"account": "nobody", "asset": "BTC", "amount": "1"},
        {"account": "sim-1", "asset": "BTC", "amount": "-1"},
        {"account": "sim-1", "asset": "BTC", "amount": "0"},
        {"account": "sim-1", "asset": "BTC", "amount": "1", "exchange": "mars"},
    ):
        assert remote.session.post(f"{remote.url}/_sim/deposit", json=wish).status_code == 400


def test_health_and_unknown_paths(remote: Remote) -> None:
    assert remote.control("GET", "health")["exchanges"] == ["binance", "bybit", "okx"]
    unknown = remote.session.get(f"{remote.url}/_sim/nothing")
    assert unknown.status_code == 404
    assert "GET /_sim/ledger" in unknown.json()["error"]
    assert requests.get(f"{remote.url}/somewhere", timeout=5).status_code == 404
    bad = remote.session.post(f"{remote.url}/_sim/price", data="{")
    assert (bad.status_code, bad.json()["error"].startswith("body: must be JSON")) == (400, True)


@pytest.mark.parametrize("number", ["x", "99"])
def test_clearing_a_fault_that_is_not_there(local: Local, number: str) -> None:
    reply = answer(Control(local.world).answer(Ask("DELETE", "/_sim/faults", f"id={number}", "", {}, "")))
    assert reply.status == (400 if number == "x" else 404)
