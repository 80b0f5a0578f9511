"""Filters, from both sides of every bound, and rounding that never makes an order larger or dearer."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exchanges import LISTING

from router.commands import AnyNewOrder, new_order
from router.errors import InvalidCommand
from router.instruments import Instrument, Steps
from router.models import Side
from router.symbols import Symbol
from router.validation import check_order
from workers.exchanges.binance.rules import to_listing

LIST = to_listing(LISTING)
BTC, LTC, BNB = (LIST.build(Symbol(*names)) for names in (("BTC", "USDT"), ("LTC", "BTC"), ("BNB", "BTC")))


def order(type: str = "limit", symbol: str = "BTC/USDT", **fields: object) -> AnyNewOrder:  # noqa: A002 - as callers write it
    return new_order(type, exchange="binance", account="main", symbol=symbol, side="buy", **fields)


def refusal(asked: AnyNewOrder, instrument: Instrument = BTC) -> InvalidCommand:
    with pytest.raises(InvalidCommand) as caught:
        check_order(asked, instrument)
    return caught.value


@pytest.mark.parametrize(
    ("price", "quantity"),
    [
        ("0.01", "9000"),
        ("1000000", "9"),
        ("1000000.00", "0.00001"),
        ("60000.01", "0.0001"),
        ("500000", "0.00001"),
        ("1000", "9000"),
        ("5000", "0.001"),
        ("5E+3", "1E-3"),
    ],
)
def test_a_limit_order_on_the_bounds_passes(price: str, quantity: str) -> None:
    check_order(order(price=price, quantity=quantity), BTC)


@pytest.mark.parametrize(
    ("price", "quantity", "field", "rule"),
    [
        ("0.009", "9000", "price", "must be at least 0.01"),
        ("1000000.01", "0.001", "price", "must be at most 1000000"),
        ("60000.011", "0.001", "price", "nearest are 60000.01000000 and 60000.02000000"),
        ("60000", "0.000009", "quantity", "must be at least 0.00001"),
        ("60000", "9000.00001", "quantity", "must be at most 9000"),
        ("60000", "0.000111", "quantity", "nearest are 0.00011000 and 0.00012000"),
        ("499999.99", "0.00001", "notional", "must be at least 5.00000000"),
        ("1000.01", "9000", "notional", "must be at most 9000000.00000000"),
    ],
)
def test_a_limit_order_beyond_a_bound_names_it(price: str, quantity: str, field: str, rule: str) -> None:
    problem = refusal(order(price=price, quantity=quantity)).problem
    assert problem.field == field
    assert rule in (problem.rule or "")


@pytest.mark.parametrize("quantity", ["0.00001", "112.21108"])
def test_a_market_order_within_both_of_its_filters_passes(quantity: str) -> None:
    check_order(order("market", quantity=quantity), BTC)


@pytest.mark.parametrize("quantity", ["112.21109", "0.000011", "0.000009"])
def test_a_market_order_must_pass_both_of_its_filters(quantity: str) -> None:
    assert refusal(order("market", quantity=quantity)).problem.field == "quantity"


@pytest.mark.parametrize("notional", ["5", "5.00000001", "100000000"])
def test_a_market_order_sized_in_quote_passes(notional: str) -> None:
    """The maximum is not applied to market orders on this market."""
    check_order(order("market", notional=notional), BTC)


@pytest.mark.parametrize(
    ("notional", "rule"),
    [
        ("4.99999999", "must be at least 5.00000000"),
        ("10.000000001", "at most 8 decimals; nearest below is 10.00000000"),
    ],
)
def test_a_market_order_sized_in_quote_names_its_bound(notional: str, rule: str) -> None:
    assert rule in (refusal(order("market", notional=notional)).problem.rule or "")


def test_a_bound_of_zero_is_no_bound() -> None:
    check_order(order(symbol="LTC/BTC", price="0.000001", quantity="1000000000"), LTC)
    assert refusal(order(symbol="LTC/BTC", price="0.0000011", quantity="1000"), LTC).problem.field == "price"


@pytest.mark.parametrize(
    ("asked", "instrument", "field"),
    [
        (order("market", symbol="LTC/BTC", notional="1"), LTC, "notional"),
        (order(symbol="LTC/BTC", price="0.01", quantity="1", post_only=True), LTC, "post_only"),
        (order(symbol="LTC/BTC", price="0.01", quantity="1", visible_quantity="0.5"), LTC, "visible_quantity"),
        (order("stop", symbol="LTC/BTC", trigger_price="0.01", quantity="1"), LTC, "type"),
        (order(symbol="BNB/BTC", price="0.01", quantity="1"), BNB, "symbol"),
        (order(price="60000", quantity="0.01", visible_quantity="0.02"), BTC, "visible_quantity"),
        (order(price="60000", quantity="0.01", visible_quantity="0.000011"), BTC, "visible_quantity"),
        (order(price="60000", quantity="0.01", reduce_only=True), BTC, "reduce_only"),
        (order("stop", trigger_price="60000.001", quantity="0.01"), BTC, "trigger_price"),
        (order("stop_limit", trigger_price="60000", price="0.001", quantity="0.01"), BTC, "price"),
        (order("take_profit_limit", trigger_price="60000", price="60000", quantity="0.00001"), BTC, "notional"),
        (order("take_profit", trailing_delta=100, quantity="0.000001"), BTC, "quantity"),
    ],
)
def test_what_a_market_does_not_take_is_named(asked: AnyNewOrder, instrument: Instrument, field: str) -> None:
    assert refusal(asked, instrument).problem.field == field


@pytest.mark.parametrize(
    "asked",
    [
        order("stop", trigger_price="60000", quantity="0.01"),
        order("stop", trailing_delta=100, quantity="0.01"),
        order("stop_limit", trigger_price="60000", price="59000", quantity="0.01"),
        order("take_profit", trigger_price="60000", trailing_delta=50, quantity="0.01"),
        order("take_profit_limit", trigger_price="60000", price="61000", quantity="0.01", time_in_force="IOC"),
        order(price="60000", quantity="0.01", visible_quantity="0.01"),
        order(price="60000", quantity="0.01", post_only=True),
        order(price="60000", quantity="0.01", time_in_force="FOK"),
    ],
)
def test_every_type_passes(asked: AnyNewOrder) -> None:
    check_order(asked, BTC)


def test_rounding() -> None:
    assert BTC.quantise_quantity(Decimal("0.123456789")) == Decimal("0.12345")
    assert BTC.quantise_price(Decimal("60000.019"), Side.BUY) == Decimal("60000.01")
    assert BTC.quantise_price(Decimal("60000.011"), Side.SELL) == Decimal("60000.02")
    assert BTC.quantise_price(Decimal("60000.01"), Side.SELL) == Decimal("60000.01")
    assert BTC.quantise_notional(Decimal("10.123456789")) == Decimal("10.12345678")
    assert BNB.quantise_quantity(Decimal("0.123456789")) == Decimal("0.123456789")


NUMBERS = st.builds("{}.{}".format, st.integers(1, 10**36), st.integers(0, 99)) | st.integers(1, 10**39).map(str)


@given(NUMBERS, NUMBERS)
def test_the_longest_numbers_are_judged_as_exactly_as_others(price: str, quantity: str) -> None:
    """A number may have 40 digits, more than Python's decimals keep unless told to."""
    tenths, free = Steps(step=Decimal("0.1")), dict.fromkeys(("minimum_notional", "maximum_notional"), Decimal(0))
    bare = BTC.model_copy(update={"price": tenths, "quantity": tenths, **free})
    fits = all((number.partition(".")[2] + "00")[1:2] == "0" for number in (price, quantity))
    if fits:
        check_order(order(price=price, quantity=quantity), bare)
    else:
        refusal(order(price=price, quantity=quantity), bare)
    below = bare.quantise_quantity(Decimal(quantity))
    whole, _, digits = quantity.partition(".")
    assert below == Decimal(f"{whole}.{digits[:1] or 0}")
    assert bare.quantise_notional(Decimal(quantity)) == Decimal(quantity)
    check_order(order("market", notional=quantity), bare)


def test_the_rules_of_a_market_as_the_exchange_tells_them() -> None:
    assert (BTC.spelling, BTC.is_trading, BTC.icebergs, BTC.amends, BTC.post_only) == (
        "BTCUSDT",
        True,
        True,
        True,
        True,
    )
    assert (BTC.minimum_notional, BTC.minimum_notional_on_market) == (Decimal(5), True)
    assert (LTC.minimum_notional, LTC.maximum_notional, LTC.minimum_notional_on_market) == (Decimal("0.0001"), 0, False)
    assert (LTC.sizes_by_notional, LTC.post_only, LTC.amends, BNB.is_trading) == (False, False, False, False)
    assert [str(known) for known in BTC.order_types] == [
        "limit",
        "market",
        "stop",
        "stop_limit",
        "take_profit",
        "take_profit_limit",
    ]
