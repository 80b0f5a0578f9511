"""Futures parameters: names of any case, and other rules for client ids and decimals than on spot.

That names may be of any case shows in the exchange's own messages, which have them in lower case, and in published
clients, which send `orderidlist`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Self
from urllib.parse import urlencode

from simulator.amounts import DECIMALS, decimals_used, parse
from simulator.binance import errors
from simulator.binance.params import Params
from simulator.binance.usdm.codes import refuse

_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_CLIENT_ID = re.compile("[.A-Z:/a-z0-9_-]{1,36}", re.ASCII)


class FuturesParams(Params):
    """The parameters of one futures request, or of one item of a batch."""

    __slots__ = ()

    def __init__(self, query: str, body: str) -> None:
        super().__init__(query, body)
        self._values = {name.lower(): value for name, value in self._values.items()}
        self._unread = set(self._values)

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Self:
        """An item of a batch: JSON numbers and booleans read like their texts."""
        texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}
        return cls(urlencode(texts), "")

    def peek(self, name: str) -> str:
        """A value without counting as read; empty when absent."""
        return super().peek(name.lower())

    def has(self, name: str) -> bool:
        """Whether it was sent at all."""
        return super().has(name.lower())

    def has_any(self, names: Iterable[str]) -> bool:
        """Whether one of them was sent at all."""
        return super().has_any([name.lower() for name in names])

    def text(self, name: str) -> str | None:
        """A text, None when it was not sent."""
        return super().text(name.lower())

    def need(self, name: str) -> str:
        """A text that must be there."""
        return super().need(name.lower())

    def integer(self, name: str) -> int | None:
        """A whole number that fits 63 bits."""
        return super().integer(name.lower())

    def choice(self, name: str, allowed: Iterable[str]) -> str | None:
        """One of a set of words."""
        return super().choice(name.lower(), allowed)

    def amount(self, name: str) -> int | None:
        """A decimal; how many digits it may have depends on the symbol and is checked with its filters.

        Below zero reads as zero, which every filter refuses.
        """
        if not self.has(name):
            return None
        value = self.need(name)
        if not _DECIMAL.fullmatch(value):
            raise errors.illegal(name.lower(), errors.LEGAL_DECIMAL)
        if value.startswith("-"):
            return 0
        if decimals_used(value) > DECIMALS:
            raise refuse(-1111)
        return parse(value)

    def client_id(self, name: str) -> str | None:
        """A client order id (`fapi SDK`: 1 to 36 of `.A-Z:/a-z0-9_-`)."""
        value = self.text(name)
        if value is not None and not _CLIENT_ID.fullmatch(value):
            raise refuse(-4015)
        return value
