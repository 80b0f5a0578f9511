"""Whatever is traded on Bybit, over all categories of one balance: money only moves, and the queries add up."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bybit_support import LocalBybit
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples

from simulator.amounts import parse
from simulator.instruments import Kind

SYMBOLS = {"spot": "BTCUSDT", "linear": "BTCUSDT", "inverse": "BTCUSD"}
SIZES = {"spot": 1, "linear": 1, "inverse": 60_000, "option": 1}
PLACES = {"spot": 6, "linear": 3, "inverse": 0, "option": 2}
STEP = st.tuples(
    st.sampled_from(["limit", "market", "stop", "guarded", "amend", "cancel", "move", "reduce", "batch"]),
    st.sampled_from(["spot", "linear", "inverse", "option"]),
    st.sampled_from([1, 2]),
    st.sampled_from(["Buy", "Sell"]),
    st.integers(-30, 30),  # price, in parts of 1,000 away from the last
    st.integers(1, 300),  # quantity, in parts of 100
    st.sampled_from(["GTC", "IOC", "FOK", "PostOnly"]),
)
Step = tuple[str, str, int, str, int, int, str]


def symbol_of(bybit: LocalBybit, category: str) -> str:
    return SYMBOLS.get(category) or next(iter(bybit.world.markets["bybit", "option"].instruments))


def price_of(bybit: LocalBybit, category: str, parts: int) -> str:
    symbol = symbol_of(bybit, category)
    market = bybit.world.markets["bybit", category]
    tick = market.instruments[symbol].tick
    price = market.pits[symbol].mark * (1000 + parts) // 1000 // tick * tick
    return f"{price / 10**12:.1f}"


def carry_out(bybit: LocalBybit, step: Step, number: int) -> None:
    kind, category, who, side, parts, size, force = step
    symbol, price = symbol_of(bybit, category), price_of(bybit, category, parts)
    if kind == "move":
        bybit.world.markets["bybit", category].move(symbol, parse(price))
        return
    mine = {"category": category, "symbol": symbol}
    if kind in ("amend", "cancel"):
        rows = bybit.get("order/realtime", who, **mine).rows
        if rows:
            wish = {**mine, "orderId": rows[0]["orderId"]}
            change = {"price": price} if kind == "amend" else {"orderFilter": rows[0]["stopOrderType"] and "StopOrder"}
            bybit.post(f"order/{kind}", who, **wish, **change)
        return
    qty = f"{SIZES[category] * size / 100:.{PLACES[category]}f}"
    order: dict[str, Any] = {
        "side": side,
        "qty": qty,
        "price": price,
        "timeInForce": force,
        "orderLinkId": f"n-{number}",
    }
    order["orderType"] = "Market" if kind in ("market", "reduce") else "Limit"
    order.update(_details(kind, category, side, price))
    if kind == "batch":
        bybit.post("order/create-batch", who, category=category, request=[{**order, "symbol": symbol}] * 2)
    else:
        bybit.post("order/create", who, **mine, **order)


def _details(kind: str, category: str, side: str, price: str) -> dict[str, Any]:
    if kind == "stop":
        return {"triggerPrice": price, "triggerDirection": 1 if side == "Buy" else 2, "orderFilter": "StopOrder"}
    if kind == "guarded" and category in ("linear", "inverse"):
        return {"takeProfit": "63000.0" if side == "Buy" else "57000.0"}
    return {"reduceOnly": True} if kind == "reduce" else {"marketUnit": "baseCoin"}


def totals(bybit: LocalBybit) -> Counter[str]:
    """All wallets, less what positions cost: options are paid for, so theirs is in the wallets already."""
    pool = bybit.bybit.exchange.pool
    found: Counter[str] = Counter()
    for name in pool.wallets:
        for part in (pool.wallets[name].free, pool.wallets[name].locked):
            found.update(part)
    for position in pool.positions:
        if position.instrument.kind is not Kind.OPTION:
            found[position.instrument.settle] -= position.cost
    return found


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(STEP, max_size=25))
def test_money_only_moves_and_queries_add_up(steps: list[Step]) -> None:
    bybit = LocalBybit()
    before = totals(bybit)
    for number, step in enumerate(steps):
        carry_out(bybit, step, number)
    assert {asset: amount for asset, amount in totals(bybit).items() if amount} == dict(before)
    for who in (1, 2):
        for category in ("spot", "linear", "inverse", "option"):
            check_account(bybit, who, category)
            bybit.post("order/cancel-all", who, category=category, baseCoin="BTC")
        for row in bybit.get("order/realtime", who, category="spot").rows:
            bybit.post("order/cancel-all", who, category="spot", orderFilter=row["stopOrderType"] and "StopOrder")
        coins = bybit.get("account/wallet-balance", who, accountType="UNIFIED").rows[0]["coin"]
        assert {(coin["locked"], coin["totalOrderIM"]) for coin in coins} == {("0", "0")}


def check_account(bybit: LocalBybit, who: int, category: str) -> None:
    """Fills of the executions are those of the orders, and sizes of positions what was bought less what was sold."""
    symbol = symbol_of(bybit, category)
    mine = {"category": category, "symbol": symbol}
    orders = bybit.get("order/realtime", who, **mine, limit=50).rows
    orders += bybit.get("order/realtime", who, **mine, limit=50, openOnly=1).rows
    fills = bybit.get("execution/list", who, **mine, limit=100).rows
    filled = {row["orderId"]: parse(row["cumExecQty"]) for row in orders if parse(row["cumExecQty"])}
    executed: Counter[str] = Counter()
    for row in fills:
        executed[row["orderId"]] += parse(row["execQty"])
    if len(fills) < 100:
        assert filled == dict(executed)
    if category != "spot" and len(fills) < 100:
        net = sum(parse(row["execQty"]) * (1 if row["side"] == "Buy" else -1) for row in fills)
        held = bybit.position(category, symbol, who)
        assert net == parse(held["size"]) * (-1 if held["side"] == "Sell" else 1)
