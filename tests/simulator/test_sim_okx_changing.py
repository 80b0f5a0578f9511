"""Amending, cancelling, batches and the expTime fence on the OKX side."""

from __future__ import annotations

from typing import Any

import pytest
from okx_support import SPOT, SWAP, Answer, Local
from okx_support import answer as read


@pytest.fixture
def local() -> Local:
    found = Local()
    found.limit("buy", "59000", "0.01", clOrdId="r1")
    return found


def amend(local: Local, **fields: object) -> Answer:
    return local.post("/trade/amend-order", {"instId": SPOT, "clOrdId": "r1", **fields})


def cancel(local: Local, **fields: object) -> Answer:
    return local.post("/trade/cancel-order", {"instId": SPOT, **fields})


class TestCancelling:
    def test_by_either_id(self, local: Local) -> None:
        number = local.order(clOrdId="r1")["ordId"]
        assert cancel(local, ordId=number, clOrdId="ignored").row["clOrdId"] == "r1"
        assert (local.order(clOrdId="r1")["state"], local.order(clOrdId="r1")["cancelSource"]) == ("canceled", "1")
        assert local.balance("USDT")["ordFrozen"] == "0"
        local.limit("buy", "59000", "0.01", clOrdId="r2")
        assert cancel(local, clOrdId="r2").code == "0"

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({}, "51407"),
            ({"clOrdId": "unknown"}, "51400"),
            ({"ordId": "123"}, "51400"),
            ({"ordId": "not-a-number"}, "51400"),
            ({"instId": "", "clOrdId": "r1"}, "50014"),
            ({"instId": "ETH-USDT", "clOrdId": "r1"}, "51400"),
            ({"instId": "ETH-USDT", "ordId": "1000001"}, "51408"),
        ],
    )
    def test_refusals(self, local: Local, fields: dict[str, str], code: str) -> None:
        reply = cancel(local, **fields)
        assert (reply.refusal, reply.code) == ((200, code), "1")
        assert local.order(clOrdId="r1")["state"] == "live"

    def test_twice(self, local: Local) -> None:
        assert [cancel(local, clOrdId="r1").row["sCode"] for _ in range(2)] == ["0", "51400"]

    def test_of_someone_else(self, local: Local) -> None:
        reply = local.post("/trade/cancel-order", {"instId": SPOT, "ordId": "1000001"}, who=2)
        assert reply.row["sCode"] == "51400"


class TestAmending:
    def test_price_and_size(self, local: Local) -> None:
        reply = amend(local, newPx="58000", newSz="0.02", reqId="q1")
        assert (reply.row["sCode"], reply.row["reqId"], reply.row["ordId"]) == ("0", "q1", "1000001")
        found = local.order(clOrdId="r1")
        assert (found["px"], found["sz"], found["state"]) == ("58000", "0.02", "live")
        assert local.balance("USDT")["ordFrozen"] == "1160"

    def test_the_same_values_again_are_fine(self, local: Local) -> None:
        assert [amend(local, newPx="58000").row["sCode"] for _ in range(2)] == ["0", "0"]

    def test_a_better_price_may_match_at_once(self, local: Local) -> None:
        amend(local, newPx="60100")
        assert local.order(clOrdId="r1")["state"] == "filled"

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({}, "51500"),
            ({"newPx": "58000", "clOrdId": ""}, "51003"),
            ({"newPx": "58000", "clOrdId": "unknown"}, "51503"),
            ({"newPx": "58000.05"}, "51150"),
            ({"newPx": "90000"}, "51137"),
            ({"newSz": "0.000000001"}, "51121"),
            ({"newSz": "0.000001"}, "51020"),
            ({"newSz": "300"}, "51502"),
            ({"newSz": "0.02", "reqId": "a-b"}, "51000"),
        ],
    )
    def test_refusals_change_nothing(self, local: Local, fields: dict[str, str], code: str) -> None:
        before = local.order(clOrdId="r1")
        assert amend(local, **fields).refusal == (200, code)
        assert local.order(clOrdId="r1") == before
        assert local.balance("USDT")["ordFrozen"] == "590"

    def test_a_refusal_may_cancel(self, local: Local) -> None:
        assert amend(local, newSz="300", cxlOnFail=True).refusal == (200, "51502")
        assert (local.order(clOrdId="r1")["state"], local.order(clOrdId="r1")["cancelSource"]) == ("canceled", "0")

    def test_a_post_only_order_stays_so(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", ordType="post_only", clOrdId="p1")
        assert amend(local, clOrdId="p1", newPx="60100").refusal == (200, "51511")
        assert local.order(clOrdId="p1")["px"] == "59000"

    def test_down_to_what_is_filled_completes_it(self, local: Local) -> None:
        best = local.get("/market/books", instId=SPOT).data[0]["asks"][0]
        local.limit("buy", best[0], "5", clOrdId="p1")
        filled = local.order(clOrdId="p1")["accFillSz"]
        assert local.order(clOrdId="p1")["state"] == "partially_filled"
        assert amend(local, clOrdId="p1", newSz=filled).row["sCode"] == "0"
        found = local.order(clOrdId="p1")
        assert (found["state"], found["sz"], found["accFillSz"]) == ("filled", filled, filled)


def wish(**fields: object) -> dict[str, object]:
    return {"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "59000", "sz": "0.01", **fields}


class TestBatches:
    def test_in_order_each_with_its_verdict(self, local: Local) -> None:
        reply = local.post("/trade/batch-orders", [wish(clOrdId="b1"), wish(clOrdId="b2", sz="x"), wish(clOrdId="b3")])
        assert (reply.status, reply.code, reply.body["msg"]) == (200, "2", "Bulk operation partially succeeded.")
        assert [(row["clOrdId"], row["sCode"]) for row in reply.body["data"]] == [
            ("b1", "0"),
            ("b2", "51000"),
            ("b3", "0"),
        ]

    def test_all_refused(self, local: Local) -> None:
        reply = local.post("/trade/batch-orders", [wish(instId="X"), wish(px="")])
        assert (reply.code, reply.verdicts, reply.body["msg"]) == ("1", ["51001", "51204"], "All operations failed")

    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/trade/batch-orders", 200, "51111"),
            ("/trade/cancel-batch-orders", 400, "51406"),
            ("/trade/amend-batch-orders", 400, "51501"),
        ],
    )
    def test_twenty_at_most(self, local: Local, path: str, status: int, code: str) -> None:
        reply = local.post(path, [wish(clOrdId=f"b{n}", newPx="58000") for n in range(21)])
        assert (reply.status, reply.body["code"], reply.body["data"]) == (status, code, [])
        assert len(local.post(path, [wish(clOrdId=f"b{n}", newPx="58000") for n in range(20)]).verdicts) == 20

    def test_amending_and_cancelling(self, local: Local) -> None:
        local.post("/trade/batch-orders", [wish(clOrdId="b1"), wish(clOrdId="b2")])
        names: list[dict[str, Any]] = [{"instId": SPOT, "clOrdId": name} for name in ("b1", "nothing", "b2")]
        changed = local.post("/trade/amend-batch-orders", [{**each, "newPx": "58000"} for each in names])
        assert (changed.code, changed.verdicts) == ("2", ["0", "51503", "0"])
        gone = local.post("/trade/cancel-batch-orders", names)
        assert (gone.code, gone.verdicts) == ("2", ["0", "51400", "0"])

    def test_the_same_order_twice(self, local: Local) -> None:
        twice = [{"instId": SPOT, "clOrdId": "r1", "newPx": px} for px in ("58000", "57000")]
        reply = local.post("/trade/amend-batch-orders", twice)
        assert (reply.code, reply.body["data"]) == ("51512", [])
        assert local.order(clOrdId="r1")["px"] == "59000"


class TestExpTime:
    def fenced(self, local: Local, path: str, body: object, deadline_ms: int, wait_ms: int = 0) -> Answer:
        """A request with a deadline that the server takes up some time after its arrival."""
        ask = local.ask("POST", path, body=body)
        ask.headers = {**ask.headers, "expTime": str(deadline_ms)}
        job = local.okx.job(ask)
        refused = job.begin()
        if refused is not None:
            return read(refused)
        local.clock.advance(wait_ms)
        return read(job.finish())

    @pytest.mark.parametrize(("left_ms", "code"), [(-1, "50036"), (0, "0"), (5000, "0")])
    def test_on_arrival(self, local: Local, left_ms: int, code: str) -> None:
        reply = self.fenced(local, "/trade/order", wish(clOrdId="e1"), local.clock.now_ms() + left_ms)
        assert (reply.status, reply.code) == (200, code)
        assert local.okx.venue.pending_id("sim-1", "e1") is (code == "0")

    @pytest.mark.parametrize(("wait_ms", "verdict"), [(500, "0"), (501, "50037")])
    def test_when_it_is_taken_up(self, local: Local, wait_ms: int, verdict: str) -> None:
        reply = self.fenced(local, "/trade/order", wish(clOrdId="e1"), local.clock.now_ms() + 500, wait_ms)
        assert reply.verdicts == [verdict]
        assert local.okx.venue.pending_id("sim-1", "e1") is (verdict == "0")

    def test_every_item_of_a_batch(self, local: Local) -> None:
        orders = [wish(clOrdId="e1"), wish(clOrdId="e2")]
        reply = self.fenced(local, "/trade/batch-orders", orders, local.clock.now_ms() + 500, 501)
        assert (reply.code, reply.verdicts) == ("1", ["50037", "50037"])

    def test_amendments_have_it(self, local: Local) -> None:
        change = {"instId": SPOT, "clOrdId": "r1", "newPx": "58000"}
        assert self.fenced(local, "/trade/amend-order", change, local.clock.now_ms() + 5, 6).verdicts == ["50037"]
        assert local.order(clOrdId="r1")["px"] == "59000"

    def test_cancels_and_algo_orders_do_not(self, local: Local) -> None:
        long_ago = local.clock.now_ms() - 10_000
        assert self.fenced(local, "/trade/cancel-order", {"instId": SPOT, "clOrdId": "r1"}, long_ago).code == "0"
        algo = {
            **wish(instId=SWAP, tdMode="cross", sz="1"),
            "ordType": "trigger",
            "triggerPx": "59000",
            "orderPx": "-1",
        }
        assert self.fenced(local, "/trade/order-algo", algo, long_ago).code == "0"

    def test_no_number(self, local: Local) -> None:
        ask = local.ask("POST", "/trade/order", body=wish())
        ask.headers = {**ask.headers, "expTime": "soon"}
        assert local.send(ask).code == "51000"
