"""A plain signed client of the simulated exchange: what everybody writes first, knowing nothing of other processes."""

from __future__ import annotations

import hmac
import time
from typing import NamedTuple
from urllib.parse import urlencode

import requests

FAR_PRICE = "12345"  # a fifth of the market's: nothing sells there, and the exchange still takes the order


class Answer(NamedTuple):
    """The status, and the exchange's code for what went wrong (0: nothing)."""

    status: int
    code: int

    @property
    def over_a_limit(self) -> bool:
        return self.status in (418, 429)


class PlainClient:
    """Account ``sim-N`` of the simulator at ``url``. Not to be shared between threads."""

    def __init__(self, url: str, number: int) -> None:
        self._url = url
        self._secret = f"sim-secret-{number}".encode()
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["X-MBX-APIKEY"] = f"sim-key-{number}"

    def place(self, client_order_id: str = "", *, rests: bool = False) -> Answer:
        """Send an order that cannot fill; it expires at once unless it ``rests`` in the book."""
        named = {"newClientOrderId": client_order_id} if client_order_id else {}
        wish = {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC" if rests else "IOC",
            "quantity": "0.001",
            "price": FAR_PRICE,
            "timestamp": time.time_ns() // 1_000_000,
        }
        query = urlencode({**wish, **named})
        query += "&signature=" + hmac.digest(self._secret, query.encode(), "sha256").hex()
        reply = self._session.post(f"{self._url}/api/v3/order", data=query, timeout=10)
        return Answer(reply.status_code, 0 if reply.ok else int(reply.json()["code"]))

    def close(self) -> None:
        self._session.close()
