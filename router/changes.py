"""What changes orders that stand, and how an account trades contracts."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from router.command_base import ClientOrderId, Command, CommandId, OrderId
from router.numbers import Positive
from router.symbols import SymbolField
from router.terms import MarginMode, PositionMode, PositionSide

_LONGEST_COUNTDOWN = 86_400


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
    """Cancel every open order of one symbol, those that wait for a trigger too."""

    task = "orders.cancel_all"
    kind: Literal["cancel_all"] = "cancel_all"
    symbol: SymbolField


class CancelAfter(Command):
    """The dead man's switch: the exchange cancels open orders unless this comes again within ``seconds``; 0 stops it.

    Which orders, and which lengths are allowed, is the exchange's: Binance futures count per ``symbol``, OKX per
    account (10 to 120 s), Bybit per account where it is allowed (3 to 300 s).
    """

    task = "orders.cancel_after"
    kind: Literal["cancel_after"] = "cancel_after"
    seconds: Annotated[int, Field(ge=0, le=_LONGEST_COUNTDOWN, strict=True)]
    symbol: SymbolField | None = None


class SetLeverage(Command):
    """How much of a position its margin may carry, on one symbol.

    ``margin_mode`` and ``position_side`` say for which positions, where the exchange keeps several leverages (OKX;
    Bybit and OKX in isolated hedge mode); left out, for those the account would open, and for both sides.
    """

    task = "settings.leverage"
    kind: Literal["set_leverage"] = "set_leverage"
    symbol: SymbolField
    leverage: Positive
    margin_mode: MarginMode | None = None
    position_side: PositionSide | None = None


class SetMarginMode(Command):
    """Margin one symbol's positions from the whole account, or each by itself; without a symbol, all of the account's.

    Binance sets it per symbol, Bybit per account; on OKX each order says it (`NewOrder.margin_mode`).
    """

    task = "settings.margin_mode"
    kind: Literal["set_margin_mode"] = "set_margin_mode"
    margin_mode: MarginMode
    symbol: SymbolField | None = None


class SetPositionMode(Command):
    """One position per symbol, or a long and a short one side by side; ``symbol`` where the exchange asks for one."""

    task = "settings.position_mode"
    kind: Literal["set_position_mode"] = "set_position_mode"
    position_mode: PositionMode
    symbol: SymbolField | None = None


AnySetting = SetLeverage | SetMarginMode | SetPositionMode
