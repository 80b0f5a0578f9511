"""OKX's algo orders, from waiting to what they placed, against the simulator process."""

from __future__ import annotations

from decimal import Decimal

import pytest
from okx_on_simulator import SPOT, SWAP, order
from support.processes import Simulator

from router.errors import ErrorKind, Rejected, Unsupported
from router.models import OrderStatus, OrderType
from workers.exchanges.okx.exchange import OkxExchange

pytestmark = pytest.mark.processes


class TestWaitingOrders:
    def test_a_stop_that_fired_is_told_as_what_it_placed(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        placed = okx_exchange.place_order(order("stop", symbol=SWAP, trigger_price="60500", client_order_id="my-stop"))
        assert (placed.order_id or "").startswith("algo-")
        exchange_simulator.move("okx", "swap", "BTC-USDT-SWAP", "60600")
        found = okx_exchange.get_order(SWAP, client_order_id="my-stop")
        assert (found.status, found.type, found.client_order_id) == (OrderStatus.FILLED, OrderType.STOP, "my-stop")
        assert found.order_id != placed.order_id
        assert okx_exchange.get_order(SWAP, order_id=placed.order_id) == found
        assert [each.order_id for each in okx_exchange.get_fills(SWAP, order_id=found.order_id)] == [found.order_id]
        assert okx_exchange.cancel_order(SWAP, client_order_id="my-stop").status is OrderStatus.FILLED

    @pytest.mark.parametrize("by_id", [False, True])
    def test_a_stop_limit_that_fired_and_rests_is_cancelled_by_its_name(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator, *, by_id: bool
    ) -> None:
        asked = order("stop_limit", symbol=SWAP, trigger_price="60500", price="59000", client_order_id="deep")
        placed = okx_exchange.place_order(asked)
        exchange_simulator.move("okx", "swap", "BTC-USDT-SWAP", "60600")
        assert okx_exchange.get_order(SWAP, client_order_id="deep").status is OrderStatus.NEW
        assert [each.client_order_id for each in okx_exchange.get_open_orders(SWAP)] == ["deep"]
        name = {"order_id": placed.order_id} if by_id else {"client_order_id": "deep"}
        ended = okx_exchange.cancel_order(SWAP, **name)
        assert (ended.status, ended.client_order_id) == (OrderStatus.CANCELLED, "deep")
        assert okx_exchange.get_open_orders(SWAP) == []

    def test_amended_by_either_name(self, okx_exchange: OkxExchange) -> None:
        asked = order("stop_limit", symbol=SWAP, trigger_price="60500", price="60600", client_order_id="wait")
        placed = okx_exchange.place_order(asked)
        repriced = okx_exchange.amend_order(SWAP, client_order_id="wait", price="60700.5")
        assert (repriced.price, repriced.trigger_price) == (Decimal("60700.5"), Decimal(60500))
        resized = okx_exchange.amend_order(SWAP, order_id=placed.order_id, quantity="0.02")
        assert (resized.quantity, resized.price) == (Decimal("0.02"), Decimal("60700.5"))

    def test_what_cannot_be_amended_is_refused_by_name(self, okx_exchange: OkxExchange) -> None:
        stop = okx_exchange.place_order(order("stop", symbol=SWAP, trigger_price="60500"))
        with pytest.raises(Rejected, match="becomes a market order") as caught:
            okx_exchange.amend_order(SWAP, order_id=stop.order_id, price="60000")
        assert (caught.value.problem.kind, caught.value.problem.field) == (ErrorKind.UNSUPPORTED, "price")
        trail = okx_exchange.place_order(order("stop", symbol=SWAP, trailing_delta=100))
        with pytest.raises(Rejected, match="okx amends no move_order_stop orders"):
            okx_exchange.amend_order(SWAP, order_id=trail.order_id, quantity="0.02")

    def test_a_whole_position_is_closed_when_the_price_comes(
        self, okx_exchange: OkxExchange, exchange_simulator: Simulator
    ) -> None:
        okx_exchange.place_order(order("market", symbol=SWAP, quantity="0.03"))
        asked = order("stop", symbol=SWAP, side="sell", trigger_price="59500", close_position=True)
        placed = okx_exchange.place_order(asked)
        assert (placed.close_position, placed.quantity) == (True, None)
        exchange_simulator.move("okx", "swap", "BTC-USDT-SWAP", "59400")
        assert okx_exchange.get_positions() == []

    @pytest.mark.parametrize(
        ("kind", "fields", "field"),
        [
            ("stop_limit", {"price": "60600", "time_in_force": "IOC"}, "time_in_force"),
            ("stop_limit", {"price": "60600", "trailing_delta": 100}, "trailing_delta"),
            ("take_profit", {"trailing_delta": 100}, "trailing_delta"),
            ("stop", {"trailing_delta": 100, "trigger_by": "mark"}, "trigger_by"),
            ("stop", {"trailing_delta": 100, "close_position": True}, "close_position"),
            ("stop", {"symbol": SPOT, "margin_mode": "cross"}, "quantity"),
        ],
    )
    def test_what_algo_orders_do_not_have_is_refused_by_name(
        self, okx_exchange: OkxExchange, kind: str, fields: dict[str, object], field: str
    ) -> None:
        with pytest.raises(Unsupported) as caught:
            okx_exchange.place_order(order(kind, **{"symbol": SWAP, "trigger_price": "60500", **fields}))
        assert caught.value.problem.field == field

    def test_they_are_given_a_longer_time_before_they_are_missed(self, okx_exchange: OkxExchange) -> None:
        assert okx_exchange.fence_margin_of(order("market")) == 10_000
        assert okx_exchange.fence_margin_of(order("stop", trigger_price="60500")) == 60_000
