"""The peers' ways to place one order: ccxt, sync and async, and each exchange's own client."""

from __future__ import annotations

import logging
import uuid

import uvloop
from benchmarks.peers.rivals.exchange_clients import PRICE, QUANTITY, made_by, named, python_binance, url
from benchmarks.peers.ways import Place

logging.disable(logging.INFO)


def ccxt_sync(exchange: str) -> Place:
    import ccxt  # noqa: PLC0415 - each way is a process and loads its own library only

    client = made_by(ccxt, exchange, "main-0")

    def place(count: int) -> None:
        for _ in range(count):
            client.create_order("BTC/USDT", "limit", "buy", QUANTITY, PRICE, named(exchange, uuid.uuid4().hex))

    return place


def ccxt_async(exchange: str) -> Place:
    """On uvloop."""
    from ccxt import async_support  # noqa: PLC0415 - as above

    loop = uvloop.new_event_loop()
    client = made_by(async_support, exchange, "main-0")

    async def several(count: int) -> None:
        for _ in range(count):
            await client.create_order("BTC/USDT", "limit", "buy", QUANTITY, PRICE, named(exchange, uuid.uuid4().hex))

    return lambda count: loop.run_until_complete(several(count))


def official(exchange: str) -> Place:
    """python-binance, pybit or python-okx."""
    return {"binance": _python_binance, "bybit": _pybit, "okx": _python_okx}[exchange]()


def _python_binance() -> Place:
    client = python_binance("main-0")

    def place(count: int) -> None:
        for _ in range(count):
            client.create_order(
                symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity=QUANTITY, price=PRICE,
                newClientOrderId=uuid.uuid4().hex,
            )  # fmt: skip

    return place


def _pybit() -> Place:
    from pybit.unified_trading import HTTP  # noqa: PLC0415 - as above

    client = HTTP(api_key="key", api_secret="secret")
    client.endpoint = url()

    def place(count: int) -> None:
        for _ in range(count):
            client.place_order(
                category="spot", symbol="BTCUSDT", side="Buy", orderType="Limit", qty=str(QUANTITY), price=str(PRICE),
                timeInForce="GTC", orderLinkId=uuid.uuid4().hex,
            )  # fmt: skip

    return place


def _python_okx() -> Place:
    from okx.Trade import TradeAPI  # noqa: PLC0415 - as above

    client = TradeAPI("key", "secret", "pass", flag="0", domain=url(), debug=False)

    def place(count: int) -> None:
        for _ in range(count):
            client.place_order(
                instId="BTC-USDT", tdMode="cash", side="buy", ordType="limit", sz=str(QUANTITY), px=str(PRICE),
                clOrdId=uuid.uuid4().hex,
            )  # fmt: skip

    return place
