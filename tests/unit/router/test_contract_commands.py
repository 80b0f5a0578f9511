"""Commands and results about contracts: what is refused by name, how they travel, and how they read."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.batches import MOST, CancelBatch, PlaceBatch, item_id, read_batch
from router.commands import COMMANDS, AnyCommand, new_order, read_command
from router.errors import InvalidCommand
from router.instruments import Instrument, Steps
from router.models import Order, OrderStatus, OrderType, Side
from router.positions import Countdown, Income, Position, TradingSettings
from router.queues import TASKS, lane_of, line_of, queue_of, readable, readable_batch, writes
from router.results import RESULT_OF, write_result
from router.snapshots import place_of
from router.symbols import Symbol
from router.validation import check_order

AT = {"exchange": "okx", "account": "main"}
LINEAR, INVERSE = "BTC/USDT:USDT", "BTC/USD:BTC"


def refused(document: dict[str, object]) -> InvalidCommand:
    with pytest.raises(InvalidCommand) as caught:
        read_command({**AT, **document})
    return caught.value


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"trigger_price": "1"}, "exactly one of quantity and close_position"),
        ({"trigger_price": "1", "quantity": "1", "close_position": True}, "exactly one of quantity and close_position"),
        ({"trigger_price": "1", "close_position": True, "reduce_only": True}, "close_position can only reduce"),
        ({"quantity": "1"}, "needs trigger_price or trailing_delta"),
    ],
)
def test_a_stop_has_one_size_and_a_trigger(fields: dict[str, object], rule: str) -> None:
    told = refused({"kind": "stop_order", "symbol": LINEAR, "side": "sell", **fields})
    assert rule in (told.problem.rule or "")


def test_a_stop_that_becomes_a_limit_order_has_a_quantity() -> None:
    stop = {"kind": "stop_limit_order", "symbol": LINEAR, "side": "sell", "trigger_price": "1", "price": "1"}
    assert refused({**stop, "close_position": True}).problem.field == "quantity"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"kind": "set_leverage", "symbol": LINEAR, "leverage": "0"}, "leverage"),
        ({"kind": "set_leverage", "symbol": LINEAR, "leverage": 1.5}, "leverage"),
        ({"kind": "set_margin_mode", "margin_mode": "shared"}, "margin_mode"),
        ({"kind": "set_position_mode", "position_mode": "both"}, "position_mode"),
        ({"kind": "cancel_after", "seconds": -1}, "seconds"),
        ({"kind": "cancel_after", "seconds": 1.5}, "seconds"),
        ({"kind": "get_balances", "market": "margin"}, "market"),
        (
            {"kind": "market_order", "symbol": LINEAR, "side": "buy", "quantity": "1", "position_side": "both"},
            "position_side",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(document: dict[str, object], field: str) -> None:
    assert refused(document).problem.field == field


EVERY: list[dict[str, object]] = [
    {"kind": "set_leverage", "symbol": LINEAR, "leverage": "7"},
    {"kind": "set_margin_mode", "margin_mode": "cross", "symbol": LINEAR},
    {"kind": "set_position_mode", "position_mode": "hedge"},
    {"kind": "cancel_after", "seconds": 30},
    {"kind": "get_income", "market": "linear"},
    {"kind": "get_tickers", "symbols": [LINEAR, "ETH/USDT:USDT"]},
    {"kind": "get_trading_settings", "symbol": LINEAR},
    {"kind": "stop_order", "symbol": LINEAR, "side": "sell", "close_position": True, "trigger_price": "9"},
    {
        "kind": "market_order",
        "symbol": LINEAR,
        "side": "buy",
        "quantity": "1",
        "position_side": "long",
        "margin_mode": "cross",
    },
]


@pytest.mark.parametrize("document", EVERY, ids=lambda document: str(document["kind"]))
def test_they_travel_as_json(document: dict[str, object]) -> None:
    command = read_command({**AT, **document})
    assert read_command(command.to_json()) == command
    assert command.task in TASKS
    assert command.task in RESULT_OF


def test_lanes_lines_and_words() -> None:
    commands: dict[str, AnyCommand] = {str(each["kind"]): read_command({**AT, **each}) for each in EVERY}
    assert {lane_of(commands[kind].task) for kind in ("set_leverage", "set_margin_mode", "set_position_mode")} == {
        "orders"
    }
    assert lane_of("orders.cancel_after") == lane_of("orders.cancel_batch") == "cancels"
    assert lane_of("orders.place_batch") == "orders"
    assert queue_of("okx", "queries.income") == "okx.queries"
    assert not any(writes(commands[kind]) for kind in ("set_leverage", "cancel_after", "get_income"))
    assert writes(commands["stop_order"])
    assert readable(commands["set_leverage"]) == "main leverage 7 BTC/USDT:USDT"
    assert readable(commands["cancel_after"]) == "main cancel after 30 s"
    assert readable(commands["stop_order"]) == "main sell all of its position BTC/USDT:USDT stop trigger 9"
    assert readable_batch([commands["market_order"], commands["stop_order"]]).endswith(" and 1 more")
    assert line_of(commands["set_leverage"]) == "okx:main:settings.leverage:BTC/USDT:USDT"


def test_a_poll_is_of_an_exchange_s_accounts_and_has_lines_of_its_own() -> None:
    poll = read_command({"kind": "poll_accounts", "exchange": "okx", "id": "p", "accounts": ["a", "b", "c"]})
    assert read_command(poll.to_json()) == poll
    chunk = poll.model_copy(update={"id": "x", "poll": "p", "part": 9})
    assert (queue_of("okx", poll.task), line_of(poll), line_of(chunk)) == (
        *("okx.queries", "okx:p:queries.poll:0", "okx:p:queries.poll:1"),
    )
    assert readable(poll) == "balances of a and 2 more"
    assert readable(poll.model_copy(update={"accounts": None})) == "balances of all accounts"
    with pytest.raises(InvalidCommand):
        read_command({"kind": "poll_accounts", "exchange": "okx", "account": "main"})
    assert refused({"kind": "get_tickers", "symbols": [LINEAR, "BTC/USDT"]}).problem.rule == (
        "symbols must be of one kind of market"
    )


def test_each_wallet_has_a_snapshot_of_its_own() -> None:
    plain, futures = (read_command({**AT, "kind": "get_balances", **more}) for more in ({}, {"market": "linear"}))
    places = place_of(plain, "testnet"), place_of(futures, "testnet")
    assert places == (("balances", "okx", "main"), ("balances.linear", "okx", "main"))


def test_every_kind_has_a_task_and_a_result() -> None:
    for model in COMMANDS.json_schema()["discriminator"]["mapping"]:
        assert model
    single = [task for task in TASKS if not task.endswith("_batch")]
    assert set(single) == set(RESULT_OF)


def test_results_travel_as_json() -> None:
    symbol = Symbol.parse(LINEAR)
    who = {"exchange": "okx", "account": "main", "symbol": symbol}
    position = Position(**who, side="short", quantity=Decimal(-2), contracts=Decimal(2), leverage=Decimal("7.5"))  # type: ignore[arg-type]
    settings = TradingSettings(**who, leverage=Decimal(7))  # type: ignore[arg-type]
    countdown = Countdown(exchange="okx", account="main", seconds=30, ends_at_ms=5)
    income = Income(**who, kind="fee", detail="x", asset="USDT", amount=Decimal("-0.1"), income_id="1", time_ms=1)  # type: ignore[arg-type]
    for task, result in {
        "queries.positions": [position],
        "queries.trading_settings": settings,
        "orders.cancel_after": countdown,
        "queries.income": [income],
    }.items():
        assert RESULT_OF[task].validate_json(write_result(task, result)) == result


def an_instrument(symbol: str, **fields: object) -> Instrument:
    rules = {"price": Steps(), "quantity": Steps(), "order_types": list(OrderType), "is_trading": True}
    return Instrument.model_validate(
        {"exchange": "okx", "symbol": symbol, "spelling": "X", **rules, "post_only": True, **fields}
    )


@given(
    st.decimals(min_value="0.001", max_value="1000000", places=3),
    st.decimals(min_value="0.0001", max_value="1000", places=4),
)
def test_contracts_and_what_they_hold(quantity: Decimal, size: Decimal) -> None:
    instrument = an_instrument(LINEAR, contract_size=size)
    assert instrument.quantity_of(quantity) == quantity * size
    assert abs(instrument.contracts(instrument.quantity_of(quantity)) - quantity) < Decimal("1e-15")


def test_a_notional_is_quote_and_on_inverse_markets_base() -> None:
    linear, inverse = an_instrument(LINEAR), an_instrument(INVERSE, minimum_notional="0.001")
    assert linear.notional(Decimal(2), Decimal(50_000)) == 100_000
    assert inverse.notional(Decimal(100), Decimal(50_000)) == Decimal("0.002")
    inverse.check_notional(Decimal(50), Decimal(50_000))
    with pytest.raises(InvalidCommand, match=r"0\.00098 BTC \(quantity ÷ price\)"):
        inverse.check_notional(Decimal(49), Decimal(50_000))


def test_what_only_reduces_may_be_exempt_from_the_least_notional() -> None:
    small = {**AT, "symbol": LINEAR, "side": "sell", "quantity": "1", "price": "1", "reduce_only": True}
    exempt = an_instrument(LINEAR, minimum_notional="50", minimum_notional_on_reduce=False)
    check_order(new_order("limit", **small), exempt)
    with pytest.raises(InvalidCommand, match="notional"):
        check_order(new_order("limit", **small), an_instrument(LINEAR, minimum_notional="50"))


@pytest.mark.parametrize("field", ["reduce_only", "position_side", "close_position"])
def test_spot_has_no_positions_unless_it_trades_on_margin(field: str) -> None:
    value: object = "long" if field == "position_side" else True
    size = {} if field == "close_position" else {"quantity": "1"}
    order = {**AT, "symbol": "BTC/USDT", "side": "sell", "trigger_price": "9", **size, field: value}
    with pytest.raises(InvalidCommand) as caught:
        check_order(new_order("stop", **order), an_instrument("BTC/USDT"))
    assert caught.value.problem.field == field
    check_order(new_order("stop", **order, margin_mode="cross"), an_instrument("BTC/USDT"))


def an_order(symbol: str, quantity: str, notional: str | None) -> Order:
    return Order(
        exchange="okx", account="main", symbol=Symbol.parse(symbol), client_order_id="a", order_id="1", side=Side.BUY,
        type=OrderType.MARKET, status=OrderStatus.FILLED, quantity=Decimal(quantity), filled_quantity=Decimal(quantity),
        filled_notional=None if notional is None else Decimal(notional),
    )  # fmt: skip


@given(st.decimals(min_value="0.5", max_value="500000", places=2), st.integers(min_value=1, max_value=10**6))
def test_an_average_price_comes_back_from_an_inverse_notional(price: Decimal, quantity: int) -> None:
    order = an_order(INVERSE, str(quantity), str(Decimal(quantity) / price))
    assert order.average_price == price


def test_an_average_that_is_not_known_is_not_guessed() -> None:
    assert an_order(LINEAR, "2", "100000").average_price == 50_000
    assert an_order(LINEAR, "2", None).average_price is None


ITEM: dict[str, object] = {"kind": "market_order", "symbol": LINEAR, "side": "buy", "quantity": "1"}


def test_a_batch_gives_its_address_to_its_items() -> None:
    batch = read_batch({"kind": "place_batch", **AT, "orders": [ITEM, {**ITEM, **AT}]})
    assert isinstance(batch, PlaceBatch)
    assert {(each.exchange, each.account) for each in batch.items} == {("okx", "main")}
    assert read_batch(batch.to_json()) == batch
    cancels = read_batch({"kind": "cancel_batch", **AT, "orders": [{"command_id": "a"}]})
    assert isinstance(cancels, CancelBatch)


@pytest.mark.parametrize(
    ("orders", "told"),
    [
        ([], "at least 1 item"),
        ([ITEM] * (MOST + 1), f"at most {MOST} items"),
        ([ITEM, {**ITEM, "account": "other"}], "the batch for one account only"),
        ([{"kind": "get_balances"}], "kind"),
        ([{**ITEM, "quantity": "-1"}], "quantity"),
        ("no list", "list"),
        ([7], "orders"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(orders: object, told: str) -> None:
    with pytest.raises(InvalidCommand) as caught:
        read_batch({"kind": "place_batch", **AT, "orders": orders})
    assert told in str(caught.value)


def test_a_waived_deadline_stays_waived_in_a_batch() -> None:
    batch = read_batch({"kind": "place_batch", **AT, "orders": [{**ITEM, "expires_in": None}, ITEM]})
    assert [each.expires_in for each in read_batch(batch.to_json()).items] == [None, 30.0]


def test_an_items_id_is_the_same_however_often_its_message_comes() -> None:
    names = [item_id("task", place) for place in range(MOST)]
    assert len(set(names)) == MOST
    assert names == [item_id("task", place) for place in range(MOST)]
    assert all(len(name) == 32 for name in names)
