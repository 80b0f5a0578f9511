"""Limits set by the control API: fixed and rolling windows, and what the simulator tells of every arrival."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sim_support import START_MS, FakeClock, Local, Remote, answer

from simulator.control import Control
from simulator.http import Ask
from simulator.limits import Policy
from simulator.order_count import OrderCount, Rule, Window

ROLLING = {"limit": 3, "window_ms": 1000, "kind": "rolling"}
FIXED = {"limit": 3, "window_ms": 10_000, "kind": "fixed"}


def control(local: Local, method: str, document: object = None, query: str = "") -> Any:  # noqa: ANN401 - JSON
    text = "" if document is None else json.dumps(document)
    return answer(Control(local.world).answer(Ask(method, "/_sim/limits", query, text, {}, "10.0.0.1")))


def place(local: Local, who: int = 1) -> int:
    return local.limit("BUY", "12345", "0.01", who, timeInForce="IOC").status


class TestCounting:
    @given(
        gaps=st.lists(st.integers(0, 700_000), min_size=1, max_size=60),
        kind=st.sampled_from(Window),
        limit=st.integers(1, 5),
    )
    def test_never_one_over_and_never_one_too_few(self, gaps: list[int], kind: Window, limit: int) -> None:
        """Against the plainest model: look at every arrival let in so far."""
        clock, accepted = FakeClock(), []
        count = OrderCount(Rule(limit, 1000, kind), clock)
        for gap in gaps:
            clock.time_us += gap
            now = clock.now_us()
            start = now // 1_000_000 * 1_000_000 if kind is Window.FIXED else now - 1_000_000
            full = sum(at >= start for at in accepted) >= limit
            assert (count.full("a"), count.full("b")) == (full, False)
            if full:
                count.refuse("a")
            else:
                count.add("a")
                accepted.append(now)
        assert count.arrivals["a"].accepted_us.tolist() == accepted
        assert len(count.arrivals["a"].refused_us) == len(gaps) - len(accepted)

    @given(gaps=st.lists(st.integers(0, 700_000), max_size=20), kind=st.sampled_from(Window))
    def test_the_wait_told_is_enough_and_rounded_up_by_less_than_a_second(self, gaps: list[int], kind: Window) -> None:
        clock = FakeClock()
        count = OrderCount(Rule(2, 3000, kind), clock)
        for gap in gaps:
            clock.time_us += gap
            if not count.full("a"):
                count.add("a")
        wait = count.wait_seconds("a")
        assert (wait > 0) == count.full("a")
        if wait > 0:
            clock.time_us += (wait - 1) * 1_000_000
            assert count.full("a") or wait == 1
            clock.time_us += 1_000_000
            assert not count.full("a")

    def test_only_a_fixed_window_gives_back(self) -> None:
        for kind, used in ((Window.FIXED, 0), (Window.ROLLING, 1)):
            count = OrderCount(Rule(5, 1000, kind), FakeClock())
            count.add("a")
            count.give_back("a", 3)
            assert count.used("a") == used


class TestRolling:
    def test_a_window_that_ends_now(self, local: Local) -> None:
        assert control(local, "POST", {"orders": ROLLING}).status == 200
        local.clock.advance(900)
        assert [place(local) for _ in range(4)] == [200, 200, 200, 429]
        local.clock.advance(1000)
        assert place(local) == 429, "it ends with both ends included"
        local.clock.time_us += 1
        assert [place(local) for _ in range(4)] == [200, 200, 200, 429]
        assert place(local, 2) == 200, "another account is free"

    def test_its_refusal_its_headers_and_its_listing(self, local: Local) -> None:
        control(local, "POST", {"orders": ROLLING})
        headers = [local.limit("BUY", "12345", "0.01", timeInForce="IOC").headers for _ in range(3)]
        assert [each["X-MBX-ORDER-COUNT-1S"] for each in headers] == ["1", "2", "3"]
        refused = local.limit("BUY", "12345", "0.01")
        assert refused.refusal == (429, -1015, "Too many new orders; current limit is 3 orders per 1 SECOND.")
        assert refused.headers["Retry-After"] == "2", "one microsecond more than a second"
        rules = local.call("GET", "/api/v3/exchangeInfo", None, symbol="BTCUSDT").body["rateLimits"]
        assert {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 1, "limit": 3} in rules
        assert local.call("GET", "/api/v3/rateLimit/order").body[0]["count"] == 3

    def test_a_fill_gives_nothing_back(self, local: Local) -> None:
        control(local, "POST", {"orders": ROLLING})
        assert [local.buy_market().status for _ in range(4)] == [200, 200, 200, 429]


class TestReport:
    def test_every_arrival_by_account_and_window(self, local: Local) -> None:
        control(local, "POST", {"orders": FIXED})
        start = local.clock.time_us
        for ms in (0, 1, 2, 3, 9_997):  # three are let in; the last comes in the next window
            local.clock.time_us = start + ms * 1000
            place(local)
        local.clock.time_us = start + 10_000_000
        place(local)
        report = control(local, "GET").body
        assert report["now_us"] == start + 10_000_000
        assert report["binance"]["orders"] == FIXED
        assert report["binance"]["accounts"] == {
            "sim-1": {
                "accepted": 4, "refused": 2,
                "windows": [
                    {"start_ms": START_MS, "accepted": 3, "refused": 2},
                    {"start_ms": START_MS + 10_000, "accepted": 1, "refused": 0},
                ],
                "accepted_us": [start, start + 1000, start + 2000, start + 10_000_000],
                "refused_us": [start + 3000, start + 9_997_000],
            }
        }  # fmt: skip

    def test_refusals_of_an_address(self) -> None:
        local = Local(policy=Policy(1 / 6000))
        assert [local.call("GET", "/api/v3/ping", None).status for _ in range(3)] == [200, 429, 429]
        local.binance.limits.bans.impose("10.0.0.1", 60_000, local.clock.now_ms())
        assert local.call("GET", "/api/v3/ping", None).status == 418
        now = local.clock.now_us()
        assert control(local, "GET").body["binance"]["addresses"] == {
            "10.0.0.1": {"refused": 3, "refused_us": [now, now, now]}
        }


class TestSetting:
    def test_counts_start_anew_and_the_rest_stays(self, local: Local) -> None:
        control(local, "POST", {"orders": FIXED})
        number = local.limit("BUY", "12345", "0.01").body["orderId"]
        control(local, "POST", {"exchange": "binance", "orders": FIXED})
        assert [place(local) for _ in range(4)] == [200, 200, 200, 429]
        assert local.get(orderId=number).body["status"] == "NEW"

    @pytest.mark.parametrize("how", ["DELETE", "reset"])
    def test_back_to_the_command_lines(self, local: Local, how: str) -> None:
        control(local, "POST", {"orders": ROLLING})
        if how == "reset":
            local.world.reset()
        else:
            control(local, "DELETE")
        assert control(local, "GET").body["binance"]["orders"] == {
            "limit": 1_000_000_000,
            "window_ms": 10_000,
            "kind": "fixed",
        }
        assert {place(local) for _ in range(5)} == {200}

    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ([], "body: [] must be a JSON object"),
            ({}, "orders: None must be an object of limit, window_ms and kind"),
            ({"weight": 1}, "weight: unknown field; allowed are exchange, orders"),
            ({"exchange": "mars", "orders": FIXED}, "exchange: 'mars' must be one of binance"),
            ({"orders": {**FIXED, "burst": 1}}, "orders.burst: unknown field; allowed are kind, limit, window_ms"),
            ({"orders": {**FIXED, "limit": 0}}, "orders.limit: 0 must be a whole number above zero"),
            ({"orders": {**FIXED, "limit": True}}, "orders.limit: True must be a whole number above zero"),
            (
                {"orders": {**FIXED, "window_ms": 1500}},
                "orders.window_ms: 1500 must be whole seconds, from 1000 to 86400000",
            ),
            ({"orders": {**FIXED, "kind": "sliding"}}, "orders.kind: 'sliding' must be fixed or rolling"),
        ],
    )
    def test_nonsense(self, local: Local, document: object, message: str) -> None:
        refused = control(local, "POST", document)
        assert (refused.status, refused.body) == (400, {"error": message})
        assert control(local, "DELETE", query="exchange=mars").status == 400


def test_over_http(remote: Remote) -> None:
    assert remote.control("POST", "limits", {"orders": {"limit": 2, "window_ms": 60_000, "kind": "rolling"}})
    assert [remote.buy(f"n{n}").status_code for n in range(3)] == [200, 200, 429]
    seen = remote.control("GET", "limits")
    first, second = seen["binance"]["accounts"]["sim-1"]["accepted_us"]
    assert first < second <= seen["now_us"]
    assert seen["binance"]["accounts"]["sim-1"]["refused"] == 1
    assert remote.control("GET", "ledger")["counts"]["refused"] == {"-1015": 1}
    remote.control("DELETE", "limits")
    assert remote.buy("n3").status_code == 200
