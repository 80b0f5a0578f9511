"""Orders on OKX through a real worker: acceptances, waiting orders, ids, and every way a reply can be lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
from support.house import House, a_house

from router import LimitOrder, OrderRouter, OrderStatus, Rejected
from workers.exchanges.okx.ids import spelt

pytestmark = pytest.mark.processes
AT = {"exchange": "okx", "account": "sim-okx-1"}
SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
PLACE = {"path": "/api/v5/trade/order", "method": "POST"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=1, exchanges="okx") as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    with house.router() as made:
        yield made


def times_placed(house: House, client_order_id: str) -> int:
    return sum(order["client_order_id"] == client_order_id for order in house.simulator.orders())


def times_waiting(house: House, client_order_id: str) -> int:
    algos: list[dict[str, str]] = house.simulator.ledger()["algos"]  # type: ignore[assignment]
    return sum(algo["client_order_id"] == client_order_id for algo in algos)


def test_a_market_order_comes_back_with_its_fills_though_okx_only_accepts_it(router: OrderRouter) -> None:
    order = router.buy_market(SPOT, quantity="0.01", **AT).order(10)
    assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, Decimal("0.01"))
    assert order.fees
    assert order.fills
    assert sum(fill.quantity for fill in order.fills) == order.filled_quantity


def test_a_round_on_a_swap(router: OrderRouter) -> None:
    ticket = router.buy_limit(SWAP, "0.03", "55000", **AT)
    assert (ticket.order(10).status, ticket.order().quantity) == (OrderStatus.NEW, Decimal("0.03"))
    amended = router.amend(ticket, quantity="0.02", price="55000.5").order(10)
    assert (amended.quantity, amended.price) == (Decimal("0.02"), Decimal("55000.5"))
    assert router.cancel(ticket).order(10).status is OrderStatus.CANCELLED
    router.buy_market(SWAP, quantity="0.01", **AT).result(10)
    (held,) = router.get_positions(symbol=SWAP, **AT)
    assert (held.quantity, held.contracts) == (Decimal("0.01"), 1)
    router.sell_market(SWAP, quantity="0.01", reduce_only=True, **AT).result(10)
    assert router.get_positions(symbol=SWAP, **AT) == []
    assert router.get_balances(**AT)["USDT"].free > 0


def test_a_stop_is_cancelled_by_its_ticket(router: OrderRouter) -> None:
    ticket = router.sell_stop(SWAP, "0.01", "50000", **AT)
    assert (ticket.order(10).order_id or "").startswith("algo-")
    assert router.cancel(ticket).order(10).status is OrderStatus.CANCELLED


def test_the_id_of_a_foreign_celery_client_is_kept(house: House, router: OrderRouter) -> None:
    name = str(uuid.uuid4())
    fields = {**AT, "symbol": SPOT, "side": "buy", "quantity": "0.01", "price": "50000", "id": name}
    order = router.submit(LimitOrder.model_validate(fields)).order(10)
    assert order.client_order_id == name
    assert times_placed(house, spelt(name)) == 1


@pytest.mark.parametrize("kind", ["lose_reply", "reset_after", "partial_reply"])
def test_a_market_order_whose_reply_was_lost_is_not_sent_again(house: House, router: OrderRouter, kind: str) -> None:
    house.simulator.fault(kind, **PLACE)
    ticket = router.buy_market(SPOT, quantity="0.01", **AT)
    assert ticket.order(30).status is OrderStatus.FILLED
    assert times_placed(house, ticket.id) == 1


def test_an_order_that_never_arrived_is_sent_again_once_it_cannot_arrive_any_more(
    house: House, router: OrderRouter
) -> None:
    """OKX frees an id as soon as its order has ended, so a resend before the fence could fill twice."""
    house.simulator.fault("error_before", status=502, **PLACE)
    ticket = router.buy_market(SPOT, quantity="0.01", **AT)
    assert ticket.order(30).status is OrderStatus.FILLED
    assert times_placed(house, ticket.id) == 1


def test_an_answer_that_proves_nothing_is_looked_into(house: House, router: OrderRouter) -> None:
    house.simulator.fault("error_after", status=400, code=50004, msg="API endpoint request timeout.", **PLACE)
    ticket = router.buy_market(SPOT, quantity="0.01", **AT)
    assert ticket.order(30).status is OrderStatus.FILLED
    assert times_placed(house, ticket.id) == 1


def test_a_duplicate_is_the_order_itself(house: House, router: OrderRouter) -> None:
    house.simulator.fault("duplicate", **PLACE)
    ticket = router.buy_limit(SPOT, "0.01", "50000", **AT)
    assert ticket.order(30).status is OrderStatus.NEW
    assert times_placed(house, ticket.id) == 1


def test_a_stop_whose_reply_was_lost_is_found_among_those_that_wait(house: House, router: OrderRouter) -> None:
    house.simulator.fault("lose_reply", path="/api/v5/trade/order-algo", method="POST")
    ticket = router.sell_stop(SWAP, "0.01", "50000", **AT)
    assert ticket.order(30).status is OrderStatus.NEW
    assert times_waiting(house, ticket.id) == 1


def test_a_refusal_is_told_in_our_words(router: OrderRouter) -> None:
    with pytest.raises(Rejected) as caught:
        router.sell_limit("SOL/USDT", "60000", "155", **AT).result(10)
    assert (caught.value.problem.kind, caught.value.problem.code) == ("insufficient_balance", "51008")
