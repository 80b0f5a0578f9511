"""Harbour, a small spot exchange: what it declares and translates is all that an exchange needs.

Its API: JSON over HTTP; `X-Sign` is the hex HMAC-SHA256 of method, path with query, `X-Until` and body; a request that
comes after `X-Until` (ms) is refused as "late". An order is told as it stands, by
reads and writes alike, in fields that are named as ours; real exchanges want a `wire.py` here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode

from router.commands import (
    AmendOrder,
    AnyNewOrder,
    CancelAll,
    CancelOrder,
    GetBalances,
    GetFills,
    GetOpenOrders,
    GetOrderBook,
    LimitOrder,
)
from router.errors import ErrorKind, NotProcessed, Rejected
from router.instruments import Instrument, Steps
from router.models import Balance, Balances, Fill, Order, OrderBook, OrderType, Ticker
from router.numbers import plain
from router.positions import Position
from router.symbols import Symbol
from workers.calls.classify import Dialect
from workers.calls.endpoint import Budget, Call, Endpoint, Lane, Scope
from workers.calls.error_table import ErrorTable, Fault, Ruling
from workers.calls.keys import KeyType, signature
from workers.calls.limit_signs import LimitSigns
from workers.calls.sign import Fence, Signer
from workers.calls.wire import Answer, Request
from workers.exchanges.base import BaseExchange
from workers.exchanges.builders import Placed, Reference
from workers.exchanges.listing import Listing
from workers.exchanges.naming import client_order_id
from workers.exchanges.reading import exact, mapping, rows
from workers.settings import AccountSettings, Environment

CALLS = Budget("calls", 100, 1_000, Scope.ADDRESS)
TIME = Endpoint("GET", "/time", {CALLS: 1}, idempotent=True, signed=False)
MARKETS = Endpoint("GET", "/markets", {CALLS: 1}, idempotent=True, signed=False)
BOOK = Endpoint("GET", "/book", {CALLS: 1}, idempotent=True, signed=False)
TICKER = Endpoint("GET", "/ticker", {CALLS: 1}, idempotent=True, signed=False)
BALANCES = Endpoint("GET", "/balances", {CALLS: 1}, idempotent=True)
ORDER = Endpoint("GET", "/order", {CALLS: 1}, idempotent=True)
ORDERS = Endpoint("GET", "/orders", {CALLS: 1}, idempotent=True)
FILLS = Endpoint("GET", "/fills", {CALLS: 1}, idempotent=True)
PLACE = Endpoint("POST", "/order", {CALLS: 1}, lane=Lane.ORDERS)
CANCEL = Endpoint("DELETE", "/order", {CALLS: 1}, lane=Lane.CANCELS)
CANCEL_ALL = Endpoint("DELETE", "/orders", {CALLS: 1}, lane=Lane.CANCELS)
TABLE = ErrorTable(
    Ruling(Rejected, ErrorKind.ORDER_NOT_FOUND, ("no_order",)),
    Ruling(Rejected, ErrorKind.DUPLICATE_ORDER, ("duplicate",)),
    Ruling(Rejected, ErrorKind.INSUFFICIENT_BALANCE, ("no_funds",)),
    Ruling(Rejected, ErrorKind.BAD_CREDENTIALS, ("bad_sign",)),
    Ruling(NotProcessed, ErrorKind.CLOCK, ("late",)),
    Ruling(NotProcessed, ErrorKind.RATE_LIMITED, ("slow_down",)),
)


def fault(answer: Answer, document: object) -> Fault | None:
    """Every error is an object with a code and a text."""
    refused = answer.status >= 400 and isinstance(document, dict) and "code" in document  # noqa: PLR2004 - HTTP's errors
    return Fault(document["code"], document["text"]) if refused and isinstance(document, dict) else None


class Harbour(BaseExchange):
    """One account of Harbour. Nothing executes after `X-Until`; a second covers what was taken just before."""

    name = "harbour"
    hosts: ClassVar = {
        Environment.LIVE: "https://api.harbour.example",
        Environment.TESTNET: "https://test.harbour.example",
    }
    live_hosts = frozenset({"api.harbour.example"})
    dialect = Dialect(TABLE, LimitSigns({}, lambda _: CALLS, lambda _: None), fault)
    budgets_declared = (CALLS,)
    fence_margin_ms = 1_000

    @classmethod
    def signer(cls, account: AccountSettings) -> Signer:
        """Signs with the account's secret."""
        sign = signature(KeyType.HMAC, account.api_secret.get_secret_value())

        def request(call: Call[Any], fence: Fence) -> Request:
            method, path, until = call.endpoint.method, call.endpoint.path, str(fence.timestamp_ms + fence.window_ms)
            query = "" if method == "POST" else urlencode(call.parameters)
            body = json.dumps(call.parameters).encode() if method == "POST" else b""
            if not call.endpoint.signed:
                return Request(method, path, query)
            target = f"{path}?{query}" if query else path
            headers = {"X-Key": account.api_key.get_secret_value(), "X-Until": until}
            headers["X-Sign"] = sign(f"{method}{target}{until}".encode() + body).hex()
            return Request(method, path, query, headers, body or None)

        return request

    def place_call(self, order: AnyNewOrder, instrument: Instrument) -> Call[Placed]:
        """POST order; types and sizes that Harbour has not were refused by the rules that `listing_call` reads."""
        if order.margin_mode is not None:
            raise self.unsupported("margin_mode", order.margin_mode, "is not offered")
        asked = {"market": instrument.spelling, "side": str(order.side), "client_order_id": client_order_id(order, 32)}
        asked |= {"type": str(order.type), "quantity": plain(order.quantity or Decimal(0))}
        if isinstance(order, LimitOrder):
            asked |= {"price": plain(order.price), "time_in_force": str(order.time_in_force)}
        return _call(PLACE, asked, self._order)

    def cancel_call(self, command: CancelOrder) -> Call[Placed]:
        """DELETE order."""
        return _call(CANCEL, _named(Reference.of(command)), self._order)

    def amend_call(self, command: AmendOrder) -> Call[Placed]:
        """Harbour amends nothing."""
        raise self.unsupported("price", command.price, "cannot be amended: cancel and place anew")

    def cancel_all_call(self, command: CancelAll) -> Call[Sequence[Placed]]:
        """DELETE orders."""
        return _call(CANCEL_ALL, {"market": str(command.symbol)}, self._orders)

    def balances_call(self, command: GetBalances) -> Call[Balances]:
        """GET balances."""

        def parse(told: object) -> Balances:
            found = [Balance(**row) for row in rows(told)]
            return Balances(**self._whose(), as_of_ms=self.clock.now_ms(), balances=found)

        return _call(BALANCES, {}, parse)

    def positions_call(self, symbol: Symbol | None) -> Call[list[Position]]:
        """A spot account has none; the time is read in their stead."""
        return _call(TIME, {}, lambda _: [])

    def order_call(self, reference: Reference) -> Call[Order]:
        """GET order."""
        return _call(ORDER, _named(reference), self._order)

    def open_orders_call(self, command: GetOpenOrders) -> Call[list[Order]]:
        """GET orders that are open."""
        market = {} if command.symbol is None else {"market": str(command.symbol)}
        return _call(ORDERS, {"open": "true", **market}, self._orders)

    def fills_call(self, command: GetFills) -> Call[list[Fill]]:
        """GET fills, oldest first."""
        asked = {"market": str(command.symbol), "since_ms": str(command.since_ms or 0), "limit": str(command.limit)}
        asked |= {"order_id": command.order_id} if command.order_id else {}
        return _call(FILLS, asked, lambda told: [Fill(exchange=self.name, **row) for row in rows(told)])

    def ticker_call(self, symbol: Symbol) -> Call[Ticker]:
        """GET ticker."""
        return _call(TICKER, {"market": str(symbol)}, lambda told: Ticker(exchange=self.name, **mapping(told)))

    def order_book_call(self, command: GetOrderBook) -> Call[OrderBook]:
        """GET book."""
        asked = {"market": str(command.symbol), "depth": str(command.depth)}
        return _call(BOOK, asked, lambda told: OrderBook(exchange=self.name, **mapping(told)))

    def listing_call(self, part: str) -> Call[Listing]:
        """GET markets."""

        def parse(told: object) -> Listing:
            markets = {Symbol.parse(row["market"]): row for row in rows(told)}
            spellings = {row["market"]: symbol for symbol, row in markets.items()}
            return Listing(spellings, lambda symbol: _instrument(symbol, markets[symbol]))

        return _call(MARKETS, {}, parse)

    def server_time_call(self, area: str = "") -> Call[int]:
        """GET time."""
        return _call(TIME, {}, lambda told: int(mapping(told)["now_ms"]))

    def find(self, reference: Reference) -> Order | None:
        """None only for "no_order", which Harbour says of no order that it has ever taken."""
        call = self.order_call(reference)
        call.probe = True  # an open breaker does not stop what settles an order's fate
        try:
            return self.send(call)
        except Rejected as refusal:
            if refusal.problem.kind is ErrorKind.ORDER_NOT_FOUND:
                return None
            raise

    def search_order(self, symbol: Symbol, client_order_id: str, since_ms: int) -> Order | None:
        """The list of orders is whole, so that one read of it proves that there is none."""
        call = _call(ORDERS, {"market": str(symbol)}, self._orders)
        call.probe = True
        return next((order for order in self.send(call) if order.client_order_id == client_order_id), None)

    def _order(self, told: object) -> Order:
        return Order(**self._whose(), **mapping(told))

    def _orders(self, told: object) -> list[Order]:
        return [self._order(row) for row in rows(told)]

    def _whose(self) -> dict[str, Any]:
        return {"exchange": self.name, "account": self.account.name}


def _call(endpoint: Endpoint, asked: dict[str, str], parse: Callable[[object], Any]) -> Call[Any]:
    return Call(endpoint, asked, parse, endpoint.cost)


def _named(reference: Reference) -> dict[str, str]:
    ids = {"order_id": reference.order_id, "client_order_id": reference.client_order_id}
    return {name: value for name, value in ids.items() if value is not None}


def _instrument(symbol: Symbol, row: Mapping[str, Any]) -> Instrument:
    """No order waits for a trigger, is sized in quote or only posts; the check before sending knows it from here."""
    return Instrument(
        exchange=Harbour.name,
        symbol=symbol,
        spelling=row["market"],
        is_trading=True,
        order_types=[OrderType.LIMIT, OrderType.MARKET],
        price=Steps(step=exact(row["tick"])),
        quantity=Steps(minimum=exact(row["lot"]), step=exact(row["lot"])),
        sizes_by_notional=False,
        post_only=False,
    )
