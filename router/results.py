"""What a command ends with: the model of its kind, or the error that says what happened; written and read as JSON."""

from __future__ import annotations

from pydantic import TypeAdapter

from router.errors import (
    CommandCancelled,
    CommandExpired,
    CommandFailed,
    ErrorKind,
    Problem,
    Rejected,
    RouterError,
)
from router.journal import Record
from router.models import Balances, Fill, Order, OrderBook, PollTally, Ticker
from router.positions import Countdown, Income, Position, TradingSettings

Result = (
    Order
    | list[Order]
    | Balances
    | list[Position]
    | list[Fill]
    | list[Income]
    | TradingSettings
    | Countdown
    | Ticker
    | list[Ticker]
    | OrderBook
    | PollTally
)
FINAL_STATES = frozenset({"done", "rejected", "expired", "cancelled", "failed"})

_ORDER: TypeAdapter[Result] = TypeAdapter(Order)
_ORDERS: TypeAdapter[Result] = TypeAdapter(list[Order])
_SETTINGS: TypeAdapter[Result] = TypeAdapter(TradingSettings)
RESULT_OF: dict[str, TypeAdapter[Result]] = {
    "orders.place": _ORDER,
    "orders.cancel": _ORDER,
    "orders.amend": _ORDER,
    "orders.cancel_all": _ORDERS,
    "orders.cancel_after": TypeAdapter(Countdown),
    "settings.leverage": _SETTINGS,
    "settings.margin_mode": _SETTINGS,
    "settings.position_mode": _SETTINGS,
    "queries.order": _ORDER,
    "queries.open_orders": _ORDERS,
    "queries.balances": TypeAdapter(Balances),
    "queries.positions": TypeAdapter(list[Position]),
    "queries.fills": TypeAdapter(list[Fill]),
    "queries.income": TypeAdapter(list[Income]),
    "queries.trading_settings": _SETTINGS,
    "queries.ticker": TypeAdapter(Ticker),
    "queries.tickers": TypeAdapter(list[Ticker]),
    "queries.order_book": TypeAdapter(OrderBook),
    "queries.poll": TypeAdapter(PollTally),
}
_ERROR_OF: dict[str, type[RouterError]] = {
    "rejected": Rejected,
    "expired": CommandExpired,
    "cancelled": CommandCancelled,
    "failed": CommandFailed,
}


def write_result(task: str, result: Result) -> str:
    """The result as it is stored: JSON of its model."""
    document: bytes = RESULT_OF[task].dump_json(result)
    return document.decode()


def read_result(record: Record) -> Result:
    """The result of an ended command.

    Raises: Rejected, CommandExpired, CommandCancelled or CommandFailed for one that did not end done.
    """
    if record.state == "done":
        return RESULT_OF[record.task].validate_json(record.result)
    raise _ERROR_OF[record.state](Problem.model_validate_json(record.result))


def no_such_command(command_id: str) -> RouterError:
    """For a ticket whose command nobody knows, or whose record has outlived its keeping."""
    text = f"no command {command_id} is known; the record of an ended one is kept for a limited time"
    return RouterError(Problem(kind=ErrorKind.INVALID, message=text, field="id", value=command_id))
