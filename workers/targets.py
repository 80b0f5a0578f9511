"""Which order a cancel or an amendment is about, when it names it by the command that placed it."""

from __future__ import annotations

from decimal import Decimal

from router.commands import AnyCommand, CancelOrder, NewOrder, Target, read_command
from router.errors import ErrorKind, Problem, Rejected
from router.journal import Journal, Record
from router.models import Order, OrderStatus
from router.results import FINAL_STATES, RESULT_OF

_NEVER_SENT = {
    "cancelled": OrderStatus.CANCELLED,
    "expired": OrderStatus.EXPIRED,
    "failed": OrderStatus.REJECTED,
    "rejected": OrderStatus.REJECTED,
}


class NeverSentTarget(Exception):
    """The order a cancel is about does not exist at the exchange and never will: here is how it ended."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"{order.client_order_id} was {order.status} before it was sent")
        self.order = order


def resolve(command: AnyCommand, journal: Journal) -> AnyCommand:
    """Name the order by its client order id and symbol, as the exchange knows it.

    Raises: NeverSentTarget for an order that was stopped in time; Rejected for a command nobody knows;
    redis.RedisError.
    """
    if not isinstance(command, Target) or command.command_id is None:
        return command
    record = journal.record(command.command_id)
    placed = read_command(record.document) if record is not None and record.document else None
    if record is None or not isinstance(placed, NewOrder):
        text = f"no order command {command.command_id} is known; if it still comes, it will not be sent"
        raise Rejected(Problem(kind=ErrorKind.ORDER_NOT_FOUND, message=text, field="command_id"))
    if record.state in _NEVER_SENT and command.task == "orders.cancel":
        raise NeverSentTarget(_stopped(placed, _NEVER_SENT[record.state]))
    name = {"command_id": None, "client_order_id": placed.client_order_id or placed.id, "symbol": placed.symbol}
    return command.model_copy(update={**name, **_by_order_id(record)})


def is_unsettled(command: AnyCommand, journal: Journal) -> bool:
    """True while "no such order" proves nothing: the order's own command has not ended, or knows better than queries.

    An amendment is told the same of an order that has ended, and there it is the answer.
    """
    if not isinstance(command, Target) or command.command_id is None:
        return False
    record = journal.record(command.command_id)
    if record is None:
        return False
    return record.state not in FINAL_STATES or (record.state == "done" and isinstance(command, CancelOrder))


def _by_order_id(record: Record) -> dict[str, object]:
    """The exchange's own id finds an order for sure; Binance looks it up fastest, and a cancel renames the other."""
    if record.state != "done":
        return {}
    order = RESULT_OF["orders.place"].validate_json(record.result)
    if not isinstance(order, Order) or order.order_id is None:
        return {}
    return {"order_id": order.order_id, "client_order_id": None}


def _stopped(placed: NewOrder, status: OrderStatus) -> Order:
    return Order(
        exchange=placed.exchange,
        account=placed.account,
        symbol=placed.symbol,
        client_order_id=placed.client_order_id or placed.id or "",
        order_id=None,
        side=placed.side,
        type=placed.type,
        status=status,
        quantity=getattr(placed, "quantity", None),
        notional=getattr(placed, "notional", None),
        price=getattr(placed, "price", None),
        trigger_price=getattr(placed, "trigger_price", None),
        time_in_force=getattr(placed, "time_in_force", None),
        post_only=getattr(placed, "post_only", False),
        filled_quantity=Decimal(0),
        fees=[],
        fills=[],
    )
