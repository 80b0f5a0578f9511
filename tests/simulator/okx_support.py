"""Two ways to trade on the simulator's OKX side: inside this process with a clock one can turn, and over HTTP."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import requests
from sim_support import FakeClock

from simulator.accounts import Account, default_accounts
from simulator.amounts import parse
from simulator.http import Ask, Reply
from simulator.limits import Policy
from simulator.okx.dialect import Okx
from simulator.world import World

API = "/api/v5"
SPOT, SWAP, INVERSE = "BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-SWAP"


def stamp(now_ms: int) -> str:
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now_ms % 1000:03d}Z"


def signed(who: int, now_ms: int, method: str, target: str, body: str) -> dict[str, str]:
    timestamp = stamp(now_ms)
    digest = hmac.digest(f"sim-secret-{who}".encode(), f"{timestamp}{method}{target}{body}".encode(), "sha256")
    return {
        "OK-ACCESS-KEY": f"sim-key-{who}",
        "OK-ACCESS-SIGN": base64.b64encode(digest).decode(),
        "OK-ACCESS-TIMESTAMP": timestamp,
        "OK-ACCESS-PASSPHRASE": f"sim-pass-{who}",
        "Content-Type": "application/json",
    }


@dataclass
class Answer:
    status: int
    body: Any

    @property
    def code(self) -> str:
        return str(self.body["code"])

    @property
    def data(self) -> list[Any]:
        assert (self.status, self.body["code"]) == (200, "0"), self.body
        return list(self.body["data"])

    @property
    def row(self) -> Any:  # noqa: ANN401 - JSON
        (row,) = self.body["data"]
        return row

    @property
    def verdicts(self) -> list[str]:
        return [row["sCode"] for row in self.body["data"]]

    @property
    def refusal(self) -> tuple[int, str]:
        """HTTP status, and the code of the only item, or of the envelope when it has none."""
        rows = self.body.get("data") or [{}]
        return self.status, rows[0].get("sCode", self.body["code"])


def answer(reply: Reply) -> Answer:
    text = reply.body.decode()
    return Answer(reply.status, json.loads(text) if "json" in reply.content_type else text)


class Local:
    """An OKX without a server: signed requests go straight into the dialect."""

    def __init__(self, accounts: Sequence[Account] | None = None, policy: Policy | None = None) -> None:
        self.clock = FakeClock()
        self.world = World(accounts or default_accounts(), policy or Policy(None), 1, self.clock)
        self.okx = Okx(self.world)

    def ask(self, method: str, path: str, who: int = 1, body: object = None, **params: object) -> Ask:
        query = urlencode(params)
        text = "" if body is None else json.dumps(body)
        target = f"{API}{path}{'?' if query else ''}{query}"
        headers = signed(who, self.clock.now_ms(), method, target, text)
        return Ask(method, f"{API}{path}", query, text, headers, "10.0.0.1")

    def send(self, ask: Ask) -> Answer:
        job = self.okx.job(ask)
        return answer(job.begin() or job.finish())

    def get(self, path: str, who: int = 1, **params: object) -> Answer:
        return self.send(self.ask("GET", path, who, None, **params))

    def post(self, path: str, body: object, who: int = 1) -> Answer:
        return self.send(self.ask("POST", path, who, body))

    def place(self, who: int = 1, **fields: object) -> Answer:
        return self.post("/trade/order", {"instId": SPOT, "tdMode": "cash", **fields}, who)

    def limit(self, side: str, px: str, sz: str, who: int = 1, **fields: object) -> Answer:
        return self.place(who, side=side, ordType=fields.pop("ordType", "limit"), px=px, sz=sz, **fields)

    def swap(self, side: str, sz: str, who: int = 1, **fields: object) -> Answer:
        wish = {"instId": SWAP, "tdMode": "cross", "ordType": "market", "side": side, "sz": sz, **fields}
        return self.place(who, **wish)

    def order(self, who: int = 1, **params: object) -> Any:  # noqa: ANN401 - JSON
        return self.get("/trade/order", who, **{"instId": SPOT, **params}).data[0]

    def balance(self, ccy: str, who: int = 1) -> Any:  # noqa: ANN401 - JSON
        return self.get("/account/balance", who, ccy=ccy).data[0]["details"][0]

    def position(self, who: int = 1, **params: object) -> Any:  # noqa: ANN401 - JSON
        return self.get("/account/positions", who, **params).row

    def move(self, inst_id: str, price: str) -> None:
        found = self.okx.venue.listed[inst_id]
        found.market.move(inst_id, parse(price))

    def level(self, level: int, who: int = 1) -> None:
        assert self.post("/account/set-account-level", {"acctLv": str(level)}, who).code == "0"


class Remote:
    """A signed HTTP client of a running simulator's OKX side."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def control(self, method: str, path: str, document: object = None) -> Any:  # noqa: ANN401 - JSON
        reply = self.session.request(method, f"{self.url}/_sim/{path}", json=document, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def fault(self, kind: str, **fields: object) -> None:
        self.control("POST", "faults", {"kind": kind, **fields})

    def request(self, method: str, path: str, body: object = None, who: int = 1, **headers: str) -> requests.Response:
        text = "" if body is None else json.dumps(body)
        own = {**signed(who, time.time_ns() // 1_000_000, method, API + path, text), **headers}
        return self.session.request(method, f"{self.url}{API}{path}", data=text, headers=own, timeout=10)

    def buy(self, client_order_id: str = "", **headers: str) -> requests.Response:
        wish = {"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "600"}
        return self.request("POST", "/trade/order", {**wish, "clOrdId": client_order_id}, **headers)

    def ledger_ids(self) -> list[str]:
        return [order["client_order_id"] for order in self.control("GET", "ledger")["orders"]]
