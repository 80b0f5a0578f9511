"""BinanceExchange against the simulator process: every method, every order type, and every way a call can end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from support.processes import Simulator

from router.commands import AnyNewOrder, CancelOrder, GetBalances, new_order
from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Rejected
from router.models import Order, OrderStatus, OrderType
from router.symbols import Symbol
from workers.accounts import simulator_accounts
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.settings import AccountSettings

pytestmark = pytest.mark.processes
BTC = Symbol("BTC", "USDT")
SHORT = {"timeout_seconds": 0.5, "connect_timeout_seconds": 0.5}


@pytest.fixture
def account(exchange_simulator: Simulator) -> AccountSettings:
    return simulator_accounts(exchange_simulator.url)["sim-1"].model_copy(update=SHORT)


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


def test_balances(exchange: BaseExchange) -> None:
    balances = exchange.get_balances()
    assert balances["USDT"].free > 0
    assert balances["NOSUCH"].total == 0
    assert exchange.get_balance("BTC") == balances["BTC"]
    assert abs(balances.as_of_ms - exchange.clock.now_ms()) < 1_000


def test_a_spot_account_has_no_positions(exchange: BaseExchange) -> None:
    assert exchange.get_positions() == []
    assert exchange.get_position("BTC/USDT") is None


def test_market_data(exchange: BaseExchange) -> None:
    ticker, book = exchange.get_market_data("BTC/USDT"), exchange.get_orderbook("BTC/USDT", 5)
    assert ticker.bid_price is not None
    assert ticker.ask_price is not None
    assert ticker.bid_price < ticker.ask_price
    assert (len(book.bids), len(book.asks)) == (5, 5)
    assert book.bids[0].price < book.asks[0].price
    assert book.bids == sorted(book.bids, key=lambda level: -level.price)


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


def test_a_cancel_of_a_filled_order_returns_it_filled(exchange: BaseExchange) -> None:
    filled = exchange.place_order(order("market", client_order_id="gone"))
    assert exchange.cancel_order("BTC/USDT", client_order_id="gone").status is OrderStatus.FILLED
    assert exchange.cancel_order("BTC/USDT", order_id=filled.order_id).filled_quantity == Decimal("0.01")


def test_a_cancel_of_what_never_was_is_refused(exchange: BaseExchange) -> None:
    with pytest.raises(Rejected) as caught:
        exchange.cancel_order("BTC/USDT", client_order_id="never")
    assert caught.value.problem.kind is ErrorKind.ORDER_NOT_FOUND


def test_cancelling_all(exchange: BaseExchange) -> None:
    assert exchange.cancel_all_orders("BTC/USDT") == []
    placed = [exchange.place_order(resting(f"rests-{number}")) for number in range(3)]
    cancelled = exchange.cancel_all_orders("BTC/USDT")
    assert {each.client_order_id for each in cancelled} == {each.client_order_id for each in placed}
    assert all(each.status is OrderStatus.CANCELLED for each in cancelled)


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


def test_insufficient_balance(exchange: BaseExchange) -> None:
    """The account holds ten million: what two such orders would lock is more."""
    exchange.place_order(resting("half", quantity="100", price="59000"))
    assert (
        placing_fails(exchange, resting("other-half", quantity="100", price="59000")) is ErrorKind.INSUFFICIENT_BALANCE
    )


def test_wrong_keys(account: AccountSettings, exchange_simulator: Simulator) -> None:  # noqa: ARG001
    for update in ({"api_key": account.api_secret}, {"api_secret": account.api_key}):
        other = get_exchange("binance", account.model_copy(update=update), LocalGate())
        with pytest.raises(Rejected) as caught:
            other.get_balances()
        assert caught.value.problem.kind is ErrorKind.BAD_CREDENTIALS
        other.disconnect()


LOST = ["lose_reply", "reset_after", "partial_reply"]


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_reply_is_never_a_no(exchange: BaseExchange, exchange_simulator: Simulator, kind: str) -> None:
    exchange_simulator.fault(kind, path="/api/v3/order", method="POST")
    with pytest.raises(OutcomeUnknown):
        exchange.place_order(order("market", client_order_id="lost"))
    assert truly_placed(exchange_simulator, "lost") == 1
    found = exchange.find_order(BTC, "lost")
    assert found is not None
    assert found.status is OrderStatus.FILLED


@pytest.mark.parametrize(
    ("fault", "executed"),
    [
        ({"kind": "error_after", "status": 502}, 1),
        ({"kind": "error_before", "status": 502}, 0),
        (
            {
                "kind": "error_after",
                "status": 500,
                "code": -1007,
                "msg": "Timeout waiting for response from backend server.",
            },
            1,
        ),
        ({"kind": "error_before", "status": 503, "code": -1008, "msg": "Server is currently overloaded."}, 0),
        ({"kind": "error_before", "status": 500, "code": -1006, "msg": "An unexpected response was received."}, 0),
        ({"kind": "error_before", "status": 400, "code": -98765, "msg": "A code of tomorrow."}, 0),
        ({"kind": "reset_before"}, 0),
        ({"kind": "stall", "delay_ms": 900}, 1),
        ({"kind": "stall", "delay_ms": 900, "when": "after"}, 1),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else str(value),
)
def test_a_doubtful_answer_leaves_the_outcome_unknown(
    exchange: BaseExchange, exchange_simulator: Simulator, fault: dict[str, object], executed: int
) -> None:
    exchange_simulator.fault(path="/api/v3/order", method="POST", **fault)  # type: ignore[arg-type]
    with pytest.raises(OutcomeUnknown):
        exchange.place_order(resting("doubt"))
    time.sleep(0.6 if fault["kind"] == "stall" else 0)
    assert truly_placed(exchange_simulator, "doubt") == executed
    found = exchange.find_order(BTC, "doubt")
    assert (found is not None) == bool(executed)
    searched = exchange.search_order(BTC, "doubt", exchange.clock.now_ms() - 5_000)
    assert (searched is not None) == bool(executed)


def test_a_read_survives_what_a_write_must_not_repeat(exchange: BaseExchange, exchange_simulator: Simulator) -> None:
    for kind in ("reset_before", "lose_reply", "error_before"):
        exchange_simulator.fault(kind, path="/api/v3/account")
        assert exchange.get_balances()["USDT"].free > 0


def test_an_order_that_was_rate_limited_is_placed_once_it_may(
    exchange: BaseExchange, exchange_simulator: Simulator
) -> None:
    exchange_simulator.fault("rate_limit", path="/api/v3/order", method="POST", retry_after_s=1)
    begun = time.monotonic()
    assert exchange.place_order(resting("limited")).status is OrderStatus.NEW
    assert time.monotonic() - begun >= 0.9
    assert truly_placed(exchange_simulator, "limited") == 1


def test_a_ban_stops_everything_from_this_address(exchange: BaseExchange, exchange_simulator: Simulator) -> None:
    exchange_simulator.fault("ban", path="/api/v3/account", duration_s=60)
    call = exchange.balances_call(GetBalances(exchange="binance", account="sim-1"))
    with pytest.raises(NotProcessed) as caught:
        exchange.send(call)
    assert caught.value.problem.kind is ErrorKind.BANNED
    assert 0 < (call.trace.banned_for_ms or 0) <= 60_000
    refused = exchange.ticker_call(BTC)
    with pytest.raises(NotProcessed) as again:
        exchange.send(refused)
    assert again.value.problem.kind is ErrorKind.BANNED
    assert refused.trace.sent_ns is None


def test_a_clock_that_went_wrong_is_set_right(exchange: BaseExchange, exchange_simulator: Simulator) -> None:
    exchange_simulator.fault("clock_skew", skew_ms=60_000, times=None)
    assert exchange.place_order(resting("skewed")).status is OrderStatus.NEW
    assert 59_000 < exchange.clock.offset_ms < 61_000
    assert truly_placed(exchange_simulator, "skewed") == 1


def test_an_order_that_is_not_visible_yet_is_not_found_but_searched(
    exchange: BaseExchange, exchange_simulator: Simulator
) -> None:
    exchange_simulator.fault("invisible", path="/api/v3/order", method="POST", delay_ms=300)
    exchange_simulator.fault("lose_reply", path="/api/v3/order", method="POST")
    with pytest.raises(OutcomeUnknown):
        exchange.place_order(resting("shy"))
    assert exchange.find_order(BTC, "shy") is None
    time.sleep(0.4)
    assert exchange.find_order(BTC, "shy") is not None


def test_a_cancel_whose_reply_was_lost_can_be_repeated(exchange: BaseExchange, exchange_simulator: Simulator) -> None:
    exchange.place_order(resting())
    exchange_simulator.fault("lose_reply", path="/api/v3/order", method="DELETE")
    command = CancelOrder(exchange="binance", account="sim-1", symbol=BTC, client_order_id="rests", id="the-cancel")
    with pytest.raises(OutcomeUnknown):
        exchange.execute(command)
    ended = exchange.execute(command)
    assert isinstance(ended, Order)
    assert (ended.status, ended.client_order_id) == (OrderStatus.CANCELLED, "rests")


def test_the_breaker_opens_for_orders_and_not_for_cancels(
    exchange: BaseExchange, exchange_simulator: Simulator
) -> None:
    exchange.place_order(resting())
    exchange_simulator.fault("error_before", path="/api/v3/order", method="POST", status=502, times=5)
    for number in range(5):
        with pytest.raises(OutcomeUnknown):
            exchange.send(exchange.prepare(resting(f"failing-{number}")))
    with pytest.raises(NotProcessed) as caught:
        exchange.send(exchange.prepare(resting("refused")))
    assert caught.value.problem.kind is ErrorKind.CIRCUIT_OPEN
    assert exchange.cancel_order("BTC/USDT", client_order_id="rests").status is OrderStatus.CANCELLED
    assert exchange.place_order(resting("again")).status is OrderStatus.NEW


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
