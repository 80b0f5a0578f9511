"""The floors: the same order signed by hand and sent by http.client, urllib3 or requests over one kept connection."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests
import urllib3
from benchmarks.peers.ways import Place

_SECRET = b"secret"
Signed = Callable[[], tuple[str, dict[str, str], bytes]]


def _binance() -> tuple[str, dict[str, str], bytes]:
    form = (
        f"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000&newOrderRespType=FULL"
        f"&newClientOrderId={uuid.uuid4().hex}&recvWindow=3000&timestamp={time.time_ns() // 1_000_000}"
    ).encode()
    whole = form + b"&signature=" + hmac.new(_SECRET, form, hashlib.sha256).hexdigest().encode()
    return "/api/v3/order", {"X-MBX-APIKEY": "key", "Content-Type": "application/x-www-form-urlencoded"}, whole


def _bybit() -> tuple[str, dict[str, str], bytes]:
    body = json.dumps(
        {
            "category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01",
            "price": "60000", "timeInForce": "GTC", "orderLinkId": uuid.uuid4().hex,
        },
        separators=(",", ":"),
    )  # fmt: skip
    moment = str(time.time_ns() // 1_000_000)
    proof = hmac.new(_SECRET, f"{moment}key3000{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-BAPI-API-KEY": "key", "X-BAPI-TIMESTAMP": moment, "X-BAPI-RECV-WINDOW": "3000", "X-BAPI-SIGN": proof,
        "X-BAPI-SIGN-TYPE": "2", "Content-Type": "application/json",
    }  # fmt: skip
    return "/v5/order/create", headers, body.encode()


def _okx() -> tuple[str, dict[str, str], bytes]:
    body = json.dumps(
        {
            "instId": "BTC-USDT", "side": "buy", "tdMode": "cash", "clOrdId": uuid.uuid4().hex, "ordType": "limit",
            "sz": "0.01", "px": "60000",
        },
        separators=(",", ":"),
    )  # fmt: skip
    now = datetime.now(UTC)
    moment = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1_000:03d}Z"
    proof = hmac.new(_SECRET, f"{moment}POST/api/v5/trade/order{body}".encode(), hashlib.sha256).digest()
    headers = {
        "OK-ACCESS-KEY": "key", "OK-ACCESS-PASSPHRASE": "pass", "OK-ACCESS-TIMESTAMP": moment,
        "OK-ACCESS-SIGN": base64.b64encode(proof).decode(), "Content-Type": "application/json",
    }  # fmt: skip
    return "/api/v5/trade/order", headers, body.encode()


_SIGNED: dict[str, Signed] = {"binance": _binance, "bybit": _bybit, "okx": _okx}


def _place(exchange: str) -> str:
    return urlsplit(os.environ["BENCH_VENUE_URL"]).netloc if exchange in _SIGNED else ""


def by_http_client(exchange: str) -> Place:
    connection, signed = http.client.HTTPConnection(_place(exchange)), _SIGNED[exchange]

    def place(count: int) -> None:
        for _ in range(count):
            path, headers, body = signed()
            connection.request("POST", path, body, headers)
            json.loads(connection.getresponse().read())

    return place


def by_urllib3(exchange: str) -> Place:
    host, _, port = _place(exchange).partition(":")
    pool, signed = urllib3.HTTPConnectionPool(host, int(port)), _SIGNED[exchange]

    def place(count: int) -> None:
        for _ in range(count):
            path, headers, body = signed()
            json.loads(pool.urlopen("POST", path, body=body, headers=headers, retries=False, timeout=5.0).data)

    return place


def by_requests(exchange: str) -> Place:
    """As it comes."""
    session, signed, url = requests.Session(), _SIGNED[exchange], os.environ["BENCH_VENUE_URL"]

    def place(count: int) -> None:
        for _ in range(count):
            path, headers, body = signed()
            session.post(url + path, data=body, headers=headers, timeout=5.0).json()

    return place


def by_requests_tuned(exchange: str) -> Place:
    """Without a look at the environment for proxies before each call."""
    session, signed, url = requests.Session(), _SIGNED[exchange], os.environ["BENCH_VENUE_URL"]
    session.trust_env = False

    def place(count: int) -> None:
        for _ in range(count):
            path, headers, body = signed()
            session.post(url + path, data=body, headers=headers, timeout=5.0).json()

    return place
