"""Order ids as Bybit spells them: a decimal number on spot, a UUID elsewhere; and the ids that it makes up itself.

Source: Bybit v5 docs, samples of "Place Order", "Cancel All Orders".
"""

import re

SPOT = "spot"
_FIRST = 2_100_000_000_000_000_000
_WORDS = {"linear": "5c11aea1", "inverse": "7a60b2c4", "option": "9e1d0f38"}
_UUID = re.compile("([0-9a-f]{8})-4b17-4e05-a2c6-([0-9a-f]{12})", re.ASCII)
_NUMBER = re.compile("[0-9]{19}", re.ASCII)


def spell(category: str, number: int) -> str:
    """The order id of the engine's number; `read` finds the number again."""
    if category == SPOT:
        return str(_FIRST + number)
    return f"{_WORDS[category]}-4b17-4e05-a2c6-{number:012x}"


def read(category: str, text: str) -> int | None:
    """The engine's number of an order id, None when it cannot be one of this category's."""
    if category == SPOT:
        return int(text) - _FIRST if _NUMBER.fullmatch(text) and int(text) >= _FIRST else None
    found = _UUID.fullmatch(text)
    return int(found[2], 16) if found and found[1] == _WORDS[category] else None


def made_up(number: int) -> str:
    """The orderLinkId that a spot order gets when its sender gave none; derivatives get none."""
    return str(_FIRST + 10**12 + number)


def execution(category: str, symbol: str, number: int) -> str:
    """The id of an execution; trade numbers count per symbol."""
    if category == SPOT:
        return str(_FIRST + number)
    head = sum(ord(letter) << (index % 4 * 8) for index, letter in enumerate(symbol)) % 2**32
    return f"{head:08x}-6f2a-5c13-b1d4-{number:012x}"
