"""Several orders at once: each is a command with a ticket of its own, and they share calls where the exchange can."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from router.batches import MOST, AnyBatch, CancelBatch, PlaceBatch
from router.commands import AnyCommand, AnyNewOrder, C, CancelOrder, build, read_command
from router.errors import InvalidCommand
from router.journal import Record
from router.tickets import Named, Ticket


class Together(ABC):
    """Placing and cancelling many."""

    @abstractmethod
    def record(self, command_id: str) -> Record:
        """The journal's record of a command."""

    @abstractmethod
    def _identified(self, command: C) -> C:
        """Give a command its id, and its signature where this producer signs."""

    @abstractmethod
    def _check_all(self, commands: Iterable[AnyCommand]) -> None:
        """Refuse what is known to be wrong."""

    @abstractmethod
    def _submit_together(self, batch: AnyBatch) -> list[Ticket]:
        """Accept the items of a batch and call them with one message."""

    def place_orders(self, orders: Iterable[AnyNewOrder | Mapping[str, Any]]) -> list[Ticket]:
        """Accept orders in order, each by itself; one ticket per order.

        Those of one account are placed by the exchange's batch call where it has one, else one by one, and each comes
        to an outcome of its own. Raises: as `OrderRouter.submit_many`.
        """
        return self._each(PlaceBatch, [_read(order) for order in orders])

    def cancel_orders(self, tickets: Iterable[Named | str]) -> list[Ticket]:
        """Take several orders back; one ticket per cancel. Raises: as `OrderRouter.cancel`."""
        targets = [each if isinstance(each, str) else each.id for each in tickets]
        placed = [read_command(self.record(target).document) for target in targets]
        return self._each(
            CancelBatch,
            [
                build(CancelOrder, exchange=order.exchange, account=order.account, command_id=target)
                for order, target in zip(placed, targets, strict=True)
            ],
        )

    def _each(self, model: type[AnyBatch], commands: Sequence[AnyNewOrder | CancelOrder]) -> list[Ticket]:
        """Batches per account, of as many as one message carries; tickets in the order of the commands."""
        named = [self._identified(command) for command in commands]
        self._check_all(named)
        groups: dict[tuple[str, str], list[int]] = {}
        for place, command in enumerate(named):
            groups.setdefault((command.exchange, command.account), []).append(place)
        tickets: dict[int, Ticket] = {}
        for (exchange, account), places in groups.items():
            for at in range(0, len(places), MOST):
                chunk = places[at : at + MOST]
                orders = [named[place] for place in chunk]
                batch = model.model_validate({"exchange": exchange, "account": account, "orders": orders})
                tickets.update(zip(chunk, self._submit_together(batch), strict=True))
        return [tickets[place] for place in range(len(named))]


def _read(order: AnyNewOrder | Mapping[str, Any]) -> AnyNewOrder:
    command = order if isinstance(order, AnyNewOrder) else read_command(dict(order))
    if not isinstance(command, AnyNewOrder):
        raise InvalidCommand.because("kind", command.kind, "must be an order to place")
    return command
