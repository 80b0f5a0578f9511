"""Our orders as Binance futures' parameters: what is spelt how, and what is refused by name instead of dropped."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exchanges import binance

from router.commands import AnyNewOrder, CancelOrder, new_order
from router.errors import InvalidCommand, NotProcessed, OutcomeUnknown, Rejected, UnknownSymbol, Unsupported
from router.models import OrderType
from router.numbers import plain
from router.symbols import Symbol
from workers.calls.endpoint import Budget, Lane
from workers.calls.sign import Fence
from workers.exchanges.binance.usdm import endpoints
from workers.exchanges.binance.usdm.orders import algo_order, plain_order, spell

AT = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT:USDT", "side": "sell", "client_order_id": "r-1"}
PERPETUAL = Symbol.parse("BTC/USDT:USDT")


def order(type: str, **fields: object) -> Any:  # noqa: A002, ANN401 - a class per type
    return new_order(type, **{**AT, **fields})


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("BTC/USDT:USDT", "BTCUSDT"),
        ("ETH/USDC:USDC", "ETHUSDC"),
        ("BTC/USDT:USDT-261225", "BTCUSDT_261225"),
        ("1000SHIB/USDT:USDT", "1000SHIBUSDT"),
    ],
)
def test_spellings(text: str, spelling: str) -> None:
    assert spell(Symbol.parse(text)) == spelling


@pytest.mark.parametrize("text", ["BTC/USDT", "BTC/USD:BTC", "BTC/USDT:USDC", "BTC/USDT:USDT-261225-60000-C"])
def test_what_is_no_contract_of_this_market(text: str) -> None:
    with pytest.raises(UnknownSymbol) as caught:
        spell(Symbol.parse(text))
    assert caught.value.problem.value == repr(text)


@given(
    st.decimals(min_value="0.00000001", max_value="1000000", places=8),
    st.decimals(min_value="0.00000001", max_value="1000000", places=8),
)
def test_numbers_are_plain_and_exact(quantity: Decimal, price: Decimal) -> None:
    made = plain_order(order("limit", quantity=quantity, price=price), "BTCUSDT")
    assert (Decimal(made["quantity"]), Decimal(made["price"])) == (quantity, price)
    assert not any(character in made["quantity"] + made["price"] for character in "eE+,")


def test_reduce_only_is_said_in_one_way_mode_and_meant_in_hedge_mode() -> None:
    assert plain_order(order("market", quantity="1", reduce_only=True), "X")["reduceOnly"] == "true"
    closing = plain_order(order("market", quantity="1", reduce_only=True, position_side="long"), "X")
    assert closing["positionSide"] == "LONG"
    assert "reduceOnly" not in closing
    with pytest.raises(Unsupported) as caught:
        plain_order(order("market", quantity="1", reduce_only=True, position_side="short"), "X")
    assert caught.value.problem.field == "reduce_only"


@pytest.mark.parametrize(
    ("type_name", "fields", "field"),
    [
        ("market", {"notional": "100"}, "notional"),
        ("limit", {"quantity": "1", "price": "1", "visible_quantity": "0.5"}, "visible_quantity"),
        ("limit", {"quantity": "1", "price": "1", "margin_mode": "isolated"}, "margin_mode"),
    ],
)
def test_what_futures_do_not_have_is_refused_by_name(type_name: str, fields: dict[str, object], field: str) -> None:
    with pytest.raises(Unsupported) as caught:
        plain_order(order(type_name, **fields), "X")
    assert (caught.value.problem.field, bool(caught.value.problem.rule)) == (field, True)


@pytest.mark.parametrize(
    ("type_name", "fields", "field"),
    [
        ("stop", {"trigger_by": "index", "trigger_price": "1"}, "trigger_by"),
        ("take_profit", {"trailing_delta": 50}, "trailing_delta"),
        ("stop_limit", {"trailing_delta": 50, "price": "1"}, "trailing_delta"),
        ("stop", {"trailing_delta": 50, "close_position": True, "quantity": None}, "trailing_delta"),
        ("stop", {"trailing_delta": 5}, "trailing_delta"),
        ("stop", {"trailing_delta": 15}, "trailing_delta"),
        ("stop", {"trailing_delta": 1_010}, "trailing_delta"),
    ],
)
def test_triggers_that_futures_do_not_have(type_name: str, fields: dict[str, object], field: str) -> None:
    wanted = {name: value for name, value in {"quantity": "1", **fields}.items() if value is not None}
    with pytest.raises(Unsupported) as caught:
        algo_order(order(type_name, **wanted), "X")
    assert caught.value.problem.field == field


@given(st.integers(min_value=1, max_value=100))
def test_a_trail_is_told_in_per_cent_with_one_decimal(tenths: int) -> None:
    made = algo_order(order("stop", quantity="1", trailing_delta=tenths * 10), "X")
    assert Decimal(made["callbackRate"]) == Decimal(tenths) / 10
    assert made["type"] == "TRAILING_STOP_MARKET"


def test_a_batch_is_one_parameter_and_costs_what_is_published() -> None:
    exchange = binance()
    orders: list[AnyNewOrder] = [
        order("limit", quantity="1", price=plain(Decimal(9_000 + n)), client_order_id=f"b{n}") for n in range(3)
    ]
    call = exchange.batch_call(orders)
    assert call.endpoint is endpoints.PLACE_BATCH
    items = json.loads(call.parameters["batchOrders"])
    assert [item["newClientOrderId"] for item in items] == ["b0", "b1", "b2"]
    assert all(isinstance(value, str) for item in items for value in item.values())
    assert call.cost == {endpoints.WEIGHT: 5, endpoints.ORDERS_10S: 5, endpoints.ORDERS_1M: 1}
    batch = exchange.batch_of(orders[0])
    assert batch is not None
    assert (batch.limit, _sum(batch.first, batch.more, 3)) == (5, dict(call.cost))
    parsed = call.parse([{"code": -4116, "msg": "x"}, {"code": -1001, "msg": "x"}, {"code": -5028, "msg": "x"}])
    assert [type(each) for each in parsed] == [Rejected, OutcomeUnknown, NotProcessed]
    with pytest.raises(ValueError, match="zip"):
        call.parse([{"code": -4116, "msg": "x"}])


def _sum(first: Any, more: Any, count: int) -> dict[Budget, int]:  # noqa: ANN401
    shares = [first, *[more] * (count - 1)]
    return {budget: sum(share.get(budget, 0) for share in shares) for budget in first}


def test_what_goes_together() -> None:
    exchange = binance()
    plain_one, dated = (
        order("limit", quantity="1", price="1"),
        order("market", quantity="1", symbol="BTC/USDT:USDT-261225"),
    )
    stop = order("stop", quantity="1", trigger_price="1")
    spot = order("limit", quantity="1", price="1", symbol="BTC/USDT")
    assert exchange.groups([plain_one, stop, dated, spot, plain_one]) == [[0, 2, 4], [1], [3]]
    assert exchange.groups([plain_one] * 12) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11]]
    at = {"exchange": "binance", "account": "main"}
    cancels = [
        CancelOrder(**at, symbol=PERPETUAL, client_order_id="a"),
        CancelOrder(**at, symbol=PERPETUAL, order_id="7"),
        CancelOrder(**at, symbol=PERPETUAL, client_order_id="b"),
        CancelOrder(**at, symbol=PERPETUAL, order_id="algo-8"),
        CancelOrder(**at, symbol=Symbol.parse("BTC/USDT:USDT-261225"), client_order_id="c"),
    ]
    assert exchange.groups(cancels) == [[0, 2], [1], [3], [4]]
    by_name = exchange.batch_call([cancels[0], cancels[2]])
    assert by_name.parameters == {"symbol": "BTCUSDT", "origClientOrderIdList": '["a","b"]'}
    assert exchange.batch_call([cancels[1], cancels[1]]).parameters["orderIdList"] == "[7,7]"


def test_cancels_and_what_they_read_first_go_in_the_lane_of_cancels() -> None:
    exchange = binance()
    at = {"exchange": "binance", "account": "main", "symbol": PERPETUAL}
    call = exchange.cancel_call(CancelOrder(**at, order_id="algo-8"))
    assert call.endpoint.lane is Lane.CANCELS
    assert call.otherwise is not None
    for endpoint in (
        endpoints.OPEN_TO_CANCEL,
        endpoints.ALGOS_TO_CANCEL,
        endpoints.ALGO_TO_CANCEL,
        endpoints.COUNTDOWN,
    ):
        assert endpoint.lane is Lane.CANCELS


def test_the_signed_text_of_a_batch_is_percent_encoded() -> None:
    exchange = binance()
    call = exchange.batch_call([order("limit", quantity="1", price="9000")] * 2)
    request = exchange.signer(exchange.account)(call, Fence(1_700_000_000_000, 3_000))
    assert request.body is not None
    text = request.body.decode()
    assert '"' not in text
    assert dict(parse_qsl(text))["batchOrders"] == call.parameters["batchOrders"]


@pytest.mark.parametrize(
    ("field", "ask"),
    [
        ("leverage", lambda exchange: exchange.set_leverage("BTC/USDT:USDT", "2.5")),
        ("margin_mode", lambda exchange: exchange.set_leverage("BTC/USDT:USDT", 2, margin_mode="cross")),
        ("position_side", lambda exchange: exchange.set_leverage("BTC/USDT:USDT", 2, position_side="long")),
        ("symbol", lambda exchange: exchange.set_margin_mode("cross")),
        ("symbol", lambda exchange: exchange.set_position_mode("hedge", "BTC/USDT:USDT")),
        ("symbol", lambda exchange: exchange.cancel_after(30)),
        ("depth", lambda exchange: exchange.get_orderbook("BTC/USDT:USDT", 1_001)),
        ("market", lambda exchange: exchange.get_balances("inverse")),
        ("market", lambda exchange: exchange.get_income(market="option")),
        ("symbol", lambda exchange: exchange.set_leverage("BTC/USDT", 2)),
    ],
)
def test_settings_that_binance_does_not_have(field: str, ask: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidCommand) as caught:
        ask(binance())
    assert caught.value.problem.field == field


def test_the_contracts_of_the_documented_example() -> None:
    exchange = binance()
    perpetual, dated = exchange.get_instrument("BTC/USDT:USDT"), exchange.get_instrument("BTC/USDT:USDT-261225")
    assert (perpetual.price.step, perpetual.quantity.step, perpetual.minimum_notional) == (
        Decimal("0.1"),
        Decimal("0.001"),
        50,
    )
    assert perpetual.market_quantity.maximum == 120
    assert set(perpetual.order_types) == set(OrderType)
    assert (perpetual.expires_at_ms, dated.expires_at_ms) == (None, 1_798_185_600_000)
    assert not perpetual.sizes_by_notional
    assert [str(each.symbol) for each in exchange.get_instruments() if each.symbol.settle] == [
        "BTC/USDT:USDT",
        "BTC/USDT:USDT-261225",
    ], "a contract whose base is not ASCII has no unified symbol"
    limits = {name.rpartition(":")[2]: budget.limit for name, budget in exchange.budgets().items() if "futures" in name}
    assert limits == {"futures_request_weight": 2_400, "futures_orders_10s": 300, "futures_orders_1m": 1_200}
