"""Contracts on the OKX side: sizes, positions, profit and loss in the right coin, closing, options."""

from __future__ import annotations

from decimal import Decimal

import pytest
from okx_support import INVERSE, SPOT, SWAP, Local

from simulator.funding import pay_funding


@pytest.fixture
def local() -> Local:
    return Local()


def number(text: str) -> Decimal:
    return Decimal(text)


def option(local: Local, index: int = 4) -> str:
    """The first BTC options are calls and puts at 50000, 55000, 60000: number 4 is the call at the money."""
    return str(local.get("/public/instruments", instType="OPTION", instFamily="BTC-USD").data[index]["instId"])


class TestSizes:
    """`exchanges/okx.md`, section 8: 34 BTC-USDT-SWAP are 0.34 BTC, 5 BTC-USD-SWAP at 50000 are 500 USD or 0.01 BTC."""

    def test_linear(self, local: Local) -> None:
        local.swap("buy", "34")
        row = local.position(instId=SWAP)
        assert (row["pos"], row["notionalUsd"], row["ccy"]) == ("34", "20400", "USDT")

    def test_inverse(self, local: Local) -> None:
        local.move(INVERSE, "50000")
        local.swap("buy", "5", instId=INVERSE)
        local.move(SPOT, "50000")
        row = local.position(instId=INVERSE)
        assert (row["pos"], row["notionalUsd"], row["ccy"], row["imr"]) == ("5", "500", "BTC", "0.0005")

    def test_options(self, local: Local) -> None:
        name = option(local)
        local.place(instId=name, tdMode="cross", side="buy", ordType="limit", px="0.0405", sz="3")
        row = local.position(instId=name)
        assert (row["pos"], row["avgPx"], row["optVal"]) == ("3", "0.0405", "0.0012")  # 3 x 0.01 BTC x 0.04

    @pytest.mark.parametrize(
        ("inst_id", "sz", "code"),
        [
            (SWAP, "0.01", "0"),
            (SWAP, "0.001", "51121"),
            (SWAP, "34000", "0"),
            (SWAP, "34000.01", "51202"),
            (INVERSE, "0.1", "0"),
            (INVERSE, "0.05", "51121"),
        ],
    )
    def test_lots_and_greatest_sizes_of_market_orders(self, local: Local, inst_id: str, sz: str, code: str) -> None:
        reply = local.swap("buy", sz, instId=inst_id)
        assert reply.verdicts == [code] or (code == "0" and reply.verdicts == ["51008"])

    def test_tgt_ccy_is_ignored(self, local: Local) -> None:
        """OKX reads `sz` as contracts whatever `tgtCcy` says: what a wrong client must find out here."""
        local.swap("buy", "100", tgtCcy="quote_ccy")
        assert local.position(instId=SWAP)["pos"] == "100"

    @pytest.mark.parametrize(
        ("inst_id", "way", "size", "price", "expected"),
        [
            (SWAP, "1", "0.34", "", "34"),
            (SWAP, "1", "0.34009", "", "34"),
            (SWAP, "2", "34", "", "0.34"),
            (INVERSE, "1", "0.01", "50000", "5"),
            (INVERSE, "2", "5", "50000", "0.01"),
        ],
    )
    def test_conversion(self, local: Local, inst_id: str, way: str, size: str, price: str, expected: str) -> None:
        wish = {"instId": inst_id, "type": way, "sz": size, "px": price}
        assert local.get("/public/convert-contract-coin", **wish).data[0]["sz"] == expected

    @pytest.mark.parametrize(
        ("inst_id", "size", "code"),
        [(SPOT, "1", "51015"), (SWAP, "", "50014"), (INVERSE, "1", "50014"), ("X", "1", "51001")],
    )
    def test_conversion_refusals(self, local: Local, inst_id: str, size: str, code: str) -> None:
        assert local.get("/public/convert-contract-coin", instId=inst_id, sz=size).code == code


def test_expired(local: Local) -> None:
    row = local.get("/public/instruments", instType="FUTURES", instFamily="BTC-USDT").data[0]
    wish = {"instId": row["instId"], "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}
    local.clock.advance(int(row["expTime"]) - local.clock.now_ms() - 1)
    assert local.place(**wish).verdicts == ["0"]
    local.clock.advance(1)
    assert local.place(**wish).verdicts == ["51027"]


class TestProfitAndLoss:
    def test_linear_is_paid_in_dollars(self, local: Local) -> None:
        before = number(local.balance("USDT")["cashBal"])
        local.swap("buy", "10")
        local.move(SWAP, "61000")
        assert local.position(instId=SWAP)["upl"] == "99.99"  # 10 x 0.01 x (61000 - 60000.1)
        local.swap("sell", "10", clOrdId="c1")
        closed = local.order(instId=SWAP, clOrdId="c1")
        assert (closed["pnl"], closed["feeCcy"]) == ("99.98", "USDT")  # sold at 60999.9
        paid = sum(number(row["fee"]) for row in local.get("/trade/fills").data)
        assert number(local.balance("USDT")["cashBal"]) - before == number("99.98") + paid

    def test_inverse_is_paid_in_coin(self, local: Local) -> None:
        before = number(local.balance("BTC")["cashBal"])
        local.swap("sell", "60", instId=INVERSE)
        local.move(INVERSE, "50000")
        local.swap("buy", "60", instId=INVERSE, clOrdId="c1")
        closed = local.order(instId=INVERSE, clOrdId="c1")
        expected = 6000 / number("50000.1") - 6000 / number("59999.9")
        assert abs(number(closed["pnl"]) - expected) < number("0.00000001")
        paid = sum(number(row["fee"]) for row in local.get("/trade/fills").data)
        assert number(local.balance("BTC")["cashBal"]) - before == number(closed["pnl"]) + paid

    def test_options_are_paid_for_at_once(self, local: Local) -> None:
        name = option(local)
        before = number(local.balance("BTC")["cashBal"])
        local.place(instId=name, tdMode="cross", side="buy", ordType="limit", px="0.0405", sz="20")
        after = local.balance("BTC")
        paid = sum(number(row["fee"]) for row in local.get("/trade/fills").data)
        assert number(after["cashBal"]) - before == -number("0.0081") + paid
        assert number(after["eq"]) == number(after["cashBal"]) + number("0.008")

    def test_equity_follows_the_mark_price(self, local: Local) -> None:
        local.swap("buy", "10")
        before = number(local.balance("USDT")["eq"])
        local.move(SWAP, "60100")
        assert number(local.balance("USDT")["eq"]) - before == number("10")

    def test_funding_shows_in_the_position(self, local: Local) -> None:
        local.swap("buy", "10")
        pay_funding(local.okx.venue.listed[SWAP].market, SWAP, 10**9)  # 0.1 %
        row = local.position(instId=SWAP)
        assert (row["fundingFee"], number(row["realizedPnl"])) == ("-6", number(row["fee"]) - 6)


class TestIsolated:
    def test_margin_is_set_aside(self, local: Local) -> None:
        local.post("/account/set-leverage", {"instId": SWAP, "lever": "10", "mgnMode": "isolated"})
        local.swap("buy", "10", tdMode="isolated")
        row, coin = local.position(instId=SWAP), local.balance("USDT")
        assert (row["mgnMode"], row["margin"], row["imr"]) == ("isolated", "600.001", "")
        assert number(coin["isoEq"]) == number("600.001") + number(row["upl"])
        assert number(coin["eq"]) == number(coin["cashBal"]) + number(coin["isoEq"])

    def test_cross_and_isolated_are_two_positions(self, local: Local) -> None:
        local.swap("buy", "2", tdMode="isolated")
        local.swap("sell", "1", tdMode="cross")
        assert {row["mgnMode"]: row["pos"] for row in local.get("/account/positions").data} == {
            "isolated": "2",
            "cross": "-1",
        }


class TestReducing:
    @pytest.mark.parametrize(
        ("held", "side", "sz", "code"),
        [
            ("", "sell", "1", "51169"),
            ("3", "buy", "1", "51170"),
            ("3", "sell", "3", "0"),
            ("3", "sell", "3.01", "51112"),
        ],
    )
    def test_reduce_only(self, local: Local, held: str, side: str, sz: str, code: str) -> None:
        if held:
            local.swap("buy", held)
        assert local.swap(side, sz, reduceOnly=True).verdicts == [code]

    def test_resting_orders_count_against_what_is_left(self, local: Local) -> None:
        local.swap("buy", "3")
        rest = {"ordType": "limit", "px": "61000", "reduceOnly": True}
        assert [local.swap("sell", sz, **rest).verdicts[0] for sz in ("2", "2", "1")] == ["0", "51112", "0"]

    def test_the_position_gone_ends_what_would_reduce_it(self, local: Local) -> None:
        local.swap("buy", "3")
        local.swap("sell", "2", ordType="limit", px="61000", reduceOnly=True, clOrdId="r1")
        local.swap("sell", "3")
        found = local.order(instId=SWAP, clOrdId="r1")
        assert (found["state"], found["cancelSource"]) == ("canceled", "17")

    def test_close_position(self, local: Local) -> None:
        local.swap("sell", "7")
        reply = local.post("/trade/close-position", {"instId": SWAP, "mgnMode": "cross", "clOrdId": "c1", "tag": "t"})
        assert reply.data == [{"instId": SWAP, "posSide": "net", "clOrdId": "c1", "tag": "t"}]
        assert local.get("/account/positions").data == []
        assert local.position(instId=SWAP)["pos"] == "0", "asked for by name it is still shown"
        again = local.post("/trade/close-position", {"instId": SWAP, "mgnMode": "cross"})
        assert (again.status, again.code, again.row["sCode"]) == (200, "1", "51023")

    def test_close_position_with_orders_that_close(self, local: Local) -> None:
        local.swap("buy", "3")
        local.swap("sell", "2", ordType="limit", px="61000", reduceOnly=True)
        close = {"instId": SWAP, "mgnMode": "cross"}
        assert local.post("/trade/close-position", close).row["sCode"] == "51115"
        assert local.post("/trade/close-position", {**close, "autoCxl": True}).code == "0"
        assert local.get("/trade/orders-pending").data == []

    def test_long_and_short_close_each_by_itself(self, local: Local) -> None:
        local.post("/account/set-position-mode", {"posMode": "long_short_mode"})
        local.swap("buy", "3", posSide="long")
        local.swap("sell", "2", posSide="short")
        assert local.swap("sell", "4", posSide="long").verdicts == ["51112"]
        assert local.swap("sell", "1", posSide="long").verdicts == ["0"]
        assert local.swap("buy", "2", posSide="short").verdicts == ["0"]
        (row,) = local.get("/account/positions").data
        assert (row["posSide"], row["pos"]) == ("long", "2")


class TestOptions:
    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"ordType": "market"}, "51066"),
            ({"px": ""}, "51204"),
            ({"pxUsd": "100"}, "51000"),
            ({"px": "", "pxVol": "0.5"}, "51000"),
            ({"reduceOnly": True}, "51205"),
            ({"sz": "1.5"}, "51121"),
        ],
    )
    def test_refusals(self, local: Local, fields: dict[str, object], code: str) -> None:
        wish = {"instId": option(local), "tdMode": "cross", "side": "buy", "ordType": "limit", "px": "0.01", "sz": "1"}
        assert local.place(**{**wish, **fields}).verdicts == [code]

    @pytest.mark.parametrize(
        ("px", "shown"),
        [("0.00414", "0.0041"), ("0.00001", "0.0001"), ("0.0102", "0.01"), ("0.0103", "0.0105"), ("0.005", "0.005")],
    )
    def test_prices_are_rounded_to_their_band(self, local: Local, px: str, shown: str) -> None:
        name = option(local)
        local.place(instId=name, tdMode="cross", side="buy", ordType="limit", px=px, sz="1", clOrdId="o1")
        assert local.order(instId=name, clOrdId="o1")["px"] == shown

    def test_a_price_in_dollars(self, local: Local) -> None:
        name = option(local)
        wish = {"instId": name, "tdMode": "cross", "side": "buy", "ordType": "limit", "pxUsd": "600", "sz": "1"}
        assert local.place(**wish, clOrdId="o1").code == "0"
        found = local.order(instId=name, clOrdId="o1")
        assert (found["px"], found["pxUsd"], found["pxType"]) == ("", "600", "pxUsd")
        change = {"instId": name, "clOrdId": "o1"}
        assert local.post("/trade/amend-order", {**change, "newSz": "2"}).verdicts == ["51536"]
        assert local.post("/trade/amend-order", {**change, "newPxUsd": "300"}).verdicts == ["0"]

    def test_fok_is_shown_as_op_fok(self, local: Local) -> None:
        name = option(local)
        for kind in ("fok", "op_fok"):
            wish = {"instId": name, "tdMode": "cross", "side": "buy", "px": "0.0405", "sz": "1"}
            local.place(**wish, ordType=kind, clOrdId=kind.replace("_", ""))
            assert local.order(instId=name, clOrdId=kind.replace("_", ""))["ordType"] == "op_fok"

    def test_writing_needs_margin(self, local: Local) -> None:
        name = option(local)
        local.place(instId=name, tdMode="cross", side="sell", ordType="limit", px="0.0395", sz="10")
        row = local.position(instId=name)
        assert row["pos"] == "-10"
        assert number(row["imr"]) > 0
