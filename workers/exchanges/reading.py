"""How every exchange's JSON is read: numbers made exact once, shapes checked, whose the reply is.

Unknown fields are passed over; a missing or misspelt one raises, and the caller learns that it was not understood.
Models are then built without validation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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


def times(number: Decimal | None, factor: Decimal) -> Decimal | None:
    """A number that may be unknown, times a factor: contracts in what they hold."""
    return None if number is None else number * factor
