"""Orders to place: a class per type, so that a senseless order cannot be built.

Quantities are in base, notionals in quote. An inverse contract is a fixed amount of quote, so there the two swap:
quantities are in quote, notionals in base. How much one contract holds is `Instrument.contract_size`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from router.command_base import ClientOrderId, Command
from router.numbers import Positive
from router.symbols import SymbolField
from router.terms import MarginMode, OrderType, PositionSide, PriceSource, Side, TimeInForce


class NewOrder(Command):
    """What every order has; ``client_order_id`` is the command's id unless given.

    ``reduce_only`` never opens or turns a position. ``position_side`` names the position meant by an account in hedge
    mode, and is left out in one-way mode. ``margin_mode`` is how what it opens is margined; left out, as the account
    and its market are set. On a spot symbol it asks for trading on margin, where the exchange has that.
    """

    task = "orders.place"
    type: ClassVar[OrderType]

    symbol: SymbolField
    side: Side
    client_order_id: ClientOrderId | None = None
    reduce_only: bool = False
    position_side: PositionSide | None = None
    margin_mode: MarginMode | None = None

    @property
    def closes_position(self) -> bool:
        """Whether it is for all of a position, whatever that is by then."""
        return False


class MarketOrder(NewOrder):
    """Take what the book offers, sized by ``quantity`` or by ``notional``."""

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
    """What waits for the price: ``trigger_price``, or a trail of ``trailing_delta`` basis points, or both.

    ``trigger_by`` is the price that is watched; left out, the exchange's default (the last trade's, on all three).
    ``close_position`` stands in for the quantity: whatever the position is when the trigger is reached is closed.
    """

    quantity: Positive | None = None
    trigger_price: Positive | None = None
    trailing_delta: Annotated[int, Field(gt=0, le=10_000, strict=True)] | None = None
    trigger_by: PriceSource | None = None
    close_position: bool = False

    @property
    def closes_position(self) -> bool:
        """As `NewOrder.closes_position`."""
        return self.close_position

    @model_validator(mode="after")
    def _has_a_trigger(self) -> Self:
        if self.trigger_price is None and self.trailing_delta is None:
            raise ValueError(f"a {self.type} order needs trigger_price or trailing_delta")
        return self

    @model_validator(mode="after")
    def _sized_once(self) -> Self:
        if (self.quantity is not None) == self.close_position:
            raise ValueError(f"a {self.type} order needs exactly one of quantity and close_position")
        if self.close_position and self.reduce_only:
            raise ValueError("close_position can only reduce, so reduce_only is not said beside it")
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
    quantity: Positive
    price: Positive
    time_in_force: TimeInForce = TimeInForce.GTC


class TakeProfitLimitOrder(TriggeredOrder):
    """A take-profit that becomes a limit order."""

    kind: Literal["take_profit_limit_order"] = "take_profit_limit_order"
    type = OrderType.TAKE_PROFIT_LIMIT
    quantity: Positive
    price: Positive
    time_in_force: TimeInForce = TimeInForce.GTC


AnyNewOrder = MarketOrder | LimitOrder | StopOrder | StopLimitOrder | TakeProfitOrder | TakeProfitLimitOrder
