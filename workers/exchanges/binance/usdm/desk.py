"""Binance USDⓈ-M futures: everything besides orders.

Source: Binance futures docs, "Account" and "Market Data".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from router.commands import (
    CancelAfter,
    GetBalances,
    GetIncome,
    GetOrderBook,
    GetTradingSettings,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
)
from router.errors import Unsupported
from router.models import Balances, OrderBook, Ticker
from router.positions import Countdown, Income, Position, TradingSettings
from router.symbols import Symbol
from router.terms import MarginMode, PositionMode
from workers.calls.endpoint import Call
from workers.exchanges.binance.usdm import endpoints, wire
from workers.exchanges.binance.usdm.orders import spell
from workers.exchanges.binance.usdm.rules import PART, to_listing
from workers.exchanges.binance.usdm.trading import Trading
from workers.exchanges.listing import Listing
from workers.exchanges.reading import exact, mapping, rows
from workers.exchanges.settings_told import as_asked
from workers.exchanges.tickers import NO_LIMIT, Offer, single

_TICKER_PAIRS = ((endpoints.TICKER, endpoints.BOOK_TICKER), (endpoints.ALL_TICKERS, endpoints.ALL_BOOK_TICKERS))
_MARGIN_TYPE = {MarginMode.CROSS: "CROSSED", MarginMode.ISOLATED: "ISOLATED"}


class UsdmDesk(Trading):
    """Builds the calls of USDⓈ-M futures."""

    def balances_call(self, command: GetBalances) -> Call[Balances]:
        """GET balance, of the futures wallet."""

        def parse(document: object) -> Balances:
            return Balances.model_construct(
                exchange=self.name,
                account=self.account,
                market=command.market,
                as_of_ms=self.clock.now_ms(),
                balances=wire.to_balances(document),
            )

        return Call(endpoints.BALANCE, {}, parse, endpoints.BALANCE.cost)

    def positions_call(self, symbol: Symbol | None) -> Call[list[Position]]:
        """GET positionRisk, then GET symbolConfig for leverage and margin mode, if there is a position."""
        asked = {} if symbol is None else {"symbol": spell(symbol)}

        def parse(document: object) -> list[Position]:
            return [wire.to_position(row, whose) for row, whose in self.listed(document) if not wire.is_flat(row)]

        def then(found: list[Position]) -> Call[list[Position]] | None:
            endpoint = endpoints.SYMBOL_CONFIG
            complete = partial(wire.with_settings, found)
            return Call(endpoint, asked, complete, endpoint.cost) if found else None

        return Call(endpoints.POSITIONS, asked, parse, endpoints.POSITIONS.cost, then=then)

    def trading_settings_call(self, command: GetTradingSettings) -> Call[TradingSettings]:
        """GET symbolConfig, then GET accountConfig for the position mode."""
        whose, asked = self.whose(command.symbol), {"symbol": spell(command.symbol)}

        def parse(document: object) -> TradingSettings:
            return wire.to_settings(rows(document)[0], whose)

        def then(found: TradingSettings) -> Call[TradingSettings]:
            endpoint = endpoints.ACCOUNT_CONFIG
            return Call(endpoint, {}, lambda document: wire.with_mode(found, document), endpoint.cost)

        return Call(endpoints.SYMBOL_CONFIG, asked, parse, endpoints.SYMBOL_CONFIG.cost, then=then)

    def set_leverage_call(self, command: SetLeverage) -> Call[TradingSettings]:
        """POST leverage, a whole number that holds for both sides and both margin modes."""
        for field in ("margin_mode", "position_side"):
            if getattr(command, field) is not None:
                rule = "is not told apart: Binance keeps one leverage per symbol"
                raise Unsupported.because(field, getattr(command, field), rule)
        if command.leverage != int(command.leverage):
            raise Unsupported.because("leverage", command.leverage, "must be a whole number on Binance")
        asked = {"symbol": spell(command.symbol), "leverage": str(int(command.leverage))}
        endpoint, told = endpoints.LEVERAGE, as_asked(command)

        def parse(document: object) -> TradingSettings:
            return told.model_copy(update={"leverage": exact(str(mapping(document)["leverage"]))})

        return Call(endpoint, asked, parse, endpoint.cost)

    def set_margin_mode_call(self, command: SetMarginMode) -> Call[TradingSettings]:
        """POST marginType, per symbol."""
        if command.symbol is None:
            raise Unsupported.because("symbol", None, "is required: Binance sets the margin mode per symbol")
        asked = {"symbol": spell(command.symbol), "marginType": _MARGIN_TYPE[command.margin_mode]}
        endpoint, told = endpoints.MARGIN_TYPE, as_asked(command)
        return Call(endpoint, asked, lambda document: _done(document, told), endpoint.cost)

    def set_position_mode_call(self, command: SetPositionMode) -> Call[TradingSettings]:
        """POST positionSide/dual; since 2026-06-30 it holds for COIN-M futures too."""
        if command.symbol is not None:
            raise Unsupported.because("symbol", str(command.symbol), "Binance has one position mode per account")
        hedged = "true" if command.position_mode is PositionMode.HEDGE else "false"
        endpoint, told = endpoints.POSITION_MODE, as_asked(command)
        return Call(endpoint, {"dualSidePosition": hedged}, lambda document: _done(document, told), endpoint.cost)

    def cancel_after_call(self, command: CancelAfter) -> Call[Countdown]:
        """POST countdownCancelAll, per symbol, checked about every 10 ms.

        Its documentation does not speak of conditional orders: assume that they stay.
        """
        if command.symbol is None:
            raise Unsupported.because("symbol", None, "is required: Binance futures count down per symbol")
        whose = self.whose(command.symbol)
        asked = {"symbol": spell(command.symbol), "countdownTime": str(command.seconds * 1_000)}

        def parse(document: object) -> Countdown:
            length_ms = int(mapping(document)["countdownTime"])
            return Countdown.model_construct(
                exchange=whose.exchange,
                account=whose.account,
                symbol=whose.symbol,
                seconds=command.seconds,
                ends_at_ms=self.clock.now_ms() + length_ms if length_ms else None,
            )

        return Call(endpoints.COUNTDOWN, asked, parse, endpoints.COUNTDOWN.cost)

    def income_call(self, command: GetIncome) -> Call[list[Income]]:
        """GET income: of the last week, or since a moment (three months are kept)."""
        asked = {"limit": str(command.limit)}
        if command.symbol is not None:
            asked["symbol"] = spell(command.symbol)
        if command.since_ms is not None:
            asked["startTime"] = str(command.since_ms)

        def parse(document: object) -> list[Income]:
            return [
                wire.to_income(row, (self.name, self.account), self._listed(row["symbol"])) for row in rows(document)
            ]

        return Call(endpoints.INCOME, asked, parse, endpoints.INCOME.cost)

    def ticker_call(self, symbol: Symbol) -> Call[Ticker]:
        """GET ticker/24hr, then GET ticker/bookTicker."""
        asked = {"symbol": spell(symbol)}

        def then(ticker: Ticker) -> Call[Ticker]:
            best = endpoints.BOOK_TICKER
            return Call(best, asked, lambda document: wire.with_best(ticker, document), best.cost)

        endpoint = endpoints.TICKER
        return Call(endpoint, asked, lambda doc: wire.to_ticker(doc, self.name, symbol), endpoint.cost, then=then)

    def ticker_offers(self) -> list[Offer]:
        """Both calls for one symbol, or both for all that are listed."""
        one, every = ({endpoints.WEIGHT: sum(each.cost[endpoints.WEIGHT] for each in both)} for both in _TICKER_PAIRS)
        return [
            Offer(1, one, lambda symbols: single(self.ticker_call(symbols[0]))),
            Offer(NO_LIMIT, every, self._tickers_call),
        ]

    def _tickers_call(self, symbols: Sequence[Symbol]) -> Call[list[Ticker]]:
        wanted = {spell(symbol): symbol for symbol in symbols}
        day, best = _TICKER_PAIRS[1]

        def parse(document: object) -> list[Ticker]:
            told = [row for row in rows(document) if row["symbol"] in wanted]
            return [wire.to_ticker(row, self.name, wanted[row["symbol"]]) for row in told]

        def then(tickers: list[Ticker]) -> Call[list[Ticker]]:
            def add(document: object) -> list[Ticker]:
                told = {row["symbol"]: row for row in rows(document)}
                return [wire.with_best(ticker, told[spell(ticker.symbol)]) for ticker in tickers]

            return Call(best, {}, add, best.cost)

        return Call(day, {}, parse, day.cost, then=then)

    def order_book_call(self, command: GetOrderBook) -> Call[OrderBook]:
        """GET depth, in one of the sizes on offer, cut to the one asked for."""
        symbol, depth = command.symbol, command.depth
        if depth > endpoints.DEEPEST:
            raise Unsupported.because("depth", depth, f"must be at most {endpoints.DEEPEST} on Binance futures")
        offered = endpoints.depth_asked(depth)
        asked = {"symbol": spell(symbol), "limit": str(offered)}

        def parse(document: object) -> OrderBook:
            return wire.to_order_book(document, (self.name, symbol), depth)

        return Call(endpoints.DEPTH, asked, parse, endpoints.depth_cost(offered))

    def listing_call(self) -> Call[Listing]:
        """GET exchangeInfo."""
        return Call(endpoints.EXCHANGE_INFO, {}, to_listing, endpoints.EXCHANGE_INFO.cost)

    def server_time_call(self) -> Call[int]:
        """GET time."""
        endpoint = endpoints.TIME
        return Call(endpoint, {}, lambda document: int(mapping(document)["serverTime"]), endpoint.cost)

    def _listed(self, spelling: str) -> Symbol | None:
        """Income may be of a contract that is no longer listed, or of none."""
        try:
            return self.instruments.symbol(spelling, PART)
        except ValueError:
            return None


def _done(document: object, told: TradingSettings) -> TradingSettings:
    """The reply says no more than that it is done."""
    mapping(document)
    return told
