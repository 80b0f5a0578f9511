"""What can be asked: one closed family of models, told apart by ``kind``; a senseless command cannot be built."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from router.changes import (
    AmendOrder,
    AnySetting,
    CancelAfter,
    CancelAll,
    CancelOrder,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    Target,
)
from router.command_base import ORDER_LIFE_SECONDS, Command, Market
from router.errors import KIND_TAGS, InvalidCommand
from router.new_orders import (
    AnyNewOrder,
    LimitOrder,
    MarketOrder,
    NewOrder,
    StopLimitOrder,
    StopOrder,
    TakeProfitLimitOrder,
    TakeProfitOrder,
    TriggeredOrder,
)
from router.poll_command import PollAccounts
from router.queries import (
    GetBalances,
    GetFills,
    GetIncome,
    GetOpenOrders,
    GetOrder,
    GetOrderBook,
    GetPositions,
    GetTicker,
    GetTickers,
    GetTradingSettings,
)

AnyOrderWrite = AnyNewOrder | CancelOrder | AmendOrder | CancelAll
AnyWrite = AnyOrderWrite | CancelAfter | AnySetting
AnyQuery = (
    GetBalances
    | GetPositions
    | GetOrder
    | GetOpenOrders
    | GetFills
    | GetIncome
    | GetTradingSettings
    | GetTicker
    | GetTickers
    | GetOrderBook
)
AnyCommand = AnyWrite | AnyQuery | PollAccounts

C = TypeVar("C", bound=Command)
COMMANDS: TypeAdapter[AnyCommand] = TypeAdapter(Annotated[AnyCommand, Field(discriminator="kind")])
ORDER_CLASSES: dict[str, type[AnyNewOrder]] = {
    str(model.type): model
    for model in (MarketOrder, LimitOrder, StopOrder, StopLimitOrder, TakeProfitOrder, TakeProfitLimitOrder)
}
KIND_TAGS.update(model.model_fields["kind"].default for model in AnyCommand.__args__)


def read_command(document: str | bytes | dict[str, Any]) -> AnyCommand:
    """Read a command from JSON text or from plain data.

    Raises: InvalidCommand naming the first wrong field, its value and the rule.
    """
    try:
        if isinstance(document, dict):
            return COMMANDS.validate_python(document)
        return COMMANDS.validate_json(document)
    except ValidationError as error:
        raise InvalidCommand.from_validation(error) from error


def new_order(type: str, **fields: object) -> AnyNewOrder:  # noqa: A002 - the field's name, as callers write it
    """Build the order class that ``type`` names (market, limit, stop, ...).

    Raises: InvalidCommand naming the first wrong field, its value and the rule.
    """
    model = ORDER_CLASSES.get(type)
    if model is None:
        raise InvalidCommand.because("type", type, f"must be one of {', '.join(ORDER_CLASSES)}")
    return build(model, **fields)


def build(model: type[C], **fields: object) -> C:
    """Build a command. Raises: InvalidCommand naming the first wrong field, its value and the rule."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise InvalidCommand.from_validation(error) from error


__all__ = [
    "COMMANDS",
    "ORDER_CLASSES",
    "ORDER_LIFE_SECONDS",
    "AmendOrder",
    "AnyCommand",
    "AnyNewOrder",
    "AnyOrderWrite",
    "AnyQuery",
    "AnySetting",
    "AnyWrite",
    "C",
    "CancelAfter",
    "CancelAll",
    "CancelOrder",
    "Command",
    "GetBalances",
    "GetFills",
    "GetIncome",
    "GetOpenOrders",
    "GetOrder",
    "GetOrderBook",
    "GetPositions",
    "GetTicker",
    "GetTickers",
    "GetTradingSettings",
    "LimitOrder",
    "Market",
    "MarketOrder",
    "NewOrder",
    "PollAccounts",
    "SetLeverage",
    "SetMarginMode",
    "SetPositionMode",
    "StopLimitOrder",
    "StopOrder",
    "TakeProfitLimitOrder",
    "TakeProfitOrder",
    "Target",
    "TriggeredOrder",
    "build",
    "new_order",
    "read_command",
]
