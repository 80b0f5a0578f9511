"""Bybit for tests: with the rules of the documented examples, and a server that answers each path as told."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import SecretStr

from support.bad_server import BadServer, Conversation
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.bybit.exchange import BybitExchange
from workers.exchanges.bybit.rules import to_listing
from workers.settings import AccountSettings, Environment

KEY, SECRET = "test_api_key", "test_secret"
EXPIRES_MS = 1_774_598_400_000  # 27 March 2026, 08:00 UTC
Row = dict[str, Any]


def _row(symbol: str, quote: str, lot: Row, price: Row, **more: object) -> Row:
    return {
        "symbol": symbol,
        "status": "Trading",
        "baseCoin": "BTC",
        "quoteCoin": quote,
        "lotSizeFilter": lot,
        "priceFilter": price,
        **more,
    }


RULES: dict[str, list[Row]] = {
    "spot": [
        _row(
            "BTCUSDT",
            "USDT",
            {
                "basePrecision": "0.000001",
                "quotePrecision": "0.0000001",
                "minOrderQty": "0.000011",
                "minOrderAmt": "5",
                "maxLimitOrderQty": "83",
                "maxMarketOrderQty": "41.5",
                "postOnlyMaxLimitOrderSize": "60000",
            },
            {"tickSize": "0.1"},
        )
    ],
    "linear": [
        _row(
            "BTCUSDT",
            "USDT",
            {
                "minOrderQty": "0.001",
                "qtyStep": "0.001",
                "maxOrderQty": "1190.000",
                "maxMktOrderQty": "500.000",
                "minNotionalValue": "5",
            },
            {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
            contractType="LinearPerpetual",
            settleCoin="USDT",
            deliveryTime="0",
            leverageFilter={"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        )
    ],
    "inverse": [
        _row(
            "BTCUSD",
            "USD",
            {"minOrderQty": "1", "qtyStep": "1", "maxOrderQty": "1000000", "maxMktOrderQty": "500000"},
            {"minPrice": "1", "maxPrice": "1000000", "tickSize": "0.5"},
            contractType="InversePerpetual",
            settleCoin="BTC",
            deliveryTime="0",
        )
    ],
    "option": [
        _row(
            "BTC-27MAR26-70000-P-USDT",
            "USDT",
            {"minOrderQty": "0.01", "qtyStep": "0.01", "maxOrderQty": "500"},
            {"minPrice": "5", "maxPrice": "1110000", "tickSize": "5"},
            optionsType="Put",
            settleCoin="USDT",
            deliveryTime=str(EXPIRES_MS),
        )
    ],
}
SPOT, LINEAR, INVERSE, OPTION = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC", "BTC/USDT:USDT-260327-70000-P"


def account(base_url: str = "http://127.0.0.1:9", **more: object) -> AccountSettings:
    given = {"name": "main", "exchange": "bybit", "environment": Environment.SIMULATOR, "base_url": base_url}
    keys = {"api_key": SecretStr(KEY), "api_secret": SecretStr(SECRET)}
    return AccountSettings.model_validate({**given, **keys, **more})


def bybit(base_url: str = "http://127.0.0.1:9", **more: object) -> BybitExchange:
    """An exchange with a gate of its own: its clock is ours, its rules are those above."""
    exchange = get_exchange("bybit", account(base_url, **more), LocalGate())
    assert isinstance(exchange, BybitExchange)
    exchange.clock.adopt(0, 1)
    exchange.instruments._take(*(to_listing(category, rows) for category, rows in RULES.items()))
    return exchange


def envelope(result: object = None, code: int = 0, message: str = "OK", extension: object = None) -> Row:
    """What every answer is wrapped in."""
    return {
        "retCode": code,
        "retMsg": message,
        "result": {} if result is None else result,
        "retExtInfo": {} if extension is None else extension,
        "time": 1_672_211_918_471,
    }


def listed(*rows: Row, cursor: str = "") -> Row:
    """A page of a list."""
    return envelope({"category": "linear", "list": list(rows), "nextPageCursor": cursor})


class Asked(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    query: str
    body: Any


@dataclass
class Talk:
    """What was asked, and what is answered: per path one answer after the other, the last again and again.

    An answer is JSON, or a status with raw bytes and headers.
    """

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[object]] = field(default_factory=lambda: defaultdict(list))

    def of(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path == path]

    def answer(self, request: bytes) -> tuple[int, bytes, bytes]:
        head, _, body = request.decode().partition("\r\n\r\n")
        method, target, _ = head.split("\r\n")[0].split(" ")
        path, _, query = target.partition("?")
        self.asked.append(Asked(method, path, query, json.loads(body) if body else None))
        waiting = self.answers[path]
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(found, tuple):
            status, raw, headers = found
            return status, raw, headers
        return 200, json.dumps(found).encode(), b""


@contextmanager
def answering(answers: Mapping[str, Sequence[object]]) -> Iterator[Talk]:
    """A Bybit on a real socket that gives these answers."""
    talk = Talk()
    talk.answers.update({path: list(each) for path, each in answers.items()})

    def script(conversation: Conversation) -> None:
        while True:
            status, body, headers = talk.answer(conversation.read())
            conversation.reply(body, status, headers)

    with BadServer(script) as server:
        talk.url = server.url
        yield talk
