"""Several commands in one call, where the exchange has such a call: each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import cast
from uuid import uuid4

from router.commands import AnyNewOrder, CancelOrder
from router.errors import NotProcessed, RouterError
from router.models import Order
from workers.calls.endpoint import Call
from workers.calls.retry import Patience, patiently
from workers.exchanges.builders import Item, NewItem
from workers.exchanges.contracts import Contracts
from workers.exchanges.core import anew

Outcome = Order | RouterError
Batchable = AnyNewOrder | CancelOrder


class Batches(Contracts):
    """Places and cancels several orders, in as few calls as the exchange allows."""

    def place_orders(self, orders: Sequence[AnyNewOrder]) -> list[Outcome]:
        """Place orders; one outcome per order, in their order: the order, or the error that it came to.

        OutcomeUnknown says to look it up by its client order id, which each is given that has none. Raises nothing for
        a single order's sake.
        """
        return self._each([_named(order) for order in orders])

    def cancel_orders(self, commands: Sequence[CancelOrder]) -> list[Outcome]:
        """Cancel orders; one outcome per command, in their order."""
        return self._each(commands)

    def groups(self, commands: Sequence[Batchable]) -> list[list[int]]:
        """Which of them share a call, by their places; what must go alone is a group of one."""
        groups: list[list[int]] = []
        filling: dict[str, list[int]] = {}
        for place, command in enumerate(commands):
            batch = self.batch_of(command)
            group = filling.get(batch.name) if batch is not None else None
            if group is not None and batch is not None and len(group) < batch.limit:
                group.append(place)
                continue
            groups.append([place])
            if batch is not None:
                filling[batch.name] = groups[-1]
        return groups

    def batch_call(self, commands: Sequence[Batchable]) -> Call[list[Item]]:
        """The call that carries commands of one group together. Each of them has been prepared, so it is in order."""
        orders = [command for command in commands if not isinstance(command, CancelOrder)]
        cancels = [command for command in commands if isinstance(command, CancelOrder)]
        if orders:
            call = self.place_batch_call([NewItem(order, self.instruments.get(order.symbol)) for order in orders])
        else:
            call = self.cancel_batch_call(cancels)
        call.window_ms = min(self._window_ms(command.expires_in) for command in commands)
        call.symbol = call.symbol or str(commands[0].symbol)
        return call

    def perform_batch(self, commands: Sequence[Batchable], call: Call[list[Item]]) -> Iterator[Outcome]:
        """Send a group's call, then understand its items one by one. What fails the call fails each of them."""
        try:
            items = self.send(call)
        except RouterError as trouble:
            items = [trouble] * len(commands)
        return (self._outcome(command, item) for command, item in zip(commands, items, strict=True))

    def _outcome(self, command: Batchable, item: Item) -> Outcome:
        def tell() -> Item:
            if isinstance(item, RouterError):
                raise type(item)(item.problem)
            return item

        try:
            return cast("Order", self._settled(command, tell))
        except RouterError as error:
            return error

    def _each(self, commands: Sequence[Batchable]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        for group in self.groups(commands):
            found = self._together([commands[place] for place in group])
            outcomes.update(zip(group, found, strict=True))
        return [outcomes[place] for place in range(len(commands))]

    def _together(self, commands: Sequence[Batchable]) -> list[Outcome]:
        objections = [self._objection(command) for command in commands]
        fit = [command for command, error in zip(commands, objections, strict=True) if error is None]
        found = iter(self._sent_together(fit) if len(fit) > 1 else [self._alone(command) for command in fit])
        return [next(found) if error is None else error for error in objections]

    def _objection(self, command: Batchable) -> RouterError | None:
        """Why it cannot be sent; None when it can."""
        try:
            patiently(lambda: self.prepare(command), self._mend, Patience())
        except RouterError as error:
            return error
        return None

    def _sent_together(self, commands: Sequence[Batchable]) -> list[Outcome]:
        """With patience while all of them certainly did nothing."""
        call = self.batch_call(commands)

        def send() -> list[Outcome]:
            outcomes = list(self.perform_batch(commands, anew(call)))
            if all(isinstance(each, NotProcessed) for each in outcomes):
                raise cast("NotProcessed", outcomes[0])
            return outcomes

        try:
            return patiently(send, partial(self._mend, area=call.endpoint.area), Patience())
        except NotProcessed as error:
            return [error] * len(commands)

    def _alone(self, command: Batchable) -> Outcome:
        try:
            return cast("Order", self._carry_out(command))
        except RouterError as error:
            return error


def _named(order: AnyNewOrder) -> AnyNewOrder:
    """Under a client order id, so that it can be looked up whatever happens to the reply."""
    given = order.client_order_id or order.id
    return order if given else order.model_copy(update={"client_order_id": uuid4().hex})
