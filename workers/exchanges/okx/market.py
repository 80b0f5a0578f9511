"""OKX's public calls: prices, books, instruments, the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from router.commands import GetOrderBook
from router.models import OrderBook, Ticker
from router.symbols import Symbol
from workers.calls.endpoint import Call
from workers.exchanges.listing import Listing
from workers.exchanges.okx import endpoints, wire
from workers.exchanges.okx.desk import OkxDesk
from workers.exchanges.okx.rules import PARTS, to_bands, to_listing
from workers.exchanges.tickers import NO_LIMIT, Offer, gathered

_DEEPEST_CACHED = 400
_LOOKS = 3


class OkxMarket(OkxDesk):
    """What needs no key."""

    parts = PARTS

    def sync_clock(self) -> None:
        """By three looks: OKX lets its time be read ten times in two seconds, and a doubt is looked into at once."""
        self.clock.measure(self._ask_time, _LOOKS)

    def ticker_call(self, symbol: Symbol) -> Call[Ticker]:
        """GET market/ticker."""
        instrument = self.instruments.get(symbol)
        parameters = {"instId": instrument.spelling}
        return self.about(
            symbol, endpoints.TICKER, lambda document: wire.to_ticker(document, instrument), parameters=parameters
        )

    def ticker_offers(self, symbols: Sequence[Symbol]) -> Sequence[Offer]:
        """GET market/ticker of each, or market/tickers of each of OKX's types among them."""
        cost = {endpoints.ALL_TICKER_READS: len({_type_of(symbol) for symbol in symbols})}
        return [*super().ticker_offers(symbols), Offer(NO_LIMIT, cost, self._tickers_call)]

    def _tickers_call(self, symbols: Sequence[Symbol]) -> Call[list[Ticker]]:
        wanted = {found.spelling: found for found in map(self.instruments.get, symbols)}
        endpoint = endpoints.ALL_TICKERS

        def parse(document: object) -> list[Ticker]:
            told = [row for row in wire.data(document) if row["instId"] in wanted]
            return [wire.ticker_of(row, wanted[row["instId"]]) for row in told]

        types = sorted({_type_of(symbol) for symbol in symbols})
        return gathered([Call(endpoint, {"instType": each}, parse, endpoint.cost) for each in types])

    def order_book_call(self, command: GetOrderBook) -> Call[OrderBook]:
        """GET market/books, which is refreshed every 50 ms or so, or for more than 400 levels market/books-full."""
        instrument = self.instruments.get(command.symbol)
        endpoint = endpoints.BOOK if command.depth <= _DEEPEST_CACHED else endpoints.FULL_BOOK
        parameters = {"instId": instrument.spelling, "sz": str(command.depth)}
        return self.about(
            command.symbol, endpoint, lambda document: wire.to_order_book(document, instrument), parameters=parameters
        )

    def server_time_call(self, area: str = "") -> Call[int]:
        """GET public/time."""
        del area
        endpoint = endpoints.TIME
        return Call(endpoint, {}, lambda document: int(wire.only(document)["ts"]), endpoint.cost)

    def listing_call(self, part: str) -> Call[Listing]:
        """GET public/instruments of one type; options are listed by family, and the tick ladders name the families."""
        if part == "OPTION":
            return self._options_call()
        return _instruments_call(part, {}, lambda rows: to_listing(part, rows))

    def _options_call(self) -> Call[Listing]:
        found: list[wire.Doc] = []
        bands: Mapping[str, Sequence[Mapping[str, Any]]] = {}
        families: list[str] = []

        def tell_families(document: object) -> Listing:
            nonlocal bands
            bands = to_bands(document)
            families[:] = sorted(bands)
            found.clear()
            return to_listing("OPTION", [])

        def gather(rows: list[wire.Doc]) -> Listing:
            found.extend(rows)
            return to_listing("OPTION", [] if families else found, bands)

        def following(_: Listing) -> Call[Listing] | None:
            if not families:
                return None
            call = _instruments_call("OPTION", {"instFamily": families.pop(0)}, gather)
            call.then = following
            return call

        endpoint = endpoints.TICK_BANDS
        return Call(endpoint, {"instType": "OPTION"}, tell_families, endpoint.cost, then=following)


def _type_of(symbol: Symbol) -> str:
    """OKX's word for what a symbol is."""
    if symbol.is_spot:
        return "SPOT"
    return "OPTION" if symbol.strike else "FUTURES" if symbol.expiry else "SWAP"


def _instruments_call(part: str, which: Mapping[str, str], make: Callable[[list[wire.Doc]], Listing]) -> Call[Listing]:
    endpoint = endpoints.INSTRUMENTS
    return Call(endpoint, {"instType": part, **which}, lambda document: make(wire.data(document)), endpoint.cost)
