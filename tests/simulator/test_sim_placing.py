"""What a new order must look like, and what the exchange answers when it does not."""

from __future__ import annotations

import pytest
from sim_support import Local

LIMIT = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "59000"}
MARKET = {"side": "BUY", "type": "MARKET", "quantity": "0.01"}
STOP = {"side": "BUY", "type": "STOP_LOSS", "quantity": "0.01", "stopPrice": "61000"}
EITHER = "Param '{}' or '{}' must be sent, but both were empty/null!"
LEGAL = r"Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'."
NO_SUCH_MODE = "This symbol does not allow the specified self-trade prevention mode."
UNREAD = "Not all sent parameters were read; read '8' parameter(s) but was sent '9'."
MISSING = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."


def without(params: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in params.items() if key != name}


@pytest.mark.parametrize("name", ["side", "type", "timeInForce", "quantity", "price"])
def test_mandatory_parameters_of_a_limit_order(local: Local, name: str) -> None:
    assert local.order(**without(LIMIT, name)).refusal == (400, -1102, MISSING.format(name))


@pytest.mark.parametrize(
    ("params", "code", "text"),
    [
        (without(MARKET, "quantity"), -1102, EITHER.format("quantity", "quoteOrderQty")),
        ({**MARKET, "quoteOrderQty": "10"}, -1128, "Combination of optional parameters invalid."),
        ({**MARKET, "timeInForce": "GTC"}, -1106, "Parameter 'timeInForce' sent when not required."),
        ({**MARKET, "price": "1"}, -1106, "Parameter 'price' sent when not required."),
        ({**MARKET, "icebergQty": "0.001"}, -1106, "Parameter 'icebergQty' sent when not required."),
        ({**LIMIT, "stopPrice": "1"}, -1106, "Parameter 'stopPrice' sent when not required."),
        ({**STOP, "price": "1"}, -1106, "Parameter 'price' sent when not required."),
        (without(STOP, "stopPrice"), -1102, EITHER.format("stopPrice", "trailingDelta")),
        ({**MARKET, "quantity": ""}, -1105, "Parameter 'quantity' was empty."),
        ({**MARKET, "quantity": "-1"}, -1100, LEGAL),
        ({**MARKET, "quantity": "1e-2"}, -1100, None),
        ({**MARKET, "quantity": "٠١"}, -1100, None),
        ({**MARKET, "quantity": "0.000000001"}, -1111, "Parameter 'quantity' has too much precision."),
        ({**LIMIT, "price": "59000.123456789"}, -1111, "Parameter 'price' has too much precision."),
        ({**MARKET, "quantity": "0"}, -1013, "Filter failure: LOT_SIZE"),
        ({**MARKET, "side": "HOLD"}, -1117, "Invalid side."),
        ({**MARKET, "type": "TWAP"}, -1116, "Invalid orderType."),
        ({**LIMIT, "timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
        ({**LIMIT, "newClientOrderId": "x" * 37}, -1100, None),
        ({**LIMIT, "newClientOrderId": "a.b"}, -1100, None),
        ({**LIMIT, "newOrderRespType": "ALL"}, -1130, "Data sent for parameter 'newOrderRespType' is not valid."),
        ({**LIMIT, "strategyType": "999999"}, -1134, "strategyType was less than 1000000."),
        ({**LIMIT, "strategyId": "9" * 20}, -1108, "Parameter 'strategyId' overflowed."),
        ({**LIMIT, "selfTradePreventionMode": "TRANSFER"}, -1013, NO_SUCH_MODE),
        ({**LIMIT, "selfTradePreventionMode": "MAYBE"}, -1130, None),
        ({**LIMIT, "pegPriceType": "PRIMARY_PEG"}, -1013, "Pegged orders are not supported for this symbol."),
        ({**LIMIT, "icebergQty": "0.02"}, -1013, "IcebergQty exceeds QTY."),
        ({**LIMIT, "timeInForce": "IOC", "icebergQty": "0.001"}, -1013, "Unsupported order combination"),
        ({**LIMIT, "colour": "red"}, -1104, UNREAD),
    ],
)  # fmt: skip
def test_refusals(local: Local, params: dict[str, str], code: int, text: str | None) -> None:
    for path in ("/api/v3/order", "/api/v3/order/test"):
        status, got, message = local.call("POST", path, symbol="BTCUSDT", **params).refusal
        assert (status, got) == (400, code)
        assert text in (None, message)
    assert local.world.ledger.orders == []


def test_symbol(local: Local) -> None:
    assert local.order(**MARKET, symbol="BTCEUR").refusal == (400, -1121, "Invalid symbol.")
    assert local.call("POST", "/api/v3/order", **MARKET).refusal == (400, -1102, MISSING.format("symbol"))


def test_a_parameter_sent_twice(local: Local) -> None:
    ask = local.ask("GET", "/api/v3/time", None)
    ask.query = "a=1&a=2"
    assert local.send(ask).refusal == (400, -1101, "Duplicate values for a parameter detected.")


def test_public_calls_take_nothing_extra(local: Local) -> None:
    reply = local.call("GET", "/api/v3/ping", None, a=1)
    assert reply.refusal == (400, -1101, "Too many parameters; expected '0' and received '1'.")


def test_trailing_zeros_are_fine(local: Local) -> None:
    assert local.buy_market("0.0100000000000").body["executedQty"] == "0.01000000"


@pytest.mark.parametrize(
    ("params", "shape", "fields"),
    [
        (LIMIT, None, 17),
        (LIMIT, "ACK", 5),
        (LIMIT, "RESULT", 16),
        (MARKET, None, 17),
        (STOP, None, 5),
        ({**LIMIT, "type": "LIMIT_MAKER"}, None, 5),
    ],
)
def test_the_size_of_replies(local: Local, params: dict[str, str], shape: str | None, fields: int) -> None:
    wish = dict(params) if shape is None else {**params, "newOrderRespType": shape}
    if wish["type"] == "LIMIT_MAKER":
        del wish["timeInForce"]
    reply = local.order(**wish).body
    assert len(reply) == fields, sorted(reply)
    assert reply["orderListId"] == -1


def test_conditional_fields(local: Local) -> None:
    reply = local.limit("BUY", "59000", "0.1", icebergQty="0.01", strategyId=7, strategyType=1_000_001).body
    assert (reply["icebergQty"], reply["strategyId"], reply["strategyType"]) == ("0.01000000", 7, 1_000_001)
    stop = local.order(**STOP, newOrderRespType="RESULT").body
    assert stop["stopPrice"] == "61000.00000000"
    assert "workingTime" not in stop, "it does not work yet"
    expired = local.limit("BUY", "59000", "0.01", timeInForce="IOC").body
    assert expired["expiryReason"] == "UNFILLED_IOC_QUANTITY_EXPIRED"


def test_an_order_test_places_nothing(local: Local) -> None:
    assert local.call("POST", "/api/v3/order/test", symbol="BTCUSDT", **MARKET).body == {}
    rates = local.call("POST", "/api/v3/order/test", symbol="BTCUSDT", computeCommissionRates="true", **MARKET).body
    assert rates["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00100000"}
    assert local.world.ledger.counts()["orders"] == 0


class TestClientOrderId:
    def test_refused_while_open_and_free_afterwards(self, local: Local) -> None:
        local.limit("BUY", "59000", "0.01", newClientOrderId="a")
        again = local.limit("BUY", "58000", "0.01", newClientOrderId="a")
        assert again.refusal == (400, -2010, "Duplicate order sent.")
        local.cancel(origClientOrderId="a")
        assert local.limit("BUY", "58000", "0.01", newClientOrderId="a").status == 200

    def test_a_filled_order_does_not_keep_its_id(self, local: Local) -> None:
        first = local.buy_market(newClientOrderId="a").body["orderId"]
        second = local.buy_market(newClientOrderId="a").body["orderId"]
        assert first != second
        assert local.get(origClientOrderId="a").body["orderId"] == second

    def test_scope_is_account_and_symbol(self, local: Local) -> None:
        local.limit("BUY", "59000", "0.01", newClientOrderId="a")
        assert local.limit("BUY", "59000", "0.01", who=2, newClientOrderId="a").status == 200
        assert local.limit("BUY", "2900", "0.01", symbol="ETHUSDT", newClientOrderId="a").status == 200

    def test_a_cancel_renames_and_both_ids_find_the_order(self, local: Local) -> None:
        placed = local.limit("BUY", "59000", "0.01", newClientOrderId="a").body
        gone = local.cancel(origClientOrderId="a", newClientOrderId="b").body
        assert (gone["origClientOrderId"], gone["clientOrderId"], gone["status"]) == ("a", "b", "CANCELED")
        for client_id in ("a", "b"):
            found = local.get(origClientOrderId=client_id).body
            assert (found["orderId"], found["clientOrderId"]) == (placed["orderId"], "b")

    def test_made_up_when_absent(self, local: Local) -> None:
        ids = {local.buy_market().body["clientOrderId"] for _ in range(5)}
        assert len(ids) == 5
        assert {len(each) for each in ids} == {22}


class TestLookups:
    def test_number_and_client_id_must_belong_together(self, local: Local) -> None:
        number = local.limit("BUY", "59000", "0.01", newClientOrderId="a").body["orderId"]
        local.limit("BUY", "59000", "0.01", newClientOrderId="b")
        assert local.get(orderId=number, origClientOrderId="a").status == 200
        wrong = local.get(orderId=number, origClientOrderId="b")
        assert wrong.refusal == (400, -2039, "Client Order ID is not correct for this order ID.")
        assert local.cancel(orderId=number, origClientOrderId="b").code == -2039

    def test_what_is_not_there(self, local: Local) -> None:
        assert local.get(orderId=1).refusal == (400, -2013, "Order does not exist.")
        assert local.cancel(orderId=1).refusal == (400, -2011, "Unknown order sent.")
        text = "Param 'orderId' or 'origClientOrderId' must be sent, but both were empty/null!"
        assert local.get().refusal == local.cancel().refusal == (400, -1102, text)
        nothing = local.call("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
        assert nothing.refusal == (400, -2011, "Unknown order sent.")

    def test_other_peoples_orders_and_symbols(self, local: Local) -> None:
        number = local.limit("BUY", "59000", "0.01").body["orderId"]
        assert local.get(who=2, orderId=number).code == -2013
        assert local.get(symbol="ETHUSDT", orderId=number).code == -2013
        assert local.cancel(who=2, orderId=number).code == -2011

    def test_a_cancel_comes_too_late(self, local: Local) -> None:
        number = local.buy_market().body["orderId"]
        assert local.cancel(orderId=number).code == -2011

    @pytest.mark.parametrize(("wish", "status"), [("ONLY_NEW", 200), ("ONLY_PARTIALLY_FILLED", 400)])
    def test_restrictions(self, local: Local, wish: str, status: int) -> None:
        number = local.limit("BUY", "59000", "0.01").body["orderId"]
        reply = local.cancel(orderId=number, cancelRestrictions=wish)
        assert reply.status == status
        if status == 400:
            assert reply.refusal[1:] == (-2011, "Order was not canceled due to cancel restrictions.")
        assert local.cancel(orderId=number, cancelRestrictions="NEVER").code == -1145

    def test_archived_after_ninety_days(self, local: Local) -> None:
        number = local.limit("BUY", "59000", "0.01").body["orderId"]
        local.cancel(orderId=number)
        local.clock.advance(91 * 86_400_000)
        assert local.get(orderId=number).code == -2026

    def test_open_orders_and_history(self, local: Local) -> None:
        numbers = []
        for price in ("59000", "58000", "57000"):
            numbers.append(local.limit("BUY", price, "0.01").body["orderId"])
            local.clock.advance(1000)
        local.cancel(orderId=numbers[0])
        local.limit("BUY", "2900", "0.01", symbol="ETHUSDT")
        assert len(local.call("GET", "/api/v3/openOrders").body) == 3
        listed = local.call("GET", "/api/v3/openOrders", symbol="BTCUSDT").body
        assert [row["orderId"] for row in listed] == numbers[1:]

        def history(**params: object) -> list[int]:
            return [row["orderId"] for row in local.call("GET", "/api/v3/allOrders", symbol="BTCUSDT", **params).body]

        start = local.clock.now_ms()
        assert history() == numbers
        assert history(limit=2) == numbers[1:]
        assert history(orderId=numbers[1]) == numbers[1:]
        assert history(startTime=start - 2000) == numbers[1:]
        assert history(startTime=start - 3000, endTime=start - 2500) == numbers[:1]
        day = 86_400_000
        for path in ("/api/v3/allOrders", "/api/v3/myTrades"):
            assert local.call("GET", path, symbol="BTCUSDT", startTime=start, endTime=start + day).status == 200
            wide = local.call("GET", path, symbol="BTCUSDT", startTime=start, endTime=start + day + 1)
            assert wide.refusal == (400, -1127, "More than 24 hours between startTime and endTime.")


def test_trades_of_an_account(local: Local) -> None:
    first = local.buy_market("0.01").body
    second = local.buy_market("0.02").body

    def rows(**params: object) -> list[int]:
        return [row["id"] for row in local.call("GET", "/api/v3/myTrades", symbol="BTCUSDT", **params).body]

    ids = [reply["fills"][0]["tradeId"] for reply in (first, second)]
    assert rows() == ids
    assert rows(limit=1) == ids[1:]
    assert rows(fromId=ids[0], limit=1) == ids[:1]
    assert rows(orderId=second["orderId"]) == ids[1:]
    both = local.call("GET", "/api/v3/myTrades", symbol="BTCUSDT", fromId=1, startTime=1)
    assert both.refusal == (400, -1128, "Combination of optional parameters invalid.")
