"""Bybit: position mode, margin mode and leverage."""

from __future__ import annotations

import pytest
from bybit_support import LocalBybit


@pytest.fixture
def bybit() -> LocalBybit:
    return LocalBybit()


def test_hedge_mode_holds_two_positions(bybit: LocalBybit) -> None:
    wish = {"category": "linear", "symbol": "BTCUSDT"}
    assert bybit.post("position/switch-mode", **wish, mode=0).code == 110025
    assert bybit.post("position/switch-mode", **wish, mode=1).code == 10001
    assert bybit.post("position/switch-mode", **wish, mode=3).code == 0
    unfit = bybit.market("linear", "Buy", "0.2")
    assert (unfit.code, unfit.body["retMsg"]) == (10001, "position idx not match position mode")
    bybit.market("linear", "Buy", "0.2", positionIdx=1)
    bybit.market("linear", "Sell", "0.1", positionIdx=2)
    rows = bybit.get("position/list", **wish).rows
    assert [(row["positionIdx"], row["side"], row["size"]) for row in rows] == [
        (1, "Buy", "0.200"),
        (2, "Sell", "0.100"),
    ]
    assert bybit.market("linear", "Buy", "0.2", positionIdx=2).code == 0  # closes, never turns
    assert bybit.market("linear", "Buy", "0.2", positionIdx=2).code == 110017
    assert bybit.post("position/switch-mode", **wish, mode=0).code == 110024
    bybit.market("linear", "Sell", "0.2", positionIdx=1)
    bybit.limit("linear", "Buy", "59000", "0.1", positionIdx=1)
    assert bybit.post("position/switch-mode", **wish, mode=0).code == 110028


def test_the_mode_of_a_coin_leaves_busy_symbols_alone(bybit: LocalBybit) -> None:
    bybit.market("linear", "Buy", "0.2")
    wish = {"category": "linear", "coin": "USDT", "mode": 3}
    assert bybit.post("position/switch-mode", **wish).code == 0
    assert bybit.market("linear", "Buy", "0.2").code == 0
    assert bybit.market("linear", "Buy", "1", symbol="ETHUSDT").code == 10001
    assert bybit.market("linear", "Buy", "1", symbol="ETHUSDT", positionIdx=1).code == 0
    assert bybit.post("position/switch-mode", **{**wish, "coin": "USDC"}).code == 110029
    for category, symbol in (("linear", "BTCPERP"), ("inverse", "BTCUSD")):
        refused = bybit.post("position/switch-mode", category=category, symbol=symbol, mode=3)
        assert refused.code == 110029
    assert bybit.market("linear", "Buy", "0.1", symbol="BTCPERP").code == 0


def test_leverage(bybit: LocalBybit) -> None:
    wish = {"category": "linear", "symbol": "BTCUSDT"}

    def asked(buy: str, sell: str, **more: str) -> int:
        return bybit.post("position/set-leverage", **{**wish, **more}, buyLeverage=buy, sellLeverage=sell).code

    assert [asked("10", "10"), asked("12", "12"), asked("12", "10")] == [110043, 0, 10001]
    assert [asked("0.5", "0.5"), asked("100.01", "100.01"), asked("100", "100")] == [10001, 110013, 0]
    assert asked("5", "5", category="spot") == 10001
    bybit.market("linear", "Buy", "1")
    assert asked("50", "50") == 0
    held = bybit.position("linear")
    assert (held["leverage"], held["positionIM"]) == ("50", "1200")
    wallet = bybit.world.markets["bybit", "linear"].wallet("sim-1")
    wallet.free.update(dict.fromkeys(wallet.free, 0) | {"USDT": 1500 * 10**12})
    assert [asked("30", "30"), bybit.position("linear")["leverage"]] == [110044, "50"]


def test_isolated_accounts(bybit: LocalBybit) -> None:
    assert bybit.post("account/set-margin-mode", setMarginMode="REGULAR_MARGIN").code == 110026
    assert bybit.post("account/set-margin-mode", setMarginMode="ISOLATED_MARGIN").code == 0
    assert bybit.get("account/info").result["marginMode"] == "ISOLATED_MARGIN"
    option = next(iter(bybit.world.markets["bybit", "option"].instruments))
    assert bybit.limit("option", "Buy", "500", "0.1", symbol=option, orderLinkId="o-1").code == 3200403
    bybit.post("position/switch-mode", category="linear", symbol="BTCUSDT", mode=3)
    apart = {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "10", "sellLeverage": "25"}
    assert bybit.post("position/set-leverage", **apart).code == 0
    bybit.market("linear", "Sell", "0.5", positionIdx=2)
    rows = bybit.get("position/list", category="linear", settleCoin="USDT").rows
    assert [(row["positionIdx"], row["leverage"]) for row in rows] == [(2, "25")]
    assert bybit.post("account/set-margin-mode", setMarginMode="REGULAR_MARGIN").code == 3400045
    bybit.world.markets["bybit", "linear"].wallet("sim-1").free["USDC"] = 0
    assert bybit.market("linear", "Buy", "0.1", symbol="BTCPERP").code == 110007  # nothing else backs it now
    asked = {"category": "linear", "symbol": "BTCUSDT"}
    rows = bybit.get("position/symbol-info", **asked).rows
    assert [(row["positionIdx"], row["leverage"]) for row in rows] == [(1, "10"), (2, "25")]
    assert bybit.post("account/set-margin-mode", who=2, setMarginMode="PORTFOLIO_MARGIN").code == 0
    assert bybit.get("position/symbol-info", who=2, **asked).code == 110077
