"""What the guards of an account refuse, from both sides of every bound, and what they need to know for it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from router.commands import AmendOrder, AnyNewOrder, new_order
from router.errors import ErrorKind, Guarded, NotProcessed, OutcomeUnknown, Problem, Rejected, RouterError
from router.models import Order, OrderStatus, OrderType, Side
from router.symbols import Symbol
from workers.guard_settings import GuardSettings
from workers.guards import Guards, Sight

BTC = Symbol("BTC", "USDT")
WHO = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT"}


def no_price(_: Symbol) -> Decimal | None:
    raise AssertionError("no price is needed here")


def at(price: str | None) -> Callable[[Symbol], Decimal | None]:
    return lambda _: None if price is None else Decimal(price)


def trouble(error: RouterError) -> Callable[..., Any]:
    def read(*_: object) -> Any:  # noqa: ANN401 - it never returns
        raise error

    return read


def guards(price: Callable[[Symbol], Decimal | None] = no_price, found: Order | None = None, **rules: object) -> Guards:
    settings = GuardSettings.model_validate(rules)
    return Guards("main", settings, Sight(price, lambda _: [], lambda _: found))


def order(type: str = "limit", side: str = "buy", **fields: object) -> AnyNewOrder:  # noqa: A002 - as callers write it
    given = {**WHO, "side": side, "quantity": "1", **fields}
    if type == "limit":
        given.setdefault("price", "100")
    return new_order(type, **{name: value for name, value in given.items() if value is not None})


def refusal(guarding: Guards, asked: AnyNewOrder | AmendOrder) -> Problem:
    check: Any = guarding.check_amendment if isinstance(asked, AmendOrder) else guarding.check_order
    with pytest.raises(Guarded) as caught:
        check(asked)
    assert caught.value.problem.kind is ErrorKind.GUARD
    return caught.value.problem


def test_nothing_is_forbidden_that_is_not_named() -> None:
    off = guards(trouble(AssertionError()))  # type: ignore[arg-type]
    off.check_order(order(price="1E+9", quantity="1E+9"))
    off.check_order(order("market"))
    off.check_amendment(AmendOrder.model_validate({**WHO, "order_id": "7", "quantity": "9"}))


QUANTITY, NOTIONAL, COLLAR = {"max_quantity": "2"}, {"max_notional": "500"}, {"price_collar": "0.05"}
MARKET, IN_QUOTE = {"type": "market"}, {"type": "market", "quantity": None}
LOW_SELL, HIGH_SELL = {"side": "sell", "price": "90"}, {"side": "sell", "price": "125"}
STOP, STOP_LIMIT = {"type": "stop"}, {"type": "stop_limit", "trigger_price": "120", "price": "125"}
TRAIL = {"type": "take_profit", "side": "sell", "trailing_delta": 100}
SELL_STOP = {"type": "stop", "side": "sell"}
SELL_STOP_LIMIT = {"type": "stop_limit", "side": "sell", "trigger_price": "96"}
SPOT, PERPETUAL = {"symbols": ["BTC/USDT", "ETH/USDT"]}, {"symbols": ["BTC/USDT:USDT"]}
Fields = dict[str, Any]
# The rule, what all orders have, what the one that passes has, what the one that is refused has, and how it is refused;
# the recent price is 100.
ONE_RULE: list[tuple[Fields, Fields, Fields, Fields, str, str]] = [
    (QUANTITY, {}, {"quantity": "2"}, {"quantity": "2.00000001"}, "quantity", "at most 2 BTC on account main"),
    (QUANTITY, MARKET, {"quantity": "2"}, {"quantity": "3"}, "quantity", "at most 2 BTC"),
    (QUANTITY, IN_QUOTE, {"notional": "200"}, {"notional": "200.01"}, "quantity", "at most 2 BTC"),
    (NOTIONAL, {}, {"quantity": "5"}, {"quantity": "5.01"}, "notional", "at most 500 USDT on account main"),
    (NOTIONAL, MARKET, {"quantity": "5"}, {"quantity": "5.01"}, "notional", "at most 500 USDT"),
    (NOTIONAL, IN_QUOTE, {"notional": "500"}, {"notional": "500.01"}, "notional", "at most 500 USDT"),
    (NOTIONAL, LOW_SELL, {"quantity": "5"}, {"quantity": "5.01"}, "notional", "at most 500 USDT"),
    (NOTIONAL, HIGH_SELL, {"quantity": "4"}, {"quantity": "4.01"}, "notional", "at most 500 USDT"),
    (
        NOTIONAL,
        {**STOP, "trigger_price": "125"},
        {"quantity": "4"},
        {"quantity": "4.1"},
        "notional",
        "at most 500 USDT",
    ),
    (NOTIONAL, STOP_LIMIT, {"quantity": "4"}, {"quantity": "4.1"}, "notional", "at most 500 USDT"),
    (NOTIONAL, TRAIL, {"quantity": "5"}, {"quantity": "5.1"}, "notional", "at most 500 USDT"),
    (COLLAR, {}, {"price": "105"}, {"price": "105.01"}, "price", "at most 105.00 to buy: the recent price is 100"),
    (COLLAR, {}, {"price": "1"}, {"price": "1000"}, "price", "the collar of account main 0.05"),
    (COLLAR, {"side": "sell"}, {"price": "95"}, {"price": "94.99"}, "price", "at least 95.00 to sell"),
    (COLLAR, STOP, {"trigger_price": "105"}, {"trigger_price": "106"}, "trigger_price", "at most 105.00 to buy"),
    (COLLAR, SELL_STOP, {"trigger_price": "95"}, {"trigger_price": "90"}, "trigger_price", "at least 95.00 to sell"),
    (COLLAR, SELL_STOP_LIMIT, {"price": "95"}, {"price": "94"}, "price", "at least 95.00 to sell"),
    (SPOT, {}, {}, {"symbol": "SOL/USDT"}, "symbol", "account main may trade BTC/USDT, ETH/USDT only"),
    (PERPETUAL, {}, {"symbol": "BTC/USDT:USDT"}, {"symbol": "BTC/USDT"}, "symbol", "may trade BTC/USDT:USDT only"),
]


@pytest.mark.parametrize(("rules", "all_have", "good", "bad", "field", "rule"), ONE_RULE)
def test_each_guard_from_both_sides_of_its_bound(
    rules: Fields, all_have: Fields, good: Fields, bad: Fields, field: str, rule: str
) -> None:
    guarding = guards(at("100"), **rules)
    guarding.check_order(order(**{**all_have, **good}))
    problem = refusal(guarding, order(**{**all_have, **bad}))
    assert (problem.code, problem.field) == (next(iter(rules)), field)
    assert rule in (problem.rule or "")


def test_a_buy_with_a_limit_needs_no_price_for_its_notional() -> None:
    guards(no_price, max_notional="500", max_quantity="5").check_order(order(quantity="5"))


PRICED = [{"max_notional": "500"}, {"price_collar": "0.05"}]


@pytest.mark.parametrize("rules", PRICED, ids=str)
@pytest.mark.parametrize("asked", [order("market"), order("stop", trigger_price="101"), order(side="sell")], ids=str)
def test_an_unknown_price_refuses(rules: dict[str, object], asked: AnyNewOrder) -> None:
    problem = refusal(guards(at(None), **rules), asked)
    assert (problem.code, problem.field) == (next(iter(rules)), "symbol")
    assert "its recent price must be known" in (problem.rule or "")


UNREADABLE = [
    NotProcessed(Problem(kind=ErrorKind.CONNECTION, message="refused")),
    OutcomeUnknown(Problem(kind=ErrorKind.TIMEOUT, message="no answer")),
    Rejected(Problem(kind=ErrorKind.BAD_CREDENTIALS, message="no such key")),
]


@pytest.mark.parametrize("error", UNREADABLE, ids=str)
@pytest.mark.parametrize("rules", PRICED, ids=str)
def test_a_price_that_cannot_be_read_refuses(rules: dict[str, object], error: RouterError) -> None:
    problem = refusal(guards(trouble(error), **rules), order("market"))
    assert (problem.code, problem.rule) == (
        next(iter(rules)),
        f"its recent price must be known for guard {next(iter(rules))}, and cannot be read: {error.problem.message}",
    )


HELD = [ErrorKind.RATE_LIMITED, ErrorKind.BANNED, ErrorKind.CIRCUIT_OPEN, ErrorKind.CLOCK, ErrorKind.QUEUE]


@pytest.mark.parametrize("kind", HELD)
def test_what_holds_every_call_back_lets_the_order_wait(kind: ErrorKind) -> None:
    error = NotProcessed(Problem(kind=kind, message="not now", retry_after_ms=7))
    with pytest.raises(NotProcessed) as caught:
        guards(trouble(error), price_collar="0.05").check_order(order())
    assert caught.value.problem.retry_after_ms == 7


def test_the_order_of_the_guards_is_that_of_their_cost() -> None:
    """What needs nothing is looked at first, and what takes a place is looked at last."""
    asked: list[Symbol] = []

    def price(symbol: Symbol) -> Decimal:
        asked.append(symbol)
        return Decimal(100)

    rules = {"symbols": ["ETH/USDT"], "max_quantity": "1", "price_collar": "0.1", "max_notional": "1"}
    assert refusal(guards(price, **rules), order("market")).code == "symbols"
    assert asked == []


prices = st.decimals("0.01", "100000", places=2)
fractions = st.decimals("0.001", "0.999", places=3)


@given(recent=prices, price=prices, collar=fractions, side=st.sampled_from(Side))
def test_the_collar_lets_through_what_is_within_it(
    recent: Decimal, price: Decimal, collar: Decimal, side: Side
) -> None:
    is_within = price <= recent * (1 + collar) if side is Side.BUY else price >= recent * (1 - collar)
    guarding, asked = guards(lambda _: recent, price_collar=collar), order(side=side, price=price)
    if is_within:
        guarding.check_order(asked)
    else:
        assert refusal(guarding, asked).code == "price_collar"


@given(recent=prices, price=prices, quantity=prices, most=prices, side=st.sampled_from(Side))
def test_no_order_can_be_worth_more_than_the_maximum_when_it_fills_at_once(
    recent: Decimal, price: Decimal, quantity: Decimal, most: Decimal, side: Side
) -> None:
    guarding, asked = guards(lambda _: recent, max_notional=most), order(side=side, price=price, quantity=quantity)
    fills_at = min(price, recent) if side is Side.BUY else max(price, recent)
    try:
        guarding.check_order(asked)
    except Guarded:
        return
    assert fills_at * quantity <= most


def open_order(**fields: object) -> Order:
    names = {**WHO, "client_order_id": "a", "order_id": "7", "type": OrderType.LIMIT, "status": OrderStatus.NEW}
    return Order.model_validate({**names, "side": "sell", "quantity": "5", "price": "100", **fields})


def amendment(**fields: object) -> AmendOrder:
    return AmendOrder.model_validate({**WHO, "order_id": "7", **fields})


BETTER = [
    ({"max_quantity": "6"}, {"quantity": "6"}, {"quantity": "7"}),
    ({"max_notional": "600"}, {"quantity": "6"}, {"quantity": "6.1"}),
    ({"max_notional": "600"}, {"price": "120"}, {"price": "121"}),
    ({"price_collar": "0.05"}, {"price": "95"}, {"price": "94"}),
]


@pytest.mark.parametrize(("rules", "good", "bad"), BETTER)
def test_an_amendment_is_judged_by_what_the_order_will_be(
    rules: dict[str, object], good: dict[str, object], bad: dict[str, object]
) -> None:
    guarding = guards(at("100"), open_order(), **rules)
    guarding.check_amendment(amendment(**good))
    assert refusal(guarding, amendment(**bad)).code == next(iter(rules))


def test_an_amendment_of_a_sell_is_held_by_the_sells_side_of_the_collar_only() -> None:
    guards(at("100"), open_order(), price_collar="0.05").check_amendment(amendment(price="1000"))


def test_what_only_gets_smaller_always_passes() -> None:
    rules = {"max_quantity": "1", "max_notional": "1", "price_collar": "0.001", "symbols": ["ETH/USDT"]}
    guards(no_price, open_order(), **rules).check_amendment(amendment(quantity="4.9"))
    guards(no_price, open_order(), **rules).check_amendment(amendment(quantity="4.9", price="100"))
    assert refusal(guards(at("100"), open_order(), **rules), amendment(quantity="4", price="99")).code == "symbols"


def test_an_order_that_is_not_shown_is_judged_by_the_amendment_alone() -> None:
    guards(at("100"), max_quantity="5").check_amendment(amendment(quantity="5"))
    assert refusal(guards(at("100"), max_quantity="5"), amendment(quantity="6")).code == "max_quantity"
    assert refusal(guards(at("100"), max_quantity="5"), amendment(price="100")).value == "'(not known)'"
    for price in ("94", "106"):
        assert refusal(guards(at("100"), price_collar="0.05"), amendment(price=price)).code == "price_collar"
    guards(at("100"), price_collar="0.05").check_amendment(amendment(price="96"))


def test_an_order_that_cannot_be_looked_up_refuses_its_amendment() -> None:
    lost = trouble(NotProcessed(Problem(kind=ErrorKind.CONNECTION, message="refused")))
    guarding = Guards("main", GuardSettings(max_quantity=Decimal(5)), Sight(no_price, lambda _: [], lost))
    problem = refusal(guarding, amendment(quantity="4"))
    assert (problem.code, problem.field, problem.value) == ("max_quantity", "order_id", "'7'")
    assert problem.rule == "the order must be known for guard max_quantity, and cannot be read: refused"


BAD_RULES: list[tuple[dict[str, object], str]] = [
    ({"max_notional": 0}, "greater than 0"),
    ({"max_notional": -1}, "greater than 0"),
    ({"max_notional": 0.5}, "float is not exact"),
    ({"max_quantity": "NaN"}, "finite"),
    ({"price_collar": 1}, "less than 1"),
    ({"price_collar": "0"}, "greater than 0"),
    ({"max_open_orders": 0}, "greater than 0"),
    ({"max_open_orders": "5"}, "valid integer"),
    ({"max_open_orders": True}, "valid integer"),
    ({"orders_per_minute": 1.5}, "valid integer"),
    ({"symbols": []}, "at least 1 item"),
    ({"symbols": ["BTCUSDT"]}, "unified symbol"),
    ({"max_notionl": 1}, "Extra inputs"),
]


@pytest.mark.parametrize(("rules", "complaint"), BAD_RULES)
def test_a_senseless_rule_is_refused(rules: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        GuardSettings.model_validate(rules)


INVERSE = {"symbol": "BTC/USD:BTC"}


def test_an_inverse_order_is_sized_in_quote() -> None:
    guarding = guards(max_notional="1000")
    guarding.check_order(order(quantity="1000", price="50000", **INVERSE))
    assert refusal(guarding, order(quantity="1001", price="50000", **INVERSE)).code == "max_notional"


def test_its_quantity_counts_at_the_lowest_price_at_which_it_may_fill() -> None:
    guarding = guards(at("50000"), max_quantity="0.02")
    guarding.check_order(order(quantity="1000", price="60000", **INVERSE))
    guarding.check_order(order(quantity="800", price="40000", **INVERSE))
    assert refusal(guarding, order(quantity="801", price="40000", **INVERSE)).code == "max_quantity"
    assert refusal(guarding, order(quantity="1001", price="60000", **INVERSE)).code == "max_quantity"


def test_what_closes_a_position_is_not_measured() -> None:
    closing = {"symbol": "BTC/USDT:USDT", "quantity": None, "close_position": True, "trigger_price": "90"}
    guards(max_quantity="0.001", max_notional="1").check_order(order("stop", "sell", **closing))
    assert refusal(guards(at("100"), price_collar="0.05"), order("stop", "sell", **closing)).code == "price_collar"
