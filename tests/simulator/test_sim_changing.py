"""Amending, cancelling and replacing."""

from __future__ import annotations

import pytest
from sim_support import Answer, Local

SWAP = "/api/v3/order/cancelReplace"
NEW = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "58000"}


def amend(local: Local, **params: object) -> Answer:
    return local.call("PUT", "/api/v3/order/amend/keepPriority", **{"symbol": "BTCUSDT", **params})


class TestAmend:
    def test_it_shrinks_and_unlocks(self, local: Local) -> None:
        local.limit("BUY", "59000", "1", newClientOrderId="a")
        reply = amend(local, origClientOrderId="a", newQty="0.4", newClientOrderId="b").body
        amended = reply["amendedOrder"]
        assert (amended["qty"], amended["origClientOrderId"], amended["clientOrderId"]) == ("0.40000000", "a", "b")
        assert "cumulativeQuoteQty" in amended, "the spelling differs here"
        assert local.balance("USDT")[1] == "23600.00000000"
        local.limit("BUY", "60000", "1", newClientOrderId="best")
        amend(local, origClientOrderId="best", newQty="0.3")
        depth = local.call("GET", "/api/v3/depth", None, symbol="BTCUSDT", limit=1).body
        assert depth["bids"] == [["60000.00000000", "0.30000000"]]
        assert local.get(origClientOrderId="a").body["origQty"] == "0.40000000"
        rows = local.call("GET", "/api/v3/order/amendments", symbol="BTCUSDT", orderId=amended["orderId"]).body
        assert [(row["origQty"], row["newQty"], row["executionId"]) for row in rows] == [
            ("1.00000000", "0.40000000", reply["executionId"])
        ]

    def test_it_keeps_its_place(self, local: Local) -> None:
        first = local.limit("SELL", "60000", "0.02", who=2).body["orderId"]
        local.limit("SELL", "60000", "0.02", who=3)
        local.call("PUT", "/api/v3/order/amend/keepPriority", 2, symbol="BTCUSDT", orderId=first, newQty="0.01")
        local.buy_market("0.01")
        assert local.get(2, orderId=first).body["status"] == "FILLED"

    def test_below_what_is_filled_it_expires(self, local: Local) -> None:
        number = local.limit("SELL", "60000", "0.03").body["orderId"]
        local.buy_market("0.02", who=2)
        assert amend(local, orderId=number, newQty="0.02").body["amendedOrder"]["status"] == "EXPIRED"
        assert local.balance("BTC")[1] == "0.00000000"

    @pytest.mark.parametrize(
        ("params", "code", "text"),
        [
            ({"newQty": "0.03"}, -2038, "Order amend (quantity increase) is not supported."),
            ({"newQty": "0.02"}, -2038, "The requested action would change no state; rejecting"),
            ({"newQty": "0.01", "newClientOrderId": "other"}, -2038, "Duplicate order sent."),
            ({"newQty": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
            ({"newQty": "0.00001"}, -1013, "Filter failure: NOTIONAL"),
            ({}, -1102, "Mandatory parameter 'newQty' was not sent, was empty/null, or malformed."),
            ({"newQty": "0.01", "origClientOrderId": "none"}, -2038, "Unknown order sent."),
        ],
    )
    def test_refusals(self, local: Local, params: dict[str, str], code: int, text: str) -> None:
        local.limit("BUY", "59000", "0.02", newClientOrderId="mine")
        local.limit("BUY", "59000", "0.02", newClientOrderId="other")
        wish = {"origClientOrderId": "mine", **params}
        assert amend(local, **wish).refusal == (400, code, text)
        assert local.get(origClientOrderId="mine").body["origQty"] == "0.02000000"

    def test_ten_times_and_no_more(self, local: Local) -> None:
        number = local.limit("BUY", "59000", "1").body["orderId"]
        for n in range(10):
            assert amend(local, orderId=number, newQty=f"0.{90 - n}").status == 200
        refused = amend(local, orderId=number, newQty="0.5")
        assert refused.refusal == (400, -2038, "Filter failure: MAX_NUM_ORDER_AMENDS")


class TestCancelReplace:
    def swap(self, local: Local, mode: str = "STOP_ON_FAILURE", **params: object) -> Answer:
        return local.call("POST", SWAP, **{**NEW, "cancelReplaceMode": mode, **params})

    def test_both_succeed(self, local: Local) -> None:
        old = local.limit("BUY", "59000", "0.01", newClientOrderId="a").body
        reply = self.swap(local, cancelOrigClientOrderId="a", cancelNewClientOrderId="gone", newClientOrderId="a")
        assert (reply.status, reply.body["cancelResponse"]["clientOrderId"]) == (200, "gone")
        new = reply.body["newOrderResponse"]
        assert (new["clientOrderId"], new["price"]) == ("a", "58000.00000000")
        assert new["orderId"] != old["orderId"]
        assert reply.headers["X-MBX-ORDER-COUNT-10S"] == "2"

    @pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
    def test_the_cancel_fails(self, local: Local, mode: str) -> None:
        reply = self.swap(local, mode, cancelOrderId=1)
        stop = mode == "STOP_ON_FAILURE"
        assert (reply.status, reply.code) == ((400, -2022) if stop else (409, -2021))
        data = reply.body["data"]
        assert (data["cancelResult"], data["newOrderResult"]) == ("FAILURE", "NOT_ATTEMPTED" if stop else "SUCCESS")
        assert data["cancelResponse"] == {"code": -2011, "msg": "Unknown order sent."}
        assert (data["newOrderResponse"] is None) is stop
        assert len(local.call("GET", "/api/v3/openOrders").body) == (0 if stop else 1)
        counts = local.call("GET", "/api/v3/rateLimit/order").body
        assert counts[0]["count"] == 1, "it counts even when the new order is not attempted"

    def test_the_new_order_fails(self, local: Local) -> None:
        number = local.limit("BUY", "59000", "0.01").body["orderId"]
        reply = self.swap(local, cancelOrderId=number, type="LIMIT_MAKER", price="61000", timeInForce=None)
        assert reply.code == -1106 or reply.status == 409
        wish = {key: value for key, value in NEW.items() if key != "timeInForce"}
        wish |= {"type": "LIMIT_MAKER", "price": "61000", "cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": number}
        reply = local.call("POST", SWAP, **wish)
        assert (reply.status, reply.body["code"], reply.body["msg"]) == (
            409,
            -2021,
            "Order cancel-replace partially failed.",
        )
        assert reply.body["data"]["newOrderResponse"]["code"] == -2010
        assert local.call("GET", "/api/v3/openOrders").body == [], "the cancel has happened"
        reply = local.call("POST", SWAP, **wish)
        assert (reply.status, reply.code) == (400, -2022), "now both fail"

    def test_filters_come_first(self, local: Local) -> None:
        number = local.limit("BUY", "59000", "0.01").body["orderId"]
        assert self.swap(local, cancelOrderId=number, quantity="0.00001").code == -1013
        assert local.get(orderId=number).body["status"] == "NEW"

    def test_what_is_mandatory(self, local: Local) -> None:
        missing = local.call("POST", SWAP, **NEW, cancelOrderId=1)
        assert missing.code == -1102
        assert "cancelReplaceMode" in missing.body["msg"]
        text = "Param 'cancelOrderId' or 'cancelOrigClientOrderId' must be sent, but both were empty/null!"
        assert self.swap(local).refusal == (400, -1102, text)
        assert self.swap(local, cancelOrderId=1, cancelReplaceMode="MAYBE").code == -1130
