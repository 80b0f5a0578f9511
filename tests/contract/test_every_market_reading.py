"""What is read on every market: clock, balances, prices, rules, and what a bad key or a lost reply comes to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from every_market import on
from markets import Stage

from router.errors import (
    ErrorKind,
    InvalidCommand,
    Rejected,
    UnknownSymbol,
)
from router.models import OrderStatus
from router.symbols import Symbol
from router.terms import MarginMode, Side
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange

pytestmark = pytest.mark.processes


def test_the_clock_is_measured(stage: Stage) -> None:
    clock = stage.exchange.clock
    assert clock.uncertainty_ms is not None
    assert abs(clock.offset_ms) < 500
    assert abs(stage.exchange.get_server_time() - clock.now_ms()) < 500
    assert stage.exchange.health().reachable


def test_balances(stage: Stage) -> None:
    balances = stage.exchange.get_balances(stage.of.market)
    assert balances[stage.of.asset].free > 0
    assert balances["NOSUCH"].total == 0
    assert stage.exchange.get_balance(stage.of.asset, stage.of.market) == balances[stage.of.asset]
    assert abs(balances.as_of_ms - stage.exchange.clock.now_ms()) < 1_000


def test_market_data(stage: Stage) -> None:
    ticker, book = stage.exchange.get_market_data(stage.symbol), stage.exchange.get_orderbook(stage.symbol, 5)
    assert ticker.symbol == book.symbol == Symbol.parse(stage.symbol)
    assert ticker.bid_price is not None
    assert ticker.ask_price is not None
    assert ticker.bid_price < ticker.ask_price
    assert 0 < len(book.bids) <= 5
    assert 0 < len(book.asks) <= 5
    assert book.bids[0].price < book.asks[0].price
    assert book.bids == sorted(book.bids, key=lambda level: -level.price)
    assert book.asks == sorted(book.asks, key=lambda level: level.price)


def test_several_tickers_are_those_of_each_symbol(stage: Stage) -> None:
    """The market data of a stage's own market and of all others of its kind, asked for by the cheapest way."""
    listed = [each.symbol for each in stage.exchange.get_instruments() if each.symbol.market == stage.of.market]
    others = [symbol for symbol in listed if symbol.settle == Symbol.parse(stage.symbol).settle][:30]
    symbols = list(dict.fromkeys([Symbol.parse(stage.symbol), *others]))
    found = {ticker.symbol: ticker for ticker in stage.exchange.get_tickers(symbols)}
    assert set(found) == set(symbols)
    single = stage.exchange.get_market_data(stage.symbol)
    told = found[single.symbol]
    assert (told.last_price, told.bid_price, told.exchange) == (single.last_price, single.bid_price, single.exchange)


def test_instruments(stage: Stage) -> None:
    instrument = stage.exchange.get_instrument(stage.symbol)
    assert instrument in stage.exchange.get_instruments()
    assert instrument.is_trading
    assert instrument.symbol.market == stage.of.market
    assert (instrument.expires_at_ms is not None) == (instrument.symbol.expiry is not None)
    assert instrument.price.step > 0
    assert instrument.quantity.step > 0
    assert instrument.contract_size > 0


def test_a_market_that_is_not_listed_names_its_neighbours(stage: Stage) -> None:
    parts = Symbol.parse(stage.symbol)
    with pytest.raises(UnknownSymbol) as caught:
        stage.exchange.get_instrument(parts._replace(base="NOSUCH"))
    assert caught.value.problem.field == "symbol"
    other = parts._replace(quote="NOSUCH", settle=parts.settle and "NOSUCH")
    with pytest.raises(UnknownSymbol, match=parts.base):
        stage.exchange.get_instrument(other)


def test_a_read_survives_what_a_write_must_not_repeat(stage: Stage) -> None:
    for kind in ("reset_before", "lose_reply", "error_before"):
        stage.fault(kind, stage.of.account)
        assert stage.exchange.get_balances(stage.of.market)[stage.of.asset].free > 0


def test_wrong_keys(stage: Stage) -> None:
    settings = stage.of.settings(stage.simulator)
    for update in ({"api_key": settings.api_secret}, {"api_secret": settings.api_key}):
        other = get_exchange(stage.of.exchange, settings.model_copy(update=update), LocalGate())
        with pytest.raises(Rejected) as caught:
            other.get_balances(stage.of.market)
        assert caught.value.problem.kind is ErrorKind.BAD_CREDENTIALS
        other.disconnect()


@on(lambda market: not market.positions)
def test_what_only_contracts_have_is_refused_by_name(stage: Stage) -> None:
    exchange, symbol, price = stage.exchange, stage.symbol, stage.far()
    asks: dict[str, Callable[[], object]] = {
        "set_leverage": lambda: exchange.set_leverage(symbol, 5),
        "set_margin_mode": lambda: exchange.set_margin_mode(MarginMode.ISOLATED, symbol),
        "get_trading_settings": lambda: exchange.get_trading_settings(symbol),
        "reduce_only": lambda: exchange.place_order(stage.order(price=price, reduce_only=True)),
        "position_side": lambda: exchange.place_order(stage.order(price=price, position_side="long")),
    }
    for name in asks.keys() - stage.of.unchecked:
        with pytest.raises(InvalidCommand) as caught:
            asks[name]()
        assert caught.value.problem.field, name


def test_the_shortcuts_are_the_same_as_the_routers(stage: Stage) -> None:
    quantity = stage.of.quantity
    assert stage.exchange.buy_market(stage.symbol, quantity=quantity).status is OrderStatus.FILLED
    order = stage.exchange.sell_limit(stage.symbol, quantity, stage.far(Side.SELL))
    assert (order.side, order.status) == (Side.SELL, OrderStatus.NEW)
    assert stage.exchange.cancel_order(stage.symbol, order_id=order.order_id).status is OrderStatus.CANCELLED
