"""Whatever is sent, the OKX side answers in OKX's shape: nonsense is refused, never a crash."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from okx_support import API, INVERSE, SPOT, SWAP, Local
from support.examples import examples

from simulator.okx.routes import ROUTES

TEXTS = [
    "", "0", "1", "-1", "0.01", "60000", "1e5", "abc", "é", "x" * 40, "9" * 25, "0." + "0" * 30 + "1", "1" + "0" * 19,
    SPOT, SWAP, INVERSE, ",,",
    "BTC-USD", "BTC-USD-261204-60000-C", "SPOT", "SWAP", "OPTION", "cash", "cross", "isolated", "buy", "sell",
    "limit", "market", "ioc", "conditional", "oco", "trigger", "move_order_stop", "net", "long", "true", "USDT",
    "long_short_mode", "3", "effective", "base_ccy", "quote_ccy", "last", "mark", "cancel_both", "1m", "1000001",
]  # fmt: skip
OTHERS = [None, True, False, 5, 1.5, -3, [], {}, ["x"], [{}], [{"tpTriggerPx": "1"}], {"a": 1}]
NAMES = [
    "instId", "instType", "instFamily", "uly", "tdMode", "side", "ordType", "sz", "px", "pxUsd", "pxVol", "clOrdId",
    "ordId", "posSide", "ccy", "tag", "tgtCcy", "reduceOnly", "banAmend", "stpMode", "attachAlgoOrds", "newSz",
    "newPx", "newPxUsd", "reqId", "cxlOnFail", "mgnMode", "lever", "posMode", "acctLv", "timeOut", "algoId",
    "algoClOrdId", "triggerPx", "orderPx", "tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx", "slTriggerPxType",
    "callbackRatio", "callbackSpread", "activePx", "closeFraction", "newSlTriggerPx", "newTriggerPx", "after",
    "before", "limit", "begin", "end", "state", "bar", "type", "unit", "autoCxl", "autoLoan", "lockInterval",
    "subType", "posId", "pxAmendType",
]  # fmt: skip
CALLS = sorted(ROUTES)
WORDS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS), max_size=14)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([*TEXTS, *OTHERS]), max_size=14)


def sensible(inst_id: str, **more: object) -> dict[str, Any]:
    mode = "cash" if inst_id == SPOT else "cross"
    return {"instId": inst_id, "tdMode": mode, "side": "buy", "ordType": "limit", "px": "59000", "sz": "1", **more}


@settings(max_examples=examples(100), deadline=None)
@given(st.sampled_from(CALLS), WORDS, OBJECTS, st.sampled_from([{}, sensible(SPOT), sensible(SWAP), sensible(INVERSE)]))
def test_every_call(call: tuple[str, str], words: dict[str, str], wild: dict[str, Any], base: dict[str, Any]) -> None:
    local = Local()
    local.place(**sensible(SWAP, clOrdId="a1"))
    method, path = call
    item = {**base, **wild}
    if method == "GET":
        reply = local.get(path.removeprefix(API), **words)
    else:
        reply = local.post(path.removeprefix(API), [item, base] if ROUTES[call].most else item)
    assert isinstance(reply.body["code"], str)
    assert reply.status in (200, 400, 401, 405)
    assert local.get("/account/balance").code == "0", "the account is still in order"
    assert local.get("/account/positions").code == "0"
    assert local.get("/trade/orders-pending").code == "0"
