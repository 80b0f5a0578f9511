"""Futures limits, their headers, the two clocks, keys, and faults in the futures' own words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sim_support import Answer, Remote, answer
from usdm_support import Futures

from simulator.accounts import default_accounts
from simulator.limits import IGNORED_BEFORE_BAN, Policy

WEIGHTS = [
    (1, "GET", "v1/ping", {}),
    (1, "GET", "v1/exchangeInfo", {}),
    (2, "GET", "v1/depth", {"symbol": "BTCUSDT", "limit": 50}),
    (5, "GET", "v1/depth", {"symbol": "BTCUSDT", "limit": 100}),
    (10, "GET", "v1/depth", {"symbol": "BTCUSDT"}),
    (20, "GET", "v1/depth", {"symbol": "BTCUSDT", "limit": 1000}),
    (1, "GET", "v1/ticker/24hr", {"symbol": "BTCUSDT"}),
    (40, "GET", "v1/ticker/24hr", {}),
    (2, "GET", "v2/ticker/price", {}),
    (2, "GET", "v1/ticker/bookTicker", {"symbol": "BTCUSDT"}),
    (10, "GET", "v1/premiumIndex", {}),
    (1, "GET", "v1/openOrders", {"symbol": "BTCUSDT"}),
    (40, "GET", "v1/openOrders", {}),
    (5, "GET", "v1/allOrders", {"symbol": "BTCUSDT"}),
    (5, "GET", "v3/balance", {}),
    (5, "GET", "v3/account", {}),
    (5, "GET", "v3/positionRisk", {}),
    (30, "GET", "v1/positionSide/dual", {}),
    (30, "GET", "v1/income", {}),
    (20, "GET", "v1/commissionRate", {"symbol": "BTCUSDT"}),
    (1, "DELETE", "v1/allOpenOrders", {"symbol": "BTCUSDT"}),
    (10, "POST", "v1/countdownCancelAll", {"symbol": "BTCUSDT", "countdownTime": 0}),
]
PUBLIC = ("ping", "exchangeInfo", "depth", "ticker", "premiumIndex")


@pytest.fixture
def futures() -> Futures:
    return Futures(policy=Policy())


def used(found: Answer) -> int:
    return int(found.headers["X-MBX-USED-WEIGHT-1M"])


@pytest.mark.parametrize(("weight", "method", "path", "params"), WEIGHTS, ids=str)
def test_weights(futures: Futures, weight: int, method: str, path: str, params: dict[str, object]) -> None:
    who = None if any(word in path for word in PUBLIC) else 1
    found = futures.call(method, f"/fapi/{path}", who, **params)
    assert (found.status, used(found)) == (200, weight)


def test_the_limits_are_in_the_exchange_info(futures: Futures) -> None:
    rules = futures.call("GET", "/fapi/v1/exchangeInfo", None).body["rateLimits"]
    assert [(rule["rateLimitType"], rule["interval"], rule["intervalNum"], rule["limit"]) for rule in rules] == [
        ("REQUEST_WEIGHT", "MINUTE", 1, 2400),
        ("ORDERS", "SECOND", 10, 300),
        ("ORDERS", "MINUTE", 1, 1200),
    ]


def order_counts(found: Answer) -> tuple[str, str]:
    return found.headers["X-MBX-ORDER-COUNT-10S"], found.headers["X-MBX-ORDER-COUNT-1M"]


def test_orders_are_counted_by_account_and_fills_give_nothing_back(futures: Futures) -> None:
    placed = futures.buy_market("0.01")
    assert (order_counts(placed), used(placed)) == (("1", "1"), 0)
    futures.limit("BUY", "59000", "0.01", newClientOrderId="a")
    assert order_counts(futures.modify(origClientOrderId="a", price="58000", quantity="0.01")) == ("3", "3")
    assert order_counts(futures.algo(type="STOP_MARKET", triggerPrice="59000")) == ("4", "4")
    one = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    batch = futures.post("batchOrders", batchOrders=json.dumps([one, one]))
    assert (order_counts(batch), used(batch)) == (("9", "5"), 5)
    assert futures.buy_market("9999").code == -4005
    counts = futures.call("GET", "/fapi/v1/rateLimit/order").body
    assert [(row["interval"], row["count"]) for row in counts] == [("SECOND", 10), ("MINUTE", 6)]
    assert order_counts(futures.buy_market("0.01", who=2)) == ("1", "1")
    futures.clock.advance(10_000)
    assert order_counts(futures.buy_market("0.01")) == ("1", "7")


def test_too_many_orders(futures: Futures) -> None:
    for _ in range(300):
        assert futures.buy_market("0.001").status == 200
    found = futures.buy_market("0.01")
    assert found.refusal == (429, -1015, "Too many new orders; current limit is 300 orders per 10 SECOND.")
    assert found.headers["Retry-After"] == "10"
    assert futures.buy_market("0.01", who=2).status == 200
    futures.clock.advance(10_000)
    assert futures.buy_market("0.01").status == 200


def test_too_much_weight_and_the_ban_that_follows(futures: Futures) -> None:
    for _ in range(60):
        assert futures.call("GET", "/fapi/v1/openOrders").status == 200
    found = futures.call("GET", "/fapi/v1/openOrders")
    assert (found.status, found.code) == (429, -1003)
    assert "current limit is 2400 requests per minute" in found.body["msg"]
    assert futures.buy_market("0.01").status == 200, "placing weighs nothing"
    assert futures.call("GET", "/fapi/v1/openOrders", peer="10.0.0.2").status == 200
    for _ in range(IGNORED_BEFORE_BAN):
        found = futures.call("GET", "/fapi/v1/openOrders")
    banned = futures.buy_market("0.01")
    assert (banned.status, banned.code) == (418, -1003)
    assert banned.body["msg"].startswith("Way too many requests; IP banned until ")


def test_a_request_that_is_late_on_receipt_and_one_that_is_late_in_the_engine(futures: Futures) -> None:
    early, late = futures.clock.now_ms() + 1000, futures.clock.now_ms() - 5001
    assert [futures.buy_market("0.01", timestamp=stamp).code for stamp in (early, late)] == [-1021, -1021]
    ask = futures.ask("POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
    job = futures.binance.job(ask)
    assert job.begin() is None
    futures.clock.advance(5001)
    assert answer(job.finish()).refusal == (
        400,
        -5028,
        "Timestamp for this request is outside of the ME recvWindow.",
    )
    assert futures.world.ledger.orders == []
    assert futures.buy_market("0.01", recvWindow=60_001).code == -1131


def test_keys_and_signatures() -> None:
    first, second, *others = default_accounts()
    accounts = [replace(first, read_only=True), replace(second, ips=frozenset({"10.0.0.9"})), *others]
    futures = Futures(accounts)
    assert futures.call("GET", "/fapi/v3/balance").status == 200
    assert futures.buy_market("0.01").refusal[:2] == (401, -2015)
    assert futures.buy_market("0.01", who=2).refusal[:2] == (401, -2015)
    assert futures.buy_market("0.01", who=2, peer="10.0.0.9").status == 200
    ask = futures.ask("GET", "/fapi/v3/balance", 3)
    ask.query = ask.query[:-1] + ("0" if ask.query[-1] != "0" else "1")
    assert futures.send(ask).refusal[:2] == (400, -1022)
    assert futures.call("GET", "/fapi/v3/balance", None).refusal[:2] == (401, -2014)


def test_unknown_paths_and_the_coin_futures_that_are_not_here(futures: Futures) -> None:
    assert futures.call("GET", "/fapi/v1/nothing").status == 404
    assert futures.call("GET", "/dapi/v1/exchangeInfo", None).body["symbols"] == []


ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


def fault(remote: Remote, **wish: object) -> None:
    remote.control("POST", "faults", {"exchange": "binance", "method": "POST", "path": "/fapi/v1/order", **wish})


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"kind": "duplicate"}, 400, -4116),
        ({"kind": "rate_limit", "retry_after_s": 3}, 429, -1003),
        ({"kind": "error_after", "status": 503, "code": -1007, "msg": "Timeout"}, 503, -1007),
        ({"kind": "error_before", "status": 408, "code": -1007, "msg": "Timeout"}, 408, -1007),
    ],
    ids=lambda each: each["kind"] if isinstance(each, dict) else str(each),
)
def test_faults_speak_futures(remote: Remote, wish: dict[str, object], status: int, code: int) -> None:
    fault(remote, **wish)
    reply = remote.request("POST", "/fapi/v1/order", newClientOrderId="f", **ORDER)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    executed = wish["kind"] in ("duplicate", "error_after")
    assert remote.ledger_ids() == (["f"] if executed else [])


def test_a_lost_reply_and_a_late_execution(remote: Remote) -> None:
    fault(remote, kind="lose_reply", client_order_id="lost")
    with pytest.raises(OSError, match="Connection aborted"):
        remote.request("POST", "/fapi/v1/order", newClientOrderId="lost", **ORDER)
    found = remote.request("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="lost").json()
    assert found["status"] == "FILLED"
    fault(remote, kind="stall", delay_ms=300)
    late = remote.request("POST", "/fapi/v1/order", newClientOrderId="late", recvWindow=200, **ORDER)
    assert late.json()["code"] == -5028
    fault(remote, kind="invisible", delay_ms=60_000)
    remote.request("POST", "/fapi/v1/order", newClientOrderId="hidden", **ORDER)
    hidden = remote.request("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="hidden")
    assert hidden.json()["code"] == -2013
    assert remote.ledger_ids() == ["lost", "hidden"]


def test_the_ledger_and_the_accounts_tell_of_futures(remote: Remote) -> None:
    remote.request("POST", "/fapi/v1/order", newClientOrderId="a", **ORDER)
    (order,) = remote.control("GET", "ledger?client_order_id=a")["orders"]
    where = (order["exchange"], order["market"], order["account"], order["symbol"], order["position_side"])
    assert where == ("binance", "usdm", "sim-1", "BTCUSDT", "NET")
    row = next(
        each
        for each in remote.control("GET", "accounts")["accounts"]
        if (each["name"], each["exchange"], each["market"]) == ("sim-1", "binance", "usdm")
    )
    assert row["positions"] == [
        {
            "symbol": "BTCUSDT", "side": "NET", "isolated": False, "quantity": "0.01000000",
            "entry_price": "60000.10000000", "unrealised": "-0.00100000",
        }
    ]  # fmt: skip
    price = {"exchange": "binance", "market": "usdm", "symbol": "BTCUSDT", "price": "61000"}
    remote.control("POST", "price", price)
    assert remote.control("POST", "funding", {**price, "rate": "-0.0001"})["positions"] == 2
    income = remote.request("GET", "/fapi/v1/income", incomeType="FUNDING_FEE").json()
    assert income[0]["income"] == "0.06100000"
