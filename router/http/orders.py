"""Orders and the commands that they become."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Header, Response

from router.command_base import CommandId
from router.commands import AnyNewOrder, NewOrder
from router.errors import InvalidCommand
from router.http.access import AtDesk, Caller, demand
from router.http.commands import CommandView, Wait, answer, found
from router.http.problems import Responses, told

routes = APIRouter(prefix="/v1")
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=200, description="the same key again is the same command"),
]
_ACCEPTED: Responses = {202: {"model": CommandView, "description": "accepted, and going on"}}


@routes.post("/orders", response_model=CommandView, responses={**_ACCEPTED, **told(400, 409)})
async def place_order(
    order: Annotated[AnyNewOrder, Body(discriminator="kind")],
    desk: AtDesk,
    token: Caller,
    key: Key = None,
    wait: Wait = 0.0,
) -> Response:
    """Place an order; the fields are those of the router's commands."""
    demand(token, "trade", order.account)
    ticket = await desk.router.submit(_keyed(order, key))
    return await answer(desk, ticket.id, order, wait)


@routes.delete("/orders/{command_id}", response_model=CommandView, responses={**_ACCEPTED, **told(404, 409)})
async def cancel_order(
    command_id: CommandId, desk: AtDesk, token: Caller, key: Key = None, wait: Wait = 0.0
) -> Response:
    """Take an order back, by the id of the command that placed it; the answer is the cancel's own command."""
    placed = await found(desk, token, "trade", command_id)
    if not isinstance(placed, NewOrder):
        raise InvalidCommand.because("command_id", command_id, f"is no order but a command of kind {placed.kind}")
    fields = {} if key is None else {"idempotency_key": key}
    ticket = await desk.router.cancel(command_id, **fields)
    return await answer(desk, ticket.id, placed, wait)


@routes.get("/commands/{command_id}", response_model=CommandView, responses={**_ACCEPTED, **told(404)})
async def get_command(command_id: CommandId, desk: AtDesk, token: Caller, wait: Wait = 0.0) -> Response:
    """Where a command stands, after a wait for its end if one is asked for."""
    command = await found(desk, token, "read", command_id)
    return await answer(desk, command_id, command, wait)


def _keyed(order: AnyNewOrder, key: str | None) -> AnyNewOrder:
    if key is None:
        return order
    if order.idempotency_key not in (None, key):
        raise InvalidCommand.because(
            "idempotency_key", order.idempotency_key, "differs from the header Idempotency-Key"
        )
    return order.model_copy(update={"idempotency_key": key})
