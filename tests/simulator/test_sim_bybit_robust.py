"""Whatever is sent to Bybit, there is an answer in its own shape."""

from __future__ import annotations

import json
from typing import Any

from bybit_support import LocalBybit
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples

from simulator.bybit.routes import ROUTES
from simulator.http import Ask

NAMES = [
    "category", "symbol", "side", "orderType", "qty", "price", "timeInForce", "orderLinkId", "orderId", "positionIdx",
    "reduceOnly", "triggerPrice", "triggerDirection", "orderFilter", "marketUnit", "request", "limit", "cursor",
    "startTime", "endTime", "baseCoin", "settleCoin", "coin", "mode", "buyLeverage", "sellLeverage", "accountType",
    "takeProfit", "stopLoss", "tpslMode", "openOnly", "timeWindow", "interval", "slippageToleranceType",
    "slippageTolerance", "isLeverage", "smpType", "execType", "orderStatus", "status",
]  # fmt: skip
WORDS = st.sampled_from([
    "spot", "linear", "inverse", "option", "BTCUSDT", "BTCUSD", "Buy", "Sell", "Market", "Limit", "0.01", "59000", "0",
    "1", "IOC", "PostOnly", "StopOrder", "tpslOrder", "quoteCoin", "UNIFIED", "Full", "Partial", "TickSize", "Percent",
    "60", "1e5", "-1", "0.0000000000001", "99999999999999999999", "page_token=5&", "\ud800", "", "BTC",
])  # fmt: skip
SCALARS = st.one_of(WORDS, WORDS, st.text(max_size=5), st.integers(-5, 10**20), st.booleans(), st.none(), st.floats())
ITEMS = st.lists(st.one_of(SCALARS, st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=8)), max_size=3)
PARAMS = st.dictionaries(st.sampled_from(NAMES), st.one_of(SCALARS, SCALARS, ITEMS), max_size=10)
ORDER = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "59000", "mode": 3}


@settings(max_examples=examples(125), deadline=None)
@given(
    st.sampled_from(sorted(ROUTES)),
    st.sampled_from(["spot", "linear", "inverse", "option", "x"]),
    PARAMS,
    st.booleans(),
)
def test_there_is_always_an_answer(
    route: tuple[str, str],
    category: str,
    params: dict[str, Any],
    sensible: bool,  # noqa: FBT001 - drawn
) -> None:
    bybit = LocalBybit()
    method, path = route
    base = {"category": category, **(ORDER if sensible else {})}
    wish = {**base, **params}
    if method == "GET":
        wish = {name: str(value).encode("utf-8", "replace").decode() for name, value in wish.items()}
    answer = bybit.send(bybit.ask(method, path.removeprefix("/v5/"), **wish))
    assert answer.status == 200
    assert isinstance(answer.code, int)
    assert answer.code == 0 or answer.body["retMsg"]


@given(st.text(max_size=30), st.binary(max_size=30))
def test_any_text_as_query_or_body(query: str, body: bytes) -> None:
    bybit = LocalBybit()
    text = body.decode("utf-8", "surrogateescape")
    head = {"X-BAPI-API-KEY": "sim-key-1", "X-BAPI-TIMESTAMP": str(bybit.clock.now_ms()), "X-BAPI-SIGN": "0"}
    for ask in (
        Ask("GET", "/v5/order/realtime", query, "", head, "p"),
        Ask("POST", "/v5/order/create", "", text, head, "p"),
    ):
        answer = bybit.send(ask)
        assert (answer.status, answer.code in (10001, 10004)) == (200, True)
        json.dumps(answer.body)
