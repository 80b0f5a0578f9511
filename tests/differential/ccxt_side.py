"""Asks ccxt for what an intent wants, through its unified methods, as its manual says to."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
from ccxt_orders import Params, amount, order_arguments
from proofs import KEY, PASSPHRASE, SECRET, WINDOW_MS
from requests.adapters import HTTPAdapter

from router.commands import (
    AmendOrder,
    AnyCommand,
    CancelAfter,
    CancelAll,
    CancelOrder,
    GetBalances,
    GetFills,
    GetIncome,
    GetOpenOrders,
    GetOrder,
    GetOrderBook,
    GetPositions,
    GetTicker,
    GetTradingSettings,
    NewOrder,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    Target,
)
from router.instruments import Instrument
from router.terms import PositionMode

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt  # type: ignore[import-untyped]  # it has no types

AMENDED = {"price": "59000", "quantity": "0.01"}
"""What the order is that an amendment is about, where both prices and sizes must be told."""

_OPTIONS: dict[str, Params] = {
    "binance": {
        "recvWindow": WINDOW_MS,
        "fetchMarkets": {"types": ["spot", "linear"]},
        "warnOnFetchOpenOrdersWithoutSymbol": False,
    },
    "bybit": {"recvWindow": WINDOW_MS, "enableUnifiedAccount": True, "enableUnifiedMargin": False},
    "okx": {"createOrder": "privatePostTradeOrder", "fetchMyTrades": {"method": "privateGetTradeFills"}},
}
"""What ccxt lets its user choose, chosen as we have it; that a Bybit account is unified it would else ask first."""

_OWN_ID = {"binance": "origClientOrderId", "bybit": "orderLinkId", "okx": "clOrdId"}


class Rerouted(HTTPAdapter):
    """Takes every request elsewhere, whatever host it names: ccxt tells some things apart by host."""

    url = ""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        parts = urlsplit(str(request.url))
        request.url = f"{self.url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return super().send(request, *args, **kwargs)


class Ccxt:
    """One client of ccxt, with the markets of the simulator, whose requests go where `at` says."""

    def __init__(self, exchange: str, simulator_url: str) -> None:
        keys = {"apiKey": KEY, "secret": SECRET, "password": PASSPHRASE}
        self.client = getattr(ccxt, exchange)({**keys, "enableRateLimit": False})
        self.client.options.update(_OPTIONS[exchange])
        self._route = Rerouted()
        self._route.url = simulator_url
        self.client.session.mount("https://", self._route)
        self.client.load_markets()

    def ask(self, url: str, commands: Sequence[AnyCommand], instrument: Instrument | None) -> None:
        """Raises: what ccxt raises."""
        self._route.url = url
        if len(commands) > 1:
            self._ask_together(commands, instrument)
        else:
            self._ask(commands[0], instrument)

    def _ask_together(self, commands: Sequence[AnyCommand], instrument: Instrument | None) -> None:
        orders = [order_arguments(self.client.id, each, instrument) for each in commands if isinstance(each, NewOrder)]
        if orders:
            names = ("symbol", "type", "side", "amount", "price", "params")
            self.client.create_orders([dict(zip(names, order, strict=True)) for order in orders])
            return
        cancels = [each for each in commands if isinstance(each, CancelOrder)]
        ids, own = [each.order_id for each in cancels], [each.client_order_id for each in cancels]
        params = {} if all(ids) else {self._own_ids: own}
        self.client.cancel_orders(ids if all(ids) else [], str(cancels[0].symbol), params)

    @property
    def _own_ids(self) -> str:
        return {"binance": "origClientOrderIdList", "bybit": "clientOrderIds", "okx": "clientOrderId"}[self.client.id]

    def _ask(self, command: AnyCommand, instrument: Instrument | None) -> None:
        client, symbol = self.client, str(getattr(command, "symbol", None) or "") or None
        match command:
            case NewOrder():
                client.create_order(*order_arguments(self.client.id, command, instrument))
            case CancelOrder():
                client.cancel_order(_id(command), symbol, self._target(command))
            case AmendOrder():
                self._amend(command, instrument)
            case CancelAll():
                client.cancel_all_orders(symbol)
            case CancelAfter():
                client.cancel_all_orders_after(command.seconds * 1_000)
            case SetLeverage() | SetMarginMode() | SetPositionMode():
                self._set(command, symbol)
            case GetOrder():
                client.fetch_order(_id(command), symbol, self._target(command))
            case _:
                self._read(command, symbol)

    def _set(self, command: SetLeverage | SetMarginMode | SetPositionMode, symbol: str | None) -> None:
        match command:
            case SetLeverage():
                about = (("marginMode", command.margin_mode), ("posSide", command.position_side))
                given = {name: str(value) for name, value in about if value is not None}
                self.client.set_leverage(_number(command.leverage), symbol, given)
            case SetMarginMode():
                self.client.set_margin_mode(str(command.margin_mode), symbol)
            case SetPositionMode():
                params = {"subType": "linear"} if self.client.id == "binance" else {}
                self.client.set_position_mode(command.position_mode is PositionMode.HEDGE, symbol, params)

    def _read(self, command: AnyCommand, symbol: str | None) -> None:
        client = self.client
        match command:
            case GetBalances():
                client.fetch_balance({"type": "swap"} if command.market == "linear" else {})
            case GetPositions():
                client.fetch_positions([symbol] if symbol else None)
            case GetOpenOrders():
                client.fetch_open_orders(symbol, params=self._of_market(command.market))
            case GetFills():
                name = "ordId" if client.id == "okx" else "orderId"
                params = {} if command.order_id is None else {name: command.order_id}
                client.fetch_my_trades(symbol, command.since_ms, command.limit, params)
            case _:
                self._look(command, symbol)

    def _look(self, command: AnyCommand, symbol: str | None) -> None:
        client = self.client
        match command:
            case GetIncome():
                client.fetch_ledger(None, command.since_ms, command.limit, {"type": "swap"})
            case GetTradingSettings():
                client.fetch_leverage(symbol)
            case GetTicker():
                client.fetch_ticker(symbol)
            case GetOrderBook():
                client.fetch_order_book(symbol, command.depth)
            case _:
                raise AssertionError(command.kind)

    def _of_market(self, market: str | None) -> Params:
        if market is None:
            return {}
        if market in ("linear", "inverse"):
            return {"type": "swap", "subType": market}
        return {"type": market}

    def _amend(self, command: AmendOrder, instrument: Instrument | None) -> None:
        """It wants to be told type and side, and on futures both price and size, which we read first."""
        now = AMENDED if self.client.id == "binance" else dict[str, str]()
        price, quantity = command.price or now.get("price"), command.quantity or now.get("quantity")
        size = None if quantity is None else amount(Decimal(quantity), instrument)
        given = None if price is None else float(price)
        params = self._target(command)
        self.client.edit_order(_id(command), str(command.symbol), "limit", "buy", size, given, params)

    def _target(self, command: Target) -> Params:
        asks = {"acknowledged": True} if self.client.id == "bybit" and isinstance(command, GetOrder) else {}
        if command.order_id is None:
            return {_OWN_ID[self.client.id]: command.client_order_id, **asks}
        return {"trigger": True} if command.order_id.startswith("algo-") else asks


def _id(command: Target) -> str | None:
    return command.order_id.removeprefix("algo-") if command.order_id is not None else None


def _number(value: Decimal) -> float | int:
    return int(value) if value == int(value) else float(value)
