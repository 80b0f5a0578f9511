"""Binance spot: our commands in its parameters, its replies in our words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

from router.commands import (
    AmendOrder,
    AnyNewOrder,
    CancelAll,
    CancelOrder,
    GetBalances,
    GetFills,
    GetOpenOrders,
    GetOrderBook,
)
from router.errors import InvalidCommand
from router.instruments import Instrument
from router.models import Balances, Fill, Order, OrderBook, Ticker
from router.numbers import plain
from router.positions import Position
from router.symbols import Symbol
from workers.calls.endpoint import Call
from workers.exchanges.binance import endpoints, rules, wire, wire_orders
from workers.exchanges.binance.desk import named
from workers.exchanges.binance.orders import order_parameters, spell
from workers.exchanges.binance.reconcile import SpotReconcile
from workers.exchanges.builders import Placed, Reference
from workers.exchanges.listing import Listing
from workers.exchanges.reading import mapping, rows
from workers.exchanges.tickers import Offer


class SpotDesk(SpotReconcile):
    """Builds the calls of spot."""

    def place_call(self, order: AnyNewOrder, instrument: Instrument) -> Call[Placed]:
        """POST order, asking for the FULL reply."""
        whose = self.whose(order.symbol)

        def parse(document: object) -> Order:
            if "status" in mapping(document):
                return wire_orders.to_order(document, whose)
            return wire_orders.to_acknowledged(document, whose, order)

        endpoint = endpoints.PLACE
        return Call(endpoint, order_parameters(order, instrument.spelling), parse, endpoint.cost)

    def cancel_call(self, command: CancelOrder) -> Call[Placed]:
        """DELETE order. A command with an id names the cancel by it, so that the cancelled order can be found by it."""
        reference = Reference.of(command)
        parameters = named(reference, spell(reference.symbol))
        if command.id is not None:
            parameters["newClientOrderId"] = command.id[:36]
        endpoint, whose = endpoints.CANCEL, self.whose(reference.symbol)
        return Call(endpoint, parameters, lambda document: wire_orders.to_order(document, whose), endpoint.cost)

    def amend_call(self, command: AmendOrder) -> Call[Placed]:
        """PUT order/amend/keepPriority: the quantity only, and only downwards. The order keeps its client order id."""
        reference = Reference.of(command)
        quantity = self._amended_quantity(command, self.instruments.get(reference.symbol))
        parameters = {
            **named(reference, spell(reference.symbol)),
            "newQty": quantity,
            "newClientOrderId": self._current_id(reference),
        }
        endpoint, whose = endpoints.AMEND, self.whose(reference.symbol)
        return Call(endpoint, parameters, lambda document: wire_orders.to_amended(document, whose), endpoint.cost)

    def cancel_all_call(self, command: CancelAll) -> Call[Sequence[Placed]]:
        """DELETE openOrders, order lists included."""
        endpoint, whose = endpoints.CANCEL_ALL, self.whose(command.symbol)
        return Call(
            endpoint, {"symbol": spell(command.symbol)}, lambda doc: wire_orders.to_cancelled(doc, whose), endpoint.cost
        )

    def balances_call(self, command: GetBalances) -> Call[Balances]:  # noqa: ARG002
        """GET account."""

        def parse(document: object) -> Balances:
            balances = wire.to_balances(document)
            moment = self.clock.now_ms()  # the reply's updateTime is that of the last change
            return Balances.model_construct(
                exchange=self.name, account=self.account, market="spot", as_of_ms=moment, balances=balances
            )

        endpoint = endpoints.ACCOUNT
        return Call(endpoint, {"omitZeroBalances": "true"}, parse, endpoint.cost)

    def positions_call(self, symbol: Symbol | None) -> Call[list[Position]]:
        """GET account: spot has no positions, and its reply shows that key and account are in order."""
        if symbol is not None:
            spell(symbol)

        def parse(document: object) -> list[Position]:
            wire.to_balances(document)
            return []

        endpoint = endpoints.ACCOUNT
        return Call(endpoint, {"omitZeroBalances": "true"}, parse, endpoint.cost)

    def order_call(self, reference: Reference) -> Call[Order]:
        """GET order. An order that a cancel has renamed is told under the id it was asked by."""
        endpoint, whose, asked = endpoints.ORDER, self.whose(reference.symbol), reference.client_order_id

        def parse(document: object) -> Order:
            order = wire_orders.to_order(document, whose)
            return order if asked is None else wire_orders.under_id(order, asked)

        return Call(endpoint, named(reference, spell(reference.symbol)), parse, endpoint.cost)

    def open_orders_call(self, command: GetOpenOrders) -> Call[list[Order]]:
        """GET openOrders."""
        symbol = command.symbol
        cost = endpoints.open_orders_cost(one_symbol=symbol is not None)
        if symbol is None:
            return Call(endpoints.OPEN_ORDERS, {}, self._to_orders, cost)
        whose = self.whose(symbol)

        def parse(document: object) -> list[Order]:
            return [wire_orders.to_order(row, whose) for row in rows(document)]

        return Call(endpoints.OPEN_ORDERS, {"symbol": spell(symbol)}, parse, cost)

    def fills_call(self, command: GetFills) -> Call[list[Fill]]:
        """GET myTrades, which takes an order or a moment, not both; the moment then sifts what came."""
        parameters = {"symbol": spell(command.symbol), "limit": str(command.limit)}
        since_ms = command.since_ms or 0
        if command.order_id is not None:
            parameters["orderId"] = command.order_id
        elif since_ms:
            parameters["startTime"] = str(since_ms)
        whose = self.whose(command.symbol)

        def parse(document: object) -> list[Fill]:
            return [wire_orders.to_trade(row, whose) for row in rows(document) if row["time"] >= since_ms]

        return Call(
            endpoints.MY_TRADES, parameters, parse, endpoints.trades_cost(one_order=command.order_id is not None)
        )

    def ticker_call(self, symbol: Symbol) -> Call[Ticker]:
        """GET ticker/24hr."""
        endpoint, parameters = endpoints.TICKER, {"symbol": spell(symbol)}
        return Call(endpoint, parameters, lambda doc: wire.to_ticker(doc, self.name, symbol), endpoint.cost)

    def ticker_offers(self) -> list[Offer]:
        """GET ticker/24hr of some symbols, or of all that are listed."""
        all_of_them = max(most for most, _ in endpoints.TICKER_OFFERS)
        return [
            Offer(most, endpoints.weight(units), partial(self._tickers_call, by_name=most < all_of_them))
            for most, units in endpoints.TICKER_OFFERS
        ]

    def _tickers_call(self, symbols: Sequence[Symbol], *, by_name: bool) -> Call[list[Ticker]]:
        wanted = {spell(symbol): symbol for symbol in symbols}
        units = next(units for most, units in endpoints.TICKER_OFFERS if not by_name or len(wanted) <= most)
        cost = endpoints.weight(units if by_name else endpoints.TICKER_OFFERS[-1][1])
        asked = {"symbols": json.dumps(list(wanted), separators=(",", ":"))} if by_name else {}

        def parse(document: object) -> list[Ticker]:
            told = [row for row in rows(document) if row["symbol"] in wanted]
            return [wire.to_ticker(row, self.name, wanted[row["symbol"]]) for row in told]

        return Call(endpoints.TICKER, asked, parse, cost)

    def order_book_call(self, command: GetOrderBook) -> Call[OrderBook]:
        """GET depth."""
        symbol, depth = command.symbol, command.depth
        parameters = {"symbol": spell(symbol), "limit": str(depth)}
        cost = endpoints.depth_cost(depth)
        return Call(endpoints.DEPTH, parameters, lambda doc: wire.to_order_book(doc, self.name, symbol), cost)

    def listing_call(self) -> Call[Listing]:
        """GET exchangeInfo, without the permission sets, which are most of its size."""
        endpoint = endpoints.EXCHANGE_INFO
        return Call(endpoint, {"showPermissionSets": "false"}, rules.to_listing, endpoint.cost)

    def server_time_call(self) -> Call[int]:
        """GET time."""
        endpoint = endpoints.TIME
        return Call(endpoint, {}, lambda document: int(mapping(document)["serverTime"]), endpoint.cost)

    def _to_orders(self, document: object) -> list[Order]:
        """Orders of any symbol; one that is listed since the rules were read makes them be read again."""
        return [
            wire_orders.to_order(row, self.whose(self.instruments.symbol(row["symbol"], rules.PART)))
            for row in rows(document)
        ]

    def _amended_quantity(self, command: AmendOrder, instrument: Instrument) -> str:
        if command.price is not None:
            raise InvalidCommand.because(
                "price", plain(command.price), "cannot be amended on Binance spot, only quantity"
            )
        if not instrument.amends:
            raise InvalidCommand.because("symbol", str(instrument.symbol), "takes no amendments")
        assert command.quantity is not None  # noqa: S101 - the model wants one of the two
        instrument.quantity.check("quantity", command.quantity)
        return plain(command.quantity)

    def _current_id(self, reference: Reference) -> str:
        """The amendment would rename the order at random if it did not repeat the client order id it has."""
        if reference.client_order_id is not None:
            return reference.client_order_id
        return self.send(self.order_call(reference)).client_order_id
