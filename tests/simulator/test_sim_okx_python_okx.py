"""python-okx as published, base URL aside, through the whole round of trading on every instrument type."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from okx_support import INVERSE, SPOT, SWAP, Remote

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    from okx.Account import AccountAPI
    from okx.Funding import FundingAPI
    from okx.MarketData import MarketAPI
    from okx.PublicData import PublicAPI
    from okx.Status import StatusAPI
    from okx.Trade import TradeAPI

pytestmark = [
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),  # how it hands its body to httpx
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
OPTION_TYPE = "OPTION"


class Clients:
    """One of each of its classes, all of account sim-1."""

    def __init__(self, url: str, flag: str = "1") -> None:
        own: dict[str, Any] = {"flag": flag, "domain": url}
        keys = ("sim-key-1", "sim-secret-1", "sim-pass-1")
        self.trade = TradeAPI(*keys, **own)
        self.account = AccountAPI(*keys, **own)
        self.funding = FundingAPI(*keys, **own)
        self.public = PublicAPI(**own)
        self.market = MarketAPI(**own)
        self.status = StatusAPI(**own)

    def close(self) -> None:
        for each in vars(self).values():
            each.close()


@pytest.fixture
def okx(simulator_url: str) -> Iterator[Clients]:
    remote = Remote(simulator_url)
    remote.control("POST", "reset", {"seed": 1})
    remote.session.close()
    found = Clients(simulator_url)
    yield found
    found.close()


def rows(reply: dict[str, Any]) -> list[Any]:
    assert reply["code"] == "0", reply
    return list(reply["data"])


def verdict(reply: dict[str, Any]) -> str:
    return str(reply["data"][0]["sCode"] if reply["data"] else reply["code"])


def test_public_data(okx: Clients) -> None:
    assert abs(int(rows(okx.public.get_system_time())[0]["ts"]) / 1000 - time.time()) < 5
    assert rows(okx.status.status()) == []
    found = {kind: rows(okx.public.get_instruments(kind)) for kind in ("SPOT", "MARGIN", "SWAP", "FUTURES")}
    found[OPTION_TYPE] = rows(okx.public.get_instruments(OPTION_TYPE, instFamily="BTC-USD"))
    assert {kind: {row["instType"] for row in each} for kind, each in found.items()} == {kind: {kind} for kind in found}
    (swap,) = rows(okx.public.get_instruments("SWAP", instId=SWAP))
    assert (swap["ctVal"], swap["ctMult"], swap["ctValCcy"], swap["settleCcy"]) == ("0.01", "1", "BTC", "USDT")
    assert rows(okx.market.get_ticker(SPOT))[0]["last"] == "60000"
    assert len(rows(okx.market.get_tickers("SPOT"))) == len(found["SPOT"])
    book = rows(okx.market.get_orderbook(SWAP, "5"))[0]
    assert [len(book["asks"]), len(book["bids"]), len(book["asks"][0])] == [5, 5, 4]
    assert rows(okx.public.get_mark_price("SWAP", instId=INVERSE))[0]["markPx"] == "60000"
    limit = rows(okx.public.get_price_limit(SWAP))[0]
    assert (limit["buyLmt"], limit["sellLmt"], limit["enabled"]) == ("63000", "57000", True)
    assert rows(okx.market.get_trades(SPOT)) == []
    assert rows(okx.market.get_candlesticks(SPOT, bar="1m")) == []


def test_account(okx: Clients) -> None:
    assert rows(okx.account.get_account_config())[0]["acctLv"] == "2"
    details = rows(okx.account.get_account_balance("BTC,USDT"))[0]["details"]
    assert {row["ccy"]: row["availBal"] for row in details} == {"BTC": "1000", "USDT": "10000000"}
    assert rows(okx.account.get_fee_rates("SPOT", SPOT))[0]["taker"] == "-0.001"
    assert rows(okx.account.get_instruments("SPOT", instId=SPOT))[0]["tradeQuoteCcyList"] == ["USDT"]
    assert rows(okx.account.get_positions()) == []
    assert rows(okx.funding.get_balances()) == []
    assert float(rows(okx.account.get_max_order_size(SPOT, "cash"))[0]["maxSell"]) == 1000
    assert rows(okx.account.get_max_avail_size(SWAP, "cross"))[0]["availBuy"] == "10000000"


def test_spot_round(okx: Clients) -> None:
    placed = rows(okx.trade.place_order(SPOT, "cash", "buy", "limit", "0.01", px="59000", clOrdId="a1"))[0]
    assert (placed["sCode"], placed["clOrdId"]) == ("0", "a1")
    assert [row["ordId"] for row in rows(okx.trade.get_order_list("SPOT"))] == [placed["ordId"]]
    assert rows(okx.account.get_account_balance("USDT"))[0]["details"][0]["ordFrozen"] == "590"
    assert verdict(okx.trade.amend_order(SPOT, clOrdId="a1", newPx="58000", newSz="0.02")) == "0"
    order = rows(okx.trade.get_order(SPOT, clOrdId="a1"))[0]
    assert (order["px"], order["sz"], order["state"]) == ("58000", "0.02", "live")
    assert verdict(okx.trade.cancel_order(SPOT, ordId=placed["ordId"])) == "0"
    assert rows(okx.trade.get_orders_history("SPOT"))[0]["state"] == "canceled"
    assert rows(okx.trade.get_orders_history_archive("SPOT")) == []
    assert verdict(okx.trade.cancel_order(SPOT, ordId=placed["ordId"])) == "51400"


def test_spot_market_orders_and_fills(okx: Clients) -> None:
    assert verdict(okx.trade.place_order(SPOT, "cash", "buy", "market", "600", clOrdId="m1")) == "0"
    bought = rows(okx.trade.get_order(SPOT, clOrdId="m1"))[0]
    assert (bought["state"], bought["sz"], bought["tgtCcy"], bought["accFillSz"]) == (
        "filled", "600", "quote_ccy", "0.00999998",
    )  # fmt: skip
    okx.trade.place_order(SPOT, "cash", "sell", "market", "0.01", clOrdId="m2")
    fills = rows(okx.trade.get_fills("SPOT"))
    assert [(fill["clOrdId"], fill["side"], fill["feeCcy"]) for fill in fills] == [
        ("m2", "sell", "USDT"),
        ("m1", "buy", "BTC"),
    ]
    assert [fill["billId"] for fill in rows(okx.trade.get_fills_history("SPOT"))] == [f["billId"] for f in fills]
    assert float(fills[1]["fee"]) < 0


def test_acknowledged_then_cancelled(okx: Clients) -> None:
    wishes = {"post_only": "61000", "fok": "59000", "ioc": "59000"}
    for kind, px in wishes.items():
        assert verdict(okx.trade.place_order(SPOT, "cash", "buy", kind, "0.01", px=px, clOrdId=kind.replace("_", "")))
    found = {row["ordType"]: (row["state"], row["cancelSource"]) for row in rows(okx.trade.get_orders_history("SPOT"))}
    assert found == {"post_only": ("canceled", "31"), "fok": ("canceled", "13"), "ioc": ("canceled", "14")}


def test_batches(okx: Clients) -> None:
    wish = {"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.01"}
    orders = [{**wish, "px": "59000", "clOrdId": f"b{n}"} for n in range(3)]
    orders[1]["sz"] = "0.000000001"
    reply = okx.trade.place_multiple_orders(orders)
    assert (reply["code"], [row["sCode"] for row in reply["data"]]) == ("2", ["0", "51121", "0"])
    names = [{"instId": SPOT, "clOrdId": name} for name in ("b0", "b2")]
    assert okx.trade.amend_multiple_orders([{**each, "newPx": "58000"} for each in names])["code"] == "0"
    assert okx.trade.cancel_multiple_orders(names)["code"] == "0"
    assert okx.trade.cancel_multiple_orders(names)["code"] == "1"


def test_swap_round(okx: Clients) -> None:
    assert rows(okx.account.set_leverage("5", "cross", instId=SWAP))[0]["lever"] == "5"
    assert rows(okx.account.get_leverage("cross", instId=SWAP))[0]["lever"] == "5"
    assert verdict(okx.trade.place_order(SWAP, "cross", "buy", "market", "34")) == "0"
    position = rows(okx.account.get_positions("SWAP", SWAP))[0]
    assert (position["pos"], position["avgPx"], position["lever"], position["mgnMode"]) == (
        "34", "60000.1", "5", "cross",
    )  # fmt: skip
    assert position["notionalUsd"] == "20400"  # 34 contracts are 0.34 BTC
    assert verdict(okx.trade.place_order(SWAP, "cross", "buy", "limit", "1", px="59000", reduceOnly="true")) == "51170"
    assert verdict(okx.trade.place_order(SWAP, "cross", "sell", "limit", "4", px="61000", reduceOnly="true")) == "0"
    assert verdict(okx.trade.close_positions(SWAP, "cross")) == "51115"
    assert rows(okx.trade.close_positions(SWAP, "cross", autoCxl="true"))[0]["instId"] == SWAP
    assert rows(okx.account.get_positions("SWAP")) == []
    assert rows(okx.trade.get_orders_history("SWAP"))[0]["pnl"] != "0"


def test_hedge_mode_isolated(okx: Clients) -> None:
    assert rows(okx.account.set_position_mode("long_short_mode"))[0]["posMode"] == "long_short_mode"
    rows(okx.account.set_leverage("10", "isolated", instId=SWAP, posSide="long"))
    assert verdict(okx.trade.place_order(SWAP, "isolated", "buy", "market", "1")) == "51000"
    assert verdict(okx.trade.place_order(SWAP, "isolated", "buy", "market", "2", posSide="long")) == "0"
    assert verdict(okx.trade.place_order(SWAP, "isolated", "sell", "market", "1", posSide="short")) == "0"
    found = {row["posSide"]: (row["pos"], row["mgnMode"]) for row in rows(okx.account.get_positions("SWAP"))}
    assert found == {"long": ("2", "isolated"), "short": ("1", "isolated")}
    assert okx.account.set_position_mode("net_mode")["code"] == "59000"


def test_futures_options_and_margin(okx: Clients) -> None:
    future = rows(okx.public.get_instruments("FUTURES", instFamily="BTC-USD"))[0]["instId"]
    assert verdict(okx.trade.place_order(future, "cross", "sell", "market", "10")) == "0"
    option = rows(okx.public.get_instruments(OPTION_TYPE, instFamily="BTC-USD"))[0]["instId"]
    ask = rows(okx.market.get_ticker(option))[0]["askPx"]
    assert verdict(okx.trade.place_order(option, "cross", "buy", "market", "1")) == "51066"
    assert verdict(okx.trade.place_order(option, "cross", "buy", "limit", "3", px=ask)) == "0"
    assert verdict(okx.trade.place_order(SPOT, "cross", "buy", "market", "600", ccy="USDT")) == "0"
    kinds = {row["instType"]: row["pos"] for row in rows(okx.account.get_positions())}
    assert kinds == {"FUTURES": "-10", OPTION_TYPE: "3", "MARGIN": "0.00999998"}


def test_algo_orders(okx: Clients) -> None:
    okx.trade.place_order(SWAP, "cross", "buy", "market", "2")
    stop = rows(
        okx.trade.place_algo_order(
            SWAP, "cross", "sell", "conditional", "2", slTriggerPx="59000", slOrdPx="-1", algoClOrdId="s1"
        )
    )[0]
    assert rows(okx.trade.get_algo_order_details(algoClOrdId="s1"))[0]["state"] == "live"
    assert rows(okx.trade.order_algos_list("conditional"))[0]["algoId"] == stop["algoId"]
    changed = okx.trade.amend_algo_order(SWAP, algoId=stop["algoId"], newSlTriggerPx="58000")
    assert verdict(changed) == "0"
    assert rows(okx.trade.get_algo_order_details(stop["algoId"]))[0]["slTriggerPx"] == "58000"
    assert verdict(okx.trade.cancel_algo_order([{"instId": SWAP, "algoId": stop["algoId"]}])) == "0"
    assert rows(okx.trade.order_algos_history("conditional", state="canceled"))[0]["algoId"] == stop["algoId"]


def test_portfolio_margin(okx: Clients) -> None:
    assert rows(okx.account.set_account_level("4"))[0]["acctLv"] == "4"
    assert verdict(okx.trade.place_order(SWAP, "isolated", "buy", "market", "1")) == "50072"
    assert verdict(okx.trade.place_order(SWAP, "cross", "buy", "market", "1")) == "0"
    assert okx.account.set_leverage("5", "cross", instId=SWAP)["code"] == "51039"
    assert okx.account.get_leverage("cross", instId=SWAP)["code"] == "59111"
    assert rows(okx.account.get_account_balance())[0]["imr"] != ""
    wish = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "limit", "px": "59000"}
    reply = okx.trade.place_multiple_orders([{**wish, "sz": "1"}, {**wish, "sz": "0.001"}])
    assert (reply["code"], [row["sCode"] for row in reply["data"]]) == ("1", ["54004", "51121"])


def test_errors(okx: Clients, simulator_url: str) -> None:
    assert okx.trade.get_order(SPOT, ordId="1")["code"] == "51603"
    assert verdict(okx.trade.place_order(SPOT, "cash", "sell", "limit", "5000", px="60000")) == "51185"
    assert verdict(okx.trade.place_order("ETH-USDT", "cash", "buy", "limit", "4000", px="3000")) == "51008"
    assert verdict(okx.trade.place_order(SPOT, "cash", "buy", "limit", "0.01", px="59000", clOrdId="a-b")) == "51000"
    wrong = TradeAPI("sim-key-1", "wrong", "sim-pass-1", flag="0", domain=simulator_url)
    assert wrong.get_order(SPOT, ordId="1") == {"msg": "Invalid Sign", "code": "50113"}
    wrong.close()
