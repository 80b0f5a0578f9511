"""Take profit and stop loss attached to an order, and the countdown that cancels everything, on the OKX side."""

from __future__ import annotations

from typing import Any

import pytest
from okx_support import SPOT, SWAP, Local

STOPS = [{"tpTriggerPx": "61000", "tpOrdPx": "-1", "slTriggerPx": "58000", "slOrdPx": "-1", "attachAlgoClOrdId": "at1"}]


@pytest.fixture
def local() -> Local:
    return Local()


def waiting(local: Local) -> list[Any]:
    return list(local.get("/trade/orders-algo-pending", ordType="conditional,oco").data)


class TestAttached:
    def test_they_wait_from_the_first_fill_on(self, local: Local) -> None:
        local.swap("buy", "2", ordType="limit", px="59000", attachAlgoOrds=STOPS, clOrdId="p1")
        assert waiting(local) == []
        assert local.order(instId=SWAP, clOrdId="p1")["attachAlgoOrds"][0]["tpTriggerPx"] == "61000"
        local.move(SWAP, "59000")
        (row,) = waiting(local)
        assert (row["side"], row["ordType"], row["algoClOrdId"]) == ("sell", "oco", "at1")
        local.move(SWAP, "61000")
        assert local.get("/account/positions").data == []

    def test_a_market_order_has_them_at_once(self, local: Local) -> None:
        local.swap("buy", "2", attachAlgoOrds=STOPS)
        assert len(waiting(local)) == 1
        local.move(SWAP, "58000")
        assert local.get("/account/positions").data == []

    def test_a_price_that_the_fill_itself_reaches_fires_at_once(self, local: Local) -> None:
        local.swap("buy", "2", attachAlgoOrds=[{"tpTriggerPx": "60000.1", "tpOrdPx": "-1"}])
        assert local.get("/account/positions").data == []

    def test_they_close_what_was_filled(self, local: Local) -> None:
        depth = local.get("/market/books", instId=SWAP).data[0]["asks"][0]
        local.swap("buy", "10000", ordType="ioc", px=depth[0], attachAlgoOrds=STOPS)
        assert local.position(instId=SWAP)["pos"] == depth[1]
        local.move(SWAP, "61000")
        assert local.get("/account/positions").data == []

    def test_spot_leaves_room_for_its_commission(self, local: Local) -> None:
        local.place(side="buy", ordType="limit", px="60100", sz="0.01", attachAlgoOrds=STOPS, clOrdId="p1")
        local.move(SPOT, "61000")
        (sold,) = [row for row in local.get("/trade/orders-history", instType="SPOT").data if row["side"] == "sell"]
        assert (sold["state"], sold["accFillSz"], sold["attachAlgoClOrdId"]) == ("filled", "0.00999", "at1")

    def test_a_parent_that_never_fills_has_none(self, local: Local) -> None:
        local.swap("buy", "2", ordType="ioc", px="59000", attachAlgoOrds=STOPS)
        local.move(SWAP, "58000")
        assert waiting(local) == []
        assert local.get("/trade/orders-algo-history", ordType="oco", state="effective").data == []

    @pytest.mark.parametrize(
        ("side", "stops", "code"),
        [
            ("buy", {"tpTriggerPx": "59000", "tpOrdPx": "-1"}, "51046"),
            ("buy", {"slTriggerPx": "61000", "slOrdPx": "-1"}, "51047"),
            ("sell", {"tpTriggerPx": "61000", "tpOrdPx": "-1"}, "51048"),
            ("sell", {"slTriggerPx": "59000", "slOrdPx": "-1"}, "51049"),
            ("buy", {}, "50014"),
            ("buy", {"callbackRatio": "0.01"}, "51000"),
        ],
    )
    def test_refusals(self, local: Local, side: str, stops: dict[str, str], code: str) -> None:
        assert local.swap(side, "1", attachAlgoOrds=[stops]).refusal == (200, code)

    def test_not_with_reduce_only(self, local: Local) -> None:
        local.swap("buy", "2")
        stops = [{"slTriggerPx": "61000", "slOrdPx": "-1"}]
        assert local.swap("sell", "1", reduceOnly=True, attachAlgoOrds=stops).verdicts == ["51100"]


class TestCancelAllAfter:
    def start(self, local: Local, seconds: str, **fields: str) -> Any:  # noqa: ANN401 - JSON
        return local.post("/trade/cancel-all-after", {"timeOut": seconds, **fields})

    def test_it_cancels_what_is_pending(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", clOrdId="a1")
        local.swap("buy", "1", ordType="limit", px="59000", clOrdId="w1")
        local.limit("buy", "59000", "0.01", who=2)
        reply = self.start(local, "10").data[0]
        assert reply == {
            "triggerTime": str(local.clock.now_ms() + 10_000), "tag": "", "ts": str(local.clock.now_ms()),
        }  # fmt: skip
        local.clock.advance(9_999)
        assert len(local.get("/trade/orders-pending").data) == 2
        local.clock.advance(1)
        assert local.get("/trade/orders-pending").data == []
        assert local.order(clOrdId="a1")["cancelSource"] == "20"
        assert len(local.get("/trade/orders-pending", who=2).data) == 1

    def test_each_call_starts_it_anew_and_zero_ends_it(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", clOrdId="a1")
        self.start(local, "10")
        local.clock.advance(9_000)
        self.start(local, "10")
        local.clock.advance(9_000)
        assert self.start(local, "0").data[0]["triggerTime"] == "0"
        local.clock.advance(60_000)
        assert local.order(clOrdId="a1")["state"] == "live"

    def test_it_is_due_before_the_next_request_of_anybody(self, local: Local) -> None:
        """An order that is placed after the countdown has ended stays."""
        self.start(local, "10")
        local.clock.advance(10_000)
        local.limit("buy", "59000", "0.01", clOrdId="late")
        assert local.order(clOrdId="late")["state"] == "live"

    def test_with_a_tag_it_takes_that_tags_orders(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", clOrdId="a1", tag="one")
        local.limit("buy", "59000", "0.01", clOrdId="a2", tag="two")
        self.start(local, "10", tag="one")
        local.clock.advance(10_000)
        assert [row["clOrdId"] for row in local.get("/trade/orders-pending").data] == ["a2"]

    def test_it_leaves_algo_orders(self, local: Local) -> None:
        local.post(
            "/trade/order-algo",
            {
                "instId": SWAP,
                "tdMode": "cross",
                "side": "buy",
                "ordType": "trigger",
                "sz": "1",
                "triggerPx": "59000",
                "orderPx": "-1",
            },
        )
        self.start(local, "10")
        local.clock.advance(10_000)
        assert len(local.get("/trade/orders-algo-pending", ordType="trigger").data) == 1

    @pytest.mark.parametrize(
        ("seconds", "code"), [("9", "51000"), ("10", "0"), ("120", "0"), ("121", "51000"), ("", "50014")]
    )
    def test_bounds(self, local: Local, seconds: str, code: str) -> None:
        assert self.start(local, seconds).code == code

    def test_twenty_tags(self, local: Local) -> None:
        for n in range(20):
            assert self.start(local, "100", tag=f"t{n}").code == "0"
        assert self.start(local, "100", tag="t20").code == "51071"
        assert self.start(local, "100", tag="t0").code == "0"
        assert self.start(local, "0", tag="t0").code == "0"
        assert self.start(local, "100", tag="t20").code == "0"
