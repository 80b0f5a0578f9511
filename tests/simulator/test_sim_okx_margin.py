"""Pairs on margin on the OKX side: what is borrowed, what the position is, how it closes; and where all money goes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from okx_support import INVERSE, SPOT, SWAP, Local
from support.examples import examples

from simulator.instruments import Kind


@pytest.fixture
def local() -> Local:
    return Local()


class TestMargin:
    def test_level_two_borrows(self, local: Local) -> None:
        reply = local.place(side="buy", ordType="limit", px="60100", sz="200", tdMode="cross", ccy="USDT", clOrdId="m1")
        assert reply.code == "0"
        local.move(SPOT, "60050")
        assert local.order(clOrdId="m1")["instType"] == "MARGIN"
        row = local.position(instType="MARGIN")
        assert (row["pos"], row["posCcy"], row["liabCcy"], row["posSide"]) == ("200", "BTC", "USDT", "net")
        owed = local.balance("USDT")
        assert float(owed["liab"]) == -float(owed["cashBal"]) > 0
        assert local.post("/trade/close-position", {"instId": SPOT, "mgnMode": "cross", "ccy": "USDT"}).code == "0"

    def test_selling_short_owes_base(self, local: Local) -> None:
        local.place(side="sell", ordType="market", sz="0.01", tdMode="isolated", ccy="USDT")
        row = local.position(instType="MARGIN")
        assert (row["posCcy"], row["liabCcy"], row["liab"], row["mgnMode"]) == ("USDT", "BTC", "-0.01", "isolated")

    def test_tgt_ccy_is_refused(self, local: Local) -> None:
        wish = {"side": "buy", "ordType": "market", "sz": "600", "tdMode": "cross", "ccy": "USDT"}
        assert local.place(**wish, tgtCcy="base_ccy").refusal == (200, "59110")

    def test_without_auto_loan_level_three_does_not(self, local: Local) -> None:
        local.level(3)
        wish = {"side": "buy", "ordType": "limit", "px": "3000", "sz": "4000", "instId": "ETH-USDT", "tdMode": "cross"}
        assert local.place(**wish).refusal == (200, "51008")
        assert local.post("/account/set-auto-loan", {"autoLoan": True}).data == [{"autoLoan": True}]
        assert local.place(**wish).code == "0"

    def test_auto_loan_is_for_levels_three_and_four(self, local: Local) -> None:
        assert local.post("/account/set-auto-loan", {"autoLoan": True}).code == "51010"

    def test_closing_realises_what_it_earned(self, local: Local) -> None:
        margin = {"tdMode": "cross", "ccy": "USDT", "tgtCcy": ""}
        local.place(side="buy", ordType="limit", px="60100", sz="0.02", **margin)
        local.move(SPOT, "61000")
        assert local.position(instType="MARGIN")["upl"] == "19.998"
        local.place(side="sell", ordType="market", sz="0.005", **margin)
        row = local.position(instType="MARGIN")
        assert (row["pos"], row["avgPx"], row["pnl"]) == ("0.015", "60000.1", "4.999")
        local.place(side="sell", ordType="market", sz="0.025", **margin)
        assert [local.position(instType="MARGIN")[name] for name in ("pos", "posCcy", "liab")] == [
            "609.999", "USDT", "-0.01",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("held", "side", "sz", "code"),
        [
            ("", "sell", "0.01", "51169"),
            ("0.01", "buy", "0.01", "51170"),
            ("0.01", "sell", "0.02", "51112"),
            ("0.01", "sell", "0.01", "0"),
        ],
    )
    def test_reduce_only(self, local: Local, held: str, side: str, sz: str, code: str) -> None:
        margin = {"tdMode": "cross", "ccy": "USDT", "ordType": "limit"}
        if held:
            local.place(side="buy", px="60100", sz=held, **margin)
        px = "60100" if side == "buy" else "59900"
        assert local.place(side=side, px=px, sz=sz, reduceOnly=True, **margin).verdicts == [code]

    def test_nothing_to_close(self, local: Local) -> None:
        reply = local.post("/trade/close-position", {"instId": SPOT, "mgnMode": "cross", "ccy": "USDT"})
        assert reply.row["sCode"] == "51023"
        assert local.post("/trade/close-position", {"instId": SPOT, "mgnMode": "cash"}).row["sCode"] == "51000"


def wealth(local: Local) -> dict[str, int]:
    """Per asset: all wallets, less what contracts have cost their holders (options are paid for, so not those)."""
    pool = local.okx.venue.pool
    found: dict[str, int] = {}
    for name in pool.wallets:
        for book in (pool.wallets[name].free, pool.wallets[name].locked):
            for asset, amount in book.items():
                found[asset] = found.get(asset, 0) + amount
    for position in pool.positions:
        if position.instrument.kind is not Kind.OPTION:
            found[position.instrument.settle] = found.get(position.instrument.settle, 0) - position.cost
    return {asset: amount for asset, amount in found.items() if amount}


STEPS = st.lists(
    st.tuples(
        st.sampled_from([SPOT, "MARGIN", SWAP, INVERSE, "ETH-USDT-SWAP", "ETH-BTC"]),
        st.sampled_from(["buy", "sell"]),
        st.sampled_from(["market", "limit", "ioc", "post_only"]),
        st.integers(1, 40),
        st.sampled_from(["0.98", "1", "1.02"]),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=examples(20), deadline=None)
@given(STEPS)
def test_money_only_moves(steps: list[tuple[str, str, str, int, str, int]]) -> None:
    """Whatever is traded by three accounts, and wherever the market goes, nothing is made or lost."""
    local = Local()
    before = wealth(local)
    for inst_id, side, kind, size, factor, who in steps:
        name = SPOT if inst_id == "MARGIN" else inst_id
        listed = local.okx.venue.listed[name]
        tick = Decimal(listed.terms.grid.split()[0])
        price = (Decimal(listed.mark) / 10**12 * Decimal(factor) // tick) * tick
        mode = {"MARGIN": "isolated"}.get(inst_id, "cash" if listed.kind == "SPOT" else "cross")
        wish = {"instId": name, "tdMode": mode, "side": side, "ordType": kind, "px": str(price), "ccy": name[:3]}
        local.place(who, **wish, sz=str(size), tgtCcy="" if mode != "cash" else "base_ccy")
        local.post("/trade/cancel-order", {"instId": name, "ordId": str(1_000_000 + size)}, who)
        local.move(name, str(price))
    assert wealth(local) == before
