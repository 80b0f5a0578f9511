"""OKX's options, ids, batches and troubles, against the simulator process."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from okx_on_simulator import SPOT, SWAP, order, set_level, the_option
from support.processes import Simulator, eventually

from router.commands import CancelOrder
from router.errors import InvalidCommand, NotProcessed, OutcomeUnknown, Rejected, Unsupported
from router.models import Order, OrderStatus, OrderType
from router.symbols import Symbol
from workers.exchanges.okx import endpoints
from workers.exchanges.okx.exchange import OkxExchange
from workers.exchanges.okx.ids import spelt

pytestmark = pytest.mark.processes


class TestOptions:
    def test_an_option_is_bought_and_sold(self, okx_exchange: OkxExchange) -> None:
        option = the_option(okx_exchange)
        book = okx_exchange.get_orderbook(option, 1)
        bought = okx_exchange.place_order(order(symbol=option, price=book.asks[0].price, time_in_force="IOC"))
        assert (bought.status, bought.quantity, bought.filled_quantity) == (
            OrderStatus.FILLED, Decimal("0.01"), Decimal("0.01"),
        )  # fmt: skip
        assert bought.filled_notional == book.asks[0].price * Decimal("0.01")
        held = okx_exchange.get_position(option)
        assert held is not None
        assert (held.quantity, held.contracts, held.margin_asset) == (Decimal("0.01"), 1, "BTC")
        sold = okx_exchange.place_order(
            order(symbol=option, side="sell", price=okx_exchange.get_orderbook(option, 1).bids[0].price)
        )
        assert sold.status is OrderStatus.FILLED
        assert okx_exchange.get_position(option) is None

    def test_all_are_cancelled(self, okx_exchange: OkxExchange) -> None:
        option = the_option(okx_exchange)
        for _ in range(2):
            okx_exchange.place_order(order(symbol=option, price="0.01"))
        assert [each.status for each in okx_exchange.cancel_all_orders(option)] == [OrderStatus.CANCELLED] * 2

    @pytest.mark.parametrize(
        ("kind", "fields", "field"),
        [
            ("market", {}, "type"),
            ("stop", {"trigger_price": "0.02"}, "type"),
            ("limit", {"price": "0.0102"}, "price"),
            ("limit", {"price": "0.01", "quantity": "0.015"}, "quantity"),
            ("limit", {"price": "0.01", "reduce_only": True}, "reduce_only"),
        ],
    )
    def test_what_options_do_not_have_is_refused_by_name(
        self, okx_exchange: OkxExchange, kind: str, fields: dict[str, object], field: str
    ) -> None:
        with pytest.raises(InvalidCommand) as caught:
            okx_exchange.place_order(order(kind, **{"symbol": the_option(okx_exchange), **fields}))
        assert caught.value.problem.field == field

    def test_they_have_no_leverage(self, okx_exchange: OkxExchange) -> None:
        with pytest.raises(Unsupported, match="options have no leverage"):
            okx_exchange.set_leverage(the_option(okx_exchange), 5)


class TestIds:
    def test_a_celery_tasks_id_is_known_again_everywhere(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        name, since = str(uuid.uuid4()), okx_exchange.clock.now_ms()
        assert okx_exchange.place_order(order(client_order_id=name)).client_order_id == name
        assert [row["client_order_id"] for row in exchange_simulator.orders()] == [spelt(name)]
        assert [each.client_order_id for each in okx_exchange.get_open_orders(SPOT)] == [name]
        found = okx_exchange.search_order(Symbol.parse(SPOT), name, since)
        assert found is not None
        assert found.client_order_id == name
        assert okx_exchange.amend_order(SPOT, client_order_id=name, quantity="0.02").client_order_id == name
        assert okx_exchange.cancel_order(SPOT, client_order_id=name).client_order_id == name

    def test_what_cannot_be_spelt_is_refused_before_anything_is_sent(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        for fields, field in (({"client_order_id": "a-" * 18}, "client_order_id"), ({"id": "a" * 40}, "id")):
            with pytest.raises(InvalidCommand) as caught:
                okx_exchange.place_order(order(**fields))
            assert caught.value.problem.field == field
        assert exchange_simulator.orders() == []


class TestMany:
    def test_more_open_orders_than_one_page_tells(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        exchange_simulator.reset()
        names = [f"many{number}" for number in range(120)]
        for part in range(0, 120, 20):
            okx_exchange.place_orders([order(client_order_id=name) for name in names[part : part + 20]])
        assert {each.client_order_id for each in okx_exchange.get_open_orders(SPOT)} == set(names)
        found = okx_exchange.search_order(Symbol.parse(SPOT), "many0", okx_exchange.clock.now_ms() - 60_000)
        assert found is not None
        ended = okx_exchange.cancel_all_orders(SPOT)
        assert {each.client_order_id for each in ended} == set(names)
        assert {each.status for each in ended} == {OrderStatus.CANCELLED}

    def test_a_batch_is_one_call_in_a_bucket_of_its_own(self, okx_exchange: OkxExchange) -> None:
        orders = [order(client_order_id=f"b{number}") for number in range(20)]
        call = okx_exchange.batch_call(orders)
        assert call.endpoint.path == "/api/v5/trade/batch-orders"
        assert call.cost == {endpoints.BATCH_PLACES: 20}
        outcomes = okx_exchange.place_orders(orders)
        assert all(isinstance(each, Order) for each in outcomes)

    def test_what_waits_for_a_price_goes_alone(self, okx_exchange: OkxExchange) -> None:
        asked = [order(), order("stop", symbol=SWAP, trigger_price="60500"), order()]
        placed = okx_exchange.place_orders(asked)
        assert [each.type for each in placed if isinstance(each, Order)] == [
            OrderType.LIMIT,
            OrderType.STOP,
            OrderType.LIMIT,
        ]
        names = [
            CancelOrder(
                exchange="okx",
                account="sim-1",
                symbol=Symbol.parse(SPOT if each is not placed[1] else SWAP),
                order_id=each.order_id,
            )
            for each in placed
            if isinstance(each, Order)
        ]
        ended = okx_exchange.cancel_orders(names)
        assert [each.status for each in ended if isinstance(each, Order)] == [OrderStatus.CANCELLED] * 3

    def test_at_level_4_a_batch_goes_wholly_or_not_at_all(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        """Those that were well by themselves were certainly not placed, and may be sent again."""
        set_level(okx_exchange, 4)
        outcomes = okx_exchange.perform_batch(
            asked := [order(client_order_id="twice"), order(client_order_id="twice"), order(client_order_id="once")],
            okx_exchange.batch_call(asked),
        )
        assert [type(each) for each in outcomes] == [NotProcessed, Rejected, NotProcessed]
        assert exchange_simulator.orders() == []


class TestTrouble:
    def test_an_order_that_waited_past_its_fence_was_not_placed(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        exchange_simulator.fault("stall", path="/api/v5/trade/order", method="POST", delay_ms=400)
        call = okx_exchange.prepare(order(client_order_id="late", expires_in=0.2))
        with pytest.raises(NotProcessed) as caught:
            okx_exchange.send(call)
        assert caught.value.problem.code == "50037"
        assert exchange_simulator.orders() == []

    def test_a_limit_of_one_instrument_stops_no_other(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        exchange_simulator.fault("rate_limit", path="/api/v5/trade/order", method="POST")
        with pytest.raises(NotProcessed) as caught:
            okx_exchange.send(okx_exchange.prepare(order()))
        assert caught.value.problem.retry_after_ms == 2_000
        with pytest.raises(NotProcessed):
            okx_exchange.send(okx_exchange.prepare(order()))
        assert (
            okx_exchange.place_order(order(symbol="ETH/USDT", quantity="0.1", price="2900")).status is OrderStatus.NEW
        )
        assert len(exchange_simulator.orders()) == 1

    @pytest.mark.parametrize("kind", ["lose_reply", "error_after"])
    def test_a_cancel_of_all_whose_reply_was_lost_is_repeated(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator, kind: str
    ) -> None:
        for _ in range(3):
            okx_exchange.place_order(order())
        exchange_simulator.fault(kind, path="/api/v5/trade/cancel-batch-orders", method="POST")
        with pytest.raises(OutcomeUnknown):
            okx_exchange.cancel_all_orders(SPOT)
        assert okx_exchange.cancel_all_orders(SPOT) == []
        assert okx_exchange.get_open_orders(SPOT) == []

    def test_what_an_acceptance_came_to_is_read_until_it_shows(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        exchange_simulator.set_up("okx", visible_after_ms=300)
        assert okx_exchange.place_order(order(client_order_id="slow")).client_order_id == "slow"

    def test_an_acceptance_that_does_not_show_is_unknown(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        exchange_simulator.set_up("okx", visible_after_ms=5_000)
        with pytest.raises(OutcomeUnknown, match="it is not shown yet"):
            okx_exchange.place_order(order())


def test_the_countdown_is_the_accounts(okx_exchange: OkxExchange) -> None:
    okx_exchange.place_order(order(client_order_id="left"))
    told = okx_exchange.cancel_after(10)
    assert told.ends_at_ms is not None
    ended = OrderStatus.CANCELLED
    eventually(lambda: okx_exchange.get_order(SPOT, client_order_id="left").status is ended, 20, "the countdown ends")
    for seconds, symbol, field in ((9, None, "seconds"), (121, None, "seconds"), (60, SPOT, "symbol")):
        with pytest.raises(Unsupported) as caught:
            okx_exchange.cancel_after(seconds, symbol)
        assert caught.value.problem.field == field
