"""Futures parameters: other rules for client ids and decimals than on spot."""

import re
from collections.abc import Mapping
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

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Self:
        """An item of a batch: JSON numbers and booleans read like their texts."""
        texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}
        return cls(urlencode(texts), "")

    def amount(self, name: str) -> int | None:
        """A decimal; how many digits it may have depends on the symbol and is checked with its filters.

        Below zero reads as zero, which every filter refuses.
        """
        if not self.has(name):
            return None
        value = self.need(name)
        if not _DECIMAL.fullmatch(value):
            raise errors.illegal(name, errors.LEGAL_DECIMAL)
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
