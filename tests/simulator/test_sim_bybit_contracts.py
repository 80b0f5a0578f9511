"""Bybit's linear, inverse and option categories: positions, leverage, modes, conditions, balances."""

from __future__ import annotations

from typing import Any

import pytest
from bybit_support import LocalBybit


@pytest.fixture
def bybit() -> LocalBybit:
    return LocalBybit()


def option(bybit: LocalBybit, kind: str = "C-USDT", strike: str = "60000") -> str:
    symbols = bybit.world.markets["bybit", "option"].instruments
    return next(each for each in symbols if each.startswith("BTC-") and each.endswith(f"{strike}-{kind}"))


def test_a_linear_round(bybit: LocalBybit) -> None:
    ack = bybit.market("linear", "Buy", "0.5")
    assert (len(ack.result["orderId"]), ack.result["orderLinkId"]) == (36, "")
    held = bybit.position("linear")
    assert (held["side"], held["size"], held["avgPrice"], held["positionIdx"]) == ("Buy", "0.500", "60000.1", 0)
    bybit.move("linear", 61_000)
    assert bybit.position("linear")["unrealisedPnl"] == "499.95"
    usdt = bybit.coin("USDT")
    assert (usdt["unrealisedPnl"], usdt["totalPositionIM"], usdt["equity"]) == ("499.95", "3050", "10000483.4499725")
    assert bybit.market("linear", "Sell", "0.5", reduceOnly=True).code == 0
    flat = bybit.position("linear")
    assert (flat["side"], flat["size"], flat["positionValue"], flat["leverage"]) == ("", "0.000", "", "10")
    # 0.5 x (60999.9 - 60000.1), less 0.055 % of both values
    assert bybit.coin("USDT")["walletBalance"] == "10000466.625"
    assert bybit.coin("USDT")["cumRealisedPnl"] == "466.625"
    fills = bybit.get("execution/list", category="linear", symbol="BTCUSDT").rows
    assert [(row["side"], row["closedSize"], row["execFee"]) for row in fills] == [
        ("Sell", "0.500", "16.7749725"),
        ("Buy", "0.000", "16.5000275"),
    ]


def test_an_inverse_round(bybit: LocalBybit) -> None:
    bybit.market("inverse", "Buy", "6000", symbol="BTCUSD")
    held = bybit.position("inverse", "BTCUSD")
    assert (held["size"], held["positionValue"]) == ("6000", "0.09999916")
    bybit.move("inverse", 80_000, "BTCUSD")
    assert bybit.position("inverse", "BTCUSD")["unrealisedPnl"] == "0.02499916"
    assert bybit.coin("BTC")["unrealisedPnl"] == "0.02499916"
    bybit.market("inverse", "Sell", "6000", symbol="BTCUSD", reduceOnly=True)
    wallet = float(bybit.coin("BTC")["walletBalance"])
    assert wallet == pytest.approx(
        1000 + 6000 / 60_000.5 - 6000 / 79_999.5 - 0.00055 * (6000 / 60_000.5 + 0.075), abs=1e-7
    )
    row = bybit.get("order/history", category="inverse", symbol="BTCUSD", limit=1).rows[0]
    assert (row["avgPrice"][:7], row["cumFeeDetail"].keys()) == ("79999.5", {"BTC"})


def test_options_are_paid_for_and_need_an_id(bybit: LocalBybit) -> None:
    symbol = option(bybit)
    assert bybit.limit("option", "Buy", "1300", "1", symbol=symbol).code == 3100198
    ack = bybit.limit("option", "Buy", "1300", "1", symbol=symbol, orderLinkId="o-1")
    assert bybit.order("option", ack)["orderStatus"] == "Filled"
    held = bybit.position("option", symbol)
    assert (held["side"], held["size"], held["leverage"], held["cumRealisedPnl"]) == ("Buy", "1.00", "", "")
    usdt = bybit.coin("USDT")
    assert float(usdt["walletBalance"]) == pytest.approx(10_000_000 - 1205 - 18, abs=3)
    assert float(usdt["equity"]) == pytest.approx(10_000_000 - 18, abs=10)
    assert bybit.limit("option", "Buy", "1300", "1", symbol=symbol, orderLinkId="o-1").code == 110072
    written = bybit.limit("option", "Sell", "1100", "1", symbol=option(bybit, "P"), orderLinkId="o-2")
    assert bybit.order("option", written)["orderStatus"] == "Filled"
    assert float(bybit.coin("USDC")["totalPositionIM"]) > 6000


@pytest.mark.parametrize(
    ("category", "symbol", "price", "qty", "code"),
    [
        ("linear", "BTCUSDT", "59000", "0.001", 0),
        ("linear", "BTCUSDT", "59000", "0.0009", 110017),
        ("linear", "BTCUSDT", "59000", "0.0019", 0),  # cut to the step
        ("linear", "BTCUSDT", "59000.05", "0.001", 10001),
        ("linear", "BTCUSDT", "1999999.9", "0.001", 110003),
        ("linear", "BTCUSDT", "59000", "1190", 110007),
        ("linear", "BTCUSDT", "59000", "1190.001", 10001),
        ("linear", "BTCUSDT", "100", "0.049", 110094),
        ("linear", "BTCUSDT", "100", "0.050", 0),
        ("linear", "NOPE", "100", "1", 10001),
        ("inverse", "BTCUSD", "59000", "1", 0),
        ("inverse", "BTCUSD", "59000", "0.9", 110017),
        ("inverse", "BTCUSD", "59000.2", "1", 10001),
        ("inverse", "BTCUSDT", "59000", "1", 10001),
    ],
)
def test_filters_from_both_sides(
    bybit: LocalBybit, category: str, symbol: str, price: str, qty: str, code: int
) -> None:
    wallet = bybit.world.markets["bybit", "linear"].wallet("sim-1")
    wallet.free.update(dict.fromkeys(wallet.free, 0) | {"USDT": 10**18, "BTC": 10**12})
    assert bybit.limit(category, "Buy", price, qty, symbol=symbol).code == code


def test_a_quantity_above_the_greatest_is_told_in_scaled_numbers(bybit: LocalBybit) -> None:
    refused = bybit.market("linear", "Buy", "501")
    assert "order_qty:50100000000 > max_qty:50000000000" in refused.body["retMsg"]
    assert bybit.order("linear", bybit.limit("linear", "Buy", "59000", "0.0019"))["qty"] == "0.001"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"side": "Long"}, 10001),
        ({"orderType": "Stop"}, 10001),
        ({"timeInForce": "DAY"}, 10001),
        ({"timeInForce": "RPI"}, 110119),
        ({"positionIdx": 1}, 10001),
        ({"positionIdx": "0"}, 0),
        ({"reduceOnly": True}, 110017),
        ({"reduceOnly": "true"}, 10001),
        ({"price": ""}, 10001),
        ({"orderIv": "0.5"}, 10001),
    ],
)
def test_parameters(bybit: LocalBybit, changed: dict[str, Any], code: int) -> None:
    wish = {"category": "linear", "orderType": "Limit", "price": "59000", "qty": "0.01", **changed}
    assert bybit.create(**wish).code == code


def test_reduce_only_never_opens(bybit: LocalBybit) -> None:
    bybit.market("linear", "Buy", "0.2")
    resting = bybit.limit("linear", "Sell", "62000", "0.5", reduceOnly=True)
    assert bybit.order("linear", resting)["qty"] == "0.200"
    bybit.market("linear", "Sell", "0.15")
    assert bybit.order("linear", resting)["qty"] == "0.050"
    bybit.market("linear", "Sell", "0.3", reduceOnly=True)
    assert bybit.position("linear")["size"] == "0.000"
    assert bybit.order("linear", resting)["orderStatus"] == "Cancelled"


def test_zero_closes_the_whole_position(bybit: LocalBybit) -> None:
    assert bybit.market("linear", "Sell", "0", reduceOnly=True, closeOnTrigger=True).code == 110017
    bybit.market("linear", "Buy", "0.2")
    assert bybit.market("linear", "Sell", "0", reduceOnly=True).code == 110017
    assert bybit.market("linear", "Sell", "0", reduceOnly=True, closeOnTrigger=True).code == 0
    assert bybit.position("linear")["size"] == "0.000"


def test_conditions(bybit: LocalBybit) -> None:
    rise = {"triggerPrice": "61000", "triggerDirection": 1}
    assert bybit.market("linear", "Buy", "0.1", **{**rise, "triggerPrice": "59000"}).code == 110092
    assert bybit.market("linear", "Buy", "0.1", **{**rise, "triggerDirection": 2}).code == 110093
    assert bybit.market("linear", "Buy", "0.1", triggerPrice="61000").code == 10001
    stop = bybit.market("linear", "Buy", "0.1", **rise, triggerBy="MarkPrice")
    row = bybit.order("linear", stop)
    assert (row["orderStatus"], row["triggerDirection"], row["triggerBy"]) == ("Untriggered", 1, "MarkPrice")
    assert (row["stopOrderType"], bybit.coin("USDT")["totalOrderIM"]) == ("Stop", "0")
    wish = {"category": "linear", "symbol": "BTCUSDT", "orderId": stop.result["orderId"]}
    assert bybit.post("order/amend", **wish, triggerPrice="59000").code == 110092
    assert bybit.post("order/amend", **wish, triggerPrice="61500", qty="0.2").code == 0
    bybit.move("linear", 61_000)
    assert bybit.order("linear", stop)["orderStatus"] == "Untriggered"
    bybit.move("linear", 61_500)
    assert bybit.order("linear", stop)["orderStatus"] == "Filled"
    assert bybit.position("linear")["size"] == "0.200"
    codes = [bybit.market("linear", "Sell", "0.1", triggerPrice="60000", triggerDirection=2).code for _ in range(11)]
    assert (codes.count(0), codes[-1]) == (10, 110009)


def test_a_cancelled_condition_is_deactivated(bybit: LocalBybit) -> None:
    stop = bybit.market("linear", "Buy", "0.1", triggerPrice="61000", triggerDirection=1)
    assert bybit.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=stop.result["orderId"]).code == 0
    assert bybit.order("linear", stop)["orderStatus"] == "Deactivated"


def test_prices_beyond_the_band_are_moved_without_a_word(bybit: LocalBybit) -> None:
    moved = bybit.limit("linear", "Buy", "70000", "0.1", timeInForce="PostOnly")
    assert bybit.order("linear", moved)["price"] == "63000.0"
    assert bybit.post("account/set-limit-px-action", category="inverse", modifyEnable=False).code == 0
    refused = bybit.limit("linear", "Buy", "70000", "0.1")
    assert (refused.code, refused.body["retMsg"]) == (
        110121,
        "Order price cannot be higher than 63000.0, the price limitation",
    )
    assert bybit.limit("linear", "Sell", "50000", "0.1").code == 110120


def test_every_asset_backs_every_position(bybit: LocalBybit) -> None:
    wallet = bybit.world.markets["bybit", "linear"].wallet("sim-1")
    wallet.free["USDT"] = wallet.free["USDC"] = 0
    assert bybit.market("linear", "Buy", "1", symbol="BTCPERP").code == 0
    usdc = bybit.coin("USDC")
    assert float(usdc["walletBalance"]) == 0
    assert float(usdc["borrowAmount"]) > 30  # its fee
    account = bybit.get("account/wallet-balance", accountType="UNIFIED").rows[0]
    assert (account["totalInitialMargin"], account["accountType"]) == ("6000", "UNIFIED")
    wallet.free.update(dict.fromkeys(wallet.free, 0))
    assert bybit.market("linear", "Buy", "1").code == 110007


def test_cancel_all_needs_to_know_which(bybit: LocalBybit) -> None:
    bybit.limit("linear", "Buy", "59000", "0.1")
    bybit.limit("linear", "Buy", "59000", "0.1", symbol="BTCPERP")
    bybit.market("linear", "Buy", "0.1", triggerPrice="61000", triggerDirection=1)
    assert bybit.post("order/cancel-all", category="linear").code == 10001
    stops = bybit.post("order/cancel-all", category="linear", settleCoin="USDT", orderFilter="StopOrder").result
    assert len(stops["list"]) == 1
    assert len(bybit.post("order/cancel-all", category="linear", baseCoin="BTC").rows) == 2
    assert bybit.post("order/cancel", category="linear", symbol="BTCUSDT", orderLinkId="nope").code == 110001


def test_amending_to_what_is_filled_is_refused(bybit: LocalBybit) -> None:
    ack = bybit.limit("linear", "Sell", "60000", "0.5")  # inside the spread
    bybit.limit("linear", "Buy", "60000", "0.2", who=2)
    row = bybit.order("linear", ack)
    assert (row["orderStatus"], row["cumExecQty"], row["leavesQty"]) == ("PartiallyFilled", "0.200", "0.300")
    wish = {"category": "linear", "symbol": "BTCUSDT", "orderId": ack.result["orderId"]}
    assert bybit.post("order/amend", **wish, qty="0.2").code == 110064
    assert bybit.post("order/amend", **wish, qty="0.201").code == 0
    assert bybit.order("linear", ack)["leavesQty"] == "0.001"


def test_fee_rates_and_position_pages(bybit: LocalBybit) -> None:
    assert bybit.get("account/fee-rate", category="linear", symbol="BTCUSDT").rows == [
        {"symbol": "BTCUSDT", "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"}
    ]
    options = bybit.get("account/fee-rate", category="option", baseCoin="BTC").result
    assert (options["category"], options["list"][0]["baseCoin"]) == ("option", "BTC")
    for symbol, qty in (("BTCUSDT", "0.1"), ("ETHUSDT", "1"), ("SOLUSDT", "1")):
        bybit.market("linear", "Buy", qty, symbol=symbol)
    assert bybit.get("position/list", category="linear").code == 10001
    first = bybit.get("position/list", category="linear", settleCoin="USDT", limit=2)
    rest = bybit.get("position/list", category="linear", settleCoin="USDT", limit=2, cursor="page_token=2&")
    assert ([row["symbol"] for row in first.rows], first.result["nextPageCursor"]) == (
        ["BTCUSDT", "ETHUSDT"],
        "page_token%3D2%26",
    )
    assert ([row["symbol"] for row in rest.rows], rest.result["nextPageCursor"]) == (["SOLUSDT"], "")


def test_one_price_wakes_every_stop_that_it_reaches(bybit: LocalBybit) -> None:
    stop = {"triggerPrice": "61000", "triggerDirection": 1}
    acks = [bybit.market("linear", "Sell", "0.1", **stop) for _ in range(3)]
    bybit.move("linear", 61_000)
    assert [bybit.order("linear", ack)["orderStatus"] for ack in acks] == ["Filled"] * 3
