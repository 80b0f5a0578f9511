"""What each account level and position mode of OKX allows."""

from __future__ import annotations

from typing import Any

import pytest
from okx_support import SPOT, SWAP, Local


@pytest.fixture
def local() -> Local:
    return Local()


def future(local: Local) -> str:
    return str(local.get("/public/instruments", instType="FUTURES", instFamily="BTC-USDT").data[0]["instId"])


def option(local: Local) -> str:
    return str(local.get("/public/instruments", instType="OPTION", instFamily="BTC-USD").data[0]["instId"])


def verdict(local: Local, what: str, mode: str, **fields: object) -> str:
    inst_id = {"SPOT": SPOT, "SWAP": SWAP, "FUTURES": future(local), "OPTION": option(local)}[what]
    px, sz = {"SPOT": ("59000", "0.01"), "OPTION": ("0.1", "1")}.get(what, ("59000", "1"))
    wish: dict[str, Any] = {"instId": inst_id, "tdMode": mode, "side": "buy", "ordType": "limit", "px": px, "sz": sz}
    return local.place(**{**wish, **fields}).row["sCode"]


class TestLevels:
    @pytest.mark.parametrize(
        ("level", "what", "cash", "cross", "isolated"),
        [
            (1, "SPOT", "0", "51010", "51010"),
            (1, "SWAP", "51010", "51010", "51010"),
            (1, "FUTURES", "51010", "51010", "51010"),
            (1, "OPTION", "0", "51010", "51010"),
            (2, "SPOT", "0", "51000", "51000"),  # margin needs ccy
            (2, "SWAP", "51000", "0", "0"),
            (2, "FUTURES", "51000", "0", "0"),
            (2, "OPTION", "51000", "0", "0"),
            (3, "SPOT", "51000", "0", "50072"),
            (3, "SWAP", "51000", "0", "50072"),
            (3, "FUTURES", "51000", "0", "50072"),
            (3, "OPTION", "51000", "0", "50072"),
            (4, "SPOT", "51000", "0", "50072"),
            (4, "SWAP", "51000", "0", "50072"),
            (4, "FUTURES", "51000", "0", "50072"),
            (4, "OPTION", "51000", "0", "50072"),
        ],
    )
    def test_trade_modes(self, local: Local, level: int, what: str, cash: str, cross: str, isolated: str) -> None:
        local.level(level)
        assert {mode: verdict(local, what, mode) for mode in ("cash", "cross", "isolated")} == {
            "cash": cash,
            "cross": cross,
            "isolated": isolated,
        }

    def test_level_one_buys_options_and_sells_them_again(self, local: Local) -> None:
        local.level(1)
        assert verdict(local, "OPTION", "cash", side="sell") == "51010"
        assert verdict(local, "OPTION", "cash", px="0.2", sz="2") == "0"
        assert [verdict(local, "OPTION", "cash", side="sell", px="0.2", sz=sz) for sz in ("3", "2")] == ["51010", "0"]

    def test_the_configuration_tells(self, local: Local) -> None:
        assert local.get("/account/config").data[0]["acctLv"] == "2"
        local.level(4)
        assert [local.get("/account/config", who).data[0]["acctLv"] for who in (1, 2)] == ["4", "2"]

    @pytest.mark.parametrize(("level", "mode"), [(1, "cash"), (2, "cash"), (3, "cross"), (4, "cross")])
    def test_a_market_order_tells_in_which_coin_it_was_sized(self, local: Local, level: int, mode: str) -> None:
        local.level(level)
        for target, size in (("base_ccy", "0.01"), ("quote_ccy", "600")):
            wish = {"side": "buy", "ordType": "market", "sz": size, "tgtCcy": target, "clOrdId": target[:4]}
            assert local.place(tdMode=mode, **wish).verdicts == ["0"]
            told = local.order(clOrdId=target[:4])
            assert (told["tgtCcy"], told["sz"]) == (target, size)

    @pytest.mark.parametrize(
        ("level", "status", "code"), [("0", 400, "51000"), ("5", 400, "51000"), ("", 400, "50014")]
    )
    def test_no_such_level(self, local: Local, level: str, status: int, code: str) -> None:
        reply = local.post("/account/set-account-level", {"acctLv": level})
        assert (reply.status, reply.code) == (status, code)

    def test_no_change_with_an_order_a_position_or_an_algo_order(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", clOrdId="a1")
        change = {"acctLv": "3"}
        assert local.post("/account/set-account-level", change).code == "59000"
        local.post("/trade/cancel-order", {"instId": SPOT, "clOrdId": "a1"})
        local.swap("buy", "1")
        assert local.post("/account/set-account-level", change).code == "59000"
        local.post("/trade/close-position", {"instId": SWAP, "mgnMode": "cross"})
        assert local.post("/account/set-account-level", change).code == "0"


class TestPortfolioMargin:
    @pytest.fixture
    def pm(self, local: Local) -> Local:
        local.level(4)
        return local

    def test_a_batch_goes_wholly_or_not_at_all(self, pm: Local) -> None:
        good = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "limit", "px": "59000", "sz": "1"}
        bad = {**good, "sz": "0.005"}
        reply = pm.post("/trade/batch-orders", [good, bad, good])
        assert (reply.code, reply.verdicts) == ("1", ["54004", "51121", "54004"])
        assert pm.get("/trade/orders-pending").data == []
        assert pm.post("/trade/batch-orders", [good, good]).verdicts == ["0", "0"]

    def test_a_batch_whose_sum_is_too_much_leaves_nothing_behind(self, pm: Local) -> None:
        half = {"instId": "ETH-USDT", "tdMode": "cross", "side": "buy", "ordType": "limit", "px": "3000", "sz": "2000"}
        reply = pm.post("/trade/batch-orders", [half, half])
        assert (reply.code, reply.verdicts) == ("1", ["54004", "51008"])
        assert pm.balance("USDT")["ordFrozen"] == "0"

    def test_so_does_a_batch_of_changes(self, pm: Local) -> None:
        for name in ("a1", "a2"):
            pm.place(instId=SWAP, tdMode="cross", side="buy", ordType="limit", px="59000", sz="1", clOrdId=name)
        change = {"instId": SWAP, "newPx": "58000"}
        wish = [{**change, "clOrdId": "a1"}, {**change, "clOrdId": "a3"}]
        assert pm.post("/trade/amend-batch-orders", wish).verdicts == ["54004", "51503"]
        assert pm.order(instId=SWAP, clOrdId="a1")["px"] == "59000"
        wish[1]["clOrdId"] = "a2"
        assert pm.post("/trade/amend-batch-orders", wish).verdicts == ["0", "0"]

    @pytest.mark.parametrize(
        ("path", "body", "code"),
        [
            ("/account/set-position-mode", {"posMode": "long_short_mode"}, "51041"),
            ("/account/set-leverage", {"instId": SWAP, "lever": "5", "mgnMode": "cross"}, "51039"),
            (
                "/trade/order-algo",
                {"instId": SWAP, "tdMode": "cross", "side": "sell", "ordType": "conditional", "closeFraction": "1",
                 "slTriggerPx": "59000", "slOrdPx": "-1"},
                "51332",
            ),
            (
                "/trade/order",
                {"instId": SWAP, "tdMode": "cross", "side": "sell", "ordType": "market", "sz": "1", "reduceOnly": True},
                "51205",
            ),
        ],
    )  # fmt: skip
    def test_what_it_lacks(self, pm: Local, path: str, body: dict[str, object], code: str) -> None:
        assert pm.post(path, body).refusal == (200, code)

    def test_what_it_does_not_tell(self, pm: Local) -> None:
        assert pm.get("/account/leverage-info", instId=SWAP, mgnMode="cross").code == "59111"
        assert pm.get("/account/max-size", instId=SWAP, tdMode="cross").code == "59202"

    def test_hedge_mode_comes_to_an_end_first(self, local: Local) -> None:
        local.post("/account/set-position-mode", {"posMode": "long_short_mode"})
        assert local.post("/account/set-account-level", {"acctLv": "4"}).code == "51041"

    def test_mass_cancel_takes_the_mmp_orders_of_a_family(self, pm: Local) -> None:
        wish = {"instId": option(pm), "tdMode": "cross", "side": "buy", "px": "0.001", "sz": "1"}
        for kind in ("mmp", "limit", "mmp_and_post_only"):
            assert pm.place(**wish, ordType=kind).code == "0"
        family = {"instType": "OPTION", "instFamily": "BTC-USD", "lockInterval": "0"}
        assert pm.post("/trade/mass-cancel", {**family, "instFamily": "ETH-USD"}).data == [{"result": True}]
        assert len(pm.get("/trade/orders-pending").data) == 3
        assert pm.post("/trade/mass-cancel", family).data == [{"result": True}]
        assert [row["ordType"] for row in pm.get("/trade/orders-pending").data] == ["limit"]

    @pytest.mark.parametrize(
        ("fields", "code"),
        [({"instType": "SWAP"}, "51000"), ({"lockInterval": "10001"}, "51000"), ({"instFamily": "X-Y"}, "54008")],
    )
    def test_mass_cancel_refusals(self, pm: Local, fields: dict[str, str], code: str) -> None:
        wish = {"instType": "OPTION", "instFamily": "BTC-USD", "lockInterval": "0", **fields}
        assert pm.post("/trade/mass-cancel", wish).code == code

    def test_mass_cancel_is_for_level_four(self, local: Local) -> None:
        assert local.post("/trade/mass-cancel", {"instType": "OPTION", "instFamily": "BTC-USD"}).code == "51010"


class TestPositionModes:
    def test_long_short_mode_names_the_position(self, local: Local) -> None:
        assert local.post("/account/set-position-mode", {"posMode": "long_short_mode"}).code == "0"
        assert local.get("/account/config").data[0]["posMode"] == "long_short_mode"
        assert [verdict(local, "SWAP", "cross", posSide=side) for side in ("", "net", "long")] == [
            "51000",
            "51000",
            "0",
        ]
        assert verdict(local, "SWAP", "cross", posSide="short", side="sell", px="61000") == "0"
        assert verdict(local, "SWAP", "cross", posSide="short") == "51169", "it would close what is not there"
        assert verdict(local, "OPTION", "cross") == "0"
        assert verdict(local, "SPOT", "cash") == "0"
        assert verdict(local, "SPOT", "cash", posSide="long") == "51000"

    def test_net_mode_takes_net_or_nothing(self, local: Local) -> None:
        assert [verdict(local, "SWAP", "cross", posSide=side) for side in ("", "net", "long")] == ["0", "0", "51000"]

    def test_no_change_while_something_is_open(self, local: Local) -> None:
        local.swap("buy", "1")
        assert local.post("/account/set-position-mode", {"posMode": "long_short_mode"}).code == "59000"
        assert local.post("/account/set-position-mode", {"posMode": "net_mode"}).code == "0", "it is so already"
        assert local.post("/account/set-position-mode", {"posMode": "both"}).code == "51000"


class TestLeverage:
    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"lever": "100"}, "0"),
            ({"lever": "100.01"}, "59102"),
            ({"lever": "2.5"}, "0"),
            ({"lever": "0"}, "51000"),
            ({"lever": ""}, "50014"),
            ({"mgnMode": "cash"}, "51000"),
            ({"instId": ""}, "50015"),
            ({"instId": "X"}, "51001"),
        ],
    )
    def test_bounds(self, local: Local, fields: dict[str, str], code: str) -> None:
        wish = {"instId": SWAP, "lever": "5", "mgnMode": "cross", **fields}
        assert local.post("/account/set-leverage", wish).code == code

    def test_it_is_kept_per_mode_and_instrument(self, local: Local) -> None:
        local.post("/account/set-leverage", {"instId": SWAP, "lever": "5", "mgnMode": "cross"})
        local.post("/account/set-leverage", {"instId": SWAP, "lever": "7", "mgnMode": "isolated"})
        found = [
            local.get("/account/leverage-info", instId=f"{SWAP},ETH-USDT-SWAP", mgnMode=mode).data
            for mode in ("cross", "isolated")
        ]
        assert [[row["lever"] for row in rows] for rows in found] == [["5", "20"], ["7", "20"]]

    def test_dated_futures_on_cross_margin_share_it_by_family(self, local: Local) -> None:
        names = [
            row["instId"] for row in local.get("/public/instruments", instType="FUTURES", instFamily="BTC-USDT").data
        ]
        local.post("/account/set-leverage", {"instId": names[0], "lever": "4", "mgnMode": "cross"})
        rows = local.get("/account/leverage-info", instId=",".join(names), mgnMode="cross").data
        assert [row["lever"] for row in rows] == ["4", "4"]

    def test_isolated_sides_in_long_short_mode(self, local: Local) -> None:
        local.post("/account/set-position-mode", {"posMode": "long_short_mode"})
        wish = {"instId": SWAP, "lever": "9", "mgnMode": "isolated"}
        assert local.post("/account/set-leverage", wish).code == "51000"
        assert local.post("/account/set-leverage", {**wish, "posSide": "short"}).data[0]["posSide"] == "short"
        rows = local.get("/account/leverage-info", instId=SWAP, mgnMode="isolated").data
        assert {row["posSide"]: row["lever"] for row in rows} == {"long": "20", "short": "9"}

    def test_too_little_for_the_margin_it_would_need(self, local: Local) -> None:
        local.post("/account/set-leverage", {"instId": SWAP, "lever": "50", "mgnMode": "cross"})
        for _ in range(20):
            assert local.swap("buy", "3400", instId=SWAP, ordType="limit", px="60100").code == "0"
        local.move(SWAP, "60050")
        reply = local.post("/account/set-leverage", {"instId": SWAP, "lever": "1", "mgnMode": "cross"})
        assert reply.code == "59108"
        assert local.get("/account/leverage-info", instId=SWAP, mgnMode="cross").data[0]["lever"] == "50"

    def test_of_pairs_and_currencies(self, local: Local) -> None:
        local.post("/account/set-leverage", {"instId": SPOT, "lever": "4", "mgnMode": "cross"})
        local.post("/account/set-leverage", {"ccy": "BTC", "lever": "6", "mgnMode": "cross"})
        asked = ({"instId": SPOT}, {"ccy": "BTC"})
        rows = [local.get("/account/leverage-info", mgnMode="cross", **each).data[0]["lever"] for each in asked]
        assert rows == ["4", "6"]
