"""Whatever is traded in contracts: money only moves, all positions add up to nothing, margin is that of open orders."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_support import FakeClock
from support.examples import examples

from simulator.amounts import SCALE, parse, render
from simulator.floor import FOK_MISSED, IOC_REST
from simulator.funding import pay_funding
from simulator.instruments import SPOT, Instrument, Kind
from simulator.ledger import Ledger
from simulator.listing import Listing, Rates
from simulator.market import Market
from simulator.matching import NOTHING_LEFT
from simulator.orders import NewOrder, Order, PositionSide, Refused, SelfTrade, Side, TimeInForce
from simulator.pool import Pool
from simulator.positions import Position
from simulator.triggers import Trigger
from simulator.wallets import MAKER

BITCOIN = SPOT[0]
LINEAR = replace(
    BITCOIN, symbol="LIN", kind=Kind.LINEAR, settle="USDT", tick=parse("0.1"), step=SCALE, contract=parse("0.01"),
    level_quantity=100 * SCALE,
)  # fmt: skip
INVERSE = replace(
    BITCOIN, symbol="INV", quote="USD", kind=Kind.INVERSE, settle="BTC", tick=parse("0.1"), step=SCALE,
    contract=100 * SCALE, level_quantity=800 * SCALE,
)  # fmt: skip
OPTION = replace(
    BITCOIN, symbol="OPT", kind=Kind.OPTION, settle="USDT", tick=parse("1"), strike=parse("60000"),
    seed_price=parse("2500"), underlying="LIN",
)  # fmt: skip
KINDS = {"LIN": LINEAR, "INV": INVERSE, "OPT": OPTION}
WHO = ("sim-1", "sim-2", "sim-3")
FUNDS = {"BTC": parse("3"), "USDT": parse("150000")}


def a_market(instrument: Instrument) -> Market:
    clock = FakeClock()
    pool = Pool(clock, Ledger(clock), 1)
    for name in WHO:
        pool.wallets.open(name, FUNDS)
    rates = Rates(maker=parse("0.0002"), taker=parse("0.0005"))
    if instrument is OPTION:
        Market(Listing("any", "linear", (LINEAR,), rates, "one"), pool)
    return Market(Listing("any", str(instrument.kind), (instrument,), rates, "one"), pool)


ACTIONS = [
    "limit", "limit", "market", "market", "stop", "algo", "reduce", "reduce", "reduce market", "cancel", "replace",
    "amend", "move", "fund", "lever",
]  # fmt: skip
FORCES = [*TimeInForce, TimeInForce.GTC, TimeInForce.GTC]
STEP = st.tuples(
    st.sampled_from(ACTIONS),
    st.sampled_from(WHO),
    st.sampled_from(Side),
    st.integers(-200, 200),  # price, in parts of 10,000 away from the mark
    st.integers(1, 400),  # quantity, in parts of 100 of a level's
    st.sampled_from(PositionSide),
    st.booleans(),  # isolated
    st.sampled_from(FORCES),
    st.sampled_from(SelfTrade),
    st.integers(0, 20),
)  # fmt: skip
Step = tuple[str, str, Side, int, int, PositionSide, bool, TimeInForce, SelfTrade, int]


def price_at(market: Market, each: Instrument, parts: int) -> int:
    price = market.pits[each.symbol].mark * (10_000 + parts) // 10_000
    return max(each.tick, price - price % each.tick)


def quantity_of(each: Instrument, parts: int) -> int:
    quantity = each.level_quantity * parts // 100
    return max(each.step, quantity - quantity % each.step)


def wanted(market: Market, each: Instrument, step: Step) -> NewOrder:
    kind, who, side, parts, size, position_side, isolated, force, mode, _ = step
    price = None if kind in ("market", "reduce market") else price_at(market, each, parts)
    return NewOrder(
        who, each, side, kind, "", quantity_of(each, size), price=price, time_in_force=force, self_trade=mode,
        position_side=position_side, isolated=isolated, reduce_only=kind.startswith("reduce"),
        trigger=Trigger(rises=side is Side.BUY, price=price) if kind == "stop" else None,
    )  # fmt: skip


def carry_out(market: Market, each: Instrument, step: Step) -> None:
    kind, who, side, parts, size, position_side, isolated, *_, number = step
    match kind:
        case "move":
            market.move(each.symbol, price_at(market, each, parts))
        case "fund":
            pay_funding(market, each.symbol, parts * SCALE // 10_000)
        case "lever":
            position = market.positions.get(who, each, position_side, isolated=isolated)
            market.positions.set_leverage(position, (1 + number) * SCALE)
        case "cancel" | "replace" | "amend":
            change(market, each, step)
        case "algo":
            trigger = Trigger(rises=side is Side.BUY, price=price_at(market, each, parts), by_mark=isolated)
            market.watch(replace(wanted(market, each, step), price=None), trigger, "", close_all=size > 300)
        case _:
            market.place(wanted(market, each, step))


def change(market: Market, each: Instrument, step: Step) -> None:
    kind, who, _, parts, size, *_, number = step
    orders = market.registry.open_orders(who, each.symbol)
    if not orders:
        return
    order, quantity = orders[number % len(orders)], quantity_of(each, size)
    if kind == "cancel":
        market.cancel(order)
    elif kind == "replace":
        market.replace(order, None if order.price is None else price_at(market, each, parts), quantity)
    elif quantity < order.quantity:
        market.amend(order, quantity, "")


def money(market: Market) -> Counter[str]:
    """Wallets less what positions cost: what all would have if every position were undone at its own cost."""
    found: Counter[str] = Counter()
    for name in market.wallets:
        wallet = market.wallet(name)
        for asset in wallet.assets():
            found[asset] += wallet.free[asset] + wallet.locked[asset]
    for position in market.positions:
        if position.instrument.kind is not Kind.OPTION:
            found[position.instrument.settle] -= position.cost
    return found


@pytest.mark.parametrize("each", list(KINDS.values()), ids=list(KINDS))
@settings(max_examples=examples(50), deadline=None)
@given(steps=st.lists(STEP, max_size=60))
def test_money_only_moves(each: Instrument, steps: list[Step]) -> None:
    market = a_market(each)
    before = money(market)
    for step in steps:
        counts = market.ledger.counts()
        try:
            carry_out(market, each, step)
        except Refused:
            assert market.ledger.counts() == counts
        assert money(market) == before
        check(market, each)


@pytest.mark.parametrize("each", list(KINDS.values()), ids=list(KINDS))
def test_a_long_day_meets_every_end_of_an_order(each: Instrument) -> None:
    random = Random(11)
    market = a_market(each)
    before = money(market)
    refusals: Counter[str] = Counter()
    for _ in range(4_000):
        try:
            carry_out(market, each, a_step(random))
        except Refused as refused:
            refusals[refused.reason.name] += 1
        assert money(market) == before
        check(market, each)
    orders = [order for _, _, order in market.ledger.orders]
    assert {str(order.status) for order in orders} >= {"FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"}
    assert {order.expiry for order in orders} >= {NOTHING_LEFT, IOC_REST, FOK_MISSED}
    assert refusals.keys() >= {"INSUFFICIENT_BALANCE", "NOTHING_TO_REDUCE", "WOULD_TRIGGER"}
    assert {str(algo.status) for _, _, algo in market.ledger.algos} >= {"TRIGGERED", "REJECTED"}


def a_step(random: Random) -> Step:
    return (
        random.choice(ACTIONS), random.choice(WHO), random.choice(list(Side)), random.randint(-60, 60),
        random.randint(1, 400), random.choice(list(PositionSide)), random.random() < 0.5, random.choice(FORCES),
        random.choice(list(SelfTrade)), random.randint(0, 20),
    )  # fmt: skip


def check(market: Market, each: Instrument) -> None:
    assert sum(position.quantity for position in market.positions if position.instrument is each) == 0
    book = market.pits[each.symbol].book
    bid, ask = book.bids.best(), book.asks.best()
    assert bid is None or ask is None or bid < ask, "a crossed book"
    for position in market.positions:
        if position.account != MAKER:
            check_position(market, each, position)
    for name in WHO:
        for asset, start in FUNDS.items():
            earned = sum(row.amount for row in market.positions.income[name] if row.asset == asset)
            assert market.wallet(name).free[asset] == start + earned
            assert not market.wallet(name).locked[asset]


def check_position(market: Market, each: Instrument, position: Position) -> None:
    if position.side is PositionSide.LONG:
        assert position.quantity >= 0
    if position.side is PositionSide.SHORT:
        assert position.quantity <= 0
    assert position.margin >= 0
    if not position.quantity:
        assert (position.cost, position.margin, position.unrealised(parse("1234"))) == (0, 0, 0)
    orders = [order for order in market.registry.open_orders(position.account, each.symbol) if acts_on(order, position)]
    resting = [order for order in orders if order.order_id not in market.pits[each.symbol].asleep]
    for side, counted in ((Side.BUY, position.bids), (Side.SELL, position.asks)):
        assert counted == sum(order.reserved for order in resting if order.side is side)
    for order in resting:
        assert order.remaining > 0
        if order.ask.closes:
            assert order.remaining <= position.closable(order.side)
        elif each.kind is not Kind.OPTION:
            assert 0 <= order.reserved - each.value(order.reserve_price, order.remaining) <= len(order.trades) + 1


def acts_on(order: Order, position: Position) -> bool:
    ask = order.ask
    return (ask.position_side, ask.isolated) == (position.side, position.isolated)


def test_amounts_in_linear_and_inverse_contracts() -> None:
    market = a_market(LINEAR)
    order = market.place(NewOrder("sim-1", LINEAR, Side.BUY, "MARKET", "", 10 * SCALE))
    position = market.positions.get("sim-1", LINEAR, PositionSide.NET, isolated=False)
    assert (render(order.filled_quote, 2), render(position.entry_price, 1)) == ("6000.01", "60000.1")
    market.move("LIN", parse("61000"))
    assert render(position.unrealised(market.pits["LIN"].mark), 2) == "99.99"
    market.place(NewOrder("sim-1", LINEAR, Side.SELL, "MARKET", "", 10 * SCALE))
    assert render(position.realised, 2) == "99.98"

    market = a_market(INVERSE)
    order = market.place(NewOrder("sim-1", INVERSE, Side.SELL, "MARKET", "", 60 * SCALE))
    position = market.positions.get("sim-1", INVERSE, PositionSide.NET, isolated=False)
    assert (render(order.filled_quote, 6), render(position.entry_price, 1)) == ("0.100000", "59999.9")
    market.move("INV", parse("50000"))
    assert render(position.unrealised(market.pits["INV"].mark), 6) == "0.019999"
