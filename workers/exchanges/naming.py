"""The client order id that an order carries on every exchange."""

from __future__ import annotations

from uuid import uuid4

from router.commands import AnyNewOrder
from router.errors import InvalidCommand


def client_order_id(order: AnyNewOrder, longest: int) -> str:
    """Its own, else the command's, else a fresh one. Raises: InvalidCommand for one that is too long."""
    given = order.client_order_id or order.id or uuid4().hex
    if len(given) > longest:
        raise InvalidCommand.because("id", given, f"stands in for client_order_id, so at most {longest} characters")
    return given
