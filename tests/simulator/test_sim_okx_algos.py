"""Algo orders on the OKX side: when they fire, what they place, and how they are found."""

from __future__ import annotations

from typing import Any

import pytest
from okx_support import SPOT, SWAP, Answer, Local


@pytest.fixture
def local() -> Local:
    found = Local()
    found.swap("buy", "10")
    return found


def algo(local: Local, kind: str, **fields: object) -> Answer:
    wish = {"instId": SWAP, "tdMode": "cross", "side": "sell", "ordType": kind, "sz": "1", "reduceOnly": True}
    return local.post("/trade/order-algo", {**wish, **fields})


def found(local: Local, **names: object) -> Any:  # noqa: ANN401 - JSON
    return local.get("/trade/order-algo", **names).data[0]


STOP = {"slTriggerPx": "59000", "slOrdPx": "-1"}
TAKE = {"tpTriggerPx": "61000", "tpOrdPx": "-1"}


class TestPlacing:
    def test_the_acknowledgement(self, local: Local) -> None:
        reply = algo(local, "conditional", **STOP, algoClOrdId="s1", tag="t1")
        assert "inTime" not in reply.body
        assert reply.row == {
            "algoId": "1000002", "algoClOrdId": "s1", "clOrdId": "s1", "sCode": "0", "sMsg": "", "tag": "t1",
        }  # fmt: skip

    def test_nothing_is_set_aside(self, local: Local) -> None:
        before = local.balance("USDT")
        algo(local, "trigger", side="buy", sz="100", triggerPx="59000", orderPx="59000", reduceOnly=False)
        assert local.balance("USDT") == before

    @pytest.mark.parametrize(
        ("kind", "fields", "code"),
        [
            ("chase", STOP, "51000"),
            ("conditional", {}, "50015"),
            ("conditional", {"slTriggerPx": "61000", "slOrdPx": "-1"}, "51280"),
            ("conditional", {"tpTriggerPx": "59000", "tpOrdPx": "-1"}, "51277"),
            ("conditional", {"side": "buy", "slTriggerPx": "59000", "slOrdPx": "-1"}, "51278"),
            ("conditional", {"side": "buy", "tpTriggerPx": "61000", "tpOrdPx": "-1"}, "51279"),
            ("conditional", {"slTriggerPx": "59000", "slOrdPx": "58000.05"}, "51150"),
            ("conditional", {**STOP, "slTriggerPxType": "never"}, "51000"),
            ("conditional", {**STOP, "closeFraction": "1"}, "50024"),
            ("conditional", {**STOP, "closeFraction": "0.5", "sz": ""}, "51000"),
            ("conditional", {**STOP, "sz": "0.001"}, "51121"),
            ("conditional", {**STOP, "sz": ""}, "50014"),
            ("oco", STOP, "50014"),
            ("trigger", {"orderPx": "-1"}, "50014"),
            ("trigger", {"triggerPx": "60000.1", "orderPx": "-1"}, "51250"),
            ("move_order_stop", {}, "50015"),
            ("move_order_stop", {"callbackRatio": "0.01", "callbackSpread": "10"}, "50015"),
            ("move_order_stop", {"callbackRatio": "0.0009"}, "51274"),
            ("move_order_stop", {"callbackRatio": "1.1"}, "51274"),
        ],
    )
    def test_refusals(self, local: Local, kind: str, fields: dict[str, object], code: str) -> None:
        assert algo(local, kind, **fields).refusal == (200, code)
        assert not local.world.ledger.algos

    def test_a_client_id_may_wait_once(self, local: Local) -> None:
        algo(local, "conditional", **STOP, algoClOrdId="s1")
        assert algo(local, "conditional", **STOP, algoClOrdId="s1").row["sCode"] == "51065"

    def test_how_many_may_wait(self, local: Local) -> None:
        for _ in range(50):
            assert algo(local, "move_order_stop", callbackRatio="0.01").row["sCode"] == "0"
        assert algo(local, "move_order_stop", callbackRatio="0.01").row["sCode"] == "51253"
        assert algo(local, "conditional", **STOP).row["sCode"] == "0"


class TestFiring:
    @pytest.mark.parametrize(
        ("kind", "fields", "stays", "fires"),
        [
            ("conditional", STOP, "59000.1", "59000"),
            ("conditional", TAKE, "60999.9", "61000"),
            ("oco", {**STOP, **TAKE}, "60500", "58000"),
            ("trigger", {"triggerPx": "61500", "orderPx": "-1"}, "61499.9", "61500"),
            ("trigger", {"triggerPx": "58500", "orderPx": "-1"}, "58500.1", "58500"),
            ("move_order_stop", {"callbackRatio": "0.01"}, "59500", "59400"),
            ("move_order_stop", {"callbackSpread": "500"}, "59501", "59499"),
            ("move_order_stop", {"callbackSpread": "500", "activePx": "61000"}, "60000", "0"),
        ],
    )
    def test_at_its_price(self, local: Local, kind: str, fields: dict[str, str], stays: str, fires: str) -> None:
        number = algo(local, kind, **fields).row["algoId"]
        local.move(SWAP, stays)
        assert found(local, algoId=number)["state"] == "live"
        if fires == "0":
            local.move(SWAP, "61000")
            assert found(local, algoId=number)["state"] == "live", "only active now"
            fires = "60500"
        local.move(SWAP, fires)
        fired = found(local, algoId=number)
        assert (fired["state"], fired["actualSz"]) == ("effective", "1")
        placed = local.order(instId=SWAP, ordId=fired["ordId"])
        assert (placed["algoId"], placed["ordType"], placed["state"], placed["side"]) == (
            number, "market", "filled", "sell",
        )  # fmt: skip
        assert local.position(instId=SWAP)["pos"] == "9"

    def test_one_of_two_ends_the_other(self, local: Local) -> None:
        number = algo(local, "oco", **STOP, **TAKE).row["algoId"]
        local.move(SWAP, "61000")
        local.move(SWAP, "58000")
        assert (found(local, algoId=number)["actualSide"], local.position(instId=SWAP)["pos"]) == ("tp", "9")

    def test_a_limit_price_rests(self, local: Local) -> None:
        number = algo(local, "conditional", slTriggerPx="59000", slOrdPx="59500").row["algoId"]
        local.move(SWAP, "58900")
        placed = local.order(instId=SWAP, ordId=found(local, algoId=number)["ordId"])
        assert (placed["state"], placed["px"], placed["ordType"]) == ("live", "59500", "limit")

    def test_the_whole_position(self, local: Local) -> None:
        number = algo(local, "conditional", **STOP, closeFraction="1", sz="").row["algoId"]
        local.swap("buy", "5")
        local.move(SWAP, "59000")
        assert found(local, algoId=number)["actualSz"] == "15"
        assert local.get("/account/positions").data == []

    def test_nothing_left_to_reduce(self, local: Local) -> None:
        number = algo(local, "conditional", **STOP).row["algoId"]
        local.post("/trade/close-position", {"instId": SWAP, "mgnMode": "cross"})
        local.move(SWAP, "59000")
        failed = found(local, algoId=number)
        assert (failed["state"], failed["ordId"], failed["failCode"]) == ("order_failed", "", "51008")

    def test_on_the_mark_price(self, local: Local) -> None:
        """The book may trade through the price; the mark price is where the price control put the market."""
        number = algo(local, "conditional", **STOP, slTriggerPxType="mark").row["algoId"]
        local.okx.venue.listed[SWAP].pit.book.last_price = 10**12
        local.swap("buy", "1")
        assert found(local, algoId=number)["state"] == "live"
        local.move(SWAP, "59000")
        assert found(local, algoId=number)["state"] == "effective"

    def test_spot(self, local: Local) -> None:
        wish = {
            "instId": SPOT,
            "tdMode": "cash",
            "reduceOnly": False,
            "side": "buy",
            "tgtCcy": "quote_ccy",
            "sz": "600",
        }
        number = algo(local, "trigger", **wish, triggerPx="59000", orderPx="-1").row["algoId"]
        local.move(SPOT, "59000")
        placed = local.order(ordId=found(local, algoId=number)["ordId"])
        assert (placed["instType"], placed["sz"], placed["tgtCcy"], placed["state"]) == (
            "SPOT", "600", "quote_ccy", "filled",
        )  # fmt: skip


class TestChanging:
    def test_cancelling(self, local: Local) -> None:
        names = [algo(local, "conditional", **STOP, algoClOrdId=name).row["algoClOrdId"] for name in ("s1", "s2")]
        wish = [{"instId": SWAP, "algoClOrdId": name} for name in (*names, "s3")]
        reply = local.post("/trade/cancel-algos", wish)
        assert (reply.code, reply.verdicts) == ("2", ["0", "0", "51400"])
        assert found(local, algoClOrdId="s1")["state"] == "canceled"
        local.move(SWAP, "59000")
        assert local.position(instId=SWAP)["pos"] == "10"
        assert (
            local.post("/trade/cancel-algos", [{"instId": SWAP, "algoId": str(n)} for n in range(11)]).code == "51406"
        )
        assert local.post("/trade/cancel-algos", [{"instId": SWAP}]).verdicts == ["51407"]

    def test_amending(self, local: Local) -> None:
        algo(local, "oco", **STOP, **TAKE, algoClOrdId="s1")
        change = {"instId": SWAP, "algoClOrdId": "s1", "reqId": "q1"}
        reply = local.post(
            "/trade/amend-algos", {**change, "newSz": "2", "newTpTriggerPx": "62000", "newTpOrdPx": "61500"}
        )
        assert (reply.row["sCode"], reply.row["reqId"]) == ("0", "q1")
        now = found(local, algoClOrdId="s1")
        assert [now[name] for name in ("sz", "tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx")] == [
            "2", "62000", "61500", "59000", "-1",
        ]  # fmt: skip
        local.move(SWAP, "61000")
        assert found(local, algoClOrdId="s1")["state"] == "live"
        local.move(SWAP, "62000")
        assert found(local, algoClOrdId="s1")["actualSz"] == "2"

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({}, "51500"),
            ({"newSlTriggerPx": "61000"}, "51280"),
            ({"newSz": "0.001"}, "51121"),
            ({"algoClOrdId": "x", "newSz": "2"}, "51503"),
            ({"algoClOrdId": "", "newSz": "2"}, "51003"),
        ],
    )
    def test_amending_refusals(self, local: Local, fields: dict[str, str], code: str) -> None:
        algo(local, "conditional", **STOP, algoClOrdId="s1")
        before = found(local, algoClOrdId="s1")
        change = {"instId": SWAP, "algoClOrdId": "s1", **fields}
        assert local.post("/trade/amend-algos", change).refusal == (200, code)
        assert found(local, algoClOrdId="s1") == before

    def test_trailing_stops_can_not_be_amended(self, local: Local) -> None:
        algo(local, "move_order_stop", callbackRatio="0.01", algoClOrdId="s1")
        change = {"instId": SWAP, "algoClOrdId": "s1", "newSz": "2"}
        assert local.post("/trade/amend-algos", change).verdicts == ["51506"]


class TestFinding:
    def test_lists(self, local: Local) -> None:
        algo(local, "conditional", **STOP, algoClOrdId="s1")
        algo(local, "oco", **STOP, **TAKE, algoClOrdId="s2")
        algo(local, "trigger", triggerPx="58000", orderPx="-1", algoClOrdId="s3")

        def names(path: str, **params: object) -> list[str]:
            return [row["algoClOrdId"] for row in local.get(f"/trade/orders-algo-{path}", **params).data]

        assert names("pending", ordType="conditional") == ["s1"]
        assert names("pending", ordType="conditional,oco") == ["s2", "s1"]
        assert names("pending", ordType="trigger", instType="SPOT") == []
        local.move(SWAP, "59000")
        assert names("history", ordType="conditional", state="effective") == ["s1"]
        assert names("history", ordType="oco", algoId="1000003") == ["s2"]
        assert names("pending", ordType="conditional,oco") == []

    @pytest.mark.parametrize(
        ("path", "params", "code"),
        [
            ("orders-algo-pending", {}, "50014"),
            ("orders-algo-pending", {"ordType": "trigger,oco"}, "51000"),
            ("orders-algo-pending", {"ordType": "limit"}, "51000"),
            ("orders-algo-history", {"ordType": "oco"}, "50015"),
            ("order-algo", {}, "50015"),
            ("order-algo", {"algoId": "1"}, "51603"),
        ],
    )
    def test_refusals(self, local: Local, path: str, params: dict[str, str], code: str) -> None:
        assert local.get(f"/trade/{path}", **params).code == code
