"""Placing, changing and cancelling orders on Binance futures.

Source: Binance futures docs, "New Order", "Modify Order", "Cancel Order", "Cancel All Open Orders", "Place Multiple
Orders", "Cancel Multiple Orders", "New Algo Order", "Cancel Algo Order". A batch is carried out concurrently, and its
reply is in the order of the request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from router.commands import AmendOrder, AnyNewOrder, CancelAll, CancelOrder, LimitOrder, MarketOrder, TriggeredOrder
from router.errors import ErrorKind, NotProcessed, Problem, Rejected, Unsupported
from router.instruments import Instrument
from router.models import Order
from router.numbers import plain
from router.symbols import Symbol
from router.terms import OrderType
from workers.calls.endpoint import Call
from workers.calls.error_table import Fault
from workers.exchanges.acknowledged import Acknowledged
from workers.exchanges.binance.desk import DOES_NOT_EXIST, named
from workers.exchanges.binance.usdm import endpoints
from workers.exchanges.binance.usdm.errors import TABLE
from workers.exchanges.binance.usdm.lookups import Lookups
from workers.exchanges.binance.usdm.orders import SIDES, algo_order, plain_order, spell
from workers.exchanges.binance.usdm.wire_orders import ALGO, actual_order_id, to_algo, to_order
from workers.exchanges.builders import Batch, Item, NewItem, Placed, Reference
from workers.exchanges.reading import Whose, mapping, rows

_AGAIN_MS = 500


class Trading(Lookups):
    """Builds the calls that change orders."""

    def place_call(self, order: AnyNewOrder, instrument: Instrument) -> Call[Placed]:
        """POST order, or POST algoOrder for what waits for a trigger."""
        whose = self.whose(order.symbol)
        if isinstance(order, TriggeredOrder):
            endpoint, parameters = endpoints.PLACE_ALGO, algo_order(order, instrument.spelling)
            return Call(endpoint, parameters, lambda document: to_algo(document, whose), endpoint.cost)
        endpoint, parameters = endpoints.PLACE, plain_order(order, instrument.spelling)
        return Call(endpoint, parameters, lambda document: to_order(document, whose), endpoint.cost)

    def amend_call(self, command: AmendOrder) -> Call[Placed]:
        """PUT order, which wants side, quantity and price, so the order is read first. It loses its place."""
        reference = Reference.of(command)
        order = self._exchange.find(reference)
        if order is None:
            text = f"order {reference.client_order_id or reference.order_id} does not exist"
            raise Rejected(Problem(kind=ErrorKind.ORDER_NOT_FOUND, message=text, code=DOES_NOT_EXIST))
        if order.type is not OrderType.LIMIT or order.price is None or order.quantity is None:
            raise Unsupported.because("type", str(order.type), "only limit orders can be amended on Binance futures")
        rules = self.instruments.get(reference.symbol)
        price, quantity = command.price or order.price, command.quantity or order.quantity
        rules.price.check("price", price)
        rules.quantity.check("quantity", quantity)
        asked = {"side": SIDES[order.side], "quantity": plain(quantity), "price": plain(price)}
        endpoint, whose = endpoints.MODIFY, self.whose(reference.symbol)
        parameters = {**named(reference, spell(reference.symbol)), **asked}
        return Call(endpoint, parameters, lambda document: to_order(document, whose), endpoint.cost)

    def cancel_call(self, command: CancelOrder) -> Call[Placed]:
        """DELETE order, else DELETE algoOrder; by a conditional order's own id first the latter."""
        reference = Reference.of(command)
        if reference.order_id is not None and reference.order_id.startswith(ALGO):
            return self._cancel_algo_call(reference)
        call = self._cancel_plain_call(reference)
        if reference.order_id is None:
            call.otherwise = lambda refusal: self._cancel_algo_call(reference) if _is_gone(refusal) else None
        return call

    def cancel_all_call(self, command: CancelAll) -> Call[Sequence[Placed]]:
        """DELETE allOpenOrders and DELETE algoOpenOrders, whose replies name no order: what is open is read first.

        An order placed in between is cancelled, and not told of.
        """
        symbol = command.symbol
        asked, cost = {"symbol": spell(symbol)}, endpoints.open_cost(one_symbol=True)

        def noted(document: object) -> Sequence[Placed]:
            return [_acknowledged(row, symbol) for row in rows(document)]

        def conditional(found: Sequence[Placed]) -> Call[Sequence[Placed]]:
            endpoint = endpoints.ALGOS_TO_CANCEL
            return Call(endpoint, asked, lambda document: [*found, *noted(document)], cost, then=cancelled)

        def cancelled(found: Sequence[Placed]) -> Call[Sequence[Placed]]:
            endpoint = endpoints.CANCEL_ALL
            return Call(endpoint, asked, lambda document: _done(document, found), endpoint.cost, then=all_cancelled)

        def all_cancelled(found: Sequence[Placed]) -> Call[Sequence[Placed]]:
            endpoint = endpoints.CANCEL_ALL_ALGOS
            return Call(endpoint, asked, lambda document: _done(document, found), endpoint.cost)

        return Call(endpoints.OPEN_TO_CANCEL, asked, noted, cost, then=conditional)

    def batch_of(self, command: AnyNewOrder | CancelOrder) -> Batch | None:
        """Up to five plain orders of any contracts; up to ten cancels of one contract, named alike."""
        if isinstance(command, (MarketOrder, LimitOrder)):
            return Batch("usdm", endpoints.BATCH_LIMIT, endpoints.BATCH, {})
        if not isinstance(command, CancelOrder) or (command.order_id or "").startswith(ALGO):
            return None
        kind = "order_id" if command.client_order_id is None else "client_order_id"
        return Batch(f"usdm:{command.symbol}:{kind}", endpoints.BATCH_CANCEL_LIMIT, endpoints.CANCEL_BATCH.cost, {})

    def place_batch_call(self, items: Sequence[NewItem]) -> Call[list[Item]]:
        """POST batchOrders."""
        orders = [plain_order(order, rules.spelling) for order, rules in items if not isinstance(order, TriggeredOrder)]
        whose = [self.whose(item.order.symbol) for item in items]
        parameters = {"batchOrders": json.dumps(orders, separators=(",", ":"))}
        return Call(endpoints.PLACE_BATCH, parameters, lambda document: _items(document, whose), endpoints.BATCH)

    def cancel_batch_call(self, commands: Sequence[CancelOrder]) -> Call[list[Item]]:
        """DELETE batchOrders. A conditional order's client order id is unknown there, and is then cancelled alone."""
        references = [Reference.of(command) for command in commands]
        symbol = references[0].symbol
        if references[0].order_id is not None:
            names = {"orderIdList": "[" + ",".join(each.order_id or "" for each in references) + "]"}
        else:
            ids = [each.client_order_id for each in references]
            names = {"origClientOrderIdList": json.dumps(ids, separators=(",", ":"))}
        whose, endpoint = [self.whose(symbol)] * len(references), endpoints.CANCEL_BATCH
        parameters = {"symbol": spell(symbol), **names}
        return Call(endpoint, parameters, lambda document: _items(document, whose), endpoint.cost)

    def _cancel_plain_call(self, reference: Reference) -> Call[Placed]:
        endpoint, whose = endpoints.CANCEL, self.whose(reference.symbol)
        parameters = named(reference, spell(reference.symbol))
        return Call(endpoint, parameters, lambda document: to_order(document, whose), endpoint.cost)

    def _cancel_algo_call(self, reference: Reference) -> Call[Placed]:
        """DELETE algoOrder, which tells no state. One that is not there by its own id may have been triggered."""
        symbol, order_id = reference.symbol, reference.order_id
        if order_id is not None:
            asked = {"algoId": order_id.removeprefix(ALGO)}
        else:
            asked = {"clientAlgoId": reference.client_order_id or ""}

        def parse(document: object) -> Placed:
            return _acknowledged(mapping(document), symbol)

        call: Call[Placed] = Call(endpoints.CANCEL_ALGO, asked, parse, endpoints.CANCEL_ALGO.cost)
        if order_id is not None:
            call.otherwise = lambda refusal: self._triggered_call(symbol, asked) if _is_gone(refusal) else None
        return call

    def _triggered_call(self, symbol: Symbol, asked: dict[str, str]) -> Call[Placed]:
        """The conditional order as it is, then DELETE order for the one it has placed."""
        whose, told = self.whose(symbol), dict[str, Mapping[str, Any]]()

        def parse(document: object) -> Placed:
            told["algo"] = mapping(document)
            return to_algo(document, whose)

        def cancelled(document: object) -> Placed:
            return to_algo(told["algo"], whose, to_order(document, whose))

        def then(found: Placed) -> Call[Placed] | None:
            order_id = actual_order_id(told["algo"])
            if order_id is not None:
                named_so = {"symbol": spell(symbol), "orderId": order_id}
                return Call(endpoints.CANCEL, named_so, cancelled, endpoints.CANCEL.cost)
            if isinstance(found, Order) and found.status.is_final:
                return None
            text = "the cancel found no such conditional order, yet it is shown as open"
            raise NotProcessed(Problem(kind=ErrorKind.ORDER_NOT_FOUND, message=text, retry_after_ms=_AGAIN_MS))

        return Call(endpoints.ALGO_TO_CANCEL, asked, parse, endpoints.ALGO_TO_CANCEL.cost, then=then)


def _acknowledged(doc: Mapping[str, Any], symbol: Symbol) -> Acknowledged:
    """An order, plain or conditional, by its own id."""
    if "algoId" in doc:
        return Acknowledged(symbol, doc["clientAlgoId"], f"{ALGO}{doc['algoId']}")
    return Acknowledged(symbol, doc["clientOrderId"], str(doc["orderId"]))


def _done(document: object, found: Sequence[Placed]) -> Sequence[Placed]:
    """The reply names no order: what was open then is what was cancelled."""
    mapping(document)
    return found


def _items(document: object, whose: Sequence[Whose]) -> list[Item]:
    """One element per order, as they were asked: the order, or its refusal."""
    return [_item(row, each) for row, each in zip(rows(document), whose, strict=True)]


def _item(row: object, whose: Whose) -> Item:
    doc = mapping(row)
    if "orderId" in doc:
        return to_order(doc, whose)
    return TABLE.error(Fault(str(doc["code"]), str(doc.get("msg", ""))))


def _is_gone(refusal: Rejected) -> bool:
    return refusal.problem.kind is ErrorKind.ORDER_NOT_FOUND
