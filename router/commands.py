"""What can be asked: one closed family of models, told apart by ``kind``; a senseless command cannot be built."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from router.errors import KIND_TAGS, InvalidCommand
from router.models import OrderType, Side, TimeInForce
from router.numbers import Positive
from router.symbols import SymbolField

CommandId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
ClientOrderId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,36}$")]
OrderId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Seconds = Annotated[float, Field(gt=0, le=86_400 * 30, allow_inf_nan=False)]

ORDER_LIFE_SECONDS = 30.0
_NOT_CONTENT = {"id", "idempotency_key", "expires_in", "producer"}


class Command(BaseModel):
    """The base of all commands.

    ``id`` is given at submit when it is None: 32 hexadecimal digits, derived from ``idempotency_key`` where there is
    one. ``expires_in`` is in seconds from acceptance, on the Redis server's clock; None, said by name, means never.
    ``producer`` is who asks, for the record.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    task: ClassVar[str]

    exchange: Name
    account: Name
    id: CommandId | None = None
    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    expires_in: Seconds | None = ORDER_LIFE_SECONDS
    producer: Annotated[str, StringConstraints(max_length=64)] | None = None

    def to_json(self) -> str:
        """The wire form. What is None is left out, except that a deadline waived by name must stay waived."""
        return self.model_dump_json(exclude_none=self.expires_in is not None)

    def digest(self) -> str:
        """A fingerprint of what is asked, without who asks, under which key and for how long."""
        text = self.model_dump_json(exclude=_NOT_CONTENT, exclude_none=True)
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


class NewOrder(Command):
    """What every order has; ``client_order_id`` is the command's id unless given."""

    task = "orders.place"
    type: ClassVar[OrderType]

    symbol: SymbolField
    side: Side
    client_order_id: ClientOrderId | None = None
    reduce_only: bool = False


class MarketOrder(NewOrder):
    """Take what the book offers, sized in base by ``quantity`` or in quote by ``notional``."""

    kind: Literal["market_order"] = "market_order"
    type = OrderType.MARKET
    quantity: Positive | None = None
    notional: Positive | None = None

    @model_validator(mode="after")
    def _sized_once(self) -> Self:
        if (self.quantity is None) == (self.notional is None):
            raise ValueError("a market order needs exactly one of quantity (base) and notional (quote)")
        return self


class LimitOrder(NewOrder):
    """Buy at most, or sell at least, at ``price``; ``visible_quantity`` makes it an iceberg."""

    kind: Literal["limit_order"] = "limit_order"
    type = OrderType.LIMIT
    quantity: Positive
    price: Positive
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    visible_quantity: Positive | None = None

    @model_validator(mode="after")
    def _rests(self) -> Self:
        if (self.post_only or self.visible_quantity) and self.time_in_force is not TimeInForce.GTC:
            raise ValueError("a post-only or iceberg order rests, so its time_in_force must be GTC")
        return self


class TriggeredOrder(NewOrder):
    """What waits for the price: ``trigger_price``, or a trail of ``trailing_delta`` basis points, or both."""

    quantity: Positive
    trigger_price: Positive | None = None
    trailing_delta: Annotated[int, Field(gt=0, le=10_000, strict=True)] | None = None

    @model_validator(mode="after")
    def _has_a_trigger(self) -> Self:
        if self.trigger_price is None and self.trailing_delta is None:
            raise ValueError(f"a {self.type} order needs trigger_price or trailing_delta")
        return self


class StopOrder(TriggeredOrder):
    """Becomes a market order once the price runs against its side (a sell below the market, a buy above)."""

    kind: Literal["stop_order"] = "stop_order"
    type = OrderType.STOP


class TakeProfitOrder(TriggeredOrder):
    """Becomes a market order once the price runs in favour of its side (a sell above the market, a buy below)."""

    kind: Literal["take_profit_order"] = "take_profit_order"
    type = OrderType.TAKE_PROFIT


class StopLimitOrder(TriggeredOrder):
    """A stop that becomes a limit order."""

    kind: Literal["stop_limit_order"] = "stop_limit_order"
    type = OrderType.STOP_LIMIT
    price: Positive
    time_in_force: TimeInForce = TimeInForce.GTC


class TakeProfitLimitOrder(TriggeredOrder):
    """A take-profit that becomes a limit order."""

    kind: Literal["take_profit_limit_order"] = "take_profit_limit_order"
    type = OrderType.TAKE_PROFIT_LIMIT
    price: Positive
    time_in_force: TimeInForce = TimeInForce.GTC


class Target(Command):
    """Names one order: by the command that placed it, by client order id or by the exchange's id.

    ``symbol`` may be left out with ``command_id``, whose record knows it.
    """

    symbol: SymbolField | None = None
    command_id: CommandId | None = None
    client_order_id: ClientOrderId | None = None
    order_id: OrderId | None = None

    @model_validator(mode="after")
    def _names_one_order(self) -> Self:
        names = (self.command_id, self.client_order_id, self.order_id)
        if sum(name is not None for name in names) != 1:
            raise ValueError("name the order by exactly one of command_id, client_order_id and order_id")
        if self.symbol is None and self.command_id is None:
            raise ValueError("symbol is required unless the order is named by command_id")
        return self


class CancelOrder(Target):
    """Take an order back; its result is the order as it ended, with its final fill."""

    task = "orders.cancel"
    kind: Literal["cancel_order"] = "cancel_order"


class AmendOrder(Target):
    """Change an open order's total quantity or price; what an exchange cannot amend it refuses."""

    task = "orders.amend"
    kind: Literal["amend_order"] = "amend_order"
    quantity: Positive | None = None
    price: Positive | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.quantity is None and self.price is None:
            raise ValueError("an amendment needs a new quantity or a new price")
        return self


class CancelAll(Command):
    """Cancel every open order of one symbol."""

    task = "orders.cancel_all"
    kind: Literal["cancel_all"] = "cancel_all"
    symbol: SymbolField


class GetBalances(Command):
    """All non-zero balances."""

    task = "queries.balances"
    kind: Literal["get_balances"] = "get_balances"


class GetPositions(Command):
    """All open positions, or one symbol's."""

    task = "queries.positions"
    kind: Literal["get_positions"] = "get_positions"
    symbol: SymbolField | None = None


class GetOrder(Target):
    """One order as it stands."""

    task = "queries.order"
    kind: Literal["get_order"] = "get_order"


class GetOpenOrders(Command):
    """Open orders, of one symbol or of all."""

    task = "queries.open_orders"
    kind: Literal["get_open_orders"] = "get_open_orders"
    symbol: SymbolField | None = None


class GetFills(Command):
    """Executions of one symbol: of one order, or since a moment (ms, exchange clock)."""

    task = "queries.fills"
    kind: Literal["get_fills"] = "get_fills"
    symbol: SymbolField
    order_id: OrderId | None = None
    since_ms: Annotated[int, Field(gt=0)] | None = None
    limit: Annotated[int, Field(gt=0, le=1000)] = 500


class GetTicker(Command):
    """The top of the book and the last 24 hours."""

    task = "queries.ticker"
    kind: Literal["get_ticker"] = "get_ticker"
    symbol: SymbolField


class GetOrderBook(Command):
    """The book's best ``depth`` levels."""

    task = "queries.order_book"
    kind: Literal["get_order_book"] = "get_order_book"
    symbol: SymbolField
    depth: Annotated[int, Field(gt=0, le=5000)] = 100


AnyNewOrder = MarketOrder | LimitOrder | StopOrder | StopLimitOrder | TakeProfitOrder | TakeProfitLimitOrder
AnyWrite = AnyNewOrder | CancelOrder | AmendOrder | CancelAll
AnyQuery = GetBalances | GetPositions | GetOrder | GetOpenOrders | GetFills | GetTicker | GetOrderBook
AnyCommand = AnyWrite | AnyQuery

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
