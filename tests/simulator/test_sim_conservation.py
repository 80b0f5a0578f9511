"""Whatever is asked for: nothing is created or lost, and what is locked is what open orders may spend."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from sim_support import Local, new_order
from support.examples import examples

from simulator.amounts import SCALE, notional, parse, render
from simulator.market import Market
from simulator.orders import NewOrder, Order, Refused, SelfTrade, Side, TimeInForce
from simulator.triggers import Trigger

PRICES = st.integers(5_999_000, 6_001_000).map(lambda cents: f"{cents // 100}.{cents % 100:02}")
LOTS = st.integers(1, 500_000).map(lambda lots: render(lots * parse("0.00001"), 5))
SIDES = st.sampled_from(Side)
WHO = st.sampled_from(["sim-1", "sim-2", "sim-3"])
STEP = st.one_of(
    st.tuples(st.just("limit"), WHO, SIDES, PRICES, LOTS, st.sampled_from(TimeInForce), st.sampled_from(SelfTrade)),
    st.tuples(st.just("market"), WHO, SIDES, LOTS, st.sampled_from(SelfTrade)),
    st.tuples(st.just("quote"), WHO, SIDES, st.integers(5, 400_000)),
    st.tuples(st.just("stop"), WHO, SIDES, PRICES, LOTS, st.booleans()),
    st.tuples(st.just("iceberg"), WHO, SIDES, PRICES, LOTS),
    st.tuples(st.just("cancel"), WHO, st.integers(0, 20)),
    st.tuples(st.just("amend"), WHO, st.integers(0, 20), LOTS),
    st.tuples(st.just("move"), PRICES),
)


def wanted(market: Market, step: tuple[object, ...]) -> NewOrder:
    match step:
        case ("limit", who, side, price, lots, force, mode):
            return new_order(market, side, price, lots, account=who, time_in_force=force, self_trade=mode)
        case ("market", who, side, lots, mode):
            return new_order(market, side, None, lots, account=who, self_trade=mode)
        case ("quote", who, side, amount):
            return new_order(market, side, None, "0", account=who, quote_quantity=amount * SCALE)
        case ("stop", who, side, price, lots, at_any_price):
            trigger = Trigger(rises=side is Side.BUY, price=parse(price))
            return new_order(market, side, None if at_any_price else price, lots, account=who, trigger=trigger)
        case (_, who, side, price, lots):
            part = max(parse("0.00001"), parse(lots) // 7 // parse("0.00001") * parse("0.00001"))
            return new_order(market, side, price, lots, account=who, iceberg=part)
    raise AssertionError(step)


def change(market: Market, step: tuple[object, ...]) -> None:
    if step[0] == "move":
        market.move("BTCUSDT", parse(str(step[1])))
        return
    orders = market.registry.open_orders(str(step[1]), "BTCUSDT")
    if not orders:
        return
    order = orders[int(str(step[2])) % len(orders)]
    if step[0] == "cancel":
        market.cancel(order, "")
    elif (quantity := parse(str(step[3]))) < order.quantity:
        market.amend(order, quantity, "")


def totals(market: Market) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in market.wallets:
        wallet = market.wallet(name)
        for asset in wallet.assets():
            found[asset] += wallet.free[asset] + wallet.locked[asset]
    return found


def owed(order: Order) -> int:
    price = order.price or order.reserve_price
    return notional(price, order.remaining) if order.side is Side.BUY else order.remaining


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(STEP, max_size=40))
def test_nothing_is_created_or_lost(steps: list[tuple[object, ...]]) -> None:
    market = Local().market
    for name in ("sim-1", "sim-2", "sim-3"):
        market.wallet(name).free.update({"BTC": parse("12"), "USDT": parse("700000")})
    before = totals(market)
    for step in steps:
        if step[0] in ("cancel", "amend", "move"):
            change(market, step)
        else:
            try:
                market.place(wanted(market, step))
            except Refused:
                assert totals(market) == before
        check(market, before)


def check(market: Market, before: Counter[str]) -> None:
    assert totals(market) == before
    book = market.pits["BTCUSDT"].book
    bid, ask = book.bids.best(), book.asks.best()
    assert bid is None or ask is None or bid < ask, "a crossed book"
    for name in ("sim-1", "sim-2", "sim-3"):
        wallet = market.wallet(name)
        assert min([*wallet.free.values(), *wallet.locked.values()]) >= 0
        locked: Counter[str] = Counter()
        for order in market.registry.open_orders(name):
            locked["USDT" if order.side is Side.BUY else "BTC"] += owed(order)
            assert order.remaining > 0
        assert {asset: amount for asset, amount in wallet.locked.items() if amount} == dict(locked)


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 10**24), st.integers(0, 8))
def test_amounts_survive_being_written(value: int, places: int) -> None:
    value -= value % 10 ** (12 - places)
    assert parse(render(value, places)) == value
