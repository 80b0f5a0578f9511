"""Whatever a client asks for: what the futures account tells adds up, and nobody's money appears or vanishes."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples
from usdm_support import Futures

from simulator.amounts import parse, render
from simulator.funding import pay_funding

WHO = (1, 2)
SIDES = st.sampled_from(["BUY", "SELL"])
TICKS = st.integers(598_000, 602_000).map(lambda tenths: f"{tenths // 10}.{tenths % 10}")
LOTS = st.integers(1, 1500).map(lambda lots: render(parse("0.001") * lots, 3))
FLAGS = st.sampled_from(["true", "false", "false"])
STEP = st.one_of(
    st.tuples(st.just("limit"), SIDES, TICKS, LOTS, FLAGS, st.sampled_from(["GTC", "GTC", "IOC", "FOK", "GTX"])),
    st.tuples(st.just("market"), SIDES, LOTS, FLAGS),
    st.tuples(st.just("stop"), SIDES, TICKS, LOTS, FLAGS),
    st.tuples(st.just("modify"), SIDES, TICKS, LOTS),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("leverage"), st.sampled_from([1, 5, 20, 100])),
    st.tuples(st.just("move"), TICKS),
    st.tuples(st.just("fund"), st.sampled_from(["0.0001", "0.001"])),
)


def carry_out(futures: Futures, who: int, step: tuple[Any, ...]) -> None:
    match step:
        case ("modify", side, price, lots):
            for name in futures.open_ids(who)[:1]:
                futures.modify(who, origClientOrderId=name, side=side, price=price, quantity=lots)
        case ("cancel",):
            for name in futures.open_ids(who)[-1:]:
                assert futures.cancel(who, origClientOrderId=name).status == 200
        case ("leverage", leverage):
            futures.post("leverage", who, symbol="BTCUSDT", leverage=leverage)
        case ("move", price):
            futures.market.move("BTCUSDT", parse(price))
        case ("fund", rate):
            pay_funding(futures.market, "BTCUSDT", parse(rate))
        case _:
            place(futures, who, step)


def place(futures: Futures, who: int, step: tuple[Any, ...]) -> None:
    match step:
        case ("limit", side, price, lots, reduce, force):
            futures.limit(side, price, lots, who, reduceOnly=reduce, timeInForce=force)
        case ("market", side, lots, reduce):
            futures.order(who, side=side, type="MARKET", quantity=lots, reduceOnly=reduce)
        case ("stop", side, price, lots, reduce):
            futures.algo(who, side=side, type="STOP_MARKET", triggerPrice=price, quantity=lots, reduceOnly=reduce)


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WHO), STEP), max_size=30))
def test_what_the_account_tells_adds_up(steps: list[tuple[int, tuple[Any, ...]]]) -> None:
    futures = Futures()
    for who in WHO:
        futures.market.wallet(f"sim-{who}").free["USDT"] = parse("20000")
    before = money(futures)
    for who, step in steps:
        carry_out(futures, who, step)
        assert money(futures) == before
    for who in WHO:
        check_account(futures, who)


def money(futures: Futures) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in futures.market.wallets:
        found.update(futures.market.wallet(name).free)
    for position in futures.market.positions:
        found[position.instrument.settle] -= position.cost
    return found


def check_account(futures: Futures, who: int) -> None:
    account = futures.call("GET", "/fapi/v3/account", who).body
    total = {name: Decimal(value) for name, value in account.items() if name not in ("assets", "positions")}
    cent = Decimal("0.00001")  # figures are cut to eight decimals
    assert abs(total["totalMarginBalance"] - total["totalWalletBalance"] - total["totalUnrealizedProfit"]) < cent
    left = total["totalCrossWalletBalance"] + total["totalCrossUnPnl"] - total["totalInitialMargin"]
    assert abs(total["availableBalance"] - max(Decimal(0), left)) < cent
    income = futures.call("GET", "/fapi/v1/income", who, limit=1000).body
    assert abs(total["totalWalletBalance"] - 20_000 - sum(Decimal(row["income"]) for row in income)) < cent
    trades = futures.call("GET", "/fapi/v1/userTrades", who, symbol="BTCUSDT", limit=1000).body
    held = sum(Decimal(row["qty"]) * (1 if row["side"] == "BUY" else -1) for row in trades)
    assert Decimal(futures.position(who=who)["positionAmt"]) == held
    orders = futures.call("GET", "/fapi/v1/allOrders", who, symbol="BTCUSDT", limit=1000).body
    assert sum(Decimal(row["executedQty"]) for row in orders) == sum(Decimal(row["qty"]) for row in trades)
    for row in orders:
        assert Decimal(row["executedQty"]) <= Decimal(row["origQty"])
