"""What guards cost: which reads they make for an order, how often, and with which part of a limit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.bad_server import BadServer, Conversation
from support.exchanges import LISTING, account

from router.commands import LimitOrder
from router.errors import ErrorKind, Guarded, NotProcessed
from workers.calls.endpoint import Lane
from workers.calls.gatekeeper import Grant, Passage, Refusal, Report
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.exchanges.binance.rules import to_listing
from workers.exchanges.common import Common

WHO = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.01"}
TICKER = {
    "symbol": "BTCUSDT", "lastPrice": "60000", "bidPrice": "59999", "bidQty": "1", "askPrice": "60001", "askQty": "1",
    "highPrice": "61000", "lowPrice": "59000", "openPrice": "60000", "volume": "1", "quoteVolume": "60000",
    "closeTime": 1,
}  # fmt: skip
PLACED = {
    "symbol": "BTCUSDT", "orderId": 7, "clientOrderId": "r-1", "price": "60000", "origQty": "0.01", "executedQty": "0",
    "cummulativeQuoteQty": "0", "status": "NEW", "timeInForce": "GTC", "type": "LIMIT", "side": "BUY",
    "transactTime": 1, "fills": [],
}  # fmt: skip
REPLIES: dict[str, object] = {"/api/v3/ticker/24hr": TICKER, "/api/v3/order": PLACED, "/api/v3/openOrders": []}


@contextmanager
def a_server() -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths it was asked for."""
    asked: list[str] = []

    def talk(conversation: Conversation) -> None:
        while True:
            path = conversation.read().decode().split(" ")[1].partition("?")[0]
            asked.append(path.removeprefix("/api/v3"))
            conversation.reply(json.dumps(REPLIES[path]).encode(), 200)

    with BadServer(talk) as server:
        yield server.url, asked


class Keeper:
    """A gate that has spent what reads may use of a limit, or holds back everything."""

    def __init__(self, refusal: Refusal, *, everything: bool = False) -> None:
        self._refusal = refusal
        self._everything = everything
        self.entered: list[Passage] = []

    def enter(self, passage: Passage) -> Grant | Refusal:
        self.entered.append(passage)
        is_mere_read = passage.lane is Lane.QUERIES and not passage.ignores_breaker
        return self._refusal if self._everything or is_mere_read else Grant(passage, "1")

    def report(self, report: Report) -> None: ...


def guarded(url: str, gate: Keeper | LocalGate, common: Common | None = None, **rules: object) -> BaseExchange:
    exchange = get_exchange("binance", account(url, guards=rules), gate, common)
    exchange.clock.adopt(0, 1)
    exchange.instruments._take(to_listing(LISTING))
    return exchange


def an_order(**fields: object) -> LimitOrder:
    return LimitOrder.model_validate({**WHO, "price": "60000", **fields})


def test_one_price_serves_many_orders_of_all_accounts() -> None:
    with a_server() as (url, asked):
        common = Common()
        for _ in range(3):
            exchange = guarded(url, LocalGate(), common, price_collar="0.05", max_notional="1000")
            exchange.place_order(an_order())
        assert asked == ["/ticker/24hr", *["/order"] * 3]


def test_one_list_serves_many_orders_of_an_account() -> None:
    with a_server() as (url, asked):
        exchange = guarded(url, LocalGate(), max_open_orders=5)
        for number in range(3):
            exchange.place_order(an_order(id=str(number)))
        assert asked == ["/openOrders", *["/order"] * 3]


def test_a_refused_order_is_never_sent_and_enters_no_gate() -> None:
    with a_server() as (url, asked):
        gate = Keeper(Refusal(ErrorKind.BANNED, 1_000), everything=True)
        with pytest.raises(Guarded):
            guarded(url, gate, max_quantity="0.001", symbols=["BTC/USDT"]).place_order(an_order())
        assert (asked, gate.entered) == ([], [])


def test_other_reads_do_not_starve_an_order_that_waits_for_its_price() -> None:
    with a_server() as (url, asked):
        gate = Keeper(Refusal(ErrorKind.RATE_LIMITED, 60_000))
        guarded(url, gate, price_collar="0.05", max_open_orders=5).place_order(an_order())
        assert asked == ["/ticker/24hr", "/openOrders", "/order"]
        assert [passage.ignores_breaker for passage in gate.entered] == [False, True, False, True, False]


@pytest.mark.parametrize("kind", [ErrorKind.CIRCUIT_OPEN, ErrorKind.BANNED])
def test_an_open_breaker_and_a_ban_are_not_passed_by(kind: ErrorKind) -> None:
    with a_server() as (url, asked):
        exchange = guarded(url, Keeper(Refusal(kind, 20_000)), price_collar="0.05")
        with pytest.raises(NotProcessed) as caught:
            exchange.prepare(an_order())
        assert (caught.value.problem.kind, caught.value.problem.retry_after_ms) == (kind, 20_000)
        assert asked == []
