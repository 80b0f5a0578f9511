"""The peers' ways to the exchange: ccxt, sync and async, and the exchanges' own clients, pointed at the fast one.

As a competent user sets them up: one client for each account, kept with its connections; markets loaded once;
no pacing of the client's own, since no limit binds here.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any

PRICE, QUANTITY = 60_000, 0.01
_MARKET = {
    "id": "BTCUSDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "baseId": "BTC", "quoteId": "USDT",
    "type": "spot", "spot": True, "active": True, "precision": {"amount": 0.00001, "price": 0.01},
    "limits": {"amount": {"min": 0.00001}, "price": {}, "cost": {}, "market": {}}, "option": False, "margin": False,
    "swap": False, "future": False, "contract": False, "linear": None, "inverse": None,
    "info": {"orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"]},
}  # fmt: skip
_free: defaultdict[tuple[str, str], deque[Any]] = defaultdict(deque)


def url() -> str:
    return os.environ["BENCH_VENUE_URL"]


def made_by(library: Any, exchange: str, account: str) -> Any:  # noqa: ANN401 - ccxt's own classes
    """A ccxt instance; ``library`` is ccxt or ccxt.async_support."""
    keys = {"apiKey": f"key-{account}", "secret": f"secret-{account}", "password": "pass", "enableRateLimit": False}
    made = getattr(library, exchange)(keys)
    match exchange:
        case "binance":
            made.urls["api"] = dict.fromkeys(made.urls["api"], f"{url()}/api/v3")
        case "bybit":
            made.urls["api"] = dict.fromkeys(made.urls["api"], url())
            made.options["enableUnifiedAccount"], made.options["enableUnifiedMargin"] = True, False
            made.options["unifiedMarginStatus"] = 6
        case _:
            made.urls["api"]["rest"] = url()
    made.set_markets([{**_MARKET, "id": "BTC-USDT"} if exchange == "okx" else _MARKET])
    return made


_ID_PARAMETER = {"binance": "newClientOrderId", "bybit": "orderLinkId", "okx": "clOrdId"}


def named(exchange: str, client_order_id: str) -> dict[str, str]:
    """How ccxt is told the client order id."""
    return {_ID_PARAMETER[exchange]: client_order_id}


def place_by_ccxt(account: str, client_order_id: str) -> str:
    """One limit order on Binance."""
    with _lent("ccxt", account, _ccxt_of_binance) as client:
        parameters = named("binance", client_order_id)
        return str(client.create_order("BTC/USDT", "limit", "buy", QUANTITY, PRICE, parameters)["id"])


def place_by_python_binance(account: str, client_order_id: str) -> str:
    """The same by python-binance."""
    with _lent("python-binance", account, python_binance) as client:
        order = client.create_order(
            symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity=QUANTITY, price=PRICE,
            newClientOrderId=client_order_id,
        )  # fmt: skip
        return str(order["orderId"])


@contextlib.contextmanager
def _lent(library: str, account: str, made: Callable[[str], Any]) -> Iterator[Any]:
    """A client that nobody else uses meanwhile, be it another thread or another greenlet; given back afterwards."""
    free = _free[library, account]
    try:
        client = free.pop()
    except IndexError:
        client = made(account)
    try:
        yield client
    finally:
        free.append(client)


def _ccxt_of_binance(account: str) -> Any:  # noqa: ANN401 - ccxt's own class
    import ccxt  # noqa: PLC0415 - not for those who take another client

    return made_by(ccxt, "binance", account)


def python_binance(account: str) -> Any:  # noqa: ANN401 - untyped
    from binance.client import Client  # noqa: PLC0415 - as above

    client = Client(f"key-{account}", f"secret-{account}", ping=False)
    client.API_URL = f"{url()}/api"
    return client


class AsyncCcxt:
    """ccxt async: an instance for each account, all in one loop; made at the first order."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}

    async def place(self, account: str, client_order_id: str) -> str:
        if account not in self._clients:
            from ccxt import async_support  # noqa: PLC0415 - as above

            self._clients[account] = made_by(async_support, "binance", account)
        parameters = named("binance", client_order_id)
        order = await self._clients[account].create_order("BTC/USDT", "limit", "buy", QUANTITY, PRICE, parameters)
        return str(order["id"])

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
