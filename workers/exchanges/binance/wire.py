"""Binance spot's JSON, field for field, and what it means in our words (rest-api.md, the replies of each endpoint).

Unknown fields are passed over; a missing or misspelt one raises, and the caller learns that it was not understood.
Models are built without validation: every value is made exact here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from router.models import Balance, Level, OrderBook, Ticker
from router.symbols import Symbol


@dataclass(frozen=True)
class Whose:
    """What a reply does not say itself: of which exchange, account and symbol it speaks."""

    exchange: str
    account: str
    symbol: Symbol


def exact(text: object) -> Decimal:
    """A number from its text. Raises: TypeError or ArithmeticError for what is no finite number."""
    if not isinstance(text, str):
        raise TypeError(f"expected a number as text, not {type(text).__name__}")
    number = Decimal(text)
    if not number.is_finite():
        raise ArithmeticError(f"{text} is no finite number")
    return number


def some(text: object) -> Decimal | None:
    """A number, or None for the zero that stands for "does not apply"."""
    return (exact(text) or None) if text is not None else None


def mapping(document: object) -> Mapping[str, Any]:
    """A JSON object. Raises: TypeError for anything else."""
    if not isinstance(document, dict):
        raise TypeError(f"expected an object, not {type(document).__name__}")
    return document


def rows(document: object) -> list[Mapping[str, Any]]:
    """A JSON array of objects. Raises: TypeError for anything else."""
    if not isinstance(document, list):
        raise TypeError(f"expected an array, not {type(document).__name__}")
    return [mapping(row) for row in document]


def to_balances(document: object) -> list[Balance]:
    """The non-zero rows of an account reply."""
    found = []
    for row in rows(mapping(document)["balances"]):
        free, locked = exact(row["free"]), exact(row["locked"])
        if free or locked:
            found.append(Balance.model_construct(asset=row["asset"], free=free, locked=locked))
    return found


def to_ticker(document: object, exchange: str, symbol: Symbol) -> Ticker:
    """A 24-hour FULL ticker; a side of the book that is empty is told as zero."""
    doc = mapping(document)
    return Ticker.model_construct(
        exchange=exchange,
        symbol=symbol,
        last_price=exact(doc["lastPrice"]),
        bid_price=some(doc["bidPrice"]),
        bid_quantity=some(doc["bidQty"]),
        ask_price=some(doc["askPrice"]),
        ask_quantity=some(doc["askQty"]),
        high_price=exact(doc["highPrice"]),
        low_price=exact(doc["lowPrice"]),
        open_price=exact(doc["openPrice"]),
        base_volume=exact(doc["volume"]),
        quote_volume=exact(doc["quoteVolume"]),
        time_ms=doc["closeTime"],
    )


def to_order_book(document: object, exchange: str, symbol: Symbol) -> OrderBook:
    """A depth reply."""
    doc = mapping(document)
    return OrderBook.model_construct(
        exchange=exchange,
        symbol=symbol,
        bids=_levels(doc["bids"]),
        asks=_levels(doc["asks"]),
        update_id=doc["lastUpdateId"],
    )


def _levels(side: list[list[str]]) -> list[Level]:
    return [Level.model_construct(price=exact(price), quantity=exact(quantity)) for price, quantity in side]
