"""Futures positions, their margin and their settings, balances and income."""

from __future__ import annotations

from decimal import Decimal

import pytest
from usdm_support import Futures

from simulator.amounts import parse
from simulator.funding import pay_funding

RISK = {
    "symbol", "positionSide", "positionAmt", "entryPrice", "breakEvenPrice", "markPrice", "unRealizedProfit",
    "liquidationPrice", "isolatedMargin", "notional", "marginAsset", "isolatedWallet", "initialMargin", "maintMargin",
    "positionInitialMargin", "openOrderInitialMargin", "adl", "bidNotional", "askNotional", "updateTime",
}  # fmt: skip


@pytest.fixture
def futures() -> Futures:
    return Futures()


def move(futures: Futures, price: str) -> None:
    futures.market.move("BTCUSDT", parse(price))


def hedge(futures: Futures) -> None:
    assert futures.post("positionSide/dual", dualSidePosition="true").body == {"code": 200, "msg": "success"}


def test_a_position_from_opening_to_closing(futures: Futures) -> None:
    assert futures.call("GET", "/fapi/v3/positionRisk").body == []
    futures.buy_market("0.1")
    (row,) = futures.call("GET", "/fapi/v3/positionRisk").body
    assert set(row) == RISK
    assert (row["positionAmt"], row["entryPrice"], row["notional"]) == ("0.100", "60000.1", "6000.00000000")
    assert (row["initialMargin"], row["maintMargin"], row["isolatedMargin"]) == (
        "300.00000000",
        "24.00000000",
        "0.00000000",
    )
    move(futures, "61000")
    assert futures.position()["unRealizedProfit"] == "99.99000000"
    futures.sell_market("0.1")
    trade = futures.call("GET", "/fapi/v1/userTrades", symbol="BTCUSDT").body[-1]
    assert (trade["price"], trade["realizedPnl"], trade["commission"]) == ("60999.90", "99.98000000", "3.04999500")
    assert futures.call("GET", "/fapi/v3/positionRisk").body == []
    assert futures.position()["positionAmt"] == "0.000"


def test_a_position_turns_over(futures: Futures) -> None:
    futures.buy_market("0.1")
    futures.sell_market("0.3")
    row = futures.position()
    assert (row["positionAmt"], row["entryPrice"], row["notional"]) == ("-0.200", "59999.9", "-12000.00000000")


def test_the_balance_is_what_came_in_and_went_out(futures: Futures) -> None:
    futures.buy_market("0.1")
    move(futures, "61000")
    futures.sell_market("0.1")
    income = futures.call("GET", "/fapi/v1/income").body
    assert [row["incomeType"] for row in income] == ["COMMISSION", "REALIZED_PNL", "COMMISSION"]
    balance = Decimal(futures.asset()["walletBalance"])
    assert balance == 10_000_000 + sum(Decimal(row["income"]) for row in income)
    only = futures.call("GET", "/fapi/v1/income", incomeType="REALIZED_PNL", symbol="BTCUSDT").body
    assert [row["income"] for row in only] == ["99.98000000"]
    assert futures.call("GET", "/fapi/v1/income", symbol="ETHUSDT").body == []


def test_funding_moves_from_longs_to_shorts(futures: Futures) -> None:
    futures.buy_market("0.1")
    futures.sell_market("0.1", who=2)
    pay_funding(futures.market, "BTCUSDT", parse("0.0001"))
    paid = [futures.call("GET", "/fapi/v1/income", who, incomeType="FUNDING_FEE").body[0]["income"] for who in (1, 2)]
    assert paid == ["-0.60000000", "0.60000000"]


def test_margin_and_what_is_left(futures: Futures) -> None:
    futures.buy_market("0.1")
    futures.limit("BUY", "59000", "0.1")
    asset = futures.asset()
    assert (asset["positionInitialMargin"], asset["openOrderInitialMargin"]) == ("300.00000000", "295.00000000")
    wallet, unrealised = Decimal(asset["walletBalance"]), Decimal(asset["unrealizedProfit"])
    assert Decimal(asset["availableBalance"]) == wallet + unrealised - 595
    futures.limit("SELL", "61000", "0.1")
    assert futures.asset()["openOrderInitialMargin"] == "295.00000000", "an order against the position needs nothing"
    futures.limit("SELL", "61000", "0.2")
    assert Decimal(futures.asset()["openOrderInitialMargin"]) == 315, "0.3 sold against 0.1 held"


@pytest.mark.parametrize(("quantity", "status"), [("1.0", 200), ("1.001", 400)])
def test_an_order_needs_its_margin(futures: Futures, quantity: str, status: int) -> None:
    futures.market.wallet("sim-1").free["USDT"] = parse("2950")
    answer = futures.limit("BUY", "59000", quantity)
    assert answer.status == status
    if status == 400:
        assert answer.refusal == (400, -2019, "Margin is insufficient.")


def test_leverage(futures: Futures) -> None:
    assert futures.post("leverage", symbol="BTCUSDT", leverage=50).body == {
        "symbol": "BTCUSDT",
        "leverage": 50,
        "maxNotionalValue": "12000000",
    }
    futures.buy_market("0.1")
    assert futures.asset()["positionInitialMargin"] == "120.00000000"
    assert futures.position()["leverage"] == "50"
    assert futures.post("leverage", symbol="BTCUSDT", leverage=126).refusal == (400, -4028, "Leverage 126 is not valid")
    assert futures.post("leverage", symbol="BTCUSDT", leverage=0).code == -4028
    futures.market.wallet("sim-1").free["USDT"] = parse("200")
    assert futures.post("leverage", symbol="BTCUSDT", leverage=10).code == -2028
    assert futures.post("leverage", symbol="BTCUSDT", leverage=100).status == 200


def test_the_greatest_position_at_a_leverage(futures: Futures) -> None:
    futures.post("leverage", symbol="BTCUSDT", leverage=125)
    assert futures.limit("BUY", "60000", "5").status == 200
    assert futures.limit("BUY", "59000", "0.1").code == -2027
    assert futures.limit("SELL", "61000", "0.1").status == 200
    futures.call("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    futures.post("leverage", symbol="BTCUSDT", leverage=100)
    futures.limit("BUY", "59000", "10")
    assert futures.post("leverage", symbol="BTCUSDT", leverage=125).code == -2027


def test_isolated_margin(futures: Futures) -> None:
    wish = {"symbol": "BTCUSDT", "marginType": "ISOLATED"}
    assert futures.post("marginType", **wish).body == {"code": 200, "msg": "success"}
    assert futures.post("marginType", **wish).code == -4046
    futures.buy_market("0.1")
    row = futures.position()
    assert (row["marginType"], row["isolatedWallet"]) == ("isolated", "300.00050000")
    assert row["isolatedMargin"] == "299.99050000"
    asset = futures.asset()
    assert Decimal(asset["walletBalance"]) - Decimal(asset["crossWalletBalance"]) == Decimal("300.0005")
    assert asset["crossUnPnl"] == "0.00000000"
    assert futures.post("marginType", symbol="BTCUSDT", marginType="CROSSED").code == -4048
    assert futures.post("leverage", symbol="BTCUSDT", leverage=10).code == -4161
    futures.sell_market("0.05")
    assert futures.position()["isolatedWallet"] == "150.00025000"
    futures.sell_market("0.05")
    assert futures.position()["isolatedWallet"] == "0.00000000"
    futures.limit("BUY", "59000", "0.01")
    assert futures.post("marginType", symbol="BTCUSDT", marginType="CROSSED").code == -4047


def test_adding_and_taking_isolated_margin(futures: Futures) -> None:
    wish = {"symbol": "BTCUSDT", "amount": "100", "type": 1}
    assert futures.post("positionMargin", **wish).code == -4054
    futures.post("marginType", symbol="BTCUSDT", marginType="ISOLATED")
    futures.buy_market("0.1")
    added = futures.post("positionMargin", **wish).body
    assert added == {"code": 200, "msg": "Successfully modify position margin.", "amount": 100.0, "type": 1}
    assert futures.position()["isolatedWallet"] == "400.00050000"
    assert futures.post("positionMargin", **{**wish, "type": 2}).status == 200
    assert futures.post("positionMargin", **{**wish, "type": 2}).code == -4051
    assert futures.post("positionMargin", **{**wish, "amount": "10000000"}).code == -4050
    assert futures.post("positionMargin", **{**wish, "amount": "0"}).code == -4055


def test_hedge_mode_holds_both_sides(futures: Futures) -> None:
    hedge(futures)
    assert futures.call("GET", "/fapi/v1/positionSide/dual").body == {"dualSidePosition": True}
    assert futures.post("positionSide/dual", dualSidePosition="true").code == -4059
    assert futures.buy_market("0.1").code == -4061
    futures.buy_market("0.1", positionSide="LONG")
    futures.sell_market("0.2", positionSide="SHORT")
    assert [futures.position(side)["positionAmt"] for side in ("LONG", "SHORT")] == ["0.100", "-0.200"]
    assert {row["positionSide"] for row in futures.call("GET", "/fapi/v3/positionRisk").body} == {"LONG", "SHORT"}
    assert futures.sell_market("0.1", positionSide="LONG", reduceOnly="true").code == -1106
    closed = futures.sell_market("0.3", positionSide="LONG", newOrderRespType="RESULT").body
    assert (closed["status"], closed["executedQty"]) == ("FILLED", "0.100")
    assert futures.sell_market("0.1", positionSide="LONG").code == -2022
    assert futures.post("positionSide/dual", dualSidePosition="false").code == -4068
    futures.buy_market("0.2", positionSide="SHORT")
    futures.limit("BUY", "59000", "0.01", positionSide="LONG")
    assert futures.post("positionSide/dual", dualSidePosition="false").code == -4067


def test_reduce_only_orders_never_open(futures: Futures) -> None:
    assert futures.sell_market("0.1", reduceOnly="true").refusal == (400, -2022, "ReduceOnly Order is rejected.")
    futures.buy_market("0.1")
    assert futures.buy_market("0.1", reduceOnly="true").code == -2022
    resting = futures.limit("SELL", "61000", "0.3", reduceOnly="true", newClientOrderId="r").body
    assert (resting["origQty"], resting["reduceOnly"]) == ("0.100", True)
    futures.sell_market("0.04")
    assert futures.get(origClientOrderId="r").body["origQty"] == "0.060", "trimmed with the position"
    futures.sell_market("0.5", reduceOnly="true")
    assert futures.position()["positionAmt"] == "0.000"
    assert futures.get(origClientOrderId="r").body["status"] == "EXPIRED"


def test_multi_assets_mode_lets_every_asset_back_a_position(futures: Futures) -> None:
    futures.market.wallet("sim-1").free.update({"USDT": 0, "USDC": 0, "ETH": 0, "BNB": 0, "BTC": parse("1")})
    assert futures.buy_market("0.1").code == -2019
    assert futures.post("multiAssetsMargin", multiAssetsMargin="true").status == 200
    assert futures.post("multiAssetsMargin", multiAssetsMargin="true").code == -4171
    assert futures.call("GET", "/fapi/v1/multiAssetsMargin").body == {"multiAssetsMargin": True}
    assert futures.buy_market("0.1").status == 200
    account = futures.call("GET", "/fapi/v3/account").body
    assert account["totalWalletBalance"] == "59996.99999500"
    assert futures.asset()["walletBalance"] == "-3.00000500"
    assert futures.post("marginType", symbol="ETHUSDT", marginType="ISOLATED").code == -4168


def test_asset_mode_cannot_change_under_isolated_margin_or_open_orders(futures: Futures) -> None:
    futures.limit("BUY", "59000", "0.01")
    assert futures.post("multiAssetsMargin", multiAssetsMargin="true").code == -4170
    futures.post("marginType", symbol="ETHUSDT", marginType="ISOLATED")
    assert futures.post("multiAssetsMargin", multiAssetsMargin="true").code == -4167


def test_what_the_settings_are(futures: Futures) -> None:
    (config,) = futures.call("GET", "/fapi/v1/symbolConfig", symbol="BTCUSDT").body
    assert config == {
        "symbol": "BTCUSDT",
        "marginType": "CROSSED",
        "isAutoAddMargin": False,
        "leverage": 20,
        "maxNotionalValue": "100000000",
    }
    assert futures.call("GET", "/fapi/v1/accountConfig").body["dualSidePosition"] is False
    assert futures.call("GET", "/fapi/v1/commissionRate", symbol="BTCUSDT").body["takerCommissionRate"] == "0.0005"
    (row,) = futures.call("GET", "/fapi/v1/leverageBracket", symbol="BTCUSDT").body
    assert row["brackets"][1] == {
        "bracket": 2,
        "initialLeverage": 100,
        "notionalCap": 800_000,
        "notionalFloor": 300_000,
        "maintMarginRatio": 0.005,
        "cum": 300.0,
    }
    assert len(futures.call("GET", "/fapi/v2/positionRisk").body) == len(futures.market.instruments)


def test_the_whole_account_in_both_versions(futures: Futures) -> None:
    futures.buy_market("0.1")
    new, old = (futures.call("GET", f"/fapi/{version}/account").body for version in ("v3", "v2"))
    assert [row["symbol"] for row in new["positions"]] == ["BTCUSDT"]
    assert len(old["positions"]) == len(futures.market.instruments)
    same = {name: value for name, value in old.items() if name in new and name != "positions"}
    assert same == {name: value for name, value in new.items() if name != "positions"}
    assert next(row for row in old["positions"] if row["symbol"] == "BTCUSDT")["leverage"] == "20"
    balances = futures.call("GET", "/fapi/v3/balance").body
    assert [row["asset"] for row in balances] == ["USDT", "USDC", "BTC", "ETH", "BNB"]
    assert balances[0]["availableBalance"] == new["availableBalance"]


def test_spot_and_futures_balances_are_two(futures: Futures) -> None:
    futures.buy_market("0.1")
    assert futures.world.markets["binance", "spot"].wallet("sim-1").free["USDT"] == parse("10000000")
