"""Placing, amending and cancelling on the OKX side: what is accepted, what is refused, and how each is said."""

from __future__ import annotations

import pytest
from okx_support import SPOT, Local

from simulator.amounts import parse


@pytest.fixture
def local() -> Local:
    return Local()


class TestPlacing:
    def test_the_acknowledgement(self, local: Local) -> None:
        reply = local.limit("buy", "59000", "0.01", clOrdId="r1a", tag="t1")
        assert reply.body == {
            "code": "0",
            "msg": "",
            "data": [
                {
                    "ordId": "1000001",
                    "clOrdId": "r1a",
                    "tag": "t1",
                    "ts": str(local.clock.now_ms()),
                    "sCode": "0",
                    "sMsg": "Order placed",
                    "subCode": "",
                }
            ],
            "inTime": str(local.clock.now_us()),
            "outTime": str(local.clock.now_us()),
        }

    def test_the_ledger_tells_account_symbol_and_client_id(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", who=3, clOrdId="r1a")
        ((exchange, market, order),) = local.world.ledger.orders
        assert (exchange, market, order.account, order.instrument.symbol, order.ask.client_order_id) == (
            "okx", "spot", "sim-3", SPOT, "r1a",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"instId": ""}, "50014"),
            ({"instId": "BTC-EUR"}, "51001"),
            ({"tdMode": ""}, "50014"),
            ({"tdMode": "margin"}, "51000"),
            ({"side": "hold"}, "51000"),
            ({"ordType": "stop"}, "51000"),
            ({"ordType": "optimal_limit_ioc"}, "51000"),
            ({"ordType": "mmp"}, "51042"),
            ({"sz": ""}, "50014"),
            ({"sz": "0"}, "51000"),
            ({"sz": "-1"}, "51000"),
            ({"sz": "1e-2"}, "51000"),
            ({"px": ""}, "51204"),
            ({"px": "0"}, "51000"),
            ({"px": "59000." + "0" * 30}, "51514"),
            ({"posSide": "long"}, "51000"),
            ({"stpMode": "never"}, "51000"),
            ({"reduceOnly": "maybe"}, "51000"),
            ({"clOrdId": "a-b"}, "51000"),
            ({"clOrdId": "a_b"}, "51000"),
            ({"clOrdId": "é"}, "51000"),
            ({"clOrdId": "x" * 33}, "51000"),
            ({"tag": "x" * 17}, "51000"),
            ({"ordType": "fok", "stpMode": "cancel_both"}, "54036"),
        ],
    )
    def test_refusals(self, local: Local, fields: dict[str, str], code: str) -> None:
        wish = {"side": "buy", "ordType": "limit", "px": "59000", "sz": "0.01", **fields}
        reply = local.place(**wish)
        assert (reply.refusal, reply.code) == ((200, code), "1")
        assert not local.world.ledger.orders

    @pytest.mark.parametrize("name", ["a", "A1b2", "x" * 32, "0"])
    def test_client_ids(self, local: Local, name: str) -> None:
        assert local.limit("buy", "59000", "0.01", clOrdId=name).row["clOrdId"] == name

    def test_numbers_and_booleans_as_such(self, local: Local) -> None:
        local.place(side="buy", ordType="limit", px=59000.1, sz=0.01, clOrdId="n1", reduceOnly=False)
        assert (local.order(clOrdId="n1")["px"], local.order(clOrdId="n1")["reduceOnly"]) == ("59000.1", "false")

    @pytest.mark.parametrize(
        ("sz", "code"),
        [("0.00001", "0"), ("0.00000999", "51020"), ("0.01000001", "0"), ("0.010000001", "51121")],
    )
    def test_sizes_from_both_sides(self, local: Local, sz: str, code: str) -> None:
        assert local.limit("buy", "59000", sz).verdicts == [code]

    @pytest.mark.parametrize(
        ("side", "px", "code"),
        [
            ("buy", "63000", "0"),
            ("buy", "63000.1", "51137"),
            ("buy", "1", "0"),
            ("sell", "57000", "0"),
            ("sell", "56999.9", "51138"),
            ("sell", "900000", "0"),
            ("buy", "59000.05", "51150"),
        ],
    )
    def test_prices_from_both_sides(self, local: Local, side: str, px: str, code: str) -> None:
        assert local.limit(side, px, "0.001").verdicts == [code]

    def test_a_price_beyond_the_band_is_moved_on_request(self, local: Local) -> None:
        assert local.limit("sell", "50000", "0.01", ordType="post_only", pxAmendType="1", clOrdId="m1").code == "0"
        assert local.order(clOrdId="m1")["px"] == "57000"

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"side": "buy", "ordType": "limit", "px": "60000", "sz": "334"}, "51185"),
            ({"side": "buy", "ordType": "limit", "px": "60000", "sz": "333"}, "51008"),
            ({"side": "buy", "ordType": "market", "sz": "1000001"}, "51201"),
            ({"side": "sell", "ordType": "market", "sz": "16.7"}, "51201"),
            ({"side": "buy", "ordType": "market", "sz": "0.5"}, "51020"),
        ],
    )
    def test_values(self, local: Local, fields: dict[str, str], code: str) -> None:
        assert local.place(**fields).verdicts == [code]

    def test_how_many_may_be_pending(self, local: Local) -> None:
        for _ in range(500):
            assert local.limit("buy", "1", "0.00001").code == "0"
        assert local.limit("buy", "1", "0.00001").verdicts == ["51174"]


class TestClientIds:
    def test_taken_while_pending_on_whatever_instrument(self, local: Local) -> None:
        local.limit("buy", "59000", "0.01", clOrdId="d1")
        assert local.limit("buy", "2900", "0.01", clOrdId="d1", instId="ETH-USDT").refusal == (200, "51016")
        assert local.limit("buy", "59000", "0.01", clOrdId="d1", who=2).code == "0"

    @pytest.mark.parametrize("ending", ["filled", "canceled"])
    def test_free_again_afterwards_and_the_newest_is_found(self, local: Local, ending: str) -> None:
        """A resend under the same id is a second order: what makes blind resends dangerous."""
        if ending == "filled":
            local.place(side="buy", ordType="market", sz="600", clOrdId="d1")
        else:
            local.limit("buy", "59000", "0.01", ordType="ioc", clOrdId="d1")
        assert local.limit("buy", "59000", "0.01", clOrdId="d1").code == "0"
        assert len(local.world.ledger.orders) == 2
        assert local.order(clOrdId="d1")["state"] == "live"

    def test_once_in_a_batch_even_when_filled_at_once(self, local: Local) -> None:
        wish = {"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "600", "clOrdId": "d1"}
        reply = local.post("/trade/batch-orders", [wish, wish])
        assert (reply.code, reply.verdicts) == ("2", ["0", "51016"])


class TestMarketOrders:
    def test_buys_are_sized_in_quote_unless_said_otherwise(self, local: Local) -> None:
        local.place(side="buy", ordType="market", sz="600", clOrdId="q1")
        local.place(side="buy", ordType="market", sz="0.01", tgtCcy="base_ccy", clOrdId="b1")
        quote, base = local.order(clOrdId="q1"), local.order(clOrdId="b1")
        assert (quote["sz"], quote["tgtCcy"], quote["accFillSz"]) == ("600", "quote_ccy", "0.00999998")
        assert (base["sz"], base["tgtCcy"], base["accFillSz"]) == ("0.01", "base_ccy", "0.01")

    def test_sells_are_sized_in_base_unless_said_otherwise(self, local: Local) -> None:
        local.place(side="sell", ordType="market", sz="0.01", clOrdId="b1")
        local.place(side="sell", ordType="market", sz="600", tgtCcy="quote_ccy", clOrdId="q1")
        assert (local.order(clOrdId="b1")["accFillSz"], local.order(clOrdId="q1")["accFillSz"]) == (
            "0.01",
            "0.01000001",
        )

    @pytest.mark.parametrize("side", ["buy", "sell"])
    def test_cut_to_the_balance_unless_banned(self, local: Local, side: str) -> None:
        """An account with 1000 USDT or 0.01 BTC asks for more."""
        wallet = local.okx.venue.pool.wallets["sim-1"]
        wallet.free["USDT"], wallet.free["BTC"] = parse("1000"), parse("0.01")
        wish = {"side": side, "ordType": "market", "clOrdId": "c1"}
        wish.update({"sz": "1", "tgtCcy": "base_ccy"} if side == "buy" else {"sz": "1000", "tgtCcy": "quote_ccy"})
        assert local.place(**wish, banAmend=True).verdicts == ["51008"]
        assert local.place(**wish).code == "0"
        found = local.order(clOrdId="c1")
        assert (found["state"], found["sz"]) == ("filled", "0.01666663" if side == "buy" else "0.01")
        assert min(wallet.free.values()) >= 0

    def test_a_limit_order_beyond_the_balance_is_refused(self, local: Local) -> None:
        reply = local.limit("buy", "3000", "4000", instId="ETH-USDT")
        assert (reply.refusal, "USDT" in reply.row["sMsg"]) == ((200, "51008"), True)


@pytest.mark.parametrize(
    ("kind", "px", "sz", "source"),
    [
        ("post_only", "61000", "0.01", "31"),
        ("ioc", "59000", "0.01", "14"),
        ("fok", "59000", "0.01", "13"),
        ("fok", "60000.1", "100", "13"),
    ],
)
def test_acknowledged_then_cancelled(local: Local, kind: str, px: str, sz: str, source: str) -> None:
    assert local.limit("buy", px, sz, ordType=kind, clOrdId="x1").row["sCode"] == "0"
    found = local.order(clOrdId="x1")
    assert (found["state"], found["cancelSource"], found["accFillSz"]) == ("canceled", source, "0")


def test_what_an_ioc_order_fills_stays_filled(local: Local) -> None:
    best = local.get("/market/books", instId=SPOT).data[0]["asks"][0]
    local.limit("buy", best[0], "5", ordType="ioc", clOrdId="x1")
    found = local.order(clOrdId="x1")
    assert (found["state"], found["accFillSz"], found["avgPx"]) == ("canceled", best[1], best[0])


@pytest.mark.parametrize(
    ("mode", "sources"),
    [("", ("32", "14")), ("cancel_maker", ("32", "14")), ("cancel_taker", ("", "32")), ("cancel_both", ("32", "32"))],
)
def test_self_trades(local: Local, mode: str, sources: tuple[str, str]) -> None:
    """The taker's mode rules; a bid at 60000 is better than the market maker's."""
    local.limit("buy", "60000", "0.01", clOrdId="own1")
    local.limit("sell", "60000", "0.01", ordType="ioc", clOrdId="own2", stpMode=mode)
    assert tuple(local.order(clOrdId=name)["cancelSource"] for name in ("own1", "own2")) == sources
