"""What Bybit's queries show, since when, and how lists go on."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from bybit_support import LocalBybit, Said

DAY_MS = 86_400_000


@pytest.fixture
def bybit() -> LocalBybit:
    return LocalBybit()


def links(said: Said) -> list[str]:
    return [row["orderLinkId"] for row in said.rows]


def place(bybit: LocalBybit, link: str, category: str = "spot", **more: Any) -> Said:  # noqa: ANN401 - JSON
    return bybit.limit(category, "Buy", "59000", "0.01", orderLinkId=link, **more)


def cancel(bybit: LocalBybit, link: str, category: str = "spot") -> Said:
    return bybit.post("order/cancel", category=category, symbol="BTCUSDT", orderLinkId=link)


def test_what_is_not_there_is_an_empty_list(bybit: LocalBybit) -> None:
    for path in ("order/realtime", "order/history", "execution/list"):
        found = bybit.get(path, category="spot", orderLinkId="nobody").result
        assert found == {"list": [], "nextPageCursor": "", "category": "spot"}
        assert bybit.get(path, category="spot", orderId="1321003749386327552").rows == []
        assert bybit.get(path, category="linear", symbol="BTCUSDT", orderId="nonsense").rows == []
        assert bybit.get(path, category="bonds").code == 10001


def test_open_and_closed_apart_unless_named(bybit: LocalBybit) -> None:
    place(bybit, "open")
    place(bybit, "gone")
    cancel(bybit, "gone")
    assert links(bybit.get("order/realtime", category="spot")) == ["open"]
    assert links(bybit.get("order/realtime", category="spot", openOnly=1)) == ["gone"]
    assert links(bybit.get("order/realtime", category="spot", openOnly=0, orderLinkId="gone")) == ["gone"]
    assert links(bybit.get("order/history", category="spot")) == ["gone"]
    assert bybit.get("order/realtime", category="spot", who=2, orderLinkId="open").rows == []


def test_the_order_id_leads(bybit: LocalBybit) -> None:
    first, _ = place(bybit, "one"), place(bybit, "two")
    both = {"orderId": first.result["orderId"], "orderLinkId": "two"}
    assert links(bybit.get("order/realtime", category="spot", **both)) == ["one"]


def test_linear_must_say_which(bybit: LocalBybit) -> None:
    place(bybit, "t-1", "linear")
    place(bybit, "t-2", "linear", symbol="BTCPERP")
    assert bybit.get("order/realtime", category="linear").code == 10001
    assert links(bybit.get("order/realtime", category="linear", orderLinkId="t-1")) == ["t-1"]
    assert links(bybit.get("order/realtime", category="linear", settleCoin="USDT")) == ["t-1"]
    assert links(bybit.get("order/realtime", category="linear", baseCoin="BTC")) == ["t-2", "t-1"]
    assert links(bybit.get("order/realtime", category="linear", symbol="BTCPERP", baseCoin="ETH")) == ["t-2"]


def test_a_new_order_shows_after_a_delay(bybit: LocalBybit) -> None:
    bybit.set_up(realtime_delay_ms=300, history_delay_ms=2000)
    ack = bybit.market("linear", "Buy", "0.1", orderLinkId="t-1")
    assert ack.code == 0
    asked = {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "t-1"}
    paths = ("order/realtime", "execution/list", "order/history")
    assert [len(bybit.get(path, **asked).rows) for path in paths] == [0, 0, 0]
    bybit.clock.advance(299)
    assert [len(bybit.get(path, **asked).rows) for path in paths] == [0, 0, 0]
    bybit.clock.advance(1)
    assert [len(bybit.get(path, **asked).rows) for path in paths] == [1, 1, 0]
    bybit.clock.advance(1700)
    assert [len(bybit.get(path, **asked).rows) for path in paths] == [1, 1, 1]


def test_an_order_that_does_not_show_cannot_be_cancelled_yet(bybit: LocalBybit) -> None:
    bybit.set_up(realtime_delay_ms=300)
    place(bybit, "t-1", "linear")
    assert cancel(bybit, "t-1", "linear").code == 110001
    assert place(bybit, "t-1", "linear").code == 110072
    assert bybit.post("order/cancel-all", category="linear", symbol="BTCUSDT").rows == []
    bybit.clock.advance(300)
    assert cancel(bybit, "t-1", "linear").code == 0


def test_a_cancel_shows_after_a_delay(bybit: LocalBybit) -> None:
    place(bybit, "t-1")
    bybit.set_up(realtime_delay_ms=300)
    assert cancel(bybit, "t-1").code == 0
    asked = {"category": "spot", "orderLinkId": "t-1"}
    assert bybit.get("order/realtime", **asked).rows[0]["orderStatus"] == "New"
    assert links(bybit.get("order/realtime", category="spot")) == ["t-1"]
    assert cancel(bybit, "t-1").code == 170213  # it is, though
    bybit.clock.advance(300)
    assert bybit.get("order/realtime", **asked).rows[0]["orderStatus"] == "Cancelled"
    assert links(bybit.get("order/realtime", category="spot")) == []


def test_a_restart_clears_closed_orders_from_the_realtime_query_only(bybit: LocalBybit) -> None:
    place(bybit, "open")
    place(bybit, "gone")
    cancel(bybit, "gone")
    bybit.set_up(restart=True)
    assert bybit.get("order/realtime", category="spot", orderLinkId="gone").rows == []
    assert links(bybit.get("order/realtime", category="spot")) == ["open"]
    assert links(bybit.get("order/history", category="spot", orderLinkId="gone")) == ["gone"]
    bybit.clock.advance(1)
    cancel(bybit, "open")
    assert links(bybit.get("order/realtime", category="spot", openOnly=1)) == ["open"]


def test_only_the_last_five_hundred_closed_orders_are_kept(bybit: LocalBybit) -> None:
    for n in range(501):
        place(bybit, f"t-{n}")
        bybit.clock.advance(1)
        cancel(bybit, f"t-{n}")
        bybit.clock.advance(1)
    asked = {"category": "spot", "openOnly": 1}
    assert bybit.get("order/realtime", **asked, orderLinkId="t-0").rows == []
    assert links(bybit.get("order/realtime", **asked, orderLinkId="t-1")) == ["t-1"]
    assert links(bybit.get("order/history", category="spot", orderLinkId="t-0")) == ["t-0"]
    seen, cursor = [], ""
    while True:
        page = bybit.get("order/realtime", **asked, limit=50, cursor=cursor)
        seen += links(page)
        cursor = unquote(page.result["nextPageCursor"])
        if not cursor:
            break
    assert seen == [f"t-{n}" for n in range(500, 0, -1)]


def test_unfilled_orders_leave_the_history_after_a_day(bybit: LocalBybit) -> None:
    place(bybit, "cancelled")
    cancel(bybit, "cancelled")
    bybit.limit("spot", "Buy", "60000.1", "0.01", orderLinkId="filled")
    bybit.clock.advance(DAY_MS)
    assert links(bybit.get("order/history", category="spot")) == ["filled", "cancelled"]
    bybit.clock.advance(1)
    assert links(bybit.get("order/history", category="spot")) == ["filled"]
    bybit.clock.advance(6 * DAY_MS)
    assert bybit.get("order/history", category="spot").rows == []
    long_ago = bybit.clock.now_ms() - 8 * DAY_MS
    assert links(bybit.get("order/history", category="spot", startTime=long_ago)) == ["filled"]
    assert links(bybit.get("order/history", category="spot", endTime=bybit.clock.now_ms() - 1)) == ["filled"]
    assert bybit.get("order/history", category="spot", startTime=long_ago, endTime=bybit.clock.now_ms()).code == 10001


def test_filters_of_the_history(bybit: LocalBybit) -> None:
    place(bybit, "cancelled")
    cancel(bybit, "cancelled")
    bybit.limit("spot", "Buy", "60000.1", "0.01", orderLinkId="filled")
    asked = {"category": "spot", "symbol": "BTCUSDT"}
    assert links(bybit.get("order/history", **asked, orderStatus="Filled")) == ["filled"]
    assert bybit.get("order/history", **asked, orderStatus="New").code == 181017
    assert bybit.get("order/history", **asked, orderFilter="StopOrder").rows == []
    row = bybit.get("order/history", **asked, orderStatus="Filled").rows[0]
    assert (row["slippageToleranceType"], row["rpiMatchedQty"]) == ("UNKNOWN", "0")


def test_pages_do_not_shift_when_something_is_added(bybit: LocalBybit) -> None:
    for n in range(5):
        place(bybit, f"t-{n}")
    first = bybit.get("order/realtime", category="spot", limit=2)
    cursor = first.result["nextPageCursor"]
    place(bybit, "late")
    query = f"category=spot&limit=2&cursor={cursor}"  # verbatim, as it came
    ask = bybit.ask("GET", "order/realtime", category="spot", limit=2, cursor=unquote(cursor))
    assert ask.query == query
    second = bybit.send(ask)
    assert (links(first), links(second)) == (["t-4", "t-3"], ["t-2", "t-1"])
    assert bybit.get("order/realtime", category="spot", cursor=cursor).code == 10001  # encoded twice
    assert bybit.get("order/realtime", category="spot", limit=51).code == 10001
    assert bybit.get("order/realtime", category="spot", limit=0).code == 10001


def test_executions(bybit: LocalBybit) -> None:
    ack = bybit.limit("spot", "Buy", "60000.1", "5", timeInForce="IOC", orderLinkId="t-1")
    bybit.clock.advance(10)
    bybit.market("spot", "Sell", "0.01", orderLinkId="t-2")
    rows = bybit.get("execution/list", category="spot", symbol="BTCUSDT").rows
    assert [row["orderLinkId"] for row in rows] == ["t-2", "t-1"]
    sold, bought = rows
    assert (sold["feeCurrency"], bought["feeCurrency"]) == ("USDT", "BTC")
    assert (bought["orderId"], bought["isMaker"], bought["execType"]) == (ack.result["orderId"], False, "Trade")
    assert float(bought["leavesQty"]) == pytest.approx(5 - float(bought["execQty"]))
    assert bybit.get("execution/list", category="spot", execType="Funding").rows == []
    assert bybit.get("execution/list", category="spot", execType="Gift").code == 10001
    page = bybit.get("execution/list", category="spot", limit=1)
    rest = bybit.get("execution/list", category="spot", cursor=unquote(page.result["nextPageCursor"]))
    assert [row["orderLinkId"] for row in rest.rows] == ["t-1"]


def test_public_data(bybit: LocalBybit) -> None:
    book = bybit.get("market/orderbook", who=None, category="linear", symbol="BTCUSDT").result
    assert ([len(book[side]) for side in "ab"], book["a"][0][0], book["b"][0][0]) == ([25, 25], "60000.1", "59999.9")
    assert len(bybit.get("market/orderbook", who=None, category="spot", symbol="BTCUSDT").result["a"]) == 1
    assert bybit.get("market/orderbook", who=None, category="option", symbol="BTCUSDT").code == 10001
    assert bybit.get("market/orderbook", who=None, category="spot", symbol="BTCUSDT", limit=1001).code == 10001
    bybit.market("linear", "Buy", "0.1")
    trade = bybit.get("market/recent-trade", who=None, category="linear", symbol="BTCUSDT").rows[0]
    assert (trade["side"], trade["price"], trade["size"]) == ("Buy", "60000.1", "0.1")
    candle = bybit.get("market/kline", who=None, symbol="BTCUSDT", interval="60").rows[0]
    assert candle[1:] == ["60000.1"] * 4 + ["0.1", "6000.01"]
    assert bybit.get("market/kline", who=None, symbol="BTCUSDT", interval="2").code == 10001
    assert bybit.get("system/status", who=None).rows == []


def test_tickers(bybit: LocalBybit) -> None:
    spot = bybit.get("market/tickers", who=None, category="spot", symbol="BTCUSDT").rows[0]
    assert (spot["lastPrice"], spot["usdIndexPrice"], "markPrice" in spot) == ("60000.0", "60000", False)
    linear = bybit.get("market/tickers", who=None, category="linear").rows
    assert {row["symbol"] for row in linear} >= {"BTCUSDT", "BTCPERP"}
    assert all(row["fundingRate"] == "" for row in linear if row["deliveryTime"] != "0")
    assert bybit.get("market/tickers", who=None, category="option").code == 10001
    option = bybit.get("market/tickers", who=None, category="option", baseCoin="ETH").rows[0]
    assert (option["underlyingPrice"], option["markIv"]) == ("3000", "0")
    assert bybit.get("market/tickers", who=None, category="spot", symbol="NOPE").code == 10001


def test_instruments(bybit: LocalBybit) -> None:
    spot = bybit.get("market/instruments-info", who=None, category="spot", limit=1).result
    assert (len(spot["list"]), "nextPageCursor" in spot) == (8, False)
    assert spot["list"][0]["lotSizeFilter"]["quotePrecision"] == "0.0000001"
    asked = {"category": "linear", "limit": 3}
    first = bybit.get("market/instruments-info", who=None, **asked).result
    rest = bybit.get(
        "market/instruments-info", who=None, category="linear", cursor=unquote(first["nextPageCursor"])
    ).result
    assert (len(first["list"]), len(rest["list"]), rest["nextPageCursor"]) == (3, 5, "")
    assert bybit.get("market/instruments-info", who=None, category="linear", status="PreLaunch").rows == []
    inverse = bybit.get("market/instruments-info", who=None, category="inverse", symbol="BTCUSD").rows[0]
    assert (inverse["contractType"], "minNotionalValue" in inverse["lotSizeFilter"]) == ("InversePerpetual", False)
    options = bybit.get("market/instruments-info", who=None, category="option").rows
    assert {row["baseCoin"] for row in options} == {"BTC"}
    assert all(int(row["deliveryTime"]) > bybit.clock.now_ms() for row in options)
    own = bybit.get("account/instruments-info", category="linear").rows[0]
    assert own["myRpiPermission"] is False
    assert bybit.get("account/instruments-info", category="option").code == 10001


def test_option_base_coins(bybit: LocalBybit) -> None:
    rows = bybit.get("market/option-base-coins", None).rows
    assert {(row["baseCoin"], row["settleCoin"], row["hasSymbol"]) for row in rows} == {
        (base, settle, 1) for base in ("BTC", "ETH") for settle in ("USDT", "USDC")
    }
    assert bybit.get("market/option-base-coins", None, underlyingType="0,2").rows == rows
    assert bybit.get("market/option-base-coins", None, underlyingType="1,2").rows == []


def test_asset_calls(bybit: LocalBybit) -> None:
    bybit.limit("spot", "Buy", "59000", "0.01")
    one = bybit.get("asset/transfer/query-account-coin-balance", accountType="UNIFIED", coin="USDT").result["balance"]
    assert (one["walletBalance"], one["transferBalance"]) == ("10000000", "9999410")
    some = bybit.get("asset/transfer/query-account-coins-balance", accountType="UNIFIED", coin="BTC,ETH").result
    assert [row["walletBalance"] for row in some["balance"]] == ["1000", "10000"]
    assert bybit.get("asset/transfer/query-account-coins-balance", accountType="UNIFIED").code == 10001
    fund = bybit.get("asset/transfer/query-account-coins-balance", accountType="FUND", coin="BTC").result
    assert fund["balance"][0]["walletBalance"] == "0"
    assert bybit.get("account/wallet-balance", accountType="SPOT").code == 10001
    named = bybit.get("account/wallet-balance", accountType="UNIFIED", coin="DOGE,USDT").rows[0]["coin"]
    assert [(row["coin"], row["walletBalance"]) for row in named] == [("DOGE", "0"), ("USDT", "10000000")]
    assert {row["coin"] for row in bybit.get("asset/coin/query-info").result["rows"]} >= {"BTC", "USDT", "USDC"}
