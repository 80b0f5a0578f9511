"""Lists in pages, and several lists as one: orders, positions, fills, instruments."""

from __future__ import annotations

import pytest
from support.bybit import INVERSE, LINEAR, OPTION, RULES, SPOT, account, answering, bybit, envelope, listed
from test_bybit_wire import EXECUTION, OPEN, POSITION

from router.commands import GetOpenOrders
from router.errors import NotProcessed, UnknownSymbol
from router.symbols import Symbol
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange

ORDER = {**OPEN, "symbol": "BTCUSDT"}
CURSOR = "page_token%3D12%26"
DAY_MS = 86_400_000


def test_a_list_is_read_to_its_last_page() -> None:
    pages = [listed(ORDER, cursor=CURSOR), listed({**ORDER, "orderId": "2"}, cursor="next"), listed(cursor="more")]
    with answering({"/v5/order/realtime": pages}) as talk:
        orders = bybit(talk.url).get_open_orders(LINEAR)
    assert [order.order_id for order in orders] == [OPEN["orderId"], "2"]
    assert [each.query.partition("&cursor=")[2] for each in talk.asked] == ["", CURSOR, "next"]
    assert talk.asked[0].query == "category=linear&symbol=BTCUSDT&openOnly=0&limit=50"


@pytest.mark.parametrize("last", [{"nextPageCursor": ""}, {"nextPageCursor": None}, {}])
def test_the_last_page_says_so_in_several_ways(last: dict[str, object]) -> None:
    page = envelope({"list": [ORDER], **last})
    with answering({"/v5/order/realtime": [page]}) as talk:
        assert len(bybit(talk.url).get_open_orders(LINEAR)) == 1
    assert len(talk.asked) == 1


def test_pages_that_never_end_do() -> None:
    with answering({"/v5/position/list": [listed(POSITION, cursor="on")]}) as talk:
        exchange = bybit(talk.url)
        exchange.tariff.own.update(dict.fromkeys(exchange.budgets_declared, 10_000))
        endless = exchange.positions_call(Symbol.parse(LINEAR))
        with pytest.raises(NotProcessed, match="goes on after 200 pages"):
            exchange.send(endless)
    assert len(talk.asked) == 200


def test_positions_of_every_kind() -> None:
    answers = [
        listed(POSITION),
        listed(),
        listed({**POSITION, "symbol": "BTCUSD", "side": "Sell"}),
        listed({**POSITION, "symbol": "BTC-27MAR26-70000-P-USDT"}),
    ]
    with answering({"/v5/position/list": answers}) as talk:
        positions = bybit(talk.url).get_positions()
    assert [str(each.symbol) for each in positions] == [LINEAR, INVERSE, OPTION]
    assert [each.query for each in talk.asked] == [
        "category=linear&settleCoin=USDT&limit=200",
        "category=linear&settleCoin=USDC&limit=200",
        "category=inverse&limit=200",
        "category=option&limit=200",
    ]


def test_open_orders_of_one_kind_of_market() -> None:
    with answering({"/v5/order/realtime": [listed(ORDER)]}) as talk:
        (order,) = bybit(talk.url).get_open_orders(market="spot")
    assert (str(order.symbol), talk.asked[0].query) == (SPOT, "category=spot&openOnly=0&limit=50")


def test_an_order_of_a_market_that_nobody_lists_is_not_understood() -> None:
    """It must not be left out without a word."""
    strange = [listed({**ORDER, "symbol": "NEWUSDT"})]
    instruments = {
        "/v5/market/instruments-info": [envelope({"list": []})],
        "/v5/market/option-base-coins": [envelope({"list": []})],
    }
    with answering({"/v5/order/realtime": strange, **instruments}) as talk:
        exchange = bybit(talk.url)
        asked = exchange.open_orders_call(GetOpenOrders(exchange="bybit", account="main", market="spot"))
        with pytest.raises(NotProcessed, match="NEWUSDT"):
            exchange.send(asked)


def trade(number: int, at_ms: int, **more: object) -> dict[str, object]:
    return {**EXECUTION, "execId": f"e-{number}", "execTime": str(at_ms), **more}


def test_the_latest_fills_oldest_first() -> None:
    pages = [listed(trade(4, 40), trade(3, 30, execType="Funding"), cursor="on"), listed(trade(2, 20), trade(1, 10))]
    with answering({"/v5/execution/list": pages}) as talk:
        fills = bybit(talk.url).get_fills(LINEAR, limit=2)
    assert [fill.trade_id for fill in fills] == ["e-2", "e-4"]
    assert talk.asked[0].query == "category=linear&symbol=BTCUSDT&limit=2"


def test_fills_of_an_order() -> None:
    with answering({"/v5/execution/list": [listed(trade(1, 10))]}) as talk:
        (fill,) = bybit(talk.url).get_fills(LINEAR, order_id="o-1", limit=1_000)
    assert fill.trade_id == "e-1"
    assert talk.asked[0].query == "category=linear&symbol=BTCUSDT&limit=100&orderId=o-1"


def test_fills_since_a_moment_are_asked_for_week_by_week() -> None:
    exchange = bybit()
    since_ms = exchange.clock.now_ms() - 16 * DAY_MS
    weeks = [[trade(2, since_ms + 2), trade(1, since_ms + 1)], [], [trade(3, since_ms + 15 * DAY_MS)]]
    with answering({"/v5/execution/list": [listed(*week) for week in weeks]}) as talk:
        fills = bybit(talk.url).get_fills(LINEAR, since_ms=since_ms)
    assert [fill.trade_id for fill in fills] == ["e-1", "e-2", "e-3"]
    assert f"&startTime={since_ms}&endTime={since_ms + 7 * DAY_MS - 1}" in talk.asked[0].query
    assert f"&startTime={since_ms + 7 * DAY_MS}&endTime=" in talk.asked[1].query
    assert len(talk.asked) == 3


def test_enough_fills_end_the_reading() -> None:
    exchange = bybit()
    since_ms = exchange.clock.now_ms() - 16 * DAY_MS
    first = [listed(trade(3, since_ms + 3), cursor="on"), listed(trade(2, since_ms + 2), trade(1, since_ms + 1))]
    with answering({"/v5/execution/list": first}) as talk:
        fills = bybit(talk.url).get_fills(LINEAR, since_ms=since_ms, limit=2)
    assert [fill.trade_id for fill in fills] == ["e-1", "e-2"], (
        "the first ones since then, so the week is read to its end"
    )
    assert len(talk.asked) == 2


def instruments(*categories: str) -> dict[str, list[object]]:
    """What the simulator's server answers: option coins, then each category's list in the order it is asked for."""
    coins = [
        {"baseCoin": "BTC", "hasSymbol": 1},
        {"baseCoin": "BTC", "hasSymbol": 1},
        {"baseCoin": "XYZ", "hasSymbol": 0},
    ]
    pages: list[object] = [envelope({"list": RULES[category]}) for category in categories]
    return {"/v5/market/instruments-info": pages, "/v5/market/option-base-coins": [envelope({"list": coins})]}


def test_every_market_is_read_and_options_per_base_coin() -> None:
    with answering(instruments("spot", "linear", "inverse", "option")) as talk:
        exchange = get_exchange("bybit", account(talk.url), LocalGate())
        assert [str(each.symbol) for each in exchange.get_instruments()] == sorted([SPOT, LINEAR, INVERSE, OPTION])
    assert [f"{each.path} {each.query}" for each in talk.asked] == [
        "/v5/market/instruments-info category=spot&limit=1000",
        "/v5/market/instruments-info category=linear&limit=1000",
        "/v5/market/instruments-info category=inverse&limit=1000",
        "/v5/market/option-base-coins ",
        "/v5/market/instruments-info category=option&limit=1000&baseCoin=BTC",
    ]


def test_a_category_that_cannot_be_read_keeps_none_of_the_others_from_being_traded() -> None:
    answers = instruments("spot", "linear", "inverse")
    with answering({**answers, "/v5/market/option-base-coins": [(404, b"Not Found", b"")]}) as talk:
        exchange = get_exchange("bybit", account(talk.url), LocalGate())
        assert str(exchange.get_instrument(SPOT).symbol) == SPOT
        with pytest.raises(Exception, match="HTTP 404") as caught:
            exchange.get_instrument(OPTION)
    assert not isinstance(caught.value, UnknownSymbol)
