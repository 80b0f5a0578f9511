"""Two ways to trade on the simulator in tests: inside this process with a clock one can turn, and over HTTP."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests

from simulator.accounts import Account, default_accounts
from simulator.amounts import parse
from simulator.binance.dialect import Binance
from simulator.clock import Clock
from simulator.http import Ask, Reply
from simulator.limits import Policy
from simulator.market import Market
from simulator.orders import NewOrder, Side, TimeInForce
from simulator.world import World

START_MS = 1_780_000_020_000  # a whole minute


class FakeClock(Clock):
    """Stands still until told otherwise."""

    def __init__(self, now_ms: int = START_MS) -> None:
        super().__init__()
        self.time_us = now_ms * 1000

    def advance(self, ms: int) -> None:
        self.time_us += ms * 1000

    def now_us(self) -> int:
        return self.time_us + self.skew_ms * 1000

    def now_ms(self) -> int:
        return self.now_us() // 1000


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> int:
        return int(self.body["code"])

    @property
    def refusal(self) -> tuple[int, int, str]:
        return self.status, self.body["code"], self.body["msg"]


def sign(secret: str, query: str) -> str:
    return hmac.digest(secret.encode(), query.encode(), "sha256").hex()


class Local:
    """A Binance without a server: signed requests go straight into the dialect."""

    def __init__(self, accounts: Sequence[Account] | None = None, policy: Policy | None = None, seed: int = 1) -> None:
        self.clock = FakeClock()
        self.world = World(accounts or default_accounts(), policy or Policy(None), seed, self.clock)
        self.binance = Binance(self.world)

    @property
    def market(self) -> Market:
        return self.world.markets["binance", "spot"]

    def ask(self, method: str, path: str, who: int | None = 1, peer: str = "10.0.0.1", **params: object) -> Ask:
        if who is None:
            return Ask(method, path, urlencode(params), "", {}, peer)
        query = urlencode({**params, "timestamp": params.get("timestamp", self.clock.now_ms())})
        query += "&signature=" + sign(f"sim-secret-{who}", query)
        return Ask(method, path, query, "", {"X-MBX-APIKEY": f"sim-key-{who}"}, peer)

    def send(self, ask: Ask) -> Answer:
        job = self.binance.job(ask)
        return answer(job.begin() or job.finish())

    def call(self, method: str, path: str, who: int | None = 1, peer: str = "10.0.0.1", **params: object) -> Answer:
        return self.send(self.ask(method, path, who, peer, **params))

    def order(self, who: int = 1, **params: object) -> Answer:
        return self.call("POST", "/api/v3/order", who, **{"symbol": "BTCUSDT", **params})

    def limit(self, side: str, price: str, quantity: str, who: int = 1, **params: object) -> Answer:
        wish = {"side": side, "type": "LIMIT", "timeInForce": "GTC", "price": price, "quantity": quantity, **params}
        return self.order(who, **wish)

    def buy_market(self, quantity: str = "0.01", who: int = 1, **params: object) -> Answer:
        return self.order(who, side="BUY", type="MARKET", quantity=quantity, **params)

    def get(self, who: int = 1, **params: object) -> Answer:
        return self.call("GET", "/api/v3/order", who, **{"symbol": "BTCUSDT", **params})

    def cancel(self, who: int = 1, **params: object) -> Answer:
        return self.call("DELETE", "/api/v3/order", who, **{"symbol": "BTCUSDT", **params})

    def balance(self, asset: str, who: int = 1) -> tuple[str, str]:
        rows = self.call("GET", "/api/v3/account", who).body["balances"]
        return next((row["free"], row["locked"]) for row in rows if row["asset"] == asset)


def answer(reply: Reply) -> Answer:
    text = reply.body.decode()
    return Answer(reply.status, json.loads(text) if "json" in reply.content_type else text, reply.headers)


def new_order(market: Market, side: Side, price: str | None, quantity: str, **fields: object) -> NewOrder:
    """An engine order for BTCUSDT of account sim-1 unless said otherwise."""
    wish: dict[str, Any] = {
        "account": "sim-1",
        "instrument": market.instruments["BTCUSDT"],
        "side": side,
        "type_name": "LIMIT" if price else "MARKET",
        "client_order_id": "",
        "quantity": parse(quantity),
        "price": parse(price) if price else None,
        "time_in_force": TimeInForce.GTC,
    }
    wish.update(fields)
    return NewOrder(**wish)


class Remote:
    """A signed HTTP client of a running simulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def control(self, method: str, path: str, document: object = None) -> Any:  # noqa: ANN401 - JSON
        reply = self.session.request(method, f"{self.url}/_sim/{path}", json=document, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def request(self, method: str, path: str, who: int = 1, **params: object) -> requests.Response:
        query = urlencode({**params, "timestamp": params.get("timestamp", time.time_ns() // 1_000_000)})
        url = f"{self.url}{path}?{query}&signature={sign(f'sim-secret-{who}', query)}"
        return self.session.request(method, url, headers={"X-MBX-APIKEY": f"sim-key-{who}"}, timeout=10)

    def buy(self, client_order_id: str = "", **params: object) -> requests.Response:
        wish = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
        named = {"newClientOrderId": client_order_id} if client_order_id else {}
        return self.request("POST", "/api/v3/order", **{**wish, **named, **params})

    def ledger_ids(self) -> list[str]:
        return [order["client_order_id"] for order in self.control("GET", "ledger")["orders"]]
