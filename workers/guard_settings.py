"""What one account may not do, as its owner set it; nothing is forbidden that is not named."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from router.numbers import Exact, Positive
from router.symbols import SymbolField

Fraction = Annotated[Exact, Field(gt=0, lt=1)]
Count = Annotated[int, Field(gt=0, strict=True)]


class GuardSettings(BaseModel):
    """The table ``[accounts.NAME.guards]``; docs/guards.md has each rule in full.

    ``max_notional`` is in quote, ``max_quantity`` in base, both per order. ``price_collar`` is a fraction of the recent
    price (0.05 for five percent). ``max_open_orders`` and ``orders_per_minute`` count the account's, of all symbols.
    ``symbols`` are the only ones that may be traded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    max_notional: Positive | None = None
    max_quantity: Positive | None = None
    price_collar: Fraction | None = None
    max_open_orders: Count | None = None
    orders_per_minute: Count | None = None
    symbols: Annotated[tuple[SymbolField, ...], Field(min_length=1)] | None = None

    @property
    def about_one_order(self) -> list[str]:
        """The rules in force that judge each order by itself, so that an amendment of it must be judged as well."""
        rules = ("symbols", "max_quantity", "max_notional", "price_collar")
        return [rule for rule in rules if getattr(self, rule) is not None]
