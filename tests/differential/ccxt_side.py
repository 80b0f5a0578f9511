"""Asks ccxt for what an intent wants, through its unified methods, as its manual says to."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
from proofs import KEY, PASSPHRASE, SECRET, WINDOW_MS
from requests.adapters import HTTPAdapter

from router.commands import (
    AmendOrder,
    AnyCommand,
    AnyNewOrder,
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
    LimitOrder,
    MarketOrder,
    NewOrder,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    StopLimitOrder,
    StopOrder,
    TakeProfitLimitOrder,
    Target,
    TriggeredOrder,
)
from router.instruments import Instrument
from router.terms import PositionMode, Side

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt

Params = dict[str, Any]
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
_NAMES = {
    "binance": {"last": "CONTRACT_PRICE", "mark": "MARK_PRICE"},
    "bybit": {"last": "LastPrice", "mark": "MarkPrice", "index": "IndexPrice"},
}


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
        orders = [self._order(each, instrument) for each in commands if isinstance(each, NewOrder)]
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
                client.create_order(*self._order(command, instrument))
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
                params = {"marginMode": command.margin_mode, "posSide": command.position_side}
                given = {name: str(value) for name, value in params.items() if value is not None}
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
        amount = None if quantity is None else _amount(Decimal(quantity), instrument)
        given = None if price is None else float(price)
        params = self._target(command)
        self.client.edit_order(_id(command), str(command.symbol), "limit", "buy", amount, given, params)

    def _target(self, command: Target) -> Params:
        asks = {"acknowledged": True} if self.client.id == "bybit" and isinstance(command, GetOrder) else {}
        if command.order_id is None:
            return {_OWN_ID[self.client.id]: command.client_order_id, **asks}
        return {"trigger": True} if command.order_id.startswith("algo-") else asks

    def _order(self, order: AnyNewOrder, instrument: Instrument | None) -> tuple[object, ...]:
        """symbol, type, side, amount, price, params."""
        params: Params = {} if order.client_order_id is None else {"clientOrderId": order.client_order_id}
        params |= self._positions(order) | self._kind(order) | self._triggered(order)
        priced = isinstance(order, (LimitOrder, StopLimitOrder, TakeProfitLimitOrder))
        price = float(order.price) if isinstance(order, (LimitOrder, StopLimitOrder, TakeProfitLimitOrder)) else None
        amount = 0.0 if order.quantity is None else _amount(order.quantity, instrument)
        if isinstance(order, MarketOrder) and order.notional is not None:
            amount, params = float(order.notional), params | self._cost(order, order.notional)
        return str(order.symbol), "limit" if priced else "market", str(order.side), amount, price, params

    def _cost(self, order: MarketOrder, notional: Decimal) -> Params:
        cost = {"cost": float(notional)}
        if self.client.id != "okx":
            return cost
        return {"tgtCcy": "quote_ccy"} | (cost if order.side is Side.BUY else {})

    def _positions(self, order: AnyNewOrder) -> Params:
        params: Params = {}
        if order.reduce_only:
            params["reduceOnly"] = True
        if order.position_side is not None:
            params["hedged"] = True
        if order.margin_mode is not None:
            params |= {"isLeverage": 1} if self.client.id == "bybit" else {"marginMode": str(order.margin_mode)}
        return params

    def _kind(self, order: AnyNewOrder) -> Params:
        params: Params = {}
        force = getattr(order, "time_in_force", None)
        if force is not None:
            params["timeInForce"] = str(force)
        if isinstance(order, LimitOrder) and order.post_only:
            params = {"postOnly": True}
        if isinstance(order, LimitOrder) and order.visible_quantity is not None:
            params["icebergQty"] = f"{order.visible_quantity}"
        return params

    def _triggered(self, order: AnyNewOrder) -> Params:
        if not isinstance(order, TriggeredOrder):
            return {}
        stops = isinstance(order, (StopOrder, StopLimitOrder))
        params: Params = self._watched(order, stops) | self._closing(order)
        trigger = None if order.trigger_price is None else float(order.trigger_price)
        if order.trailing_delta is not None:
            return params | self._trail(order, stops)
        if self.client.id == "bybit" and not order.close_position:
            rises = stops == (order.side is Side.BUY)
            way = {} if order.symbol.is_spot else {"triggerDirection": "ascending" if rises else "descending"}
            return {**params, "triggerPrice": trigger, **way}
        return {**params, "stopLossPrice" if stops else "takeProfitPrice": trigger}

    def _trail(self, order: TriggeredOrder, stops: bool) -> Params:  # noqa: FBT001 - which of two
        params: Params = {"trailingPercent": f"{(Decimal(order.trailing_delta or 0) / 100).normalize():f}"}
        trigger = order.trigger_price
        if trigger is not None:
            params["activePx" if self.client.id == "okx" else "trailingTriggerPrice"] = f"{trigger:f}"
        if self.client.id == "binance" and order.symbol.is_spot:
            params["stopLossOrTakeProfit"] = "stopLoss" if stops else "takeProfit"
        return params

    def _watched(self, order: TriggeredOrder, stops: bool) -> Params:  # noqa: FBT001 - which of two
        if order.trigger_by is None:
            return {}
        if self.client.id == "okx":
            return {"slTriggerPxType" if stops else "tpTriggerPxType": str(order.trigger_by)}
        name = _NAMES[self.client.id].get(str(order.trigger_by), str(order.trigger_by))
        return {"workingType" if self.client.id == "binance" else "triggerBy": name}

    def _closing(self, order: TriggeredOrder) -> Params:
        if not order.close_position:
            return {}
        spelt: dict[str, Params] = {
            "binance": {"closePosition": True},
            "bybit": {"closeOnTrigger": True, "qty": "0"},
            "okx": {"closeFraction": "1"},
        }
        return spelt[self.client.id]


def _id(command: Target) -> str | None:
    return command.order_id.removeprefix("algo-") if command.order_id is not None else None


def _number(value: Decimal) -> float | int:
    return int(value) if value == int(value) else float(value)


def _amount(quantity: Decimal, instrument: Instrument | None) -> float:
    """ccxt counts contracts by contracts."""
    assert instrument is not None
    return float(instrument.contracts(quantity))
