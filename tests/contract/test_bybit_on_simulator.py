"""What only Bybit can do to an order, against the simulator process: acceptances that show late, lists that forget."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from support.processes import Simulator, eventually

from router.commands import AnyNewOrder, new_order
from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected
from router.models import Order, OrderStatus
from router.symbols import Symbol
from router.terms import MarginMode, PositionSide
from workers.accounts import simulator_accounts
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.builders import NewItem
from workers.exchanges.bybit import endpoints
from workers.exchanges.bybit.exchange import BybitExchange
from workers.settings import AccountSettings

pytestmark = pytest.mark.processes
SPOT, LINEAR, INVERSE = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC"
CREATE, REALTIME = "/v5/order/create", "/v5/order/realtime"


@pytest.fixture
def account(exchange_simulator: Simulator) -> AccountSettings:
    return simulator_accounts(exchange_simulator.url, "bybit")["sim-1"]


@pytest.fixture
def exchange(account: AccountSettings) -> Iterator[BybitExchange]:
    with get_exchange("bybit", account, LocalGate()) as opened:
        assert isinstance(opened, BybitExchange)
        yield opened


def order(type: str = "limit", symbol: str = LINEAR, **fields: object) -> AnyNewOrder:  # noqa: A002 - as callers write it
    given = {"exchange": "bybit", "account": "sim-1", "symbol": symbol, "side": "buy", "quantity": "0.01"}
    resting = {"price": "59000"} if type == "limit" else {}
    return new_order(type, **{**given, **resting, **fields})


def truly_placed(simulator: Simulator, name: str) -> int:
    return sum(row["client_order_id"] == name for row in simulator.orders())


class TestAcceptances:
    """An answer to a write says that it was taken, no more."""

    @pytest.mark.parametrize("delay_ms", [0, 120, 500])
    def test_what_shows_late_is_waited_for(
        self, exchange: BybitExchange, exchange_simulator: Simulator, delay_ms: int
    ) -> None:
        exchange_simulator.set_up("bybit", realtime_delay_ms=delay_ms)
        placed = exchange.place_order(order(client_order_id="late"))
        assert placed.status is OrderStatus.NEW
        amended = exchange.amend_order(LINEAR, order_id=placed.order_id, price="58000")
        assert amended.price == 58_000
        assert exchange.cancel_order(LINEAR, order_id=placed.order_id).status is OrderStatus.CANCELLED
        filled = exchange.place_order(order("market", client_order_id="taken"))
        assert (filled.status, filled.filled_quantity) == (OrderStatus.FILLED, Decimal("0.01"))
        assert filled.fills is not None
        assert filled.fees is not None

    def test_what_does_not_show_is_unknown_and_found_later(
        self, exchange: BybitExchange, exchange_simulator: Simulator
    ) -> None:
        exchange_simulator.set_up("bybit", realtime_delay_ms=2_500)
        with pytest.raises(OutcomeUnknown, match="it is not shown yet"):
            exchange.place_order(order(client_order_id="shy"))
        symbol = Symbol.parse(LINEAR)
        eventually(lambda: exchange.find_order(symbol, "shy") is not None, what="it shows")
        assert truly_placed(exchange_simulator, "shy") == 1

    def test_a_cancel_that_does_not_show_is_unknown_too(
        self, exchange: BybitExchange, exchange_simulator: Simulator
    ) -> None:
        exchange.place_order(order(client_order_id="lingers"))
        exchange_simulator.set_up("bybit", realtime_delay_ms=2_500)
        with pytest.raises(OutcomeUnknown):
            exchange.cancel_order(LINEAR, client_order_id="lingers")
        symbol = Symbol.parse(LINEAR)
        eventually(lambda: _status(exchange.find_order(symbol, "lingers")) is OrderStatus.CANCELLED, what="it shows")

    def test_the_price_that_was_booked_is_told_not_the_one_that_was_sent(self, exchange: BybitExchange) -> None:
        """On contracts Bybit moves a price beyond its band to the edge, without a word; on spot it refuses it."""
        placed = exchange.place_order(order(price="70000"))
        assert (placed.status, placed.price) == (OrderStatus.FILLED, 63_000)
        with pytest.raises(Rejected) as caught:
            exchange.place_order(order(symbol=SPOT, side="sell", price="40000"))
        assert caught.value.problem.kind is ErrorKind.FILTER


def _status(found: Order | None) -> OrderStatus | None:
    return None if found is None else found.status


class TestForgetting:
    """Each list may be late or have forgotten; an order is absent only when all of them are empty."""

    def test_a_restart_leaves_closed_orders_to_the_history(
        self, exchange: BybitExchange, exchange_simulator: Simulator
    ) -> None:
        filled = exchange.place_order(order("market", client_order_id="old"))
        exchange_simulator.set_up("bybit", restart=True)
        found = exchange.find_order(Symbol.parse(LINEAR), "old")
        assert found is not None
        assert (found.order_id, found.status) == (filled.order_id, OrderStatus.FILLED)

    @pytest.mark.parametrize("symbol", [SPOT, LINEAR])
    def test_executions_show_what_the_history_does_not_yet(
        self, exchange: BybitExchange, exchange_simulator: Simulator, symbol: str
    ) -> None:
        filled = exchange.place_order(order("market", symbol, client_order_id="old"))
        exchange_simulator.set_up("bybit", restart=True, history_delay_ms=60_000)
        found = exchange.find_order(filled.symbol, "old")
        assert found is not None
        assert (found.order_id, found.status) == (filled.order_id, OrderStatus.FILLED)
        assert (found.filled_quantity, found.filled_notional) == (filled.filled_quantity, filled.filled_notional)
        searched = exchange.search_order(filled.symbol, "old", exchange.clock.now_ms())
        assert searched == found

    def test_an_id_stays_taken_when_its_order_has_ended(self, exchange: BybitExchange) -> None:
        exchange.place_order(order("market", client_order_id="once"))
        with pytest.raises(Rejected) as caught:
            exchange.place_order(order("market", client_order_id="once"))
        assert caught.value.problem.kind is ErrorKind.DUPLICATE_ORDER

    def test_where_it_does_not_the_look_up_finds_the_first(
        self, exchange: BybitExchange, exchange_simulator: Simulator
    ) -> None:
        """That is why nothing is sent again before it was looked for: here a second order would be filled."""
        exchange_simulator.set_up("bybit", remember_link_ids=False)
        exchange_simulator.fault("lose_reply", method="POST", path=CREATE)
        with pytest.raises(OutcomeUnknown):
            exchange.place_order(order("market", client_order_id="once"))
        found = exchange.find_order(Symbol.parse(LINEAR), "once")
        assert found is not None
        assert found.status is OrderStatus.FILLED
        assert truly_placed(exchange_simulator, "once") == 1

    def test_a_request_that_arrives_after_its_fence_is_not_carried_out(
        self, account: AccountSettings, exchange_simulator: Simulator
    ) -> None:
        short = account.model_copy(update={"receive_window_ms": 500})
        with get_exchange("bybit", short, LocalGate()) as exchange:
            exchange_simulator.fault("late_execute", method="POST", path=CREATE, delay_ms=700)
            since = exchange.clock.now_ms()
            with pytest.raises(OutcomeUnknown):
                exchange.place_order(order(client_order_id="too-late"))
            time.sleep(1)
            assert exchange.search_order(Symbol.parse(LINEAR), "too-late", since) is None
        assert truly_placed(exchange_simulator, "too-late") == 0


class TestLimits:
    def test_a_backlog_never_meets_the_limit(self, exchange: BybitExchange, exchange_simulator: Simulator) -> None:
        """Linear and inverse share ten orders a second; the gate spreads them."""
        for number in range(24):
            symbol, size = (LINEAR, "0.01") if number % 2 else (INVERSE, "100")
            exchange.place_order(order(symbol=symbol, quantity=size))
        assert len(exchange_simulator.orders()) == 24
        assert "10006" not in _refused(exchange_simulator)

    def test_what_others_use_is_made_room_for(
        self, account: AccountSettings, exchange: BybitExchange, exchange_simulator: Simulator
    ) -> None:
        """Two gates that do not know of each other: headers and refusals tell."""
        with get_exchange("bybit", account, LocalGate()) as other:
            for number in range(12):
                other.place_order(order(client_order_id=f"other-{number}"))
                exchange.place_order(order(client_order_id=f"mine-{number}"))
        assert len(exchange_simulator.orders()) == 24

    def test_without_headers_the_declared_limits_hold(
        self, exchange: BybitExchange, exchange_simulator: Simulator
    ) -> None:
        exchange_simulator.set_up("bybit", limit_headers=False)
        for _ in range(12):
            exchange.place_order(order(symbol=SPOT))
        assert "10006" not in _refused(exchange_simulator)

    def test_a_batch_that_finds_too_little_room_is_carried_out_in_part(
        self, account: AccountSettings, exchange: BybitExchange, exchange_simulator: Simulator
    ) -> None:
        def batch(name: str, count: int) -> list[AnyNewOrder]:
            return [order(client_order_id=f"{name}-{number}") for number in range(count)]

        def place(who: BybitExchange, orders: list[AnyNewOrder]) -> list[object]:
            items = [_item(who, each) for each in orders]
            return list(who.send(who.place_batch_call(items)))

        with get_exchange("bybit", account, LocalGate()) as other:
            assert isinstance(other, BybitExchange)
            place(other, batch("other", 6))
            found = place(exchange, batch("mine", 8))
        refused = [each for each in found if isinstance(each, NotProcessed)]
        assert len(refused) == 4
        assert {each.problem.kind for each in refused} == {ErrorKind.RATE_LIMITED}
        assert len(exchange_simulator.orders()) == 10

    def test_a_share_of_the_limits_is_a_share(self, account: AccountSettings) -> None:
        with get_exchange("bybit", account.model_copy(update={"budget_share": 0.5}), LocalGate()) as exchange:
            exchange.get_open_orders(LINEAR)
            realtime = endpoints.counted(endpoints.REALTIME["linear"].cost)
            assert realtime is not None
            assert exchange.tariff.limit(realtime) == 25


def _refused(simulator: Simulator) -> dict[str, int]:
    counts = simulator.ledger()["counts"]
    assert isinstance(counts, dict)
    return dict(counts["refused"])


def _item(exchange: BybitExchange, asked: AnyNewOrder) -> NewItem:
    return NewItem(asked, exchange.instruments.get(asked.symbol))


class TestMarginAndProtection:
    def test_spot_on_margin_borrows(self, exchange: BybitExchange) -> None:
        def sell(number: int, **fields: object) -> Order:
            asked = {"symbol": "LTC/USDT", "side": "sell", "quantity": "20000", "price": "84"}
            return exchange.place_order(order(**asked, **fields, client_order_id=f"s-{number}"))

        assert [sell(number).status for number in range(2)] == [OrderStatus.NEW] * 2
        with pytest.raises(Rejected) as caught:
            sell(2)
        assert caught.value.problem.kind is ErrorKind.INSUFFICIENT_BALANCE
        borrowing = sell(3, margin_mode="cross")
        assert (borrowing.status, borrowing.margin_mode) == (OrderStatus.NEW, MarginMode.CROSS)
        assert exchange.get_balance("LTC").borrowed == 10_000

    def test_isolated_margin_and_each_sides_leverage(self, exchange: BybitExchange) -> None:
        exchange.set_margin_mode(MarginMode.ISOLATED)
        exchange.set_position_mode("hedge", LINEAR)
        exchange.set_leverage(LINEAR, 5, position_side=PositionSide.LONG)
        settings = exchange.get_trading_settings(LINEAR)
        assert (settings.leverage, settings.short_leverage, settings.margin_mode) == (5, 10, MarginMode.ISOLATED)

    def test_protection_against_a_lost_stream(self, exchange: BybitExchange, exchange_simulator: Simulator) -> None:
        for symbol in (SPOT, LINEAR):
            exchange.place_order(order(symbol=symbol))
        exchange.cancel_after(3)
        exchange_simulator.set_up("bybit", disconnect="sim-1")
        ended = lambda: {row["status"] for row in exchange_simulator.orders()} == {"CANCELED"}  # noqa: E731
        eventually(ended, 10, "what was open is cancelled")
        assert exchange.get_open_orders() == []

    def test_closing_whatever_the_position_is(self, exchange: BybitExchange) -> None:
        exchange.place_order(order("market", quantity="0.03"))
        closing = order("stop", side="sell", quantity=None, close_position=True, trigger_price="59000")
        placed = exchange.place_order(closing)
        assert (placed.status, placed.reduce_only) == (OrderStatus.NEW, True)
