"""Bybit's filters in our words, and each bound from both sides."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.bybit import EXPIRES_MS, INVERSE, LINEAR, OPTION, RULES, SPOT, bybit

from router.commands import new_order
from router.errors import InvalidCommand
from router.instruments import Instrument
from router.symbols import Symbol
from router.terms import OrderType
from router.validation import check_order
from workers.exchanges.bybit.rules import to_listing, to_symbol


def rules(symbol: str) -> Instrument:
    return bybit().instruments.get(Symbol.parse(symbol))


@pytest.mark.parametrize("symbol", [SPOT, LINEAR, INVERSE, OPTION])
def test_every_market_is_found_by_its_symbol_and_by_its_spelling(symbol: str) -> None:
    found = rules(symbol)
    assert str(found.symbol) == symbol
    assert bybit().instruments.symbol(found.spelling, found.symbol.market) == found.symbol
    assert (found.contract_size, found.is_trading, found.amends) == (1, True, True)


@pytest.mark.parametrize(
    ("category", "row", "symbol"),
    [
        (
            "linear",
            {"baseCoin": "BTC", "quoteCoin": "USDC", "settleCoin": "USDC", "deliveryTime": "0"},
            "BTC/USDC:USDC",
        ),
        (
            "linear",
            {"baseCoin": "BTC", "quoteCoin": "USDT", "settleCoin": "USDT", "deliveryTime": str(EXPIRES_MS)},
            "BTC/USDT:USDT-260327",
        ),
        (
            "inverse",
            {"baseCoin": "BTC", "quoteCoin": "USD", "settleCoin": "BTC", "deliveryTime": str(EXPIRES_MS)},
            "BTC/USD:BTC-260327",
        ),
        (
            "option",
            {
                "symbol": "ETH-27MAR26-2800.5-C",
                "baseCoin": "ETH",
                "quoteCoin": "USDC",
                "settleCoin": "USDC",
                "deliveryTime": str(EXPIRES_MS),
            },
            "ETH/USDC:USDC-260327-2800.5-C",
        ),
        ("linear", {"baseCoin": "1000PEPE", "quoteCoin": "USDT", "settleCoin": "USDT"}, "1000PEPE/USDT:USDT"),
    ],
)
def test_symbols(category: str, row: dict[str, str], symbol: str) -> None:
    assert str(to_symbol(category, row)) == symbol
    assert Symbol.parse(symbol).market == category


def test_one_spelling_in_two_categories() -> None:
    exchange = bybit()
    assert str(exchange.instruments.symbol("BTCUSDT", "spot")) == SPOT
    assert str(exchange.instruments.symbol("BTCUSDT", "linear")) == LINEAR


def limit(symbol: str, quantity: str, price: str, **more: object) -> None:
    fields = {"exchange": "bybit", "account": "main", "symbol": symbol, "side": "buy", **more}
    check_order(new_order("limit", quantity=quantity, price=price, **fields), rules(symbol))


def market(symbol: str, **more: object) -> None:
    fields = {"exchange": "bybit", "account": "main", "symbol": symbol, "side": "buy", **more}
    check_order(new_order("market", **fields), rules(symbol))


@pytest.mark.parametrize(
    ("symbol", "quantity", "price", "more"),
    [
        (SPOT, "0.0001", "50000", {}),
        (SPOT, "83", "60000", {}),
        (SPOT, "60000", "60000", {"post_only": True}),
        (SPOT, "0.000001", "5000000.1", {}),
        (LINEAR, "0.001", "5000", {}),
        (LINEAR, "1190", "60000", {}),
        (LINEAR, "1", "1999999.8", {}),
        (LINEAR, "50", "0.1", {}),
        (LINEAR, "0.001", "4999.9", {"reduce_only": True}),
        (INVERSE, "1", "1", {}),
        (INVERSE, "1000000", "1000000", {}),
        (OPTION, "0.01", "5", {}),
        (OPTION, "500", "1110000", {}),
    ],
)
def test_just_allowed(symbol: str, quantity: str, price: str, more: dict[str, object]) -> None:
    limit(symbol, quantity, price, **more)


@pytest.mark.parametrize(
    ("symbol", "quantity", "price", "more", "field"),
    [
        (SPOT, "0.0001", "49999.9", {}, "notional"),
        (SPOT, "83.000001", "60000", {}, "quantity"),
        (SPOT, "60000.000001", "60000", {"post_only": True}, "quantity"),
        (SPOT, "0.0000011", "60000000", {}, "quantity"),
        (SPOT, "0.001", "60000.01", {}, "price"),
        (LINEAR, "0.001", "4999.9", {}, "notional"),
        (LINEAR, "0.0009", "60000", {}, "quantity"),
        (LINEAR, "0.0015", "60000", {}, "quantity"),
        (LINEAR, "1190.001", "60000", {}, "quantity"),
        (LINEAR, "1", "1999999.9", {}, "price"),
        (LINEAR, "100", "0.05", {}, "price"),
        (LINEAR, "1", "60000.05", {}, "price"),
        (INVERSE, "0.5", "60000", {}, "quantity"),
        (INVERSE, "1.5", "60000", {}, "quantity"),
        (INVERSE, "1000001", "60000", {}, "quantity"),
        (INVERSE, "100", "60000.25", {}, "price"),
        (OPTION, "0.005", "5", {}, "quantity"),
        (OPTION, "500.01", "5", {}, "quantity"),
        (OPTION, "1", "7", {}, "price"),
        (OPTION, "1", "0.5", {}, "price"),
    ],
)
def test_just_beyond(symbol: str, quantity: str, price: str, more: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidCommand) as caught:
        limit(symbol, quantity, price, **more)
    assert caught.value.problem.field == field


def test_market_orders_have_bounds_of_their_own() -> None:
    market(SPOT, quantity="41.5")
    market(SPOT, notional="5")
    market(SPOT, notional="5.0000001")
    market(LINEAR, quantity="500")
    for symbol, sized in (
        (SPOT, {"quantity": "41.500001"}),
        (SPOT, {"notional": "4.9999999"}),
        (SPOT, {"notional": "5.00000001"}),
        (LINEAR, {"quantity": "500.001"}),
        (LINEAR, {"notional": "100"}),
        (INVERSE, {"quantity": "500001"}),
    ):
        with pytest.raises(InvalidCommand):
            market(symbol, **sized)


def test_options_take_no_conditional_orders() -> None:
    assert rules(OPTION).order_types == [OrderType.MARKET, OrderType.LIMIT]
    assert set(rules(SPOT).order_types) == set(rules(LINEAR).order_types) == set(OrderType)


def test_what_contracts_say_besides() -> None:
    assert (rules(LINEAR).max_leverage, rules(LINEAR).expires_at_ms) == (Decimal(100), None)
    assert (rules(OPTION).max_leverage, rules(OPTION).expires_at_ms) == (None, EXPIRES_MS)


def test_a_market_that_is_not_trading() -> None:
    (row,) = RULES["spot"]
    listing = to_listing("spot", [{**row, "status": "PreLaunch"}])
    assert not listing.build(Symbol.parse(SPOT)).is_trading
