"""Parameters as sent: split, typed on demand, and every one of them must be read.

Source: Binance spot docs, `errors.md` 11xx.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

from simulator.amounts import decimals_used, parse
from simulator.binance import errors

PRECISION = 8
_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_INTEGER = re.compile("[0-9]{1,20}", re.ASCII)
_CLIENT_ID = re.compile("[a-zA-Z0-9_-]{1,36}", re.ASCII)
_MAX_LONG = 2**63 - 1


class Params:
    """The parameters of one request. Query wins over body where both name one (`rest-api.md`, "General information").

    Raises from every reader: ApiError with the documented code.
    """

    __slots__ = ("_unread", "_values", "sent")

    def __init__(self, query: str, body: str) -> None:
        values: dict[str, str] = {}
        _split(body, values)
        if query:
            own: dict[str, str] = {}
            _split(query, own)
            values.update(own)
        self._values = values
        self._unread = set(values)
        self.sent = len(values)

    def peek(self, name: str) -> str:
        """A value without counting as read; empty when absent."""
        return self._values.get(name, "")

    def has(self, name: str) -> bool:
        """Whether it was sent at all."""
        return name in self._values

    def has_any(self, names: Iterable[str]) -> bool:
        """Whether one of them was sent at all."""
        return not self._values.keys().isdisjoint(names)

    def text(self, name: str) -> str | None:
        """A text, None when it was not sent."""
        value = self._values.get(name)
        if value is None:
            return None
        self._unread.discard(name)
        if not value:
            raise errors.empty(name)
        return value

    def need(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if value is None:
            raise errors.missing(name)
        return value

    def amount(self, name: str) -> int | None:
        """A decimal of at most eight digits after the point, as in `simulator.amounts`."""
        if name not in self._values:
            return None
        value = self.need(name)
        if not _DECIMAL.fullmatch(value):
            raise errors.illegal(name, errors.LEGAL_DECIMAL)
        if len(value) > PRECISION and decimals_used(value) > PRECISION:
            raise errors.too_precise(name)
        return parse(value)

    def integer(self, name: str) -> int | None:
        """A whole number that fits 63 bits."""
        if name not in self._values:
            return None
        value = self.need(name)
        if not _INTEGER.fullmatch(value):
            raise errors.illegal(name, errors.LEGAL_INTEGER)
        number = int(value)
        if number > _MAX_LONG:
            raise errors.ApiError(-1108, f"Parameter '{name}' overflowed.")
        return number

    def client_id(self, name: str) -> str | None:
        """A client order id. The REST documents state no range; the one of their FIX page is taken."""
        value = self.text(name)
        if value is not None and not _CLIENT_ID.fullmatch(value):
            raise errors.illegal(name, errors.LEGAL_CLIENT_ID)
        return value

    def choice(self, name: str, allowed: Iterable[str]) -> str | None:
        """One of a set of words."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise errors.invalid_data(name)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """`true` or `false`."""
        value = self.choice(name, ("true", "false", "TRUE", "FALSE", "True", "False"))
        return default if value is None else value.lower() == "true"

    def finish(self, *, signed: bool = True) -> None:
        """Refuse what nobody read (-1104; -1101 on public calls, as observed there)."""
        if not self._unread:
            return
        read = self.sent - len(self._unread)
        if signed:
            raise errors.ApiError(
                -1104, f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{self.sent}'."
            )
        raise errors.ApiError(-1101, f"Too many parameters; expected '{read}' and received '{self.sent}'.")


def _split(text: str, into: dict[str, str]) -> None:
    for part in text.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if "%" in part or "+" in part:
            name, value = unquote_plus(name), unquote_plus(value)
        if name in into:
            raise errors.ApiError(-1101, "Duplicate values for a parameter detected.")
        into[name] = value
