"""Placing, amending, cancelling: an acceptance is not an outcome, so what became of it is read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.bybit import INVERSE, LINEAR, OPTION, SPOT, answering, bybit, envelope, listed
from test_bybit_wire import EXECUTION, OPEN

from router.commands import CancelOrder, new_order
from router.errors import ErrorKind, InvalidCommand, NotProcessed, OutcomeUnknown, Rejected
from router.models import OrderStatus
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.builders import NewItem
from workers.exchanges.bybit import endpoints
from workers.settings import Environment

CREATE, AMEND, CANCEL, CANCEL_ALL = (f"/v5/order/{name}" for name in ("create", "amend", "cancel", "cancel-all"))
REALTIME, HISTORY, EXECUTIONS = "/v5/order/realtime", "/v5/order/history", "/v5/execution/list"
ID = OPEN["orderId"]
TAKEN = envelope({"orderId": ID, "orderLinkId": "t-5"})
GONE = envelope(code=170213, message="Order does not exist.")
NOWHERE: dict[str, list[Any]] = {HISTORY: [listed()], EXECUTIONS: [listed()]}
FILLED = {
    **OPEN,
    "orderStatus": "Filled",
    "cumExecQty": "0.10",
    "cumExecValue": "6000",
    "cumFeeDetail": {"USDT": "3.3"},
}
ENDED = {**OPEN, "orderStatus": "Cancelled", "cancelType": "CancelByUser"}
WAITING = {**OPEN, "orderStatus": "Untriggered", "triggerPrice": "55000", "basePrice": "60000", "side": "Sell"}


def test_an_order_is_told_as_it_stands_with_its_fills() -> None:
    with answering({CREATE: [TAKEN], REALTIME: [listed(FILLED)], EXECUTIONS: [listed(EXECUTION)]}) as talk:
        order = bybit(talk.url).buy_market(LINEAR, quantity="0.1", client_order_id="t-5")
    assert (order.status, order.filled_notional) == (OrderStatus.FILLED, 6_000)
    assert order.fees is not None
    assert order.fills is not None
    assert [fill.trade_id for fill in order.fills] == ["e-2"]
    assert talk.asked[0].body["category"] == "linear"
    assert f"orderId={ID}" in talk.asked[1].query


def test_fills_that_are_not_all_told_yet_are_left_out() -> None:
    part = {**EXECUTION, "execQty": "0.05"}
    with answering({CREATE: [TAKEN], REALTIME: [listed(FILLED)], EXECUTIONS: [listed(part)]}) as talk:
        order = bybit(talk.url).buy_market(LINEAR, quantity="0.1")
    assert (order.status, order.fills) == (OrderStatus.FILLED, None)
    assert order.fees is not None


def test_an_order_stands_even_if_its_fills_cannot_be_read() -> None:
    trouble = envelope(code=10016, message="server error")
    with answering({CREATE: [TAKEN], REALTIME: [listed(FILLED)], EXECUTIONS: [trouble]}) as talk:
        assert bybit(talk.url).buy_market(LINEAR, quantity="0.1").status is OrderStatus.FILLED


def test_a_market_order_is_waited_for() -> None:
    with answering({CREATE: [TAKEN], REALTIME: [listed(OPEN), listed(OPEN), listed(FILLED)], **NOWHERE}) as talk:
        assert bybit(talk.url).buy_market(LINEAR, quantity="0.1").status is OrderStatus.FILLED
        assert len(talk.of(REALTIME)) == 3


def test_an_order_that_does_not_show_is_unknown_not_refused() -> None:
    with answering({CREATE: [TAKEN], REALTIME: [listed()], **NOWHERE}) as talk:
        with pytest.raises(OutcomeUnknown, match="it is not shown yet"):
            bybit(talk.url).buy_limit(LINEAR, "0.1", "60000")
        assert len(talk.of(CREATE)) == 1


def test_trouble_with_the_look_never_looks_as_if_nothing_was_placed() -> None:
    limited = envelope(code=10006, message="Too many visits")
    with answering({CREATE: [TAKEN], REALTIME: [limited]}) as talk:
        with pytest.raises(OutcomeUnknown):
            bybit(talk.url).buy_limit(LINEAR, "0.1", "60000")
        assert len(talk.of(CREATE)) == 1


def test_a_post_only_order_that_would_take_is_told_as_cancelled() -> None:
    refused = {
        **OPEN,
        "orderStatus": "Cancelled",
        "rejectReason": "EC_PostOnlyWillTakeLiquidity",
        "timeInForce": "PostOnly",
    }
    with answering({CREATE: [TAKEN], REALTIME: [listed(refused)]}) as talk:
        order = bybit(talk.url).buy_limit(LINEAR, "0.1", "60000", post_only=True)
    assert (order.status, order.post_only, order.filled_quantity) == (OrderStatus.CANCELLED, True, 0)


def test_an_amendment_is_read_until_it_shows() -> None:
    changed = {**OPEN, "price": "59000", "qty": "0.2"}
    with answering({AMEND: [TAKEN], REALTIME: [listed(OPEN), listed(changed)]}) as talk:
        order = bybit(talk.url).amend_order(LINEAR, client_order_id="t-5", quantity="0.2", price="59000")
    assert (order.quantity, order.price) == (Decimal("0.2"), 59_000)
    assert talk.asked[0].body == {
        "category": "linear",
        "symbol": "BTCUSDT",
        "orderLinkId": "t-5",
        "qty": "0.2",
        "price": "59000",
    }


def test_an_amendment_that_changes_nothing_is_done() -> None:
    text = "The order remains unchanged as the parameters entered match the existing ones."
    with answering({AMEND: [envelope(code=10001, message=text)], REALTIME: [listed(OPEN)]}) as talk:
        assert bybit(talk.url).amend_order(LINEAR, order_id=ID, price="1600").order_id == ID


def test_an_amendment_off_the_grid_is_not_sent() -> None:
    with answering({AMEND: [TAKEN]}) as talk:
        with pytest.raises(InvalidCommand, match=r"price '60000.05': must be a multiple of 0.1"):
            bybit(talk.url).amend_order(LINEAR, order_id=ID, price="60000.05")
        assert talk.asked == []


def test_a_cancel_is_read_until_the_order_has_ended() -> None:
    with answering({CANCEL: [TAKEN], REALTIME: [listed(OPEN), listed(ENDED)]}) as talk:
        order = bybit(talk.url).cancel_order(LINEAR, client_order_id="t-5")
    assert order.status is OrderStatus.CANCELLED
    assert talk.asked[0].body == {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "t-5"}


@pytest.mark.parametrize("code", [110001, 110008, 110010, 170139, 170142, 170190, 170213])
def test_a_cancel_too_late_tells_how_the_order_ended(code: int) -> None:
    """A code of this kind may hide a fill."""
    with answering({CANCEL: [envelope(code=code, message="too late")], REALTIME: [listed(FILLED)]}) as talk:
        assert bybit(talk.url).cancel_order(LINEAR, order_id=ID).status is OrderStatus.FILLED


def test_a_cancel_of_an_order_that_nobody_knows() -> None:
    with answering({CANCEL: [GONE], REALTIME: [listed()], **NOWHERE}) as talk:
        with pytest.raises(Rejected) as caught:
            bybit(talk.url).cancel_order(SPOT, client_order_id="t-5")
        assert caught.value.problem.kind is ErrorKind.ORDER_NOT_FOUND


def test_a_cancel_refused_while_the_order_stands_is_tried_again() -> None:
    with answering({CANCEL: [GONE], REALTIME: [listed(OPEN)]}) as talk:
        exchange = bybit(talk.url)
        asked = CancelOrder(exchange="bybit", account="main", symbol=LINEAR, order_id=ID)
        with pytest.raises(NotProcessed, match="yet it is shown as new"):
            exchange.perform(asked, exchange.prepare(asked))


@pytest.mark.parametrize(("kinds", "sent"), [([TAKEN], ["StopOrder"]), ([GONE, TAKEN], ["StopOrder", "tpslOrder"])])
def test_a_spot_order_that_waits_for_its_trigger_is_cancelled_as_what_it_is(kinds: list[Any], sent: list[str]) -> None:
    ended = {**WAITING, "orderStatus": "Deactivated"}
    with answering({CANCEL: [GONE, *kinds], REALTIME: [listed(WAITING), listed(ended)]}) as talk:
        order = bybit(talk.url).cancel_order(SPOT, order_id=ID)
    assert order.status is OrderStatus.CANCELLED
    assert [each.body.get("orderFilter") for each in talk.of(CANCEL)] == [None, *sent]


def acked(*ids: str) -> dict[str, Any]:
    return envelope({"list": [{"orderId": each, "orderLinkId": ""} for each in ids], "success": "1"})


def test_cancelling_all_on_spot_means_every_kind() -> None:
    """By default it reaches plain orders only."""
    answers = {CANCEL_ALL: [acked("1"), acked("2"), acked()], REALTIME: [listed(
        {**ENDED, "orderId": "2", "orderStatus": "Deactivated"}, {**ENDED, "orderId": "9"}, {**ENDED, "orderId": "1"}
    )]}  # fmt: skip
    with answering(answers) as talk:
        orders = bybit(talk.url).cancel_all_orders(SPOT)
    assert [(order.order_id, order.status) for order in orders] == [
        ("1", OrderStatus.CANCELLED),
        ("2", OrderStatus.CANCELLED),
    ]
    assert [each.body.get("orderFilter") for each in talk.of(CANCEL_ALL)] == ["Order", "StopOrder", "tpslOrder"]
    assert talk.of(REALTIME)[0].query == "category=spot&symbol=BTCUSDT&openOnly=1&limit=50"


def test_cancelling_all_where_there_is_nothing() -> None:
    with answering({CANCEL_ALL: [acked()]}) as talk:
        assert bybit(talk.url).cancel_all_orders(INVERSE) == []
    assert [each.body for each in talk.asked] == [{"category": "inverse", "symbol": "BTCUSD"}]


def test_more_than_can_be_cancelled_at_once_is_cancelled_again() -> None:
    ids = [str(number) for number in range(501)]
    pages = [listed(*({**ENDED, "orderId": each} for each in ids))]
    with answering({CANCEL_ALL: [acked(*ids[:500]), acked(ids[500])], REALTIME: pages}) as talk:
        assert len(bybit(talk.url).cancel_all_orders(LINEAR)) == 501
    assert len(talk.of(CANCEL_ALL)) == 2


def test_an_order_that_the_list_of_closed_ones_lacks_is_looked_up_by_itself() -> None:
    one = {**ENDED, "orderId": "1"}
    with answering({CANCEL_ALL: [acked("1")], REALTIME: [listed(), listed(one)]}) as talk:
        (order,) = bybit(talk.url).cancel_all_orders(OPTION)
    assert order.order_id == "1"
    assert "orderId=1" in talk.of(REALTIME)[1].query


def item(symbol: str, name: str) -> NewItem:
    fields = {"exchange": "bybit", "account": "main", "symbol": symbol, "side": "buy", "client_order_id": name}
    order = new_order("limit", quantity="1", price="60000", **fields)
    return NewItem(order, bybit().instruments.get(order.symbol))


BATCH = envelope(
    {
        "list": [
            {
                "category": "linear",
                "symbol": "BTCUSDT",
                "orderId": ID,
                "orderLinkId": "a1",
                "createAt": "1713434102752",
            },
            {"category": "linear", "symbol": "BTCUSDT", "orderId": "", "orderLinkId": "a2", "createAt": ""},
            {"category": "linear", "symbol": "BTCUSDT", "orderId": "", "orderLinkId": "a3", "createAt": ""},
            {"category": "linear", "symbol": "BTCUSDT", "orderId": "", "orderLinkId": "a4", "createAt": ""},
        ]
    },
    extension={
        "list": [
            {"code": 0, "msg": "OK"},
            {"code": 10001, "msg": "position idx not match position mode"},
            {"code": 10006, "msg": "Too many visits"},
            {"code": 999999, "msg": "news"},
        ]
    },
)


def test_each_order_of_a_batch_stands_or_falls_alone() -> None:
    items = [item(LINEAR, f"a{number}") for number in range(1, 5)]
    with answering({"/v5/order/create-batch": [BATCH]}) as talk:
        exchange = bybit(talk.url)
        call = exchange.place_batch_call(items)
        first, second, third, fourth = exchange.send(call)
    assert first == Acknowledged(items[0].order.symbol, "a1", ID)
    assert isinstance(second, Rejected)
    assert (second.problem.kind, second.problem.code) == (ErrorKind.INVALID, "10001")
    assert isinstance(third, NotProcessed)
    assert isinstance(fourth, OutcomeUnknown), "a code that nobody has listed"
    body = talk.asked[0].body
    assert body["category"] == "linear"
    assert [each["orderLinkId"] for each in body["request"]] == ["a1", "a2", "a3", "a4"]
    assert all("category" not in each for each in body["request"])
    assert call.cost[endpoints.ADDRESS] == 1


def test_a_batch_whose_answer_does_not_fit_is_unknown_as_a_whole() -> None:
    with answering({"/v5/order/create-batch": [BATCH]}) as talk:
        exchange = bybit(talk.url)
        call = exchange.place_batch_call([item(LINEAR, "a1")])
        with pytest.raises(OutcomeUnknown):
            exchange.send(call)


def test_cancels_in_a_batch() -> None:
    told = envelope(
        {"list": [{"orderId": ID, "orderLinkId": "t-5"}, {"orderId": "", "orderLinkId": ""}]},
        extension={"list": [{"code": 0, "msg": "OK"}, {"code": 170213, "msg": "Order does not exist."}]},
    )
    names = ({"client_order_id": "t-5"}, {"order_id": "9"})
    cancels = [CancelOrder(exchange="bybit", account="main", symbol=SPOT, **name) for name in names]
    with answering({"/v5/order/cancel-batch": [told]}) as talk:
        exchange = bybit(talk.url)
        taken, missing = exchange.send(exchange.cancel_batch_call(cancels))
    assert isinstance(taken, Acknowledged)
    assert isinstance(missing, Rejected)
    assert missing.problem.kind is ErrorKind.ORDER_NOT_FOUND
    assert talk.asked[0].body == {
        "category": "spot",
        "request": [{"symbol": "BTCUSDT", "orderLinkId": "t-5"}, {"symbol": "BTCUSDT", "orderId": "9"}],
    }


def test_which_commands_share_a_batch() -> None:
    exchange = bybit()
    linear, spot = (exchange.batch_of(item(symbol, "a").order) for symbol in (LINEAR, SPOT))
    cancel = exchange.batch_of(CancelOrder(exchange="bybit", account="main", symbol=SPOT, order_id="9"))
    assert linear is not None
    assert spot is not None
    assert cancel is not None
    assert len({linear.name, spot.name, cancel.name}) == 3
    assert linear.limit == spot.limit == cancel.limit == 10
    assert sum(linear.first.values()) == 2
    assert sum(linear.more.values()) == 1
    option = exchange.batch_of(item(OPTION, "a").order)
    assert option is not None
    assert not option.more, "a batch of options is one unit"


def test_demo_trading_has_batches_of_linear_contracts_and_options_only() -> None:
    exchange = bybit(environment=Environment.DEMO)
    shared = [exchange.batch_of(item(symbol, "a").order) is not None for symbol in (SPOT, LINEAR, INVERSE, OPTION)]
    assert shared == [False, True, False, True]


@pytest.mark.parametrize(
    ("reply", "verdict", "kind"),
    [
        (envelope(code=110072, message="OrderLinkedID is duplicate"), Rejected, ErrorKind.DUPLICATE_ORDER),
        (envelope(code=110007, message="ab not enough"), Rejected, ErrorKind.INSUFFICIENT_BALANCE),
        (envelope(code=10016, message="Internal error"), OutcomeUnknown, ErrorKind.OVERLOADED),
        (envelope(code=123456, message="something new"), OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY),
        (envelope({"orderId": "", "orderLinkId": ""}), OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY),
        ((200, b"<html>", b""), OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY),
        ((200, b'{"retCode":0,"resu', b""), OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY),
        ((502, b"", b""), OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY),
        ((503, b'{"retCode":110001,"retMsg":"x"}', b""), OutcomeUnknown, ErrorKind.OVERLOADED),
        ((302, b"", b"Location: /elsewhere\r\n"), OutcomeUnknown, ErrorKind.UNEXPECTED_REPLY),
        ((429, b"", b""), NotProcessed, ErrorKind.RATE_LIMITED),
        ((401, b"", b""), Rejected, ErrorKind.BAD_CREDENTIALS),
        ((404, b"Not Found", b""), Rejected, ErrorKind.UNSUPPORTED),
        (envelope(code=10006, message="Too many visits"), NotProcessed, ErrorKind.RATE_LIMITED),
        (envelope(code=10002, message="invalid request"), NotProcessed, ErrorKind.CLOCK),
    ],
)  # fmt: skip
def test_what_an_answer_to_a_placement_proves(reply: object, verdict: type[Exception], kind: ErrorKind) -> None:
    with answering({CREATE: [reply]}) as talk:
        exchange = bybit(talk.url)
        call = exchange.place_call(*item(LINEAR, "a1"))
        with pytest.raises(verdict) as caught:
            exchange.send(call)
        assert caught.value.problem.kind is kind  # type: ignore[attr-defined]  # each is a RouterError
        assert len(talk.asked) == 1


def test_nothing_is_sent_twice_by_itself() -> None:
    """The official client sends again after some codes, without a look in between."""
    with answering({CREATE: [envelope(code=10000, message="Server Timeout")]}) as talk:
        with pytest.raises(OutcomeUnknown):
            bybit(talk.url).buy_limit(LINEAR, "0.1", "60000")
        assert len(talk.of(CREATE)) == 1
