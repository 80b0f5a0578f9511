"""Binance spot against the simulator process: what only it has; what every market does is in test_every_market_*.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from support.processes import Simulator

from router.commands import AnyNewOrder, new_order
from router.errors import ErrorKind, Rejected
from router.models import OrderStatus, OrderType
from router.symbols import Symbol
from workers.accounts import simulator_accounts
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.settings import AccountSettings

pytestmark = pytest.mark.processes
BTC = Symbol("BTC", "USDT")


@pytest.fixture
def account(exchange_simulator: Simulator) -> AccountSettings:
    return simulator_accounts(exchange_simulator.url)["sim-1"]


@pytest.fixture
def exchange(account: AccountSettings) -> Iterator[BaseExchange]:
    with get_exchange("binance", account, LocalGate()) as opened:
        yield opened


def order(type: str = "limit", **fields: object) -> AnyNewOrder:  # noqa: A002 - as callers write it
    given = {
        "exchange": "binance",
        "account": "sim-1",
        "symbol": "BTC/USDT",
        "side": "buy",
        "quantity": "0.01",
        **fields,
    }
    return new_order(type, **{name: value for name, value in given.items() if value is not None})


def resting(client_order_id: str = "rests", **fields: object) -> AnyNewOrder:
    return order(**{"price": "30000", "client_order_id": client_order_id, **fields})


def truly_placed(simulator: Simulator, client_order_id: str) -> int:
    """How many orders of that id the exchange ever had."""
    return sum(row["client_order_id"] == client_order_id for row in simulator.orders())


def test_connecting_measures_the_clock_and_takes_over_the_limits(exchange: BaseExchange) -> None:
    assert exchange.clock.uncertainty_ms is not None
    assert abs(exchange.clock.offset_ms) < 500
    assert abs(exchange.get_server_time() - exchange.clock.now_ms()) < 500
    assert set(exchange.tariff.limits) == set(exchange.budgets_declared)


def test_health(exchange: BaseExchange) -> None:
    health = exchange.health()
    assert health.reachable
    assert 0 < health.limits_left["request_weight"] < 6_000


def test_a_spot_account_has_no_positions(exchange: BaseExchange) -> None:
    assert exchange.get_positions() == []
    assert exchange.get_position("BTC/USDT") is None


def test_instruments(exchange: BaseExchange) -> None:
    every = exchange.get_instruments()
    assert exchange.get_instrument("BTC/USDT") in every
    assert all(each.spelling.startswith(each.symbol.base + each.symbol.quote) for each in every)


def test_a_market_order_fills_and_tells_its_fees(exchange: BaseExchange) -> None:
    filled = exchange.place_order(order("market"))
    assert (filled.status, filled.filled_quantity) == (OrderStatus.FILLED, Decimal("0.01"))
    assert filled.average_price is not None
    assert filled.fees
    assert filled.fills
    assert sum(fill.quantity for fill in filled.fills) == filled.filled_quantity
    (fill, *_) = exchange.get_fills("BTC/USDT", order_id=filled.order_id)
    assert (fill.order_id, fill.price) == (filled.order_id, filled.fills[0].price)
    assert exchange.get_fills("BTC/USDT", since_ms=fill.time_ms)


def test_a_market_order_sized_in_quote(exchange: BaseExchange) -> None:
    filled = exchange.place_order(order("market", quantity=None, notional="1000"))
    assert filled.status is OrderStatus.FILLED
    assert filled.notional == 1000
    assert 0 < filled.filled_notional <= 1000


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"price": "30000"}, OrderStatus.NEW),
        ({"price": "30000", "post_only": True}, OrderStatus.NEW),
        ({"price": "30000", "visible_quantity": "0.002"}, OrderStatus.NEW),
        ({"price": "30000", "time_in_force": "IOC"}, OrderStatus.EXPIRED),
        ({"price": "30000", "time_in_force": "FOK"}, OrderStatus.EXPIRED),
        ({"price": "70000", "time_in_force": "IOC"}, OrderStatus.FILLED),
        ({"price": "70000", "time_in_force": "FOK"}, OrderStatus.FILLED),
        ({"price": "70000"}, OrderStatus.FILLED),
        ({"type": "stop", "trigger_price": "70000"}, OrderStatus.NEW),
        ({"type": "stop", "trigger_price": "50000", "side": "sell"}, OrderStatus.NEW),
        ({"type": "stop", "trailing_delta": 100, "side": "sell"}, OrderStatus.NEW),
        ({"type": "stop_limit", "trigger_price": "70000", "price": "70100"}, OrderStatus.NEW),
        ({"type": "take_profit", "trigger_price": "50000"}, OrderStatus.NEW),
        ({"type": "take_profit", "trigger_price": "50000", "trailing_delta": 50}, OrderStatus.NEW),
        ({"type": "take_profit_limit", "trigger_price": "70000", "price": "69900", "side": "sell"}, OrderStatus.NEW),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else str(value),
)
def test_every_type_of_order(exchange: BaseExchange, fields: dict[str, object], status: OrderStatus) -> None:
    asked = order(**{"client_order_id": "typed", **fields})
    placed = exchange.place_order(asked)
    assert (placed.status, placed.client_order_id, placed.type, placed.side) == (
        status,
        "typed",
        asked.type,
        asked.side,
    )
    assert placed.post_only == getattr(asked, "post_only", False)
    assert placed.trigger_price == getattr(asked, "trigger_price", None)
    seen = exchange.get_order("BTC/USDT", client_order_id="typed")
    told_later = {"fees", "fills", "created_at_ms", "updated_at_ms"}
    assert seen.model_dump(exclude=told_later) == placed.model_dump(exclude=told_later)
    is_open = placed.order_id in {each.order_id for each in exchange.get_open_orders("BTC/USDT")}
    assert is_open == (status is OrderStatus.NEW)


def test_an_order_is_read_amended_and_cancelled(exchange: BaseExchange) -> None:
    placed = exchange.place_order(resting())
    assert [each.order_id for each in exchange.get_open_orders()] == [placed.order_id]
    amended = exchange.amend_order("BTC/USDT", order_id=placed.order_id, quantity="0.005")
    assert (amended.quantity, amended.client_order_id) == (Decimal("0.005"), "rests")
    assert exchange.get_order("BTC/USDT", order_id=placed.order_id).quantity == Decimal("0.005")
    cancelled = exchange.cancel_order("BTC/USDT", client_order_id="rests")
    assert (cancelled.status, cancelled.client_order_id) == (OrderStatus.CANCELLED, "rests")
    again = exchange.cancel_order("BTC/USDT", client_order_id="rests")
    assert (again.status, again.client_order_id) == (OrderStatus.CANCELLED, "rests")
    assert exchange.get_open_orders("BTC/USDT") == []


def placing_fails(exchange: BaseExchange, asked: AnyNewOrder) -> ErrorKind:
    with pytest.raises(Rejected) as caught:
        exchange.place_order(asked)
    assert caught.value.problem.code is not None
    return caught.value.problem.kind


def test_refusals_in_our_words(exchange: BaseExchange) -> None:
    exchange.place_order(resting())
    assert placing_fails(exchange, resting()) is ErrorKind.DUPLICATE_ORDER
    assert placing_fails(exchange, order(price="70000", post_only=True)) is ErrorKind.POST_ONLY_WOULD_TAKE
    assert placing_fails(exchange, order("stop", trigger_price="50000")) is ErrorKind.WOULD_TRIGGER
    assert placing_fails(exchange, order(price="10", quantity="1")) is ErrorKind.FILTER
    with pytest.raises(Rejected) as caught:
        exchange.get_order("BTC/USDT", order_id="999999999")
    assert caught.value.problem.kind is ErrorKind.ORDER_NOT_FOUND


def test_an_order_that_was_rate_limited_is_placed_once_it_may(
    exchange: BaseExchange, exchange_simulator: Simulator
) -> None:
    exchange_simulator.fault("rate_limit", path="/api/v3/order", method="POST", retry_after_s=1)
    begun = time.monotonic()
    assert exchange.place_order(resting("limited")).status is OrderStatus.NEW
    assert time.monotonic() - begun >= 0.9
    assert truly_placed(exchange_simulator, "limited") == 1


def test_a_successful_trader_spends_no_weight(exchange: BaseExchange, exchange_simulator: Simulator) -> None:  # noqa: ARG001
    before = exchange.health().limits_left["request_weight"]
    for number in range(5):
        exchange.place_order(resting(f"r{number}"))
    exchange.cancel_all_orders("BTC/USDT")
    assert exchange.health().limits_left["request_weight"] in (before - 1, 5_999)


def test_the_shortcuts_are_the_same_as_the_routers(exchange: BaseExchange) -> None:
    assert exchange.buy_market("BTC/USDT", quantity="0.01").status is OrderStatus.FILLED
    order = exchange.sell_limit("BTC/USDT", "0.01", "90000")
    assert exchange.cancel_order("BTC/USDT", order_id=order.order_id).status is OrderStatus.CANCELLED
    stop = exchange.sell_stop("BTC/USDT", "0.01", "50000", price="49900")
    assert (stop.type, stop.status) == (OrderType.STOP_LIMIT, OrderStatus.NEW)
