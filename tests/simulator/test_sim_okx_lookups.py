"""What can be found again on the OKX side, for how long, and in which order."""

from __future__ import annotations

import pytest
from okx_support import SPOT, SWAP, Local

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def local() -> Local:
    return Local()


def ids(rows: list[dict[str, str]]) -> list[str]:
    return [row["clOrdId"] for row in rows]


class TestOneOrder:
    def test_every_field_of_a_filled_order(self, local: Local) -> None:
        local.place(side="buy", ordType="market", sz="600", clOrdId="f1", tag="t1")
        now = str(local.clock.now_ms())
        found = local.order(clOrdId="f1")
        expected = {
            "instType": "SPOT", "instId": SPOT, "ordId": "1000001", "clOrdId": "f1", "tag": "t1", "side": "buy",
            "posSide": "net", "tdMode": "cash", "ccy": "", "ordType": "market", "px": "", "sz": "600",
            "tgtCcy": "quote_ccy", "state": "filled", "accFillSz": "0.00999998", "avgPx": "60000.1",
            "fillPx": "60000.1", "fillSz": "0.00999998", "fillTime": now, "tradeId": "1", "fee": "-0.00000999",
            "feeCcy": "BTC", "rebate": "0", "rebateCcy": "USDT",
            "pnl": "0", "category": "normal", "reduceOnly": "false", "cancelSource": "", "attachAlgoOrds": [],
            "linkedAlgoOrd": {"algoId": ""}, "tradeQuoteCcy": "USDT", "cTime": now, "uTime": now,
        }  # fmt: skip
        assert {name: found[name] for name in expected} == expected

    def test_empty_while_unfilled(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", clOrdId="u1")
        found = local.order(clOrdId="u1")
        assert [found[name] for name in ("state", "avgPx", "fillPx", "tradeId", "fillTime")] == ["live", "", "", "", ""]

    @pytest.mark.parametrize(
        ("params", "code", "status"),
        [
            ({}, "50014", 400),
            ({"instId": SPOT}, "51003", 200),
            ({"instId": "X", "ordId": "1"}, "51001", 200),
            ({"instId": SPOT, "ordId": "1"}, "51603", 200),
            ({"instId": SPOT, "clOrdId": "nothing"}, "51603", 200),
            ({"instId": "ETH-USDT", "clOrdId": "u1"}, "51603", 200),
        ],
    )
    def test_refusals(self, local: Local, params: dict[str, str], code: str, status: int) -> None:
        local.limit("buy", "59000", "0.01", clOrdId="u1")
        reply = local.get("/trade/order", **params)
        assert (reply.status, reply.code, reply.body["data"]) == (status, code, [])

    def test_nobody_sees_another_account(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", clOrdId="u1")
        assert local.get("/trade/order", who=2, instId=SPOT, ordId="1000001").code == "51603"
        assert local.get("/trade/orders-pending", who=2).data == []


class TestHistory:
    def test_unfilled_cancels_go_after_two_hours_and_never_reach_the_archive(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", ordType="ioc", clOrdId="gone")
        local.place(side="buy", ordType="market", sz="600", clOrdId="kept")
        assert ids(local.get("/trade/orders-history", instType="SPOT").data) == ["kept", "gone"]
        assert ids(local.get("/trade/orders-history-archive", instType="SPOT").data) == ["kept"]
        local.clock.advance(2 * HOUR_MS)
        assert ids(local.get("/trade/orders-history", instType="SPOT").data) == ["kept", "gone"]
        local.clock.advance(1)
        assert ids(local.get("/trade/orders-history", instType="SPOT").data) == ["kept"]
        assert local.get("/trade/order", instId=SPOT, clOrdId="gone").code == "51603"

    @pytest.mark.parametrize(
        ("path", "days"),
        [("orders-history", 7), ("orders-history-archive", 92), ("fills", 3), ("fills-history", 92)],
    )
    def test_how_long_what_filled_is_kept(self, local: Local, path: str, days: int) -> None:
        local.place(side="buy", ordType="market", sz="600")
        local.clock.advance(days * DAY_MS)
        assert len(local.get(f"/trade/{path}", instType="SPOT").data) == 1
        local.clock.advance(1)
        assert local.get(f"/trade/{path}", instType="SPOT").data == []

    def test_pending_orders_are_no_history(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", clOrdId="p1")
        assert local.get("/trade/orders-history", instType="SPOT").data == []
        assert ids(local.get("/trade/orders-pending").data) == ["p1"]

    @pytest.mark.parametrize("path", ["orders-history", "orders-history-archive", "fills-history"])
    def test_the_type_is_mandatory(self, local: Local, path: str) -> None:
        assert (local.get(f"/trade/{path}").status, local.get(f"/trade/{path}").code) == (400, "50014")
        assert local.get(f"/trade/{path}", instType="FUTURE").code == "51000"

    def test_filters(self, local: Local) -> None:
        local.place(side="buy", ordType="market", sz="600", clOrdId="s1")
        local.clock.advance(1000)
        local.limit("buy", "59000", "0.01", ordType="ioc", clOrdId="s2")
        local.swap("buy", "1", clOrdId="w1")

        def found(**params: object) -> list[str]:
            return ids(local.get("/trade/orders-history", **{"instType": "SPOT", **params}).data)

        start = local.clock.now_ms()
        assert found(instType="SWAP") == ["w1"]
        assert found(instType="SWAP", instFamily="BTC-USDT") == ["w1"]
        assert found(instType="SWAP", instFamily="ETH-USDT") == []
        assert (found(state="filled"), found(state="canceled")) == (["s1"], ["s2"])
        assert (found(ordType="ioc"), found(ordType="ioc,market")) == (["s2"], ["s2", "s1"])
        assert (found(begin=start), found(end=start - 1)) == (["s2"], ["s1"])
        assert found(instId="ETH-USDT") == []


class TestPages:
    @pytest.fixture
    def many(self, local: Local) -> Local:
        for n in range(105):
            local.limit("buy", "1", "0.00001", clOrdId=f"n{n}")
        return local

    def test_a_hundred_newest_first(self, many: Local) -> None:
        assert ids(many.get("/trade/orders-pending").data) == [f"n{n}" for n in range(104, 4, -1)]
        assert len(many.get("/trade/orders-pending", limit=500).data) == 100

    def test_cursors_leave_their_own_row_out(self, many: Local) -> None:
        rows = many.get("/trade/orders-pending", limit=10).data
        older = many.get("/trade/orders-pending", after=rows[-1]["ordId"]).data
        assert ids(older) == [f"n{n}" for n in range(94, -1, -1)]
        newer = many.get("/trade/orders-pending", before=rows[3]["ordId"]).data
        assert ids(newer) == ["n104", "n103", "n102"]

    def test_walking_to_the_end_sees_everything_once(self, many: Local) -> None:
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while rows := many.get("/trade/orders-pending", limit=40, **cursor).data:
            seen += ids(rows)
            cursor = {"after": rows[-1]["ordId"]}
        assert seen == [f"n{n}" for n in range(104, -1, -1)]

    def test_fills_have_bill_ids_for_cursors(self, local: Local) -> None:
        for n in range(5):
            local.place(
                side="buy" if n % 2 else "sell", ordType="market", sz="600" if n % 2 else "0.01", clOrdId=f"m{n}"
            )
        rows = local.get("/trade/fills").data
        assert ids(rows) == ["m4", "m3", "m2", "m1", "m0"]
        assert len({row["billId"] for row in rows}) == 5
        assert ids(local.get("/trade/fills", after=rows[1]["billId"]).data) == ["m2", "m1", "m0"]


class TestFills:
    def test_every_field(self, local: Local) -> None:
        local.swap("buy", "34", clOrdId="w1")
        (row,) = local.get("/trade/fills", instType="SWAP").data
        expected = {
            "instType": "SWAP", "instId": SWAP, "clOrdId": "w1", "fillPx": "60000.1", "fillSz": "34", "side": "buy",
            "posSide": "net", "execType": "T", "feeCcy": "USDT", "fee": "-10.200017", "feeRate": "-0.0005",
            "fillPnl": "0",
        }  # fmt: skip
        assert {name: row[name] for name in expected} == expected

    def test_of_one_order(self, local: Local) -> None:
        local.place(side="buy", ordType="market", sz="600", clOrdId="m1")
        local.place(side="buy", ordType="market", sz="600", clOrdId="m2")
        number = local.order(clOrdId="m1")["ordId"]
        assert ids(local.get("/trade/fills", ordId=number).data) == ["m1"]

    def test_two_accounts_see_their_own_side(self, local: Local) -> None:
        local.limit("buy", "60000", "0.01", who=1, clOrdId="maker")
        local.limit("sell", "60000", "0.01", who=2, clOrdId="taker")
        (made,), (took,) = local.get("/trade/fills", 1).data, local.get("/trade/fills", 2).data
        assert (made["tradeId"], made["execType"], took["execType"]) == (took["tradeId"], "M", "T")
        assert made["billId"] != took["billId"]
        assert (made["fee"], took["fee"]) == ("-0.000008", "-0.6")


def test_hidden_orders_show_later(local: Local) -> None:
    local.world.faults.add({"kind": "invisible", "delay_ms": 1000})
    ask = local.ask(
        "POST",
        "/trade/order",
        body={"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "600", "clOrdId": "h1"},
    )
    job = local.okx.job(ask)
    assert job.begin() is None
    job.finish(hidden_us=1_000_000)
    queries = ("/trade/orders-history", "/trade/fills")
    assert local.get("/trade/order", instId=SPOT, clOrdId="h1").code == "51603"
    assert [local.get(path, instType="SPOT").data for path in queries] == [[], []]
    local.clock.advance(1000)
    assert local.order(clOrdId="h1")["state"] == "filled"
    assert [len(local.get(path, instType="SPOT").data) for path in queries] == [1, 1]
