"""Guards on a real house and in direct use: what they refuse, the exchange never hears of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.command_line import one_sentence, pointsman
from support.house import House, a_house
from support.processes import Simulator, eventually

from router import CommandFailed, ErrorKind, Guarded, OrderRouter, OrderStatus, Problem, Ticket
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.settings import AccountSettings, Environment

pytestmark = pytest.mark.processes
GUARDS = {
    "small": "max_notional = 2000\nmax_quantity = 0.05",
    "collared": "price_collar = 0.05",
    "narrow": 'symbols = ["BTC/USDT"]',
    "few": "max_open_orders = 2",
    "single": "max_open_orders = 1",
    "paced": "orders_per_minute = 3",
    "free": "",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    tables = []
    for number, (name, rules) in enumerate(GUARDS.items(), 1):
        secrets = f'api_key = "sim-key-{number}"\napi_secret = "sim-secret-{number}"'
        where = f'[accounts.{name}]\nexchange = "binance"\nenvironment = "simulator"\nbase_url = "$URL"\n{secrets}'
        tables.append(f"{where}\n[accounts.{name}.guards]\n{rules}")
    file = folder / "accounts.toml"
    with a_house(folder, workers=0, POINTSMAN_ACCOUNTS=str(file)) as built:
        file.write_text("\n".join(tables).replace("$URL", built.simulator.url))
        built.add_worker()
        built.wait_for_workers(1)
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    with house.router() as made:
        yield made


@pytest.fixture
def price(router: OrderRouter) -> Decimal:
    ticker = router.get_market_data(exchange="binance", account="free", symbol="BTC/USDT")
    return ticker.last_price.quantize(Decimal(1))


def at(account: str) -> dict[str, str]:
    return {"exchange": "binance", "account": account}


def at_exchange(house: House, ticket: Ticket) -> list[dict[str, str]]:
    return [order for order in house.simulator.orders() if order["client_order_id"] == ticket.id]


def refused(house: House, ticket: Ticket) -> Problem:
    """How it was refused: by a guard, and unknown to the exchange."""
    with pytest.raises(CommandFailed) as caught:
        ticket.result(20)
    assert at_exchange(house, ticket) == []
    assert caught.value.problem.kind is ErrorKind.GUARD
    return caught.value.problem


def test_an_order_that_is_too_large_is_refused_by_name(house: House, router: OrderRouter, price: Decimal) -> None:
    orders = len(house.simulator.orders())
    large = refused(house, router.buy_limit("BTC/USDT", "0.051", "1000", **at("small")))
    assert (large.code, large.field, large.value) == ("max_quantity", "quantity", "'0.051'")
    dear = refused(house, router.buy_limit("BTC/USDT", "0.05", str(price), **at("small")))
    assert (dear.code, dear.field) == ("max_notional", "notional")
    market = refused(house, router.sell_market("BTC/USDT", quantity="0.05", **at("small")))
    assert market.code == "max_notional"
    assert market.rule == "must be at most 2000 USDT on account small"
    assert len(house.simulator.orders()) == orders
    assert router.buy_market("BTC/USDT", quantity="0.02", **at("small")).order(10).status is OrderStatus.FILLED


def test_an_order_outside_of_the_collar_is_refused(house: House, router: OrderRouter, price: Decimal) -> None:
    fat_finger = router.buy_limit("BTC/USDT", "0.01", str(price * 2), **at("collared"))
    problem = refused(house, fat_finger)
    assert (problem.code, problem.field) == ("price_collar", "price")
    sold = refused(house, router.sell_limit("BTC/USDT", "0.01", str(price // 2), **at("collared")))
    assert "to sell: the recent price is" in (sold.rule or "")
    bid = router.buy_limit("BTC/USDT", "0.01", str(price * 9 // 10), **at("collared"))
    assert bid.order(10).status is OrderStatus.NEW
    assert router.cancel(bid).order(10).status is OrderStatus.CANCELLED


def test_a_market_that_is_not_allowed_is_refused(house: House, router: OrderRouter) -> None:
    problem = refused(house, router.buy_market("ETH/USDT", quantity="0.1", **at("narrow")))
    assert (problem.code, problem.value) == ("symbols", "'ETH/USDT'")
    assert router.buy_market("BTC/USDT", quantity="0.01", **at("narrow")).order(10).status is OrderStatus.FILLED
    assert router.get_market_data(symbol="ETH/USDT", **at("narrow")).last_price > 0


def test_open_orders_are_counted_and_a_cancel_makes_room(house: House, router: OrderRouter) -> None:
    first, second = (router.buy_limit("BTC/USDT", "0.01", "50000", **at("few")) for _ in range(2))
    for ticket in (first, second):
        assert ticket.order(10).status is OrderStatus.NEW
    problem = refused(house, router.buy_limit("BTC/USDT", "0.01", "50000", **at("few")))
    assert (problem.code, problem.rule) == (
        "max_open_orders",
        "must leave at most 2 orders of account few open; 2 are",
    )
    assert router.buy_market("BTC/USDT", quantity="0.01", **at("few")).order(10).status is OrderStatus.FILLED
    router.cancel(first).result(10)
    third = router.buy_limit("BTC/USDT", "0.01", "50000", **at("few"))
    assert third.order(10).status is OrderStatus.NEW
    router.cancel_all(symbol="BTC/USDT", **at("few")).result(10)


def test_of_many_at_once_no_more_rest_than_allowed(house: House, router: OrderRouter) -> None:
    tickets = [router.buy_limit("BTC/USDT", "0.01", "50000", **at("few")) for _ in range(12)]
    for ticket in tickets:
        with contextlib.suppress(CommandFailed):
            ticket.order(20)
    rest = {ticket.id for ticket in tickets if ticket.state() == "done"}
    assert len(rest) == 2
    assert rest == {order["client_order_id"] for order in house.simulator.orders()} & {ticket.id for ticket in tickets}
    codes = {refused(house, ticket).code for ticket in tickets if ticket.id not in rest}
    assert codes == {"max_open_orders"}
    router.cancel_all(symbol="BTC/USDT", **at("few")).result(10)


def test_an_order_whose_reply_was_lost_is_found_though_it_takes_the_last_place(
    house: House, router: OrderRouter
) -> None:
    """It is judged again before it is looked up; it must not stand in its own way."""
    house.simulator.fault("lose_reply", method="POST", path="/api/v3/order", times=1)
    ticket = router.buy_limit("BTC/USDT", "0.01", "50000", **at("single"))
    assert ticket.order(30).status is OrderStatus.NEW
    assert len(at_exchange(house, ticket)) == 1
    assert router.cancel(ticket).order(10).status is OrderStatus.CANCELLED


def test_a_price_that_cannot_be_read_refuses_and_a_lost_order_is_found_all_the_same(
    house: House, router: OrderRouter, price: Decimal
) -> None:
    """The price is known when the order goes out; when its reply is lost it is not known any more."""
    house.simulator.fault("stall", method="POST", path="/api/v3/order", times=1, delay_ms=5_500, when="after")
    ticket = router.buy_limit("BTC/USDT", "0.01", str(price * 9 // 10), expires_in=60, **at("collared"))
    eventually(lambda: at_exchange(house, ticket), 10, "it is placed, and its reply stalls")
    house.simulator.fault("error_before", path="/api/v3/ticker/24hr", status=500, times=None)
    assert ticket.order(60).status is OrderStatus.NEW
    problem = refused(house, router.buy_market("BTC/USDT", quantity="0.01", **at("collared")))
    assert (problem.code, problem.field) == ("price_collar", "symbol")
    assert "its recent price must be known" in (problem.rule or "")
    house.simulator.clear_faults()
    assert router.cancel(ticket).order(10).status is OrderStatus.CANCELLED


def test_no_more_orders_a_minute_than_allowed(house: House, router: OrderRouter) -> None:
    """It refuses, and does not wait: what an app sends too fast it did not mean."""
    placed = [router.buy_market("BTC/USDT", quantity="0.01", **at("paced")) for _ in range(3)]
    assert [ticket.order(20).status for ticket in placed] == [OrderStatus.FILLED] * 3
    problem = refused(house, router.buy_market("BTC/USDT", quantity="0.01", **at("paced")))
    assert problem.code == "orders_per_minute"
    assert router.get_balances(**at("paced"))["BTC"].total > 0


def test_an_amendment_is_held_to_the_same_rules(router: OrderRouter) -> None:
    ticket = router.buy_limit("BTC/USDT", "0.04", "40000", **at("small"))
    assert ticket.order(10).status is OrderStatus.NEW
    larger = router.amend(ticket, quantity="0.06")
    with pytest.raises(CommandFailed) as caught:
        larger.result(10)
    assert (caught.value.problem.kind, caught.value.problem.code) == (ErrorKind.GUARD, "max_quantity")
    assert router.amend(ticket, quantity="0.03").order(10).quantity == Decimal("0.03")
    assert router.cancel(ticket).order(10).status is OrderStatus.CANCELLED


def test_the_command_line_says_which_guard(house: House) -> None:
    done = pointsman("order", "buy", "BTC/USDT", "0.06", "-a", "small", "--price", "1000", **house.environment)
    assert one_sentence(done, 5) == "guard quantity '0.06': must be at most 0.05 BTC on account small"


def test_a_wrong_guard_is_named_before_the_worker_starts(tmp_path: Path) -> None:
    head = '[accounts.main]\nexchange = "binance"\nenvironment = "simulator"\napi_key = "k"\napi_secret = "s"\n'
    file = tmp_path / "accounts.toml"
    file.write_text(f"{head}[accounts.main.guards]\nprice_coller = 0.05")
    done = pointsman("worker", "binance", POINTSMAN_ACCOUNTS=str(file))
    assert one_sentence(done, 2) == (
        "configuration accounts.main.guards.price_coller 'price_coller': is no guard; did you mean price_collar?"
    )


@pytest.fixture
def direct(exchange_simulator: Simulator) -> Iterator[BaseExchange]:
    names = {"name": "main", "exchange": "binance", "environment": Environment.SIMULATOR}
    keys = {"api_key": SecretStr("sim-key-1"), "api_secret": SecretStr("sim-secret-1")}
    rules = {"max_open_orders": 1, "price_collar": "0.05", "max_quantity": "1"}
    account = AccountSettings.model_validate({**names, **keys, "base_url": exchange_simulator.url, "guards": rules})
    with get_exchange("binance", account, LocalGate()) as exchange:
        yield exchange


def test_used_directly_they_hold_as_well(exchange_simulator: Simulator, direct: BaseExchange) -> None:
    last = direct.get_market_data("BTC/USDT").last_price.quantize(Decimal(1))
    for refuse in (
        lambda: direct.buy_limit("BTC/USDT", "1.1", last),
        lambda: direct.buy_limit("BTC/USDT", "0.01", last * 2),
    ):
        with pytest.raises(Guarded):
            refuse()
    assert exchange_simulator.orders() == []
    resting = direct.buy_limit("BTC/USDT", "0.02", last * 9 // 10)
    with pytest.raises(Guarded) as caught:
        direct.buy_limit("BTC/USDT", "0.01", last * 9 // 10)
    assert caught.value.problem.code == "max_open_orders"
    assert direct.amend_order("BTC/USDT", order_id=resting.order_id, quantity="0.01").quantity == Decimal("0.01")
    direct.cancel_order("BTC/USDT", order_id=resting.order_id)
    assert direct.buy_limit("BTC/USDT", "0.01", last * 9 // 10).status is OrderStatus.NEW
    assert len(exchange_simulator.orders()) == 2


def test_used_directly_an_order_that_is_refused_leaves_no_trace_in_the_count(
    exchange_simulator: Simulator, direct: BaseExchange
) -> None:
    exchange_simulator.fault(
        "error_before", method="POST", path="/api/v3/order", status=400, code=-2010, msg="no", times=1
    )
    last = direct.get_market_data("BTC/USDT").last_price.quantize(Decimal(1))
    with pytest.raises(Exception, match="no"):
        direct.buy_limit("BTC/USDT", "0.01", last * 9 // 10)
    assert direct.buy_limit("BTC/USDT", "0.01", last * 9 // 10).status is OrderStatus.NEW
