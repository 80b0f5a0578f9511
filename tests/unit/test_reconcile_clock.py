"""A lost reply is judged by the exchange's clock: while that is in doubt an order may be found, but never given up."""

from __future__ import annotations

import json
import time

from support.bad_server import BadServer, Conversation
from support.exchanges import binance

from router.commands import AmendOrder, LimitOrder
from workers.exchanges.base import BaseExchange
from workers.reconcile import Absent, Found, Sent, Unsure, look

WHO = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT"}
ORDER = LimitOrder.model_validate({**WHO, "side": "buy", "quantity": "0.01", "price": "60000", "id": "r-1"})
AMENDMENT = AmendOrder.model_validate({**WHO, "client_order_id": "r-1", "quantity": "0.02", "id": "a-1"})
KNOWN = {
    "symbol": "BTCUSDT", "orderId": 7, "clientOrderId": "r-1", "price": "60000", "origQty": "0.01", "executedQty": "0",
    "cummulativeQuoteQty": "0", "status": "NEW", "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "time": 1,
    "updateTime": 1,
}  # fmt: skip


class Site:
    """Knows one order or none, and tells the time or does not."""

    def __init__(self, *, knows: bool = False, tells_time: bool = True) -> None:
        self.knows, self.tells_time = knows, tells_time

    def __call__(self, talk: Conversation) -> None:
        while True:
            path = talk.read().split(b" ")[1].partition(b"?")[0].decode()
            status, document = self.answer(path.removeprefix("/api/v3/"))
            talk.reply(json.dumps(document).encode(), status)

    def answer(self, what: str) -> tuple[int, object]:
        if what == "time":
            return (200, {"serverTime": round(time.time() * 1_000)}) if self.tells_time else (503, {})
        if what == "order":
            return (200, KNOWN) if self.knows else (400, {"code": -2013, "msg": "Order does not exist."})
        return 200, []


def looked(exchange: BaseExchange, *, long_ago: bool = True) -> object:
    """Look for an order whose fence passed a minute ago, or passes in a minute."""
    fence_ms = round(time.time() * 1_000) + (-60_000 if long_ago else 60_000)
    return look(exchange, ORDER, Sent(fence_ms, fence_ms - 3_000))


def test_what_is_not_there_after_its_fence_did_not_happen() -> None:
    with BadServer(Site()) as server:
        assert isinstance(looked(binance(server.url)), Absent)
        assert isinstance(looked(binance(server.url), long_ago=False), Unsure)


def test_what_the_exchange_took_is_never_given_up_for_not_being_shown() -> None:
    """It would be sent again, and then there might be two."""
    fence_ms = round(time.time() * 1_000) - 60_000
    with BadServer(Site()) as server:
        sighting = look(binance(server.url), ORDER, Sent(fence_ms, fence_ms - 3_000, acknowledged=True))
        assert isinstance(sighting, Unsure)
        assert "shows it nowhere" in sighting.why


def test_a_clock_in_doubt_is_measured_first() -> None:
    with BadServer(Site()) as server:
        exchange = binance(server.url)
        exchange.clock.adopt(0, 5_000)
        assert isinstance(looked(exchange), Absent)
        assert exchange.clock.stable


def test_while_the_clock_cannot_be_known_an_order_is_found_but_not_given_up() -> None:
    site = Site(tells_time=False)
    with BadServer(site) as server:
        exchange = binance(server.url)
        exchange.clock.adopt(0, 5_000)
        assert isinstance(looked(exchange), Unsure)
        amendment = look(exchange, AMENDMENT, Sent(0, 0))
        assert isinstance(amendment, Unsure)
        site.knows = True
        found = looked(exchange)
        assert isinstance(found, Found)


def test_the_clocks_uncertainty_is_waited_for_as_well() -> None:
    with BadServer(Site()) as server:
        exchange = binance(server.url)
        margin_ms, now_ms = exchange.fence_margin_ms, exchange.clock.now_ms()
        exchange.clock.adopt(0, 400)
        just_over = Sent(now_ms - margin_ms - 100, now_ms - margin_ms - 3_100)
        sighting = look(exchange, ORDER, just_over)
        assert isinstance(sighting, Unsure)
        assert sighting.delay_ms <= 302
