"""Public data of the OKX side."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from okx_support import INVERSE, SPOT, SWAP, Local

KINDS = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")


@pytest.fixture
def local() -> Local:
    return Local()


def listed(local: Local, kind: str, **params: object) -> list[Any]:
    family = {"instFamily": "BTC-USD"} if kind == "OPTION" else {}
    return local.get("/public/instruments", instType=kind, **{**family, **params}).data


class TestInstruments:
    @pytest.mark.parametrize(
        ("kind", "inst_id", "expected"),
        [
            ("SPOT", SPOT, ("0.1", "0.00000001", "0.00001", "", "", "", "9999999999", "1000000", "1000000")),
            ("SPOT", "PEPE-USDT", ("0.000000001", "1", "100000", "", "", "", "9999999999999999", "1000000", "1000000")),
            ("SWAP", SWAP, ("0.1", "0.01", "0.01", "0.01", "1", "BTC", "100000000", "34000", "")),
            ("SWAP", "ETH-USDT-SWAP", ("0.01", "0.01", "0.01", "0.1", "1", "ETH", "100000000", "67000", "")),
            ("SWAP", INVERSE, ("0.1", "0.1", "0.1", "100", "1", "USD", "100000000", "54000", "")),
        ],
    )
    def test_captured_values(self, local: Local, kind: str, inst_id: str, expected: tuple[str, ...]) -> None:
        (row,) = listed(local, kind, instId=inst_id)
        names = ("tickSz", "lotSz", "minSz", "ctVal", "ctMult", "ctValCcy", "maxLmtSz", "maxMktSz", "maxMktAmt")
        assert tuple(row[name] for name in names) == expected

    def test_one_set_of_keys_for_all_types(self, local: Local) -> None:
        rows = [row for kind in KINDS for row in listed(local, kind)]
        assert len({frozenset(row) for row in rows}) == 1
        assert {type(row["instIdCode"]) for row in rows} == {int}
        assert {type(row["futureSettlement"]) for row in rows} == {bool}
        assert len({row["instIdCode"] for row in rows}) == len({row["instId"] for row in rows})

    def test_margin_lists_the_pairs(self, local: Local) -> None:
        assert [row["instId"] for row in listed(local, "MARGIN")] == [row["instId"] for row in listed(local, "SPOT")]

    def test_dated_contracts_have_not_expired(self, local: Local) -> None:
        for kind in ("FUTURES", "OPTION"):
            for row in listed(local, kind):
                moment = datetime.fromtimestamp(int(row["expTime"]) / 1000, UTC)
                assert int(row["expTime"]) > local.clock.now_ms()
                assert moment.strftime("%y%m%d") == row["instId"].split("-")[2]
                assert (moment.hour, moment.weekday()) == (8, 4)

    def test_options(self, local: Local) -> None:
        row = listed(local, "OPTION")[0]
        assert (row["ctVal"], row["ctMult"], row["tickSz"], row["settleCcy"]) == ("1", "0.01", "0.0001", "BTC")
        assert row["instId"].endswith(f"{row['stk']}-{row['optType']}")
        bands = local.get("/public/instrument-tick-bands", instType="OPTION", instFamily="BTC-USD").data
        assert [each["tickSz"] for each in bands[0]["tickBand"]] == ["0.0001", "0.0005"]

    @pytest.mark.parametrize(
        ("params", "code"),
        [
            ({}, "50014"),
            ({"instType": "BONDS"}, "51000"),
            ({"instType": "OPTION"}, "50015"),
            ({"instType": "SPOT", "instId": "X-Y"}, "51001"),
            ({"instType": "SWAP", "instId": SPOT}, "51001"),
        ],
    )
    def test_refusals(self, local: Local, params: dict[str, str], code: str) -> None:
        assert local.get("/public/instruments", **params).code == code


class TestBooks:
    def test_one_level_unless_asked(self, local: Local) -> None:
        assert [len(local.get("/market/books", instId=SPOT).data[0][side]) for side in ("asks", "bids")] == [1, 1]

    def test_sorted_levels_of_four(self, local: Local) -> None:
        book = local.get("/market/books", instId=SPOT, sz=20).data[0]
        asks, bids = ([Decimal(level[0]) for level in book[side]] for side in ("asks", "bids"))
        assert asks == sorted(asks)
        assert bids == sorted(bids, reverse=True)
        assert asks[0] > bids[0]
        assert {(len(level), level[2]) for level in book["asks"]} == {(4, "0")}

    def test_the_full_book_has_levels_of_three(self, local: Local) -> None:
        book = local.get("/market/books-full", instId=SPOT, sz=5000).data[0]
        assert {len(level) for level in book["asks"]} == {3}
        assert len(book["asks"]) == 50

    def test_orders_show(self, local: Local) -> None:
        local.limit("buy", "60000", "0.5")
        local.limit("buy", "60000", "0.25", who=2)
        assert local.get("/market/books", instId=SPOT).data[0]["bids"] == [["60000", "0.75", "0", "2"]]

    @pytest.mark.parametrize(("path", "sz"), [("books", "0"), ("books", "401"), ("books-full", "5001")])
    def test_bounds(self, local: Local, path: str, sz: str) -> None:
        assert local.get(f"/market/{path}", instId=SPOT, sz=sz).code == "51000"


class TestTickers:
    def test_volumes_in_their_units(self, local: Local) -> None:
        """Pairs: base and quote. Contracts: contracts and base coin."""
        local.place(side="sell", ordType="market", sz="0.01")
        local.swap("sell", "34")
        local.swap("sell", "6", instId=INVERSE)
        found = {name: local.get("/market/ticker", instId=name).data[0] for name in (SPOT, SWAP, INVERSE)}
        assert (found[SPOT]["vol24h"], found[SPOT]["volCcy24h"]) == ("0.01", "599.999")
        assert (found[SWAP]["vol24h"], found[SWAP]["volCcy24h"]) == ("34", "0.34")
        assert found[INVERSE]["vol24h"] == "6"
        assert Decimal(found[INVERSE]["volCcy24h"]).quantize(Decimal("0.0001")) == Decimal("0.0100")
        assert [found[SPOT][name] for name in ("last", "lastSz", "open24h", "high24h", "low24h")] == [
            "59999.9", "0.01", "59999.9", "59999.9", "59999.9",
        ]  # fmt: skip

    def test_by_type_and_family(self, local: Local) -> None:
        assert len(local.get("/market/tickers", instType="SPOT").data) == len(listed(local, "SPOT"))
        names = [row["instId"] for row in local.get("/market/tickers", instType="OPTION", instFamily="BTC-USD").data]
        assert names == [row["instId"] for row in listed(local, "OPTION")]
        assert local.get("/market/tickers", instType="MARGIN").code == "51000"
        assert local.get("/market/ticker", instId="X").code == "51001"


def test_trades_and_candles(local: Local) -> None:
    local.place(side="buy", ordType="market", sz="600")
    local.clock.advance(60_000)
    local.place(side="sell", ordType="market", sz="0.01")
    trades = local.get("/market/trades", instId=SPOT).data
    assert [(row["side"], row["tradeId"]) for row in trades] == [("sell", "2"), ("buy", "1")]
    minutes = local.get("/market/candles", instId=SPOT, bar="1m").data
    assert [row[5] for row in minutes] == ["0.01", "0.00999998"]
    assert int(minutes[0][0]) - int(minutes[1][0]) == 60_000
    assert len(local.get("/market/candles", instId=SPOT, bar="1m", after=minutes[0][0]).data) == 1
    assert local.get("/market/candles", instId=SPOT, bar="7m").code == "51000"
    (hour,) = local.get("/market/candles", instId=SPOT, bar="1D").data
    assert hour[1:5] == ["60000.1", "60000.1", "59999.9", "59999.9"]


def test_mark_prices_limits_and_funding(local: Local) -> None:
    local.move(SWAP, "61000")
    assert local.get("/public/mark-price", instType="SWAP", instId=SWAP).data[0]["markPx"] == "61000"
    limit = local.get("/public/price-limit", instId=SWAP).data[0]
    assert (limit["buyLmt"], limit["sellLmt"]) == ("64050", "57950")
    option = listed(local, "OPTION")[0]["instId"]
    assert local.get("/public/price-limit", instId=option).data[0]["enabled"] is False
    assert local.get("/public/funding-rate", instId=SWAP).data[0]["fundingRate"] == "0"
    assert local.get("/public/funding-rate", instId=SPOT).code == "51001"
    assert local.get("/system/status").data == []


def test_account_data(local: Local) -> None:
    assert local.get("/account/trade-fee", instType="SWAP").data[0]["takerU"] == "-0.0005"
    assert local.get("/account/instruments", instType="SPOT", instId=SPOT).data[0]["tradeQuoteCcyList"] == ["USDT"]
    assert local.get("/trade/account-rate-limit").data[0]["accRateLimit"] == "1000"
    assert local.get("/asset/balances").data == []
    assert {row["ccy"] for row in local.get("/asset/currencies").data} >= {"BTC", "USDT"}
    sizes = local.get("/account/max-size", instId=f"{SPOT},{'ETH-USDT'}", tdMode="cash").data
    assert [(row["instId"], row["maxSell"]) for row in sizes] == [(SPOT, "1000"), ("ETH-USDT", "10000")]
    swap = local.get("/account/max-size", instId=SWAP, tdMode="cross", px="50000").data[0]
    assert swap["maxBuy"] == "400000"  # 10 million at 20 times, in contracts of 500
    assert local.get("/account/max-avail-size", instId=SPOT, tdMode="cash").data[0]["availBuy"] == "10000000"
    coins = local.get("/account/balance").data[0]["details"]
    assert "PEPE" not in {coin["ccy"] for coin in coins}, "coins without a balance are left out"
    assert local.get("/account/balance", ccy="PEPE").data[0]["details"] == []
