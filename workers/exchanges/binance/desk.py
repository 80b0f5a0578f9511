"""What the parts of Binance have in common: whose calls they build, and how they read lists to the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from router.errors import ErrorKind, NotProcessed, Problem, Rejected
from router.models import Order
from router.symbols import Symbol
from workers.calls.clock import Clock
from workers.calls.endpoint import Call, Endpoint
from workers.exchanges.base import BaseExchange
from workers.exchanges.builders import Reference
from workers.exchanges.listing import Instruments
from workers.exchanges.reading import Whose, rows

T = TypeVar("T")
EARLIER_MS = 2_000
"""The exchange may have stamped an order before the moment we think we sent it."""

DOES_NOT_EXIST = "-2013"
_PAGE = 1_000
_PAGES = 20


class Cursor(NamedTuple):
    """How a list goes on: ``parameter`` continues after a row, at that row's ``field`` plus one."""

    parameter: str
    field: str


class Desk(ABC):
    """Builds the calls of one part of Binance, for one account."""

    def __init__(self, exchange: BaseExchange) -> None:
        self._exchange = exchange
        self.name = exchange.name
        self.account = exchange.account.name

    @property
    def clock(self) -> Clock:
        """The exchange's clock."""
        return self._exchange.clock

    @property
    def instruments(self) -> Instruments:
        """Every market's rules."""
        return self._exchange.instruments

    def send(self, call: Call[T]) -> T:
        """Carry a call out, for a builder that must read before it can build."""
        return self._exchange.send(call)

    def probe(self, call: Call[T]) -> T:
        """A look-up that settles an order's fate: an open breaker does not stop it."""
        call.probe = True
        return self.send(call)

    def whose(self, symbol: Symbol) -> Whose:
        """What a reply about that symbol does not say itself."""
        return Whose(self.name, self.account, symbol)

    @abstractmethod
    def order_call(self, reference: Reference) -> Call[Order]:
        """Read one order."""

    def find(self, reference: Reference) -> Order | None:
        """As `BaseExchange.find`: None only for -2013 "Order does not exist."."""
        try:
            return self.probe(self.order_call(reference))
        except Rejected as refusal:
            if refusal.problem.code == DOES_NOT_EXIST:
                return None
            raise

    @abstractmethod
    def search_order(self, symbol: Symbol, client_order_id: str, since_ms: int) -> Order | None:
        """As `BaseExchange.search_order`."""

    def pages(
        self, endpoint: Endpoint, asked: dict[str, str], since_ms: int, cursor: Cursor
    ) -> Iterator[Mapping[str, Any]]:
        """All rows since a moment: the first page by time, further ones by the cursor.

        Raises: NotProcessed when there are more than 20,000, since absence could not be shown then.
        """
        place = {"startTime": str(since_ms)}
        for _ in range(_PAGES):
            page = self.probe(Call(endpoint, {**asked, "limit": str(_PAGE), **place}, rows, endpoint.cost))
            yield from page
            if len(page) < _PAGE:
                return
            place = {cursor.parameter: str(page[-1][cursor.field] + 1)}
        message = f"more than {_PAGE * _PAGES} rows since the order was sent: absence cannot be shown"
        raise NotProcessed(Problem(kind=ErrorKind.UNEXPECTED_REPLY, message=message))


def named(reference: Reference, spelling: str) -> dict[str, str]:
    """How a reference is told on either market."""
    parameters = {"symbol": spelling}
    if reference.order_id is not None:
        parameters["orderId"] = reference.order_id
    if reference.client_order_id is not None:
        parameters["origClientOrderId"] = reference.client_order_id
    return parameters
