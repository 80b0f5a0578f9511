"""What an OKX account's level and position mode allow, against the simulator process."""

from __future__ import annotations

from decimal import Decimal

import pytest
from okx_on_simulator import SPOT, SWAP, order, set_level, the_option
from support.processes import Simulator

from router.errors import ErrorKind, InvalidCommand, Rejected, Unsupported
from router.models import OrderStatus
from router.terms import MarginMode, PositionMode, PositionSide
from workers.exchanges.okx.exchange import OkxExchange

pytestmark = pytest.mark.processes


class TestLevels:
    @pytest.mark.parametrize("level", [1, 2, 3, 4])
    def test_pairs_trade_at_every_level(self, okx_exchange: OkxExchange, level: int) -> None:
        set_level(okx_exchange, level)
        bought = okx_exchange.place_order(order("market", quantity="0.02"))
        spent = okx_exchange.place_order(order("market", notional="600"))
        sold = okx_exchange.place_order(order("market", side="sell", notional="600"))
        rests = okx_exchange.place_order(order())
        assert {each.status for each in (bought, spent, sold)} == {OrderStatus.FILLED}
        assert (bought.quantity, bought.notional) == (Decimal("0.02"), None)
        assert (spent.notional, sold.notional) == (600, 600)
        assert rests.margin_mode is (None if level < 3 else MarginMode.CROSS)
        assert okx_exchange.cancel_order(SPOT, order_id=rests.order_id).status is OrderStatus.CANCELLED
        assert [each.order_id for each in okx_exchange.get_fills(SPOT)] == [
            bought.order_id,
            spent.order_id,
            sold.order_id,
        ]

    @pytest.mark.parametrize("level", [2, 3, 4])
    def test_contracts_trade_where_there_is_margin(self, okx_exchange: OkxExchange, level: int) -> None:
        set_level(okx_exchange, level)
        okx_exchange.place_order(order("market", symbol=SWAP))
        held = okx_exchange.get_position(SWAP)
        assert held is not None
        assert (held.quantity, held.margin_mode) == (Decimal("0.01"), MarginMode.CROSS)
        option = the_option(okx_exchange)
        assert okx_exchange.place_order(order(symbol=option, price="0.01")).status is OrderStatus.NEW
        assert [str(each.symbol) for each in okx_exchange.get_open_orders(market="option")] == [option]

    @pytest.mark.parametrize(
        ("level", "fields", "field"),
        [
            (1, {"symbol": SWAP}, "symbol"),
            (1, {"margin_mode": "cross"}, "margin_mode"),
            (3, {"margin_mode": "isolated"}, "margin_mode"),
            (4, {"symbol": SWAP, "margin_mode": "isolated"}, "margin_mode"),
            (4, {"symbol": SWAP, "reduce_only": True}, "reduce_only"),
            (2, {"symbol": SWAP, "position_side": "long"}, "position_side"),
        ],
    )
    def test_what_a_level_does_not_have_is_refused_by_name(
        self,
        okx_exchange: OkxExchange,
        exchange_simulator: Simulator,
        level: int,
        fields: dict[str, object],
        field: str,
    ) -> None:
        set_level(okx_exchange, level)
        with pytest.raises(Unsupported) as caught:
            okx_exchange.place_order(order(**fields))
        assert caught.value.problem.field == field
        assert exchange_simulator.orders() == []

    def test_a_level_that_was_changed_elsewhere_is_noticed(self, okx_exchange: OkxExchange) -> None:
        assert okx_exchange.place_order(order("market")).margin_mode is None
        set_level(okx_exchange, 3)
        with pytest.raises(Rejected) as caught:
            okx_exchange.place_order(order("market"))
        assert caught.value.problem.kind is ErrorKind.INVALID
        assert okx_exchange.place_order(order("market")).margin_mode is MarginMode.CROSS

    def test_what_would_be_refused_by_an_old_level_is_asked_for_again(self, okx_exchange: OkxExchange) -> None:
        set_level(okx_exchange, 1)
        assert okx_exchange.place_order(order("market")).status is OrderStatus.FILLED
        set_level(okx_exchange, 2)
        known = okx_exchange.mode._known
        assert known is not None
        okx_exchange.mode._known = known[0], known[1] - 60
        assert okx_exchange.place_order(order("market", symbol=SWAP)).status is OrderStatus.FILLED


class TestMargin:
    def test_a_pair_on_margin(self, okx_exchange: OkxExchange) -> None:
        bought = okx_exchange.place_order(order("market", notional="600", margin_mode="cross"))
        assert (bought.margin_mode, bought.notional) == (MarginMode.CROSS, 600)
        held = okx_exchange.get_position(SPOT)
        assert held is not None
        assert (held.side, held.quantity, held.margin_asset) == (PositionSide.LONG, bought.filled_quantity, "USDT")
        closing = order("market", side="sell", quantity="0.009", margin_mode="cross", reduce_only=True)
        assert okx_exchange.place_order(closing).status is OrderStatus.FILLED
        assert okx_exchange.set_leverage(SPOT, 2).leverage == 2

    @pytest.mark.parametrize(
        ("fields", "field"), [({"quantity": "0.01"}, "quantity"), ({"notional": "600", "side": "sell"}, "notional")]
    )
    def test_the_side_decides_how_a_market_order_is_sized(
        self, okx_exchange: OkxExchange, fields: dict[str, object], field: str
    ) -> None:
        with pytest.raises(Unsupported) as caught:
            okx_exchange.place_order(order("market", margin_mode="cross", **fields))
        assert caught.value.problem.field == field

    def test_isolated_contracts(self, okx_exchange: OkxExchange) -> None:
        okx_exchange.place_order(order("market", symbol=SWAP, margin_mode="isolated"))
        held = okx_exchange.get_position(SWAP)
        assert held is not None
        assert held.margin_mode is MarginMode.ISOLATED
        assert held.margin


class TestHedging:
    @pytest.fixture(autouse=True)
    def _hedges(self, okx_exchange: OkxExchange) -> None:
        okx_exchange.set_position_mode(PositionMode.HEDGE)

    def test_a_side_must_be_named(self, okx_exchange: OkxExchange) -> None:
        with pytest.raises(Unsupported, match="must be long or short") as caught:
            okx_exchange.place_order(order("market", symbol=SWAP))
        assert caught.value.problem.field == "position_side"

    def test_pairs_and_options_have_none(self, okx_exchange: OkxExchange) -> None:
        assert okx_exchange.place_order(order("market")).status is OrderStatus.FILLED
        assert okx_exchange.place_order(order(symbol=the_option(okx_exchange), price="0.01")).status is OrderStatus.NEW
        with pytest.raises(InvalidCommand):
            okx_exchange.place_order(order(position_side="long"))

    def test_what_would_open_is_not_sent_as_closing(self, okx_exchange: OkxExchange) -> None:
        with pytest.raises(Unsupported, match="a buy opens the long side"):
            okx_exchange.place_order(order("market", symbol=SWAP, position_side="long", reduce_only=True))

    def test_isolated_sides_have_leverages_of_their_own(self, okx_exchange: OkxExchange) -> None:
        isolated = MarginMode.ISOLATED
        assert okx_exchange.set_leverage(SWAP, 9, margin_mode=isolated).leverage == 9
        told = okx_exchange.set_leverage(SWAP, 4, margin_mode=isolated, position_side=PositionSide.SHORT)
        assert (told.leverage, told.short_leverage) == (None, 4)
        okx_exchange.place_order(order("market", symbol=SWAP, position_side="long", margin_mode="isolated"))
        held = okx_exchange.get_position(SWAP)
        assert held is not None
        assert held.leverage == 9
        with pytest.raises(Unsupported, match="both sides have the same leverage"):
            okx_exchange.set_leverage(SWAP, 4, position_side=PositionSide.SHORT)

    def test_a_mode_cannot_be_changed_under_an_order_but_may_stay(self, okx_exchange: OkxExchange) -> None:
        okx_exchange.place_order(order())
        with pytest.raises(Rejected) as caught:
            okx_exchange.set_position_mode(PositionMode.ONE_WAY)
        assert caught.value.problem.code == "59000"
        assert okx_exchange.set_position_mode(PositionMode.HEDGE).position_mode is PositionMode.HEDGE
