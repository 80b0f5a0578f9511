"""Several orders in one message and one call: each is a command of its own, whatever becomes of the call."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator

import pytest
from celery import Celery
from support.house import House, a_house
from support.processes import eventually

from router import CommandFailed, InvalidCommand, LimitOrder, OrderRouter, OrderStatus, Rejected, Ticket
from router.batches import item_id, read_batch
from router.insight import letters

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}
SYMBOL = "BTC/USDT:USDT"
BATCH = "/fapi/v1/batchOrders"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=1) as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    with house.router() as made:
        yield made


def an_order(**fields: object) -> LimitOrder:
    wanted = {**AT, "symbol": SYMBOL, "side": "buy", "quantity": "0.01", "price": "55000", **fields}
    return LimitOrder.model_validate(wanted)


def counting(house: House, method: str) -> int:
    """A fault that does nothing but count how often it strikes."""
    made = house.simulator._call(
        "POST", "/_sim/faults", {"kind": "stall", "delay_ms": 1, "times": None, "method": method, "path": BATCH}
    )
    return int(str(made["id"]))


def struck(house: House, number: int) -> int:
    faults = house.simulator._call("GET", "/_sim/faults")["faults"]
    return next(int(each["hits"]) for each in faults if each["id"] == number)  # type: ignore[attr-defined]


def at_exchange(house: House, tickets: list[Ticket]) -> list[int]:
    times = Counter(order["client_order_id"] for order in house.simulator.orders())
    return [times[ticket.id] for ticket in tickets]


def test_orders_share_calls_and_each_has_its_own_outcome(house: House, router: OrderRouter) -> None:
    counter = counting(house, "POST")
    tickets = router.place_orders([an_order() for _ in range(7)])
    assert [ticket.order(10).status for ticket in tickets] == [OrderStatus.NEW] * 7
    assert at_exchange(house, tickets) == [1] * 7
    assert struck(house, counter) == 2, "five in one call, two in another"
    assert [ticket.order().client_order_id for ticket in tickets] == [ticket.id for ticket in tickets]
    cancels = router.cancel_orders(tickets)
    assert [cancel.order(10).status for cancel in cancels] == [OrderStatus.CANCELLED] * 7


def test_one_that_is_refused_is_nobody_elses_concern(house: House, router: OrderRouter) -> None:
    orders = [an_order(), an_order(price="62000", post_only=True), an_order()]
    first, refused, last = router.place_orders(orders)
    assert first.order(10).status is last.order(10).status is OrderStatus.NEW
    with pytest.raises(Rejected) as caught:
        refused.result(10)
    assert (caught.value.problem.kind, caught.value.problem.code) == ("post_only_would_take", "-5022")
    assert at_exchange(house, [first, refused, last]) == [1, 0, 1]
    router.cancel_all(symbol=SYMBOL, **AT).result(10)


@pytest.mark.parametrize("kind", ["lose_reply", "reset_after", "error_after"])
def test_a_lost_reply_is_settled_order_by_order(house: House, router: OrderRouter, kind: str) -> None:
    house.simulator.fault(kind, method="POST", path=BATCH, **({"status": 502} if kind == "error_after" else {}))
    tickets = router.place_orders([an_order() for _ in range(4)])
    assert [ticket.order(20).status for ticket in tickets] == [OrderStatus.NEW] * 4
    assert at_exchange(house, tickets) == [1] * 4
    router.cancel_all(symbol=SYMBOL, **AT).result(10)


def test_what_never_arrived_is_placed_once_after_all(house: House, router: OrderRouter) -> None:
    house.simulator.fault("reset_before", method="POST", path=BATCH)
    tickets = router.place_orders([an_order(expires_in=60) for _ in range(3)])
    assert [ticket.order(50).status for ticket in tickets] == [OrderStatus.NEW] * 3
    assert at_exchange(house, tickets) == [1] * 3
    router.cancel_all(symbol=SYMBOL, **AT).result(10)


def test_orders_of_several_kinds_find_their_ways(house: House, router: OrderRouter) -> None:
    """Spot has no such call, what waits for a trigger goes elsewhere: these go one by one."""
    counter = counting(house, "POST")
    spot = {**AT, "kind": "limit_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.01", "price": "55000"}
    stop = {**AT, "kind": "stop_order", "symbol": SYMBOL, "side": "sell", "quantity": "0.01", "trigger_price": "50000"}
    tickets = router.place_orders([an_order(), spot, an_order(), stop])
    assert [ticket.order(10).status for ticket in tickets] == [OrderStatus.NEW] * 4
    assert struck(house, counter) == 1
    assert [str(ticket.order().symbol) for ticket in tickets] == [SYMBOL, "BTC/USDT", SYMBOL, SYMBOL]
    router.cancel_all(symbol=SYMBOL, **AT).result(10)
    router.cancel_all(symbol="BTC/USDT", **AT).result(10)


def test_the_same_key_again_gives_the_same_order(house: House, router: OrderRouter) -> None:
    key = uuid.uuid4().hex
    orders = [an_order(idempotency_key=f"{key}-{number}") for number in range(3)]
    first, again = router.place_orders(orders), router.place_orders(orders)
    assert [ticket.id for ticket in first] == [ticket.id for ticket in again]
    assert [ticket.order(10).status for ticket in again] == [OrderStatus.NEW] * 3
    assert at_exchange(house, first) == [1] * 3
    router.cancel_all(symbol=SYMBOL, **AT).result(10)


def test_a_bad_one_is_refused_before_any_is_accepted(house: House, router: OrderRouter) -> None:
    before = len(house.simulator.orders())
    with pytest.raises(InvalidCommand) as caught:
        router.place_orders([an_order(), an_order(price="55000.01")])
    assert caught.value.problem.field == "price"
    assert len(house.simulator.orders()) == before


def test_what_only_a_worker_can_refuse_fails_alone(router: OrderRouter) -> None:
    fine, wrong = router.place_orders([an_order(), an_order(margin_mode="isolated")])
    assert fine.order(10).status is OrderStatus.NEW
    with pytest.raises(CommandFailed) as caught:
        wrong.result(10)
    assert (caught.value.problem.field, caught.value.problem.value) == ("margin_mode", "'isolated'")
    router.cancel_all(symbol=SYMBOL, **AT).result(10)


def test_a_plain_celery_client_can_send_a_batch(house: House, router: OrderRouter) -> None:
    app = Celery("foreign", broker=house.valkey.url)
    order = {"kind": "limit_order", "symbol": SYMBOL, "side": "buy", "quantity": "0.01", "price": "55000"}
    batch = {"kind": "place_batch", **AT, "orders": [order, {**order, "id": "named-by-hand"}]}
    sent = app.send_task("orders.place_batch", queue="binance.orders", kwargs={"command": batch})
    tickets = [router.ticket(item_id(sent.id, 0)), router.ticket("named-by-hand")]
    eventually(lambda: at_exchange(house, tickets) == [1, 1], 20, "both orders are placed")
    assert [ticket.order(10).status for ticket in tickets] == [OrderStatus.NEW] * 2
    app.send_task("orders.place_batch", queue="binance.orders", kwargs={"command": batch}, task_id=sent.id)
    cancels = router.cancel_orders(tickets)
    assert [cancel.order(10).status for cancel in cancels] == [OrderStatus.CANCELLED] * 2
    assert at_exchange(house, tickets) == [1, 1], "however often the message comes"


def test_a_batch_that_nobody_can_read_is_a_dead_letter(house: House, router: OrderRouter) -> None:
    app = Celery("foreign", broker=house.valkey.url)
    order = {"kind": "limit_order", **AT, "symbol": SYMBOL, "side": "buy", "quantity": "0.01", "price": "55000"}
    batch = {"kind": "place_batch", **AT, "orders": [order, {**order, "account": "sim-2"}]}
    app.send_task("orders.place_batch", queue="binance.orders", kwargs={"command": json.dumps(batch)})
    eventually(lambda: any("one account" in each.reason for each in letters(router.journal, 10)), 20, "it is kept")
    with pytest.raises(InvalidCommand, match="at least 1 item"):
        read_batch({**batch, "orders": []})


def test_a_limit_that_is_hit_lets_all_of_them_wait(house: House, router: OrderRouter) -> None:
    house.simulator.fault("rate_limit", method="POST", path=BATCH, retry_after_s=1)
    tickets = router.place_orders([an_order() for _ in range(3)])
    assert [ticket.order(20).status for ticket in tickets] == [OrderStatus.NEW] * 3
    assert at_exchange(house, tickets) == [1] * 3
    router.cancel_all(symbol=SYMBOL, **AT).result(10)
