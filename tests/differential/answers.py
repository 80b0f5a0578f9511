"""What the capture server answers: reads with empty lists, so that they go on, and writes with a plain refusal."""

from __future__ import annotations

from capture import Answers, Captured
from ccxt_side import AMENDED

_NOW_MS = 1_700_000_000_000


def binance(request: Captured) -> tuple[int, object]:
    """The order that an amendment is about exists; what comes after the first of several calls is answered, too."""
    known: dict[tuple[str, str], object] = {
        ("GET", "/api/v3/account"): {"balances": []},
        ("GET", "/fapi/v1/order"): _ORDER,
        ("GET", "/api/v3/order"): _ORDER,
        ("GET", "/fapi/v1/ticker/24hr"): _TICKER,
        ("GET", "/fapi/v1/symbolConfig"): [_CONFIG],
        ("DELETE", "/fapi/v1/allOpenOrders"): {"code": 200, "msg": "done"},
        ("DELETE", "/fapi/v1/algoOpenOrders"): {"code": 200, "msg": "done"},
    }
    answer = known.get((request.method, request.path))
    if answer is not None:
        return 200, answer
    return (200, []) if request.method == "GET" else (400, {"code": -2010, "msg": "Account has insufficient balance."})


def bybit(request: Captured) -> tuple[int, object]:
    """Cancelling everything finds nothing."""
    code = 0 if request.method == "GET" or request.path.endswith(("cancel-all", "disconnected-cancel-all")) else 110007
    result = {"list": [], "nextPageCursor": "", "category": "linear"}
    return 200, {"retCode": code, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": _NOW_MS}


def okx(request: Captured) -> tuple[int, object]:
    """The account is in long/short mode, and has nothing."""
    if request.path == "/api/v5/account/config":
        return 200, {"code": "0", "msg": "", "data": [{"acctLv": "2", "posMode": "long_short_mode"}]}
    if request.method == "GET":
        return 200, {"code": "0", "msg": "", "data": []}
    return 200, {"code": "51008", "msg": "Insufficient balance.", "data": []}


ANSWERS: dict[str, Answers] = {"binance": binance, "bybit": bybit, "okx": okx}

_ORDER = {
    "symbol": "BTCUSDT",
    "orderId": 4611875134427365377,
    "clientOrderId": "own1",
    "price": AMENDED["price"],
    "origQty": AMENDED["quantity"],
    "executedQty": "0",
    "cumQuote": "0",
    "cummulativeQuoteQty": "0",
    "status": "NEW",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "origType": "LIMIT",
    "side": "BUY",
    "positionSide": "BOTH",
    "stopPrice": "0",
    "workingType": "CONTRACT_PRICE",
    "avgPrice": "0",
    "reduceOnly": False,
    "closePosition": False,
    "time": _NOW_MS,
    "updateTime": _NOW_MS,
    "workingTime": _NOW_MS,
}
_TICKER = {
    "symbol": "BTCUSDT",
    "lastPrice": "60000",
    "openPrice": "60000",
    "highPrice": "60000",
    "lowPrice": "60000",
    "volume": "1",
    "quoteVolume": "60000",
    "closeTime": _NOW_MS,
    "openTime": _NOW_MS,
    "priceChange": "0",
    "priceChangePercent": "0",
    "weightedAvgPrice": "60000",
    "lastQty": "1",
    "firstId": 1,
    "lastId": 1,
    "count": 1,
}
_CONFIG = {
    "symbol": "BTCUSDT",
    "marginType": "CROSSED",
    "isAutoAddMargin": False,
    "leverage": 20,
    "maxNotionalValue": "1",
}
