"""Two ways to trade on the simulator's Bybit in tests: inside this process with a clock one can turn, and over HTTP."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from sim_support import FakeClock

from simulator.accounts import Account, default_accounts
from simulator.amounts import SCALE
from simulator.bybit.dialect import Bybit, Job
from simulator.http import Ask, Reply
from simulator.limits import Policy
from simulator.world import World

PEER = "10.0.0.1"


@dataclass
class Said:
    """An answer of Bybit; `body` is a text when it was no JSON."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> int:
        return int(self.body["retCode"])

    @property
    def result(self) -> Any:  # noqa: ANN401 - JSON
        assert self.code == 0, self.body
        return self.body["result"]

    @property
    def rows(self) -> list[dict[str, Any]]:
        found = self.result["list"]
        assert isinstance(found, list)
        return found

    @property
    def left(self) -> tuple[str, str]:
        return self.headers["X-Bapi-Limit"], self.headers["X-Bapi-Limit-Status"]


def said(reply: Reply) -> Said:
    text = reply.body.decode()
    return Said(reply.status, json.loads(text) if "json" in reply.content_type else text, reply.headers)


def signature(secret: str, *parts: str) -> str:
    return hmac.digest(secret.encode(), "".join(parts).encode(), "sha256").hex()


def headers(key: str, secret: str, stamp: int, window: str, sent: str) -> dict[str, str]:
    return {
        "X-BAPI-API-KEY": key,
        "X-BAPI-TIMESTAMP": str(stamp),
        "X-BAPI-RECV-WINDOW": window,
        "X-BAPI-SIGN": signature(secret, str(stamp), key, window, sent),
    }


class LocalBybit:
    """A Bybit without a server: signed requests go straight into the dialect."""

    def __init__(self, accounts: Sequence[Account] | None = None, policy: Policy | None = None) -> None:
        self.clock = FakeClock()
        self.world = World(accounts or default_accounts(), policy or Policy(None), 1, self.clock)
        self.bybit = Bybit(self.world)

    def ask(self, method: str, path: str, who: int | None = 1, **params: Any) -> Ask:  # noqa: ANN401 - JSON
        window, stamp = params.pop("recv_window", "5000"), params.pop("timestamp", self.clock.now_ms())
        peer = params.pop("peer", PEER)
        sent = urlencode(params) if method == "GET" else json.dumps(params)
        signed = headers(f"sim-key-{who}", f"sim-secret-{who}", stamp, window, sent) if who else {}
        query, body = (sent, "") if method == "GET" else ("", sent)
        return Ask(method, f"/v5/{path}", query, body, signed, peer)

    def send(self, ask: Ask) -> Said:
        job = self.bybit.job(ask)
        return said(job.begin() or job.finish())

    def receive(self, ask: Ask) -> Job:
        """Only the first step of a request."""
        job = self.bybit.job(ask)
        assert job.begin() is None
        return job

    def get(self, path: str, who: int | None = 1, **params: Any) -> Said:  # noqa: ANN401 - JSON
        return self.send(self.ask("GET", path, who, **params))

    def post(self, path: str, who: int | None = 1, **params: Any) -> Said:  # noqa: ANN401 - JSON
        return self.send(self.ask("POST", path, who, **params))

    def create(self, who: int = 1, **params: Any) -> Said:  # noqa: ANN401 - JSON
        return self.post("order/create", who, **{"symbol": "BTCUSDT", "side": "Buy", **params})

    def limit(self, category: str, side: str, price: str, qty: str, who: int = 1, **more: Any) -> Said:  # noqa: ANN401
        wish = {"category": category, "side": side, "orderType": "Limit", "price": price, "qty": qty, **more}
        return self.create(who, **wish)

    def market(self, category: str, side: str, qty: str, who: int = 1, **more: Any) -> Said:  # noqa: ANN401 - JSON
        return self.create(who, **{"category": category, "side": side, "orderType": "Market", "qty": qty, **more})

    def order(self, category: str, ack: Said, who: int = 1) -> dict[str, Any]:
        """What the real-time query says of an acknowledged order."""
        rows = self.get("order/realtime", who, category=category, orderId=ack.result["orderId"]).rows
        assert len(rows) == 1
        return rows[0]

    def position(self, category: str, symbol: str = "BTCUSDT", who: int = 1) -> dict[str, Any]:
        rows = self.get("position/list", who, category=category, symbol=symbol).rows
        assert len(rows) == 1
        return rows[0]

    def coin(self, name: str, who: int = 1) -> dict[str, Any]:
        rows = self.get("account/wallet-balance", who, accountType="UNIFIED", coin=name).rows
        found: dict[str, Any] = rows[0]["coin"][0]
        return found

    def move(self, category: str, price: int, symbol: str = "BTCUSDT") -> None:
        self.world.markets["bybit", category].move(symbol, price * SCALE)

    def set_up(self, **wish: object) -> dict[str, object]:
        return self.world.controls["bybit"](wish)


class RemoteBybit:
    """A signed HTTP client of a running simulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def request(self, method: str, path: str, who: int = 1, **params: Any) -> requests.Response:  # noqa: ANN401 - JSON
        sent = urlencode(params) if method == "GET" else json.dumps(params)
        signed = headers(f"sim-key-{who}", f"sim-secret-{who}", time.time_ns() // 1_000_000, "5000", sent)
        url = f"{self.url}/v5/{path}" + (f"?{sent}" if method == "GET" and sent else "")
        body = sent if method == "POST" else None
        return self.session.request(method, url, data=body, headers=signed, timeout=10)

    def buy(self, link: str, **params: Any) -> requests.Response:  # noqa: ANN401 - JSON
        wish = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.01"}
        return self.request("POST", "order/create", **{**wish, "orderLinkId": link, **params})
