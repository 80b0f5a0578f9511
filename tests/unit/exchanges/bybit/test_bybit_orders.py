"""Every order as Bybit wants it, and each field that it cannot honour refused by name."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bybit import INVERSE, LINEAR, OPTION, SPOT

from router.commands import AnyNewOrder, new_order
from router.errors import InvalidCommand, Unsupported
from workers.exchanges.bybit.orders import order_body


def order(type: str, symbol: str = LINEAR, side: str = "buy", **fields: object) -> AnyNewOrder:  # noqa: A002
    given = {"exchange": "bybit", "account": "main", "symbol": symbol, "side": side, "client_order_id": "t-1", **fields}
    return new_order(type, **given)


def body(*args: str, **fields: object) -> dict[str, Any]:
    """What is said besides symbol and id."""
    found = order_body(order(*args, **fields), "SPELT")
    assert (found.pop("symbol"), found.pop("orderLinkId")) == ("SPELT", "t-1")
    return found


@pytest.mark.parametrize(
    ("given", "fields", "expected"),
    [
        (("market", SPOT), {"quantity": "0.1"}, {"orderType": "Market", "qty": "0.1", "marketUnit": "baseCoin"}),
        (("market", SPOT), {"notional": "100"}, {"orderType": "Market", "qty": "100", "marketUnit": "quoteCoin"}),
        (("market", LINEAR), {"quantity": "0.1"}, {"orderType": "Market", "qty": "0.1"}),
        (
            ("limit", LINEAR),
            {"quantity": "1E-3", "price": "6E+4"},
            {"orderType": "Limit", "qty": "0.001", "price": "60000", "timeInForce": "GTC"},
        ),
        (
            ("limit", SPOT),
            {"quantity": "0.1", "price": "1", "time_in_force": "IOC"},
            {"orderType": "Limit", "qty": "0.1", "price": "1", "timeInForce": "IOC"},
        ),
        (
            ("limit", OPTION),
            {"quantity": "0.1", "price": "5", "time_in_force": "FOK"},
            {"orderType": "Limit", "qty": "0.1", "price": "5", "timeInForce": "FOK"},
        ),
        (
            ("limit", INVERSE),
            {"quantity": "100", "price": "1", "post_only": True},
            {"orderType": "Limit", "qty": "100", "price": "1", "timeInForce": "PostOnly"},
        ),
        (
            ("limit", SPOT),
            {"quantity": "0.1", "price": "1", "margin_mode": "cross"},
            {"orderType": "Limit", "qty": "0.1", "price": "1", "timeInForce": "GTC", "isLeverage": 1},
        ),
        (
            ("market", LINEAR),
            {"quantity": "1", "reduce_only": True, "position_side": "short"},
            {"orderType": "Market", "qty": "1", "reduceOnly": True, "positionIdx": 2},
        ),
        (
            ("limit", LINEAR),
            {"quantity": "1", "price": "2", "position_side": "long"},
            {"orderType": "Limit", "qty": "1", "price": "2", "timeInForce": "GTC", "positionIdx": 1},
        ),
        (
            ("market", OPTION),
            {"quantity": "1", "reduce_only": True},
            {"orderType": "Market", "qty": "1", "reduceOnly": True},
        ),
    ],
)
def test_plain_orders(given: tuple[str, str], fields: dict[str, object], expected: dict[str, object]) -> None:
    assert body(*given, **fields) == {"side": "Buy", **expected}


@pytest.mark.parametrize(
    ("type_name", "side", "direction"),
    [
        ("stop", "buy", 1),
        ("stop", "sell", 2),
        ("take_profit", "buy", 2),
        ("take_profit", "sell", 1),
        ("stop_limit", "buy", 1),
        ("stop_limit", "sell", 2),
        ("take_profit_limit", "buy", 2),
        ("take_profit_limit", "sell", 1),
    ],
)
def test_a_contracts_trigger_says_which_way_the_price_must_run(type_name: str, side: str, direction: int) -> None:
    priced = {"price": "2"} if type_name.endswith("limit") else {}
    found = body(type_name, LINEAR, side, quantity="1", trigger_price="3.5", **priced)
    expected: dict[str, object] = {"triggerPrice": "3.5", "triggerDirection": direction, "triggerBy": "LastPrice"}
    assert found.items() >= expected.items()
    assert found["orderType"] == ("Limit" if priced else "Market")
    assert "orderFilter" not in found


@pytest.mark.parametrize(("watched", "spelt"), [("last", "LastPrice"), ("mark", "MarkPrice"), ("index", "IndexPrice")])
def test_which_price_a_trigger_watches(watched: str, spelt: str) -> None:
    assert body("stop", INVERSE, quantity="1", trigger_price="3", trigger_by=watched)["triggerBy"] == spelt


def test_spot_triggers_have_a_filter_and_no_direction() -> None:
    found = body("stop_limit", SPOT, quantity="1", price="2", trigger_price="3")
    assert found == {
        "side": "Buy",
        "orderType": "Limit",
        "qty": "1",
        "price": "2",
        "timeInForce": "GTC",
        "triggerPrice": "3",
        "orderFilter": "StopOrder",
    }
    at_market = body("stop", SPOT, quantity="1", trigger_price="3")
    assert at_market["marketUnit"] == "baseCoin", "by default a market buy is sized in quote"


def test_closing_whatever_the_position_is() -> None:
    found = body("stop", LINEAR, "sell", close_position=True, trigger_price="3")
    assert found == {
        "side": "Sell",
        "orderType": "Market",
        "qty": "0",
        "triggerPrice": "3",
        "triggerDirection": 2,
        "triggerBy": "LastPrice",
        "closeOnTrigger": True,
        "reduceOnly": True,
    }


@pytest.mark.parametrize(
    ("given", "fields", "field"),
    [
        (("stop", LINEAR), {"quantity": "1", "trailing_delta": 100}, "trailing_delta"),
        (("stop", SPOT), {"quantity": "1", "trigger_price": "3", "trailing_delta": 100}, "trailing_delta"),
        (("stop", SPOT), {"quantity": "1", "trigger_price": "3", "trigger_by": "mark"}, "trigger_by"),
        (("market", LINEAR), {"quantity": "1", "margin_mode": "cross"}, "margin_mode"),
        (("market", SPOT), {"quantity": "1", "margin_mode": "isolated"}, "margin_mode"),
        (("market", SPOT), {"quantity": "1", "margin_mode": "cross", "reduce_only": True}, "reduce_only"),
        (("market", SPOT), {"quantity": "1", "margin_mode": "cross", "position_side": "long"}, "position_side"),
        (("market", INVERSE), {"quantity": "1", "position_side": "long"}, "position_side"),
        (("market", OPTION), {"quantity": "1", "position_side": "short"}, "position_side"),
    ],
)
def test_what_bybit_has_no_word_for_is_refused(given: tuple[str, str], fields: dict[str, object], field: str) -> None:
    with pytest.raises(Unsupported) as caught:
        body(*given, **fields)
    assert caught.value.problem.field == field
    assert caught.value.problem.rule


def test_the_command_id_stands_in_for_the_client_order_id_if_it_fits() -> None:
    named = order("market", quantity="1", client_order_id=None, id="c" * 36)
    assert order_body(named, "SPELT")["orderLinkId"] == "c" * 36
    with pytest.raises(InvalidCommand, match="at most 36"):
        order_body(order("market", quantity="1", client_order_id=None, id="c" * 37), "SPELT")


SIZES = st.decimals(min_value=Decimal("1E-12"), max_value=Decimal("1E+12"), places=12).filter(bool)


@given(quantity=SIZES, price=SIZES, exponent=st.integers(-6, 6))
def test_every_number_is_spelt_exactly_and_plainly(quantity: Decimal, price: Decimal, exponent: int) -> None:
    found = body("limit", SPOT, quantity=quantity.normalize(), price=Decimal(1).scaleb(exponent))
    for told, meant in ((found["qty"], quantity), (found["price"], Decimal(1).scaleb(exponent))):
        assert re.fullmatch(r"\d+(\.\d+)?", told)
        assert Decimal(told) == meant
    assert Decimal(body("market", LINEAR, quantity=price)["qty"]) == price


def test_an_order_always_has_an_id_of_its_own() -> None:
    """Options must have one, and without one a lost reply could not be settled."""
    nameless = order("market", quantity="1", client_order_id=None)
    first, second = (order_body(nameless, "SPELT")["orderLinkId"] for _ in range(2))
    assert first
    assert first != second
