"""Parameters as sent, typed on demand. A field that nobody reads is ignored; an empty one counts as absent.

Amounts are JSON strings, as every documented sample has them; a JSON number for one is refused (assumption).
"""

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_plus

from simulator.amounts import parse
from simulator.bybit import errors

_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_INTEGER = re.compile("-?[0-9]{1,18}", re.ASCII)


class Params:
    """The parameters of one request or of one item of a batch.

    Raises from every reader: ApiError 10001.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def peek(self, name: str) -> str:
        """A text without complaint; empty when absent or something else."""
        value = self._values.get(name)
        return value if isinstance(value, str) else ""

    def has(self, name: str) -> bool:
        """Whether it was sent and is not empty."""
        return self._values.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """A text, empty when absent."""
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise errors.parameter(f"params error: {name} must be a string")
        return value

    def need(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if not value:
            raise errors.missing(name)
        return value

    def choice(self, name: str, allowed: Iterable[str], default: str = "") -> str:
        """One of a set of words, or the default when absent."""
        value = self.text(name)
        if not value:
            return default
        if value not in allowed:
            raise errors.invalid(name)
        return value

    def amount(self, name: str) -> int | None:
        """A plain decimal of zero or more as in `simulator.amounts`, None when absent."""
        value = self.text(name)
        if not value:
            return None
        if not _DECIMAL.fullmatch(value):
            raise errors.invalid(name)
        try:
            return parse(value)
        except ValueError as error:
            raise errors.invalid(name) from error

    def integer(self, name: str) -> int | None:
        """A whole number, as JSON number or as text (a query has only texts), None when absent."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise errors.invalid(name)

    def within(self, name: str, low: int, high: int, default: int) -> int:
        """A whole number between two bounds, or the default when absent."""
        value = self.integer(name)
        if value is None:
            return default
        if not low <= value <= high:
            raise errors.invalid(name)
        return value

    def flag(self, name: str) -> bool:
        """A JSON boolean, False when absent."""
        value = self._values.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise errors.parameter(f"params error: {name} must be a boolean")
        return value

    def items(self, name: str) -> list["Params"]:
        """The objects of a list that must be there."""
        value = self._values.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            raise errors.invalid(name)
        return [Params(each) for each in value]

    def count(self, name: str) -> int:
        """How long a list is; 0 when it is none."""
        value = self._values.get(name)
        return len(value) if isinstance(value, list) else 0

    def first(self, name: str) -> "Params":
        """The first object of a list, these parameters themselves when there is no such list."""
        value = self._values.get(name)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return Params(value[0])
        return self

    def including(self, category: str) -> "Params":
        """The same with a category (items of a batch do not carry theirs)."""
        return Params({**self._values, "category": category})


def of_query(query: str) -> Params:
    """Read the text after the question mark; every value is percent-decoded once."""
    values: dict[str, object] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name:
            values[unquote_plus(name)] = unquote_plus(value)
    return Params(values)


def of_body(body: str) -> Params:
    """Read a JSON object; nothing at all counts as an empty one. Raises: ApiError 10001."""
    if not body:
        return Params({})
    try:
        values = json.loads(body)
    except ValueError as error:
        raise errors.parameter("request parameter error: body is not JSON") from error
    if not isinstance(values, dict):
        raise errors.parameter("request parameter error: body is not a JSON object")
    return Params(values)
