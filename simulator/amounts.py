"""Exact amounts: integers in units of 10**-12, the same for prices, quantities, notionals and balances.

Integers are several times faster than `Decimal` in the matching loop and cannot lose a digit. Every
instrument's tick times its lot step fits the scale, so a notional is exact as well.
"""

from functools import lru_cache

DECIMALS = 12
SCALE: int = 10**DECIMALS
_POWERS: list[int] = [10**n for n in range(DECIMALS + 1)]


def parse(text: str) -> int:
    """Read a plain decimal ("0.01", no sign, no exponent) exactly.

    Raises: ValueError when it is no such number or has more than twelve significant decimals.
    """
    whole, _, fraction = text.partition(".")
    if len(fraction) > DECIMALS:
        if fraction[DECIMALS:].strip("0"):
            raise ValueError(f"amount {text!r} has more than {DECIMALS} decimals")
        fraction = fraction[:DECIMALS]
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"amount {text!r} is not a plain decimal number")
    return int(digits) * _POWERS[DECIMALS - len(fraction)]


@lru_cache(maxsize=16_384)
def render(value: int, places: int = 8) -> str:
    """Write an amount with exactly `places` decimals, cutting off what is finer."""
    if value < 0:
        return "-" + render(-value, places)
    digits = str(value // _POWERS[DECIMALS - places])
    if not places:
        return digits
    digits = digits.zfill(places + 1)
    return f"{digits[:-places]}.{digits[-places:]}"


def short(value: int) -> str:
    """Write an amount without trailing zeros ("0.001", "5")."""
    return render(value, DECIMALS).rstrip("0").rstrip(".")


def notional(price: int, quantity: int) -> int:
    """Price times quantity, in the quote asset."""
    return price * quantity // SCALE


def decimals_used(text: str) -> int:
    """How many decimals of a plain decimal carry information (trailing zeros do not)."""
    return len(text.partition(".")[2].rstrip("0"))
