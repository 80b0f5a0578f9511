"""One order's way through every real part, and each way it can end."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator

import pytest
from celery import Celery
from support.house import House, a_house
from support.processes import eventually

from router import (
    CommandCancelled,
    CommandExpired,
    CommandFailed,
    IdempotencyConflict,
    InvalidCommand,
    OrderRouter,
    OrderStatus,
    Rejected,
    RouterError,
    UnknownAccount,
    UnknownExchange,
    UnknownSymbol,
)
from router.insight import letters

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=1) as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    with house.router() as made:
        yield made


def at_exchange(house: House, client_order_id: str) -> list[dict[str, str]]:
    return [order for order in house.simulator.orders() if order["client_order_id"] == client_order_id]


def test_a_market_order_is_filled_with_price_and_fees(house: House, router: OrderRouter) -> None:
    ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
    order = ticket.order(10)
    assert (order.status, order.client_order_id) == (OrderStatus.FILLED, ticket.id)
    assert order.filled_quantity == order.quantity
    assert order.average_price is not None
    assert order.fees
    assert len(at_exchange(house, ticket.id)) == 1


def test_a_limit_order_rests_and_is_cancelled_with_its_final_fill(router: OrderRouter) -> None:
    ticket = router.buy_limit("BTC/USDT", "0.01", "50000", **AT)
    assert ticket.order(10).status is OrderStatus.NEW
    cancelled = router.cancel(ticket).order(10)
    assert (cancelled.status, cancelled.filled_quantity) == (OrderStatus.CANCELLED, 0)
    assert cancelled.order_id == ticket.order().order_id


def test_cancelling_what_is_filled_tells_how_it_ended(router: OrderRouter) -> None:
    ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
    ticket.result(10)
    assert router.cancel(ticket).order(10).status is OrderStatus.FILLED


def test_amending_keeps_the_order(router: OrderRouter) -> None:
    ticket = router.buy_limit("BTC/USDT", "0.02", "50000", **AT)
    ticket.result(10)
    assert router.amend(ticket, quantity="0.01").order(10).quantity == ticket.order().quantity / 2
    router.cancel(ticket).result(10)


def test_cancel_all_takes_every_open_order_of_the_symbol(router: OrderRouter) -> None:
    for _ in range(3):
        router.buy_limit("SOL/USDT", "1", "100", **AT).result(10)
    assert len(router.get_open_orders(symbol="SOL/USDT", **AT)) == 3
    ended = router.cancel_all(symbol="SOL/USDT", **AT).result(10)
    assert [order.status for order in ended] == [OrderStatus.CANCELLED] * 3
    assert router.cancel_all(symbol="SOL/USDT", **AT).result(10) == []


def test_a_refusal_of_the_exchange_is_told_in_our_words(router: OrderRouter) -> None:
    with pytest.raises(Rejected) as caught:
        router.sell_limit("SOL/USDT", "60000", "140", **AT).result(10)
    assert caught.value.problem.kind == "insufficient_balance"
    assert caught.value.problem.code == "-2010"


def test_the_reads_answer(router: OrderRouter) -> None:
    assert router.get_balances(**AT)["BTC"].total > 0
    assert router.get_positions(**AT) == []
    assert router.get_market_data(symbol="BTC/USDT", **AT).last_price > 0
    assert len(router.get_orderbook(symbol="BTC/USDT", depth=5, **AT).bids) == 5
    order = router.buy_market("BTC/USDT", quantity="0.01", **AT).order(10)
    assert router.get_order(symbol="BTC/USDT", order_id=order.order_id, **AT).status is OrderStatus.FILLED
    assert router.get_fills(symbol="BTC/USDT", order_id=order.order_id, **AT)


def test_a_fresh_snapshot_answers_without_a_call(house: House, router: OrderRouter) -> None:
    router.get_balances(**AT)
    before = house.simulator.ledger()["counts"]["requests"]
    router.get_balances(max_age=60, **AT)
    assert house.simulator.ledger()["counts"]["requests"] == before


def test_polling_gives_each_account_its_own_outcome(router: OrderRouter) -> None:
    poll = router.poll_balances(["sim-1", "nobody", "sim-2"])
    assert [(name, outcome.status) for name, outcome in poll.accounts.items()] == [
        *(("sim-1", "fresh"), ("nobody", "failed"), ("sim-2", "fresh"))
    ]
    assert poll["sim-1"].balances is not None
    assert poll["nobody"].problem is not None


@pytest.mark.parametrize("fault", ["lose_reply", "reset_after", "partial_reply", "error_after"])
def test_a_lost_reply_is_looked_up_and_never_sent_again(house: House, router: OrderRouter, fault: str) -> None:
    house.simulator.fault(fault, method="POST", path="/api/v3/order")
    ticket = router.buy_market("ETH/USDT", quantity="0.1", **AT)
    order = ticket.order(20)
    assert order.status is OrderStatus.FILLED
    assert [fee.asset for fee in order.fees or []] == ["ETH"]
    assert len(at_exchange(house, ticket.id)) == 1


def test_a_cancel_tells_the_final_fill_and_its_fees(router: OrderRouter) -> None:
    best = router.get_orderbook(symbol="LTC/USDT", depth=1, **AT).asks[0]
    ticket = router.buy_limit("LTC/USDT", best.quantity * 2, best.price, **AT)
    assert ticket.order(10).filled_quantity > 0
    cancelled = router.cancel(ticket).order(10)
    assert cancelled.filled_quantity == ticket.order().filled_quantity
    assert cancelled.remaining_quantity == cancelled.quantity - cancelled.filled_quantity
    assert [fee.asset for fee in cancelled.fees or []] == ["LTC"]


def test_what_certainly_did_nothing_is_sent_again(house: House, router: OrderRouter) -> None:
    house.simulator.fault("rate_limit", method="POST", path="/api/v3/order", retry_after_s=1)
    ticket = router.buy_market("ETH/USDT", quantity="0.1", **AT)
    assert ticket.order(20).status is OrderStatus.FILLED
    assert len(at_exchange(house, ticket.id)) == 1


def test_a_request_that_was_lost_on_the_way_is_sent_again_only_after_the_fence(
    house: House, router: OrderRouter
) -> None:
    house.simulator.fault("reset_before", method="POST", path="/api/v3/order")
    started = time.monotonic()
    ticket = router.buy_market("ETH/USDT", quantity="0.1", expires_in=60, **AT)
    assert ticket.order(40).status is OrderStatus.FILLED
    assert time.monotonic() - started > 13  # 3 s of receive window, 1 s of lead, 10 s of the engine's own time-out
    assert len(at_exchange(house, ticket.id)) == 1


def test_the_same_key_places_once(house: House, router: OrderRouter) -> None:
    fields = {"quantity": "0.01", "idempotency_key": f"key-{time.time_ns()}", **AT}
    first, second = router.buy_market("BTC/USDT", **fields), router.buy_market("BTC/USDT", **fields)
    assert first.id == second.id
    first.result(10)
    assert router.buy_market("BTC/USDT", **fields).order(1) == first.order(1)
    assert len(at_exchange(house, first.id)) == 1
    with pytest.raises(IdempotencyConflict, match="belongs to another command"):
        router.buy_market("BTC/USDT", **{**fields, "quantity": "0.02"})


def test_a_plain_celery_client_is_served_and_protected_alike(house: House, router: OrderRouter) -> None:
    app = Celery("elsewhere", broker=house.valkey.url, set_as_current=False)
    command = {"kind": "market_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.01", **AT}
    for form in (command, json.dumps(command)):
        sent = app.send_task("orders.place", kwargs={"command": form}, queue="binance.orders")
        eventually(lambda: router.journal.record(sent.id), what="it is journaled on arrival")  # noqa: B023
        assert router.ticket(sent.id).order(10).status is OrderStatus.FILLED
        app.send_task("orders.place", kwargs={"command": form}, queue="binance.orders", task_id=sent.id)
        time.sleep(0.3)
        assert len(at_exchange(house, sent.id)) == 1
    app.close()


@pytest.mark.parametrize(
    ("change", "error", "names"),
    [
        ({"exchange": "kraken"}, UnknownExchange, "exchange 'kraken': must be one of binance"),
        ({"account": "nobody"}, UnknownAccount, "account 'nobody'"),
        ({"symbol": "NO/SUCH"}, UnknownSymbol, "symbol 'NO/SUCH': is not listed"),
        ({"side": "hold"}, InvalidCommand, "side 'hold'"),
        ({"type": "magic"}, InvalidCommand, "type 'magic': must be one of market"),
        ({"quantity": "0"}, InvalidCommand, "quantity '0'"),
        ({"quantity": "-1"}, InvalidCommand, "quantity '-1'"),
        ({"quantity": "NaN"}, InvalidCommand, "quantity 'NaN'"),
        ({"quantity": 0.01}, InvalidCommand, "quantity 0.01: must be a decimal string"),
        ({"price": None}, InvalidCommand, "price"),
        ({"quantity": "0.00001", "price": "50000"}, InvalidCommand, "must be at least 5"),
        ({"quantity": "0.000015"}, InvalidCommand, "must be a multiple of 0.00001"),
        ({"price": "50000.001"}, InvalidCommand, "nearest are 50000.00000000 and 50000.01"),
    ],
)
def test_bad_input_is_refused_before_anything_is_queued(
    house: House, router: OrderRouter, change: dict[str, object], error: type[RouterError], names: str
) -> None:
    client = house.valkey.client()
    before, requests = client.zcard("pointsman:agenda"), house.simulator.ledger()["counts"]["orders"]
    good = {"type": "limit", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.01", "price": "50000", **AT}
    with pytest.raises(error) as caught:
        router.place_order(**{**good, **change})
    assert names in str(caught.value)
    assert client.zcard("pointsman:agenda") == before
    assert house.simulator.ledger()["counts"]["orders"] == requests
    client.close()


def test_a_cancel_of_an_unknown_command_says_so(router: OrderRouter) -> None:
    with pytest.raises(RouterError, match="no command nothing is known"):
        router.cancel("nothing")


_INFO = '"delivery_tag": "1", "delivery_info": {"exchange": "", "routing_key": "binance.orders"}'
GARBAGE = [
    b"not json at all",
    b'{"x":1}',
    b"[]",
    b"7",
    b"\xff\xfe",
    b'{"properties": {"delivery_tag": "1"}}',
    b'{"properties": {"delivery_tag": "1", "delivery_info": null}}',
    f'{{"properties": {{{_INFO}}}}}'.encode(),
    f'{{"body": "AAA", "properties": {{{_INFO}, "body_encoding": "base64"}}}}'.encode(),
    f'{{"body": "AAA", "properties": {{{_INFO}, "body_encoding": "rot13"}}}}'.encode(),
    f'{{"body": "bm8=", "headers": {{"task": "orders.place", "id": "x"}}, "properties": {{{_INFO}}}}}'.encode(),
    f'{{"body": "[]", "headers": {{"task": ["orders.place"]}}, "properties": {{{_INFO}}}}}'.encode(),
    f'{{"body": "[]", "headers": {{"task": "orders.place"}}, "properties": {{{_INFO}}}}}'.encode(),
    f'{{"body": "[]", "headers": 7, "properties": {{{_INFO}}}}}'.encode(),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_in_a_queue_lands_in_the_dead_letters(house: House, router: OrderRouter, garbage: bytes) -> None:
    before = len(letters(router.journal, 1000))
    client = house.valkey.client()
    client.lpush("binance.orders", garbage)
    eventually(lambda: len(letters(router.journal, 1000)) == before + 1, 10, "it is put aside")
    assert router.buy_market("BTC/USDT", quantity="0.01", **AT).order(10).status is OrderStatus.FILLED
    client.close()


@pytest.mark.parametrize(
    ("task", "kwargs", "reason"),
    [
        ("orders.place", {}, "must be the command model"),
        ("orders.place", {"command": 7}, "must be the command model"),
        ("orders.place", {"command": "{}"}, "kind"),
        ("orders.place", {"command": '{"kind":"market_order"}'}, "is required"),
        ("orders.place", {"command": "{", "more": 1}, "takes one keyword argument"),
        ("orders.place", {"command": {"kind": "get_balances", **AT}}, "belongs to task queries.balances"),
        ("orders.nothing", {"command": "{}"}, "no task is named"),
    ],
)
def test_a_message_nobody_can_read_lands_in_the_dead_letters(
    house: House, router: OrderRouter, task: str, kwargs: dict[str, object], reason: str
) -> None:
    before = len(letters(router.journal, 1000))
    app = Celery("elsewhere", broker=house.valkey.url, set_as_current=False)
    app.send_task(task, kwargs=kwargs, queue="binance.orders")
    app.close()
    eventually(lambda: len(letters(router.journal, 1000)) == before + 1, 10, "it is put aside")
    assert reason in letters(router.journal, 1)[0].reason
    assert router.buy_market("BTC/USDT", quantity="0.01", **AT).order(10).status is OrderStatus.FILLED


def test_a_foreign_order_the_market_cannot_take_ends_failed(house: House, router: OrderRouter) -> None:
    app = Celery("elsewhere", broker=house.valkey.url, set_as_current=False)
    command = {"kind": "limit_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.0000001", "price": "1", **AT}
    sent = app.send_task("orders.place", kwargs={"command": command}, queue="binance.orders")
    app.close()
    eventually(lambda: router.journal.record(sent.id), what="it is journaled on arrival")
    with pytest.raises(CommandFailed) as caught:
        router.ticket(sent.id).result(10)
    assert (caught.value.problem.field, caught.value.problem.kind) == ("quantity", "invalid")
    assert at_exchange(house, sent.id) == []


class TestWithoutWorkers:
    """What holds while nobody works."""

    @pytest.fixture
    def paused(self, house: House) -> Iterator[House]:
        for worker in house.workers:
            worker.signal(signal.SIGSTOP)
        yield house
        for worker in house.workers:
            worker.signal(signal.SIGCONT)

    def test_an_order_cancelled_in_the_queue_is_never_sent(self, paused: House, router: OrderRouter) -> None:
        ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
        cancel = router.cancel(ticket)
        assert ticket.state() == "cancelled"
        with pytest.raises(CommandCancelled):
            ticket.result(1)
        for worker in paused.workers:
            worker.signal(signal.SIGCONT)
        assert cancel.order(15).status is OrderStatus.CANCELLED
        assert cancel.order().order_id is None
        time.sleep(0.5)
        assert at_exchange(paused, ticket.id) == []

    def test_an_order_that_comes_too_late_expires(self, paused: House, router: OrderRouter) -> None:
        ticket = router.buy_market("BTC/USDT", quantity="0.01", expires_in=0.3, **AT)
        with pytest.raises(TimeoutError, match="still queued"):
            ticket.result(0.1)
        time.sleep(0.4)
        for worker in paused.workers:
            worker.signal(signal.SIGCONT)
        with pytest.raises(CommandExpired, match="before it was sent"):
            ticket.result(15)
        assert at_exchange(paused, ticket.id) == []

    def test_a_message_whose_record_is_gone_is_never_carried_out(self, paused: House, router: OrderRouter) -> None:
        client = paused.valkey.client()
        before = len(letters(router.journal, 1000))
        ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
        client.delete(f"pointsman:command:{ticket.id}")
        client.close()
        for worker in paused.workers:
            worker.signal(signal.SIGCONT)
        eventually(lambda: len(letters(router.journal, 1000)) == before + 1, 10, "it is put aside")
        assert "ended long ago" in letters(router.journal, 1)[0].reason
        assert at_exchange(paused, ticket.id) == []


def test_commands_may_be_plain_data(router: OrderRouter) -> None:
    data = {"kind": "market_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.01", **AT}
    assert [ticket.order(10).status for ticket in router.submit_many([data, data])] == [OrderStatus.FILLED] * 2
    with pytest.raises(InvalidCommand, match="kind"):
        router.submit({**data, "kind": "nothing"})
