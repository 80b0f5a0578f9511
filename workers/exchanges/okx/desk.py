"""What every part of the OKX layer works with: the account's mode, its markets, whose a reply is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from router.errors import InvalidCommand, Rejected
from router.instruments import Instrument
from router.symbols import Symbol
from workers.calls.endpoint import Call, Endpoint
from workers.exchanges.base import BaseExchange
from workers.exchanges.line import Line
from workers.exchanges.listing import Instruments
from workers.exchanges.okx import endpoints
from workers.exchanges.okx.modes import KnownMode, Mode, to_mode
from workers.exchanges.okx.wire import Doc, only
from workers.exchanges.reading import Whose
from workers.settings import AccountSettings

T = TypeVar("T")
_MODE_CODES = frozenset({"50072", "51000", "51010", "51039", "51041", "51128", "59110", "59111"})
"""Refusals that the account's level or position mode may be the reason of."""


class OkxDesk(BaseExchange):
    """One account's."""

    def __init__(self, account: AccountSettings, line: Line, instruments: Instruments | None = None) -> None:
        super().__init__(account, line, instruments)
        self.mode = KnownMode(lambda: self.send(self.mode_call()))

    def send(self, call: Call[T]) -> T:
        """As every exchange; a refusal by the account's mode shows that it is not what we know."""
        try:
            return super().send(call)
        except Rejected as refusal:
            if refusal.problem.code in _MODE_CODES:
                self.mode.forget()
            raise

    def mode_call(self) -> Call[Mode]:
        """GET account/config."""
        return Call(endpoints.CONFIG, {}, lambda document: to_mode(only(document)), endpoints.CONFIG.cost)

    def by_mode(self, build: Callable[[Mode], T]) -> T:
        """What is built by the account's mode; before that refuses anything, the mode is read again.

        Raises: InvalidCommand; what a read raises when the mode is not known yet.
        """
        mode = self.mode.get()
        try:
            return build(mode)
        except InvalidCommand:
            present = self.mode.again()
            if present == mode:
                raise
            return build(present)

    def about(
        self, symbol: Symbol, endpoint: Endpoint, parse: Callable[[object], T], *,
        parameters: dict[str, str] | None = None, body: object = None, cost: endpoints.Cost | None = None,
    ) -> Call[T]:  # fmt: skip
        """A call about one symbol, counted as OKX counts it."""
        call = Call(endpoint, parameters or {}, parse, endpoint.cost if cost is None else cost, body=body)
        call.symbol, call.counted_under = str(symbol), endpoints.counted_under(symbol)
        return call

    def whose(self, symbol: Symbol) -> Whose:
        """What replies do not say themselves."""
        return Whose(self.name, self.account.name, symbol)

    def instrument_of(self, row: Doc) -> Instrument:
        """The instrument that a row of any list is about. Raises: ValueError for one that is not listed."""
        part = "SPOT" if row["instType"] == "MARGIN" else row["instType"]
        return self.instruments.get(self.instruments.symbol(row["instId"], part))

    def spelling(self, symbol: Symbol) -> str:
        """The instrument id. Raises: UnknownSymbol; what a read of the rules raises."""
        return self.instruments.get(symbol).spelling


def named(symbol_spelling: str, **ids: Any) -> dict[str, str]:  # noqa: ANN401 - texts or None
    """Parameters that name an instrument and what else is known."""
    return {"instId": symbol_spelling, **{name: text for name, text in ids.items() if text is not None}}
