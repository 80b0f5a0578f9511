"""What the fast fake exchange says: documents that are made once, and orders that repeat the id they were given.

The documents hold what an exchange's own hold as far as anyone here reads it; every limit is out of reach.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

NO_LIMIT = 1_000_000_000
PRICE, QUANTITY = "60000", "0.01"
_HEAD = "HTTP/1.1 200 OK\r\nServer: venue\r\nContent-Type: application/json;charset=UTF-8\r\n"
_COUNTS = {
    "binance": "x-mbx-used-weight-1m: 1\r\nx-mbx-order-count-10s: 1\r\nx-mbx-order-count-1d: 1\r\n",
    "bybit": "",
    "okx": "",
}


def _steps(kind: str, *fields: str) -> dict[str, str]:
    values = ("0.01", "1000000", "0.01") if kind == "PRICE_FILTER" else ("0.00001", "9000", "0.00001")
    return {"filterType": kind, **dict(zip(fields, values, strict=True))}


_PAIR = {
    "symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
    "baseAssetPrecision": 8, "quotePrecision": 8, "quoteAssetPrecision": 8, "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": False, "permissions": ["SPOT"],
    "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"], "icebergAllowed": True, "ocoAllowed": True,
    "quoteOrderQtyMarketAllowed": True,
    "filters": [
        _steps("PRICE_FILTER", "minPrice", "maxPrice", "tickSize"), _steps("LOT_SIZE", "minQty", "maxQty", "stepSize"),
    ],
}  # fmt: skip
_CONTRACT = {
    "symbol": "BTCUSDT", "contractType": "PERPETUAL", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
    "marginAsset": "USDT", "deliveryDate": 4133404800000, "orderTypes": ["LIMIT", "MARKET"], "timeInForce": ["GTC"],
    "filters": [
        _steps("PRICE_FILTER", "minPrice", "maxPrice", "tickSize"), _steps("LOT_SIZE", "minQty", "maxQty", "stepSize"),
        _steps("MARKET_LOT_SIZE", "minQty", "maxQty", "stepSize"),
    ],
}  # fmt: skip
_BYBIT_PAIR = {
    "symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "status": "Trading", "marginTrading": "none",
    "lotSizeFilter": {
        "basePrecision": "0.000001", "quotePrecision": "0.0000001", "minOrderQty": "0.000001", "minOrderAmt": "1",
        "maxOrderQty": "9000", "maxLimitOrderQty": "9000", "maxMarketOrderQty": "9000",
        "postOnlyMaxLimitOrderSize": "9000", "maxOrderAmt": "8000000",
    },
    "priceFilter": {"tickSize": "0.01"},
}  # fmt: skip
_OKX_PAIR = {
    "instType": "SPOT", "instId": "BTC-USDT", "baseCcy": "BTC", "quoteCcy": "USDT", "minSz": "0.00001",
    "lotSz": "0.00001", "maxLmtSz": "9000", "maxMktSz": "1000000", "tickSz": "0.01", "state": "live", "lever": "",
    "expTime": "", "uly": "", "instFamily": "", "settleCcy": "", "ctVal": "", "ctMult": "", "ctValCcy": "",
    "listTime": "1600000000000",
}  # fmt: skip


def _limits(*rows: tuple[str, str, int]) -> list[dict[str, object]]:
    return [
        {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": NO_LIMIT}
        for kind, interval, number in rows
    ]


_SPOT = {
    "timezone": "UTC", "serverTime": 0, "exchangeFilters": [], "symbols": [_PAIR],
    "rateLimits": _limits(
        ("REQUEST_WEIGHT", "MINUTE", 1), ("ORDERS", "SECOND", 10), ("ORDERS", "DAY", 1), ("RAW_REQUESTS", "MINUTE", 5)
    ),
}  # fmt: skip
_FUTURES = {
    "symbols": [_CONTRACT],
    "rateLimits": _limits(("REQUEST_WEIGHT", "MINUTE", 1), ("ORDERS", "MINUTE", 1), ("ORDERS", "SECOND", 10)),
}
_WALLET = {"makerCommission": 10, "balances": [{"asset": "USDT", "free": "1000000000", "locked": "0"}]}


def _of_bybit(**result: object) -> dict[str, object]:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": now_ms()}


def _of_okx(*rows: object) -> dict[str, object]:
    return {"code": "0", "msg": "", "data": list(rows)}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _bybit_instruments(query: Mapping[str, str]) -> dict[str, object]:
    category = query.get("category", "spot")
    return _of_bybit(category=category, list=[_BYBIT_PAIR] if category == "spot" else [], nextPageCursor="")


DOCUMENTS: dict[tuple[str, str], Any] = {
    ("binance", "/api/v3/time"): lambda _: {"serverTime": now_ms()},
    ("binance", "/api/v3/exchangeInfo"): lambda _: _SPOT,
    ("binance", "/api/v3/account"): lambda _: _WALLET,
    ("binance", "/api/v3/ping"): lambda _: {},
    ("binance", "/fapi/v1/time"): lambda _: {"serverTime": now_ms()},
    ("binance", "/fapi/v1/exchangeInfo"): lambda _: _FUTURES,
    ("bybit", "/v5/market/time"): lambda _: _of_bybit(timeSecond=str(now_ms() // 1_000), timeNano=str(time.time_ns())),
    ("bybit", "/v5/market/instruments-info"): _bybit_instruments,
    ("bybit", "/v5/market/option-base-coins"): lambda _: _of_bybit(list=[]),
    ("okx", "/api/v5/public/time"): lambda _: _of_okx({"ts": str(now_ms())}),
    ("okx", "/api/v5/public/instruments"): lambda query: _of_okx(
        *([_OKX_PAIR] if query.get("instType") == "SPOT" else [])
    ),
    ("okx", "/api/v5/public/instrument-tick-bands"): lambda _: _of_okx(),
    ("okx", "/api/v5/account/config"): lambda _: _of_okx({"acctLv": "2", "posMode": "net_mode", "uid": "1"}),
}
"""(exchange, path) → what makes the document from the query."""


def whole(exchange: str, document: object) -> bytes:
    """A reply with that document."""
    return _framed(exchange, json.dumps(document, separators=(",", ":")))


def _framed(exchange: str, body: str) -> bytes:
    return f"{_HEAD}{_COUNTS[exchange]}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def _binance_order(name: str, moment: str) -> str:
    """A limit order that filled at once, in a FULL reply."""
    return (
        f'{{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"{name}","transactTime":{moment},'
        f'"price":"{PRICE}.00000000","origQty":"0.01000000","executedQty":"0.01000000",'
        '"origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"600.00000000","status":"FILLED","timeInForce":"GTC",'
        f'"type":"LIMIT","side":"BUY","workingTime":{moment},"selfTradePreventionMode":"NONE","fills":[{{"price":'
        f'"{PRICE}.00000000","qty":"0.01000000","commission":"0.00001000","commissionAsset":"BTC","tradeId":56}}]}}'
    )


def _bybit_placed(name: str, moment: str) -> str:
    return (
        f'{{"retCode":0,"retMsg":"OK","result":{{"orderId":"1321003749386327552","orderLinkId":"{name}"}},'
        f'"retExtInfo":{{}},"time":{moment}}}'
    )


def _bybit_found(name: str, moment: str) -> str:
    """The order as it stands: it rests."""
    return (
        '{"retCode":0,"retMsg":"OK","result":{"category":"spot","nextPageCursor":"","list":[{"symbol":"BTCUSDT",'
        f'"orderId":"1321003749386327552","orderLinkId":"{name}","side":"Buy","orderType":"Limit","orderStatus":"New",'
        f'"timeInForce":"GTC","price":"{PRICE}","qty":"{QUANTITY}","cumExecQty":"0","cumExecValue":"0",'
        f'"leavesQty":"{QUANTITY}","avgPrice":"","createdTime":"{moment}","updatedTime":"{moment}"}}]}},'
        f'"retExtInfo":{{}},"time":{moment}}}'
    )


def _okx_placed(name: str, moment: str) -> str:
    return (
        f'{{"code":"0","msg":"","data":[{{"ordId":"312269865356374016","clOrdId":"{name}","tag":"","ts":"{moment}",'
        '"sCode":"0","sMsg":""}],"inTime":"1","outTime":"2"}'
    )


def _okx_found(name: str, moment: str) -> str:
    """The order as it stands: it rests."""
    return (
        '{"code":"0","msg":"","data":[{"instType":"SPOT","instId":"BTC-USDT","ordId":"312269865356374016",'
        f'"clOrdId":"{name}","px":"{PRICE}","sz":"{QUANTITY}","ordType":"limit","side":"buy","tdMode":"cash",'
        '"tgtCcy":"","accFillSz":"0","avgPx":"","state":"live","fee":"0","feeCcy":"BTC","rebate":"0","rebateCcy":"USDT",'
        f'"cTime":"{moment}","uTime":"{moment}"}}]}}'
    )


ORDERS = {
    b"POST /api/v3/order": ("binance", (b"newClientOrderId=",), _binance_order),
    b"POST /v5/order/create": ("bybit", (b'"orderLinkId":"', b'"orderLinkId": "'), _bybit_placed),
    b"POST /api/v5/trade/order": ("okx", (b'"clOrdId":"', b'"clOrdId": "'), _okx_placed),
    b"POST /api/v5/trade/batch-orders": ("okx", (b'"clOrdId":"', b'"clOrdId": "'), _okx_placed),  # ccxt's, of one order
}
"""What places an order: by method and path, how its client order id is introduced, and the reply."""

LOOKUPS = {
    b"GET /v5/order/realtime": ("bybit", (b"orderLinkId=",), _bybit_found),
    b"GET /api/v5/trade/order": ("okx", (b"clOrdId=",), _okx_found),
}
"""What reads an order: the same."""


def reply_to(exchange: str, made: Any, name: str) -> bytes:  # noqa: ANN401 - one of the functions above
    """The reply about the order of that client order id."""
    return _framed(exchange, made(name, str(now_ms())))
