"""What an exchange says that only confirms having taken a request: what became of it must be read."""

from __future__ import annotations

from typing import NamedTuple

from router.commands import AmendOrder, AnyCommand, CancelAll, CancelOrder, LimitOrder, MarketOrder
from router.errors import ErrorKind, Problem
from router.models import Order
from router.symbols import Symbol
from router.terms import TimeInForce

PAUSES_SECONDS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""How long to wait before each look at what became of it: longer than it mostly takes, far shorter than a lease."""


class Acknowledged(NamedTuple):
    """An acceptance without a state; at least one of the ids is known."""

    symbol: Symbol
    client_order_id: str | None = None
    order_id: str | None = None

    def problem(self, trouble: str) -> Problem:
        """It does not show: of a kind that is remembered, for what was taken once must never be sent again."""
        message = f"the exchange took the request about order {self.client_order_id or self.order_id}; {trouble}"
        return Problem(kind=ErrorKind.ACKNOWLEDGED, message=message)


def is_settled(command: AnyCommand, order: Order) -> bool:
    """Whether the order shows what was acknowledged: a cancel ended it, an amendment changed it, a match is over."""
    match command:
        case CancelOrder() | CancelAll():
            return order.status.is_final
        case AmendOrder():
            return is_as_asked(order, command) or order.status.is_final
        case MarketOrder() | LimitOrder(time_in_force=TimeInForce.IOC | TimeInForce.FOK):
            return order.status.is_final  # it cannot rest: what it came to is a moment away
        case _:
            return True


def is_as_asked(order: Order, command: AmendOrder) -> bool:
    """Whether quantity and price are what the amendment wants."""
    return (command.quantity in (None, order.quantity)) and (command.price in (None, order.price))
