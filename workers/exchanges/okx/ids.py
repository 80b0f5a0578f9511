"""Client order ids as OKX takes them, 1 to 32 ASCII letters and digits, and back.

Ours may have dashes and underscores and up to 36 characters, as a Celery task's id does. Every id of ours that can be
spelt has one spelling of its own, and every spelling is read back as the id it came from. Source: OKX v5 docs, "Place
order" (clOrdId; algoClOrdId likewise).
"""

from __future__ import annotations

import re
from uuid import UUID

from router.errors import InvalidCommand

LONGEST = 32
_MARK = "Zq"  # what follows stands for something else
_UUID_MARK = "Zx"
_ESCAPES = {"Z": "ZZ", "-": "Zd", "_": "Zu"}
_UNESCAPED = {escape: character for character, escape in _ESCAPES.items()}
_PLAIN = re.compile(r"[0-9A-Za-z]{1,32}").fullmatch
_ESCAPED = re.compile(r"(?:[0-9A-Ya-z]|Z[Zdu])*").fullmatch
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_UUID_DIGITS = 22  # 62 ** 22 > 2 ** 128


def spelt(client_order_id: str, field: str = "client_order_id") -> str:
    """How OKX is told this id: as it is where it fits, else marked and escaped.

    Raises: InvalidCommand, naming ``field``, when that is longer than 32 characters.
    """
    if _stands_for_itself(client_order_id):
        return client_order_id
    text = _marked(client_order_id)
    if len(text) > LONGEST:
        rule = (
            f"must be a UUID or fit into {LONGEST} letters and digits, as which it would take {len(text)}:"
            " where it has others, each of them and each Z counts twice, and two more are needed"
        )
        raise InvalidCommand.because(field, client_order_id, rule)
    return text


def fits(text: str) -> bool:
    """Whether OKX takes it as it is."""
    return _PLAIN(text) is not None


def read(text: str) -> str:
    """Which id a spelling stands for; one that is not of our making stands for itself."""
    if not (text.startswith(_MARK) and _PLAIN(text)):
        return text
    found = _unmarked(text.removeprefix(_MARK))
    return text if found is None or _stands_for_itself(found) or _marked(found) != text else found


def _stands_for_itself(client_order_id: str) -> bool:
    return _PLAIN(client_order_id) is not None and read(client_order_id) == client_order_id


def _marked(client_order_id: str) -> str:
    if _UUID(client_order_id):
        return _MARK + _UUID_MARK + _in_base_62(UUID(client_order_id).int)
    return _MARK + "".join(_ESCAPES.get(character, character) for character in client_order_id)


def _unmarked(text: str) -> str | None:
    if text.startswith(_UUID_MARK):
        number = _from_base_62(text.removeprefix(_UUID_MARK))
        return None if number >> 128 else str(UUID(int=number))
    if not _ESCAPED(text):
        return None
    return re.sub("Z.", lambda escape: _UNESCAPED[escape[0]], text)


def _in_base_62(number: int) -> str:
    digits = []
    for _ in range(_UUID_DIGITS):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _from_base_62(text: str) -> int:
    number = 0
    for digit in text:
        number = number * len(_DIGITS) + _DIGITS.index(digit)
    return number
