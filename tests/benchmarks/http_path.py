"""Which way to the wire costs least CPU: the same signed POST by requests, its adapter, urllib3 and http.client.

Run it by hand: ``python tests/benchmarks/http_path.py``. Loopback only, a few seconds, one server process of its own.
The ways take turns in one run, and the median over the rounds counts, so that a busy machine disturbs all alike.
The last two lines are whole orders: ours from model to model, and ccxt's from arguments to its dict.
"""

from __future__ import annotations

import asyncio
import http.client
import logging
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from router.commands import LimitOrder
from workers.accounts import simulator_accounts
from workers.calls.transport import Route, Transport
from workers.calls.wire import Request
from workers.exchanges import get_exchange
from workers.exchanges.binance.rules import to_listing

ROUNDS, CALLS, WARM = 15, 200, 50
FORM = (
    b"symbol=BTCUSDT&side=BUY&newClientOrderId=0123456789abcdef0123456789abcdef&newOrderRespType=FULL&type=LIMIT"
    b"&quantity=0.01&price=60000&timeInForce=GTC&recvWindow=3000&timestamp=1700000000000&signature=" + b"c" * 64
)
HEADERS = {"X-MBX-APIKEY": "k" * 64, "Content-Type": "application/x-www-form-urlencoded"}
PATH = "/api/v3/order"
BODY = (
    b'{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"0123456789abcdef0123456789abcdef",'
    b'"transactTime":1700000000001,"price":"60000.00000000","origQty":"0.01000000","executedQty":"0.01000000",'
    b'"origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"600.00000000","status":"FILLED","timeInForce":"GTC",'
    b'"type":"LIMIT","side":"BUY","workingTime":1700000000001,"selfTradePreventionMode":"NONE","fills":[{"price":'
    b'"60000.00000000","qty":"0.01000000","commission":"0.00001000","commissionAsset":"BTC","tradeId":56}]}'
)
REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nServer: nginx\r\n"
    b"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-mbx-used-weight-1m: 1\r\nx-mbx-order-count-10s: 1\r\n"
    b"x-mbx-order-count-1d: 1\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY
LISTING = {
    "rateLimits": [{"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 10**9}],
    "symbols": [
        {
            "symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
            "quoteAssetPrecision": 8,
            "orderTypes": ["LIMIT", "MARKET"], "icebergAllowed": True, "quoteOrderQtyMarketAllowed": True,
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000.00", "tickSize": "0.01"},
                {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
            ],
        }
    ],
}  # fmt: skip


class Server(asyncio.Protocol):
    """Answers every whole request with the same reply."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            _, found, rest = self.buffer[:end].lower().partition(b"content-length:")
            length = int(rest.split(b"\r\n")[0]) if found else 0
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            self.transport.write(REPLY)


def serve(port: multiprocessing.Queue[int]) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def http_ways(port: int) -> dict[str, Callable[[], object]]:
    url, session = f"http://127.0.0.1:{port}{PATH}", requests.Session()
    bare = requests.Session()
    bare.trust_env = False
    adapter = bare.get_adapter(url)
    assert isinstance(adapter, HTTPAdapter)
    pool = urllib3.HTTPConnectionPool("127.0.0.1", port)
    timeout = urllib3.Timeout(connect=2, read=5)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    ours = Transport(Route(f"http://127.0.0.1:{port}", None, connect_seconds=2, read_seconds=5))

    def prepared() -> bytes:
        request = bare.prepare_request(requests.Request("POST", url, headers=HEADERS, data=FORM))
        return adapter.send(request, timeout=(2, 5)).content

    def filled_in() -> bytes:
        request = requests.PreparedRequest()
        request.method, request.url, request.body = "POST", url, FORM
        request.headers = CaseInsensitiveDict({**HEADERS, "Content-Length": str(len(FORM))})
        return adapter.send(request, timeout=(2, 5)).content

    def pooled() -> bytes:
        return pool.urlopen(
            "POST", PATH, body=FORM, headers=HEADERS, retries=False, redirect=False, timeout=timeout
        ).data

    def plain() -> bytes:
        connection.request("POST", PATH, body=FORM, headers=HEADERS)
        return connection.getresponse().read()

    return {
        "requests.Session.post": lambda: session.post(url, data=FORM, headers=HEADERS, timeout=(2, 5)).content,
        "  the same, trust_env off": lambda: bare.post(url, data=FORM, headers=HEADERS, timeout=(2, 5)).content,
        "prepare_request + adapter.send": prepared,
        "PreparedRequest filled in + adapter.send": filled_in,
        "urllib3 pool.urlopen": pooled,
        "our transport, opened by urllib3": lambda: ours(Request("POST", PATH, "", HEADERS, FORM)).body,
        "http.client": plain,
    }


def order_ways(port: int) -> dict[str, Callable[[], object]]:
    account = simulator_accounts(f"http://127.0.0.1:{port}")["sim-1"]
    exchange = get_exchange("binance", account)
    listing = to_listing(LISTING)
    exchange.clock.adopt(0, 1)
    exchange.tariff.learn(listing.limits)
    exchange.instruments._take(listing)
    order = LimitOrder(
        exchange="binance", account="sim-1", symbol="BTC/USDT", side="buy", quantity="0.01", price="60000"
    )
    ways: dict[str, Callable[[], object]] = {"place_order, model to model": lambda: exchange.place_order(order)}
    try:
        import ccxt  # noqa: PLC0415 - compared with only where it is installed
    except ImportError:
        return ways
    other = ccxt.binance({"apiKey": "sim-key-1", "secret": "sim-secret-1", "enableRateLimit": False})
    other.urls["api"] = dict.fromkeys(other.urls["api"], f"http://127.0.0.1:{port}/api/v3")
    market = {
        "id": "BTCUSDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "type": "spot", "spot": True,
        "active": True,
        "precision": {"amount": 0.00001, "price": 0.01}, "limits": {}, "info": LISTING["symbols"][0], "option": False,
        "margin": False, "swap": False, "future": False, "contract": False, "linear": None, "inverse": None,
    }  # fmt: skip
    other.set_markets([market])
    ways["ccxt create_order"] = lambda: other.create_order("BTC/USDT", "limit", "buy", 0.01, 60000)
    return ways


def measure(ways: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """CPU microseconds per call of this thread, one figure per way and round."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for call in ways.values():
        for _ in range(WARM):
            call()
    for _ in range(ROUNDS):
        for name, call in ways.items():
            begun = time.thread_time_ns()
            for _ in range(CALLS):
                call()
            taken[name].append((time.thread_time_ns() - begun) / CALLS / 1_000)
    return taken


def main() -> None:
    logging.disable(logging.INFO)
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(port,), daemon=True)
    server.start()
    try:
        number = port.get(timeout=10)
        taken = measure({**http_ways(number), **order_ways(number)})
    finally:
        server.terminate()
    lines = [f"CPU µs per call, median of {ROUNDS} rounds of {CALLS} (least, most)"]
    for name, figures in taken.items():
        lines.append(f"{name:42s} {statistics.median(figures):7.1f}  ({min(figures):.1f}, {max(figures):.1f})")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
