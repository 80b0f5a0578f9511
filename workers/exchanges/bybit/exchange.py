"""Bybit: our commands in its parameters, its replies in our words."""

from __future__ import annotations

from typing import ClassVar, cast

from router.commands import AmendOrder, AnyCommand, AnyNewOrder
from router.instruments import Instrument
from router.models import Order
from router.numbers import plain
from workers.calls.classify import Dialect
from workers.calls.endpoint import Call
from workers.calls.sign import Signer
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.builders import Placed, Reference
from workers.exchanges.bybit import endpoints
from workers.exchanges.bybit.batches import BybitBatches
from workers.exchanges.bybit.cancelling import BybitCancelling
from workers.exchanges.bybit.errors import TABLE, fault
from workers.exchanges.bybit.limit_signs import SIGNS
from workers.exchanges.bybit.orders import order_body
from workers.exchanges.bybit.reconcile import by_id
from workers.exchanges.bybit.settings import BybitSettings
from workers.exchanges.bybit.signer import BybitSigner
from workers.exchanges.bybit.wire_orders import to_acknowledged
from workers.exchanges.completion import completed
from workers.settings import AccountSettings, Environment


class BybitExchange(BybitCancelling, BybitBatches, BybitSettings):
    """One unified trading account of Bybit.

    Placing, amending and cancelling are answered with an acceptance; what became of it is then read, with its fills.
    Bybit's other sites (Netherlands, Türkiye, Kazakhstan, ...) are reached by an account's ``base_url``.
    ``fence_margin_ms``: the gateway refuses what is older than its receive window (docs, "Integration guidance"), but
    what bounds the way behind it is not documented, so ten seconds are added; and then `search_order` looks twice.
    """

    name = "bybit"
    hosts: ClassVar = {
        Environment.LIVE: "https://api.bybit.com",
        Environment.TESTNET: "https://api-testnet.bybit.com",
        Environment.DEMO: "https://api-demo.bybit.com",
    }
    live_hosts = frozenset(
        (
            *("api.bybit.com", "api.bytick.com", "api.bybit.nl", "api.bybit.tr", "api.bybit-tr.com", "api.bybit.kz"),
            *("api.bybitgeorgia.ge", "api.bybit.ae", "api.bybit.eu", "api.bybit.id", "api.manepa.jp"),
            *("api.bybit.com.hk",),
        )
    )
    dialect = Dialect(TABLE, SIGNS, fault)
    parts = endpoints.CATEGORIES
    budgets_declared = endpoints.BUDGETS
    fence_margin_ms = 10_000
    lookups_after_fence = 1

    @classmethod
    def signer(cls, account: AccountSettings) -> Signer:
        """Signs with the account's HMAC or RSA key."""
        return BybitSigner(account)

    def place_call(self, order: AnyNewOrder, instrument: Instrument) -> Call[Placed]:
        """POST order/create."""
        symbol, endpoint = order.symbol, endpoints.PLACE[order.symbol.market]
        body = {"category": symbol.market, **order_body(order, instrument.spelling)}
        return Call(endpoint, {}, lambda document: to_acknowledged(document, symbol), endpoint.cost, body=body)

    def amend_call(self, command: AmendOrder) -> Call[Placed]:
        """POST order/amend: total quantity, price, or both. Values are absolute, so repeating it does no harm."""
        reference = Reference.of(command)
        symbol, instrument = reference.symbol, self.instruments.get(reference.symbol)
        body = {**self._named(symbol), **by_id(reference)}
        if command.quantity is not None:
            instrument.quantity.check("quantity", command.quantity)
            body["qty"] = plain(command.quantity)
        if command.price is not None:
            instrument.price.check("price", command.price)
            body["price"] = plain(command.price)
        endpoint = endpoints.AMEND[symbol.market]
        return Call(endpoint, {}, lambda document: to_acknowledged(document, symbol), endpoint.cost, body=body)

    def confirm(self, command: AnyCommand, acknowledged: Acknowledged) -> Order:
        """The order as it stands, with its executions once all of them show: they may show later than the order."""
        return cast("Order", completed(self, super().confirm(command, acknowledged)))
