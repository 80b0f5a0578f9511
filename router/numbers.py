"""Exact numbers: Decimal inside, plain decimal strings on the wire, floats refused."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

_LONGEST = 40  # digits in all; a price or quantity that needs more is a mistake
WIDE = Context(prec=3 * _LONGEST, rounding=ROUND_DOWN)
"""For sums, products, quotients and remainders of two such numbers, exactly: Python's own keeps 28 digits."""


def plain(value: Decimal) -> str:
    """Spell a number without exponent, as the exchanges want it: Decimal('1E-7') becomes '0.0000001'."""
    return format(value, "f")


def _exact(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        kind = type(value).__name__
        raise ValueError(f"must be a decimal string, an int or a Decimal; {kind} is not exact")  # noqa: TRY004 - pydantic wants ValueError
    try:
        number = value if isinstance(value, Decimal) else Decimal(value)
    except ArithmeticError as error:
        raise ValueError("must be a decimal number such as '0.01'") from error
    if not number.is_finite():
        raise ValueError("must be a finite number")
    return number


def _sane(value: Decimal) -> Decimal:
    if len(plain(value)) > _LONGEST:
        raise ValueError(f"must have at most {_LONGEST} digits")
    return value


def _told(pattern: str, **bounds: int) -> WithJsonSchema:
    """What JSON Schema is told: the plain spelling, though others that are as exact are taken too."""
    text = {"type": "string", "pattern": pattern, "maxLength": _LONGEST}
    return WithJsonSchema({"anyOf": [text, {"type": "integer", **bounds}], "examples": ["0.01"]}, mode="validation")


Exact = Annotated[
    Decimal,
    BeforeValidator(_exact),
    AfterValidator(_sane),
    PlainSerializer(plain, return_type=str, when_used="json"),
    _told(r"^-?[0-9]+(\.[0-9]+)?$"),
]
Positive = Annotated[
    Exact, Field(gt=0), _told(r"^([0-9]*[1-9][0-9]*(\.[0-9]+)?|[0-9]+\.[0-9]*[1-9][0-9]*)$", minimum=1)
]
