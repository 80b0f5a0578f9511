"""Parameters as sent: a query or one JSON object, every value read as text and typed on demand.

OKX documents strings and booleans; clients send numbers as well, which it takes. Unknown names are ignored, an empty
text counts as absent.
"""

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from simulator.amounts import parse
from simulator.okx.errors import error, illegal, missing

_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,32})?", re.ASCII)
_WORD = re.compile("[A-Za-z0-9]{1,32}", re.ASCII)
_TAG = re.compile("[A-Za-z0-9]{1,16}", re.ASCII)
MAX_PRICE_TEXT = 32


class Params:
    """The parameters of one request, or of one item of a batch.

    Raises from every reader: ApiError 50014 (missing) or 51000 (not legal).
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """A value, empty when absent. Raises: 51000 for a list or an object."""
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, bool):
            return "true" if value else "false"
        raise illegal(name)

    def need(self, name: str) -> str:
        """A mandatory value."""
        value = self.text(name)
        if not value:
            raise missing(name)
        return value

    def choice(self, name: str, legal: Iterable[str], default: str = "") -> str:
        """One of the legal words, or the default when absent."""
        value = self.text(name)
        if value and value not in legal:
            raise illegal(name)
        return value or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean, as such or as a word."""
        return self.choice(name, ("true", "false"), "true" if default else "false") == "true"

    def amount(self, name: str) -> int | None:
        """A plain decimal above zero as in `simulator.amounts`, None when absent."""
        text = self.text(name)
        if not text:
            return None
        amount = self._decimal(name, text)
        if amount <= 0:
            raise illegal(name)
        return amount

    def price(self, name: str) -> int | None:
        """A price: an amount whose text has at most 32 characters. Raises: 51514 as well."""
        if len(self.text(name)) > MAX_PRICE_TEXT:
            raise error("51514")
        return self.amount(name)

    def number(self, name: str) -> int | None:
        """A whole number of zero or more, None when absent."""
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit()):
            raise illegal(name)
        return int(text)

    def client_id(self, name: str) -> str:
        """1 to 32 ASCII letters and digits, empty when absent."""
        return self._matching(name, _WORD)

    def tag(self, name: str = "tag") -> str:
        """1 to 16 ASCII letters and digits, empty when absent."""
        return self._matching(name, _TAG)

    def words(self, name: str, most: int) -> list[str]:
        """A comma-separated list of at most so many words."""
        found = [word for word in self.text(name).split(",") if word]
        if len(found) > most:
            raise illegal(name)
        return found

    def objects(self, name: str) -> list["Params"]:
        """A list of objects, empty when absent."""
        value = self._values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise illegal(name)
        return [Params(each) for each in value]

    def has(self, name: str) -> bool:
        """Whether it was sent with a value."""
        return self._values.get(name) not in (None, "", [])

    def _matching(self, name: str, pattern: re.Pattern[str]) -> str:
        text = self.text(name)
        if text and pattern.fullmatch(text) is None:
            raise illegal(name)
        return text

    def _decimal(self, name: str, text: str) -> int:
        if _DECIMAL.fullmatch(text) is None:
            raise illegal(name)
        try:
            return parse(text)
        except ValueError as finer_than_the_engine:
            raise illegal(name) from finer_than_the_engine


def from_query(query: str) -> Params:
    """The parameters of a GET request."""
    return Params(dict(parse_qsl(query, keep_blank_values=True)))


def from_body(body: str, content_type: str) -> Params | list[Params]:
    """The parameters of a POST request: one object, or an array of them.

    Numbers keep their exact text. Raises: ApiError 50006, 50000, 50002.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise error("50006")
    if not body.strip():
        raise error("50000")
    try:
        document = json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as broken:
        raise error("50002") from broken
    if isinstance(document, dict):
        return Params(document)
    if isinstance(document, list) and all(isinstance(each, dict) for each in document):
        return [Params(each) for each in document]
    raise error("50002")
