"""One spelling of a market on every exchange.

BTC/USDT is spot, BTC/USDT:USDT a linear perpetual, BTC/USD:BTC an inverse one; dated futures and options append
their expiry as in BTC/USDT:USDT-261225 and BTC/USD:BTC-261225-60000-C.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

_PATTERN = re.compile(
    r"(?P<base>[A-Z0-9]{1,20})/(?P<quote>[A-Z0-9]{1,20})"
    r"(?::(?P<settle>[A-Z0-9]{1,20})(?:-(?P<expiry>\d{6})(?:-(?P<strike>\d+(?:\.\d+)?)-(?P<right>[CP]))?)?)?"
)
_FOR_SCHEMA = "^" + re.sub(r"\?P<[a-z]+>", "?:", _PATTERN.pattern) + "$"  # JSON Schema's dialect names no groups so
RULE = "must be a unified symbol such as 'BTC/USDT' (spot) or 'BTC/USDT:USDT' (perpetual), in upper case"


class Symbol(NamedTuple):
    """A market: spot has no ``settle``, a dated one an ``expiry`` (YYMMDD), an option ``strike`` and ``right`` too."""

    base: str
    quote: str
    settle: str | None = None
    expiry: str | None = None
    strike: str | None = None
    right: str | None = None

    @classmethod
    def parse(cls, text: str) -> Symbol:
        """Read the unified spelling. Raises ValueError with the rule when it is not one."""
        return _parse(text)

    @property
    def is_spot(self) -> bool:
        """Spot markets settle in nothing: base changes hands for quote."""
        return self.settle is None

    @property
    def market(self) -> str:
        """Which of an exchange's markets it belongs to: spot, linear, inverse or option."""
        if self.settle is None:
            return "spot"
        if self.strike is not None:
            return "option"
        return "inverse" if self.settle == self.base else "linear"

    def __str__(self) -> str:
        text = f"{self.base}/{self.quote}"
        if self.settle:
            text += f":{self.settle}"
        if self.expiry:
            text += f"-{self.expiry}"
        return f"{text}-{self.strike}-{self.right}" if self.strike else text


@lru_cache(maxsize=8192)
def _parse(text: str) -> Symbol:
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise ValueError(RULE)
    return Symbol(**found.groupdict())


class _SymbolSchema:
    """Teaches pydantic to read a Symbol from its spelling and to write it back as one string."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:  # noqa: ANN401
        return core_schema.no_info_plain_validator_function(
            _read,
            serialization=core_schema.to_string_ser_schema(),
            json_schema_input_schema=core_schema.str_schema(pattern=_FOR_SCHEMA),
        )


def _read(value: object) -> Symbol:
    if isinstance(value, Symbol):
        return value
    if not isinstance(value, str):
        raise ValueError(RULE)  # noqa: TRY004 - pydantic turns only a ValueError into a complaint of its own
    return _parse(value)


SymbolField = Annotated[Symbol, _SymbolSchema]
