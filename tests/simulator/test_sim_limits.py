"""Windows, counters, headers and bans, on a clock that the test turns."""

from __future__ import annotations

import pytest
from sim_support import START_MS, Local

from simulator.limits import Bans, Meter, Policy, parse_policy

PUBLIC = ("ping", "exchangeInfo", "depth", "ticker", "avgPrice", "referencePrice", "executionRules")
OLD_ORDER = {"symbol": "BTCUSDT", "orderId": 1}


@pytest.fixture
def real() -> Local:
    return Local(policy=Policy())


def info(local: Local) -> dict[str, int]:
    rules = local.call("GET", "/api/v3/exchangeInfo", None, symbol="BTCUSDT").body["rateLimits"]
    return {f"{rule['rateLimitType']} {rule['intervalNum']} {rule['interval']}": rule["limit"] for rule in rules}


class TestPolicies:
    def test_published_figures(self, real: Local) -> None:
        assert info(real) == {
            "REQUEST_WEIGHT 1 MINUTE": 6000,
            "ORDERS 10 SECOND": 100,
            "ORDERS 1 DAY": 200_000,
            "RAW_REQUESTS 5 MINUTE": 300_000,
        }

    def test_a_multiplier_and_none_at_all(self) -> None:
        assert info(Local(policy=Policy(0.5)))["REQUEST_WEIGHT 1 MINUTE"] == 3000
        assert set(info(Local(policy=Policy(None))).values()) == {1_000_000_000}

    @pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "many"])
    def test_nonsense(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"above zero|could not convert"):
            parse_policy(text)


def test_windows_are_aligned_to_the_clock() -> None:
    meter = Meter(10, 60_000)
    assert meter.add("a", 4, 119_999) == 4
    assert meter.used("a", 119_999) == 4
    assert meter.used("b", 119_999) == 0
    assert meter.wait_seconds(119_999) == 1
    assert meter.used("a", 120_000) == 0
    assert meter.wait_seconds(120_000) == 60
    assert meter.add("a", -1, 120_000) == 0, "never below zero"


class TestWeight:
    @pytest.mark.parametrize(
        ("method", "path", "params", "weight"),
        [
            ("GET", "ping", {}, 1),
            ("GET", "exchangeInfo", {}, 20),
            ("GET", "depth", {"symbol": "BTCUSDT"}, 5),
            ("GET", "depth", {"symbol": "BTCUSDT", "limit": 100}, 5),
            ("GET", "depth", {"symbol": "BTCUSDT", "limit": 101}, 25),
            ("GET", "depth", {"symbol": "BTCUSDT", "limit": 1000}, 50),
            ("GET", "depth", {"symbol": "BTCUSDT", "limit": 1001}, 250),
            ("GET", "ticker/24hr", {"symbol": "BTCUSDT"}, 2),
            ("GET", "ticker/24hr", {"symbols": '["BTCUSDT","ETHUSDT"]'}, 2),
            ("GET", "ticker/24hr", {}, 80),
            ("GET", "ticker/price", {"symbol": "BTCUSDT"}, 2),
            ("GET", "ticker/price", {}, 4),
            ("GET", "ticker/bookTicker", {}, 4),
            ("GET", "avgPrice", {"symbol": "BTCUSDT"}, 2),
            ("GET", "referencePrice", {"symbol": "BTCUSDT"}, 2),
            ("GET", "executionRules", {"symbols": '["BTCUSDT","ETHUSDT"]'}, 4),
            ("GET", "executionRules", {}, 40),
            ("GET", "account", {}, 20),
            ("GET", "openOrders", {"symbol": "BTCUSDT"}, 6),
            ("GET", "openOrders", {}, 80),
            ("GET", "allOrders", {"symbol": "BTCUSDT"}, 20),
            ("GET", "myTrades", {"symbol": "BTCUSDT"}, 20),
            ("GET", "myTrades", {"symbol": "BTCUSDT", "orderId": 1}, 5),
            ("GET", "rateLimit/order", {}, 40),
            ("GET", "account/commission", {"symbol": "BTCUSDT"}, 20),
            ("GET", "myFilters", {"symbol": "BTCUSDT"}, 40),
            ("GET", "order", OLD_ORDER, 4),
            ("DELETE", "order", OLD_ORDER, 1),
            ("POST", "order", {"symbol": "NOPE"}, 1),
        ],
    )
    def test_table(self, real: Local, method: str, path: str, params: dict[str, object], weight: int) -> None:
        public = path.partition("/")[0] in PUBLIC
        reply = real.call(method, f"/api/v3/{path}", None if public else 1, **params)
        assert (
            reply.status == (400 if "orderId" in params or params == {"symbol": "NOPE"} else 200) or path == "myTrades"
        )
        assert reply.headers["X-MBX-USED-WEIGHT-1M"] == reply.headers["X-MBX-USED-WEIGHT"] == str(weight)

    def test_order_calls_that_succeed_are_free(self, real: Local) -> None:
        placed = real.limit("BUY", "59000", "0.01")
        gone = real.cancel(orderId=placed.body["orderId"])
        assert (placed.headers["X-MBX-USED-WEIGHT-1M"], gone.headers["X-MBX-USED-WEIGHT-1M"]) == ("0", "0")
        assert real.cancel(orderId=placed.body["orderId"]).headers["X-MBX-USED-WEIGHT-1M"] == "1"

    def test_refused_until_the_minute_ends(self, real: Local) -> None:
        real.clock.advance(45_000)
        for _ in range(75):
            assert real.call("GET", "/api/v3/ticker/24hr", None).status == 200
        refused = real.call("GET", "/api/v3/ping", None)
        assert refused.refusal[:2] == (429, -1003)
        assert refused.body["msg"].startswith("Too much request weight used; current limit is 6000 request weight")
        assert refused.headers["Retry-After"] == "15"
        assert real.limit("BUY", "59000", "0.01").status == 429, "order calls too"
        assert real.call("GET", "/api/v3/ping", None, peer="10.0.0.2").status == 200, "another address is free"
        real.clock.advance(15_000)
        assert real.call("GET", "/api/v3/ping", None).status == 200

    def test_raw_requests(self, real: Local) -> None:
        real.binance.limits.raw.limit = 2
        statuses = [real.limit("BUY", "59000", "0.01") for _ in range(3)]
        assert [each.status for each in statuses] == [200, 200, 429]
        assert statuses[-1].code == -1003
        assert "raw requests per 5 MINUTE" in statuses[-1].body["msg"]


class TestBans:
    def test_going_on_after_refusals_leads_to_a_ban(self, real: Local) -> None:
        for _ in range(75):
            real.call("GET", "/api/v3/ticker/24hr", None)
        statuses = [real.call("GET", "/api/v3/ping", None).status for _ in range(32)]
        assert statuses == [429] * 31 + [418]
        banned = real.call("GET", "/api/v3/time", None)
        until = START_MS + 120_000
        assert banned.refusal[:2] == (418, -1003)
        assert f"IP banned until {until}." in banned.body["msg"]
        assert banned.headers["Retry-After"] == "120"
        real.clock.advance(119_999)
        assert real.call("GET", "/api/v3/ping", None).status == 418
        real.clock.advance(1)
        assert real.call("GET", "/api/v3/ping", None).status == 200

    def test_bans_grow_up_to_three_days(self) -> None:
        bans, now, lengths = Bans(), 0, []
        for _ in range(13):
            while not bans.until("a", now):
                bans.refused("a", 60_000, now)
            lengths.append((bans.until("a", now) - now) // 1000)
            now = bans.until("a", now)
        assert lengths[:3] == [120, 240, 480]
        assert lengths[-1] == 3 * 86_400

    def test_refusals_far_apart_are_forgiven(self) -> None:
        bans = Bans()
        for minute in range(100):
            bans.refused("a", 60_000, minute * 60_000)
        assert not bans.until("a", 100 * 60_000)


class TestUnfilledOrders:
    def count(self, local: Local, who: int = 1) -> tuple[int, int]:
        rows = local.call("GET", "/api/v3/rateLimit/order", who).body
        return rows[0]["count"], rows[1]["count"]

    def test_headers_and_query(self, real: Local) -> None:
        reply = real.limit("BUY", "59000", "0.01")
        assert (reply.headers["X-MBX-ORDER-COUNT-10S"], reply.headers["X-MBX-ORDER-COUNT-1D"]) == ("1", "1")
        assert self.count(real) == (1, 1)
        assert self.count(real, 2) == (0, 0)
        real.clock.advance(10_000)
        assert self.count(real) == (0, 1)

    def test_a_cancel_gives_nothing_back(self, real: Local) -> None:
        real.cancel(orderId=real.limit("BUY", "59000", "0.01").body["orderId"])
        assert self.count(real) == (1, 1)

    def test_a_first_fill_gives_back(self, real: Local) -> None:
        real.buy_market()
        assert self.count(real) == (0, 0)
        for price in ("59000", "58000", "57000"):
            real.limit("BUY", price, "0.01")
        real.limit("SELL", "60000", "0.03")
        assert self.count(real) == (4, 4)
        real.buy_market("0.01", who=2)
        assert self.count(real) == (0, 0), "five for a maker, but never below zero"
        real.limit("BUY", "56000", "0.01")
        real.buy_market("0.01", who=2)
        assert self.count(real) == (1, 1), "only the first fill counts"

    def test_refused_orders_do_not_count(self, real: Local) -> None:
        real.limit("SELL", "61000", "146000")
        assert real.limit("BUY", "59000", "0.00001").code == -1013
        assert real.order(side="BUY", type="LIMIT_MAKER", quantity="0.01", price="61000").code == -2010
        assert self.count(real) == (0, 0)

    def test_too_many(self) -> None:
        local = Local(policy=Policy(0.05))
        for _ in range(5):
            assert local.limit("BUY", "59000", "0.01").status == 200
        local.clock.advance(3000)
        refused = local.limit("BUY", "59000", "0.01")
        text = "Too many new orders; current limit is 5 orders per 10 SECOND."
        assert refused.refusal == (429, -1015, text)
        assert refused.headers["Retry-After"] == "7"
        assert local.limit("BUY", "59000", "0.01", who=2).status == 200, "another account is free"
        assert (
            local.cancel(orderId=local.call("GET", "/api/v3/openOrders", symbol="BTCUSDT").body[0]["orderId"]).status
            == 200
        )
        swap = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01",
                "price": "58000", "cancelReplaceMode": "ALLOW_FAILURE"}  # fmt: skip
        number = local.call("GET", "/api/v3/openOrders", symbol="BTCUSDT").body[0]["orderId"]
        path = "/api/v3/order/cancelReplace"
        assert local.call("POST", path, **swap, cancelOrderId=number).refusal[:2] == (429, -1015)
        only = local.call("POST", path, **swap, cancelOrderId=number, orderRateLimitExceededMode="CANCEL_ONLY")
        assert (only.status, only.code, only.body["data"]["cancelResult"]) == (429, -2021, "SUCCESS")
        local.clock.advance(7000)
        assert local.limit("BUY", "59000", "0.01").status == 200


def test_retired_and_unknown_paths(local: Local) -> None:
    gone = local.call("POST", "/api/v3/userDataStream")
    assert (gone.status, "<html>" in gone.body) == (410, True)
    unknown = local.call("GET", "/api/v3/nothing")
    assert (unknown.status, "<html>" in unknown.body) == (404, True)
